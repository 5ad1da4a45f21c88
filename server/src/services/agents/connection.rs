//! One connection of an agent: who is it, may it come in, and what it does until it goes.

use super::{Agents, hash, text};
use crate::connectors::{Control, Hub, LiveAgent, Word};
use crate::events::Event;
use crate::services::ServiceError;
use crate::store::{Said, StoreError, StoredAgent};
use connector::frame::{Hello, Purpose, Refusal, Welcome, send};
use connector::keys::PublicKey;
use connector::noise::{self, Messages, NoiseStream, Silence};
use connector::tunnel::{Side, tunnel};
use model::{Actor, AgentId, AuditAction, Deed, Noun};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long it may take to say who it is.
const INTRODUCTION: Duration = Duration::from_secs(10);
/// The name under which nobody fails: only the address counts then.
const ANYBODY: &str = "agents";

/// Whether somebody may come in.
enum Verdict {
    /// To carry streams.
    Serves(StoredAgent),
    /// What it wanted to know.
    Told(Welcome),
}

/// What an agent says of itself, cut to what anybody wants to read.
struct Introduction {
    host: String,
    version: String,
    allows: String,
    address: String,
}

impl Introduction {
    fn new(hello: &Hello, from: IpAddr) -> Self {
        let line = |text: &str, most: usize| -> String {
            let printable = text.chars().filter(|c| !c.is_control());
            printable.take(most).collect()
        };
        let named = |text: &str, most: usize| {
            Some(line(text, most))
                .filter(|line| !line.trim().is_empty())
                .unwrap_or_else(|| "unnamed".to_owned())
        };
        Self {
            host: named(&hello.host, 100),
            version: named(&hello.version, 30),
            allows: line(&hello.allows.join(" "), 500),
            address: from.to_canonical().to_string(),
        }
    }

    fn said(&self) -> Said<'_> {
        let Self { host, version, allows, address } = self;
        Said { host, version, allows, address }
    }
}

impl Agents {
    /// Whether somebody from there may try to come in: whoever fails too often is not listened to.
    pub fn admits(&self, from: IpAddr) -> bool {
        self.throttle.permits(ANYBODY, &from.to_canonical().to_string(), self.now())
    }

    /// Lives through one connection, from the handshake to its end.
    pub async fn meet(&self, messages: Box<dyn Messages>, from: IpAddr, stop: watch::Receiver<bool>) {
        let address = from.to_canonical().to_string();
        let key = match self.key().await {
            Ok(key) => key,
            Err(error) => return tracing::error!(%error, "no agent can come in"),
        };
        let Ok(place) = self.handshakes.try_acquire() else { return };
        let met = timeout(INTRODUCTION, noise::answer(messages, key)).await;
        drop(place);
        let Ok(Ok((mut link, agent_key, hello))) = met else {
            // It counts against the address alone.
            self.throttle.failed(&format!("handshake {address}"), &address, self.now());
            return tracing::warn!(
                address,
                "somebody who is no agent of this server tried to connect as one"
            );
        };
        let introduction = Introduction::new(&hello, from);
        let verdict = match self.judge(agent_key, &hello.purpose, &introduction).await {
            Ok(verdict) => verdict,
            Err(error) => {
                tracing::error!(%error, "an agent could not be let in");
                Verdict::Told(Welcome::Refused(Refusal::Later))
            }
        };
        let (welcome, known) = match verdict {
            Verdict::Told(welcome) => (welcome, None),
            Verdict::Serves(known) => {
                let connector = known.connector_name.clone();
                (Welcome::Accepted { connector, connected: false }, Some(known))
            }
        };
        let told = timeout(INTRODUCTION, send(&mut link, &welcome)).await;
        if let (Ok(Ok(())), Some(known), Some(hub)) = (told, known, self.connectors.hub()) {
            self.carry(link, &known, &introduction, hub, stop).await;
        }
    }

    async fn judge(
        &self,
        key: PublicKey,
        purpose: &Purpose,
        introduction: &Introduction,
    ) -> Result<Verdict, ServiceError> {
        let refused = |refusal| Ok(Verdict::Told(Welcome::Refused(refusal)));
        if let Purpose::Enrol(code) = purpose {
            return self.enrol(key, code, introduction).await.map(Verdict::Told);
        }
        let Some(known) = self.store.find_agent_by_key(&text(key)).await? else {
            return refused(Refusal::Unknown);
        };
        if known.agent.revoked.is_some() {
            self.store.agent_refused(&known, &introduction.address, self.now()).await?;
            tracing::warn!(
                agent = known.agent.host,
                address = introduction.address,
                "a revoked agent was refused"
            );
            return refused(Refusal::Revoked);
        }
        if *purpose == Purpose::Status {
            let connected = self.connectors.hub().is_some_and(|hub| hub.find(known.agent.id).is_some());
            return Ok(Verdict::Told(Welcome::Accepted { connector: known.connector_name, connected }));
        }
        Ok(Verdict::Serves(known))
    }

    async fn enrol(
        &self,
        key: PublicKey,
        code: &str,
        introduction: &Introduction,
    ) -> Result<Welcome, ServiceError> {
        let (address, now) = (&introduction.address, self.now());
        if !self.throttle.permits(address, address, now) {
            return Ok(Welcome::Refused(Refusal::TooOften));
        }
        if let Some(known) = self.store.enrol_agent(&hash(code), &text(key), introduction.said(), now).await?
        {
            tracing::info!(
                agent = known.agent.host,
                connector = known.connector_name,
                "an agent was enrolled"
            );
            self.events.send(Event::Accounts);
            return Ok(Welcome::Accepted { connector: known.connector_name, connected: false });
        }
        if self.throttle.is_first_refusal(address, address, now) {
            let by = Actor::Nobody { address: address.clone() };
            let deed = Deed::new(AuditAction::EnrolmentRefused, Noun::Connector, None, &introduction.host);
            self.store.record(&by, &deed, now).await?;
        }
        self.throttle.failed(address, address, now);
        Ok(Welcome::Refused(Refusal::Code))
    }

    /// Carries streams until the agent goes, or is to go.
    async fn carry(
        &self,
        link: NoiseStream<Box<dyn Messages>>,
        known: &StoredAgent,
        introduction: &Introduction,
        hub: &Arc<Hub>,
        mut stop: watch::Receiver<bool>,
    ) {
        let silence = Silence::of(link.heard());
        // It opens no streams: the tunnel breaks where one tries.
        let (tunnel, _, driver) = tunnel(link, Side::Server);
        let mut driver = tokio::spawn(driver);
        let id = known.agent.id;
        let agent = LiveAgent::new(id, known.connector, &introduction.host, tunnel, silence);
        let (address, since) = (&introduction.address, self.now());
        // Once for a while: two that have one key take turns all day.
        let first = |what: &str| self.throttle.is_first_refusal(&format!("{what} {}", id.0), address, since);
        let tells = known.agent.address == *address || first("moved");
        let connected =
            self.store.agent_connected(known, &self.node, introduction.said(), tells, since).await;
        match connected {
            Ok(true) => {}
            Ok(false) => return driver.abort(),
            Err(error) => {
                driver.abort();
                return tracing::error!(%error, "an agent could not be let in");
            }
        }
        let displaced = hub.join(Arc::clone(&agent)) && first("displaced");
        self.events.send(Event::Accounts);
        tracing::info!(agent = introduction.host, connector = known.connector_name, "an agent connected");
        let lives = async {
            if displaced && let Err(error) = self.store.agent_displaced(known, address, since).await {
                tracing::warn!(%error, "nobody hears that two agents have one key");
            }
            if let Err(error) = self.store.hasten_accounts_through(known, since).await {
                tracing::warn!(%error, "accounts wait although their agent is there");
            }
            self.converse(&agent, &mut stop).await
        };
        let ended = tokio::select! {
            ended = &mut driver => match ended {
                Ok(Err(error)) => error.to_string(),
                _ => "its connection ended".to_owned(),
            },
            why = lives => why.to_owned(),
        };
        driver.abort();
        hub.leave(&agent);
        tracing::info!(agent = introduction.host, connector = known.connector_name, ended, "an agent went");
        if let Err(error) = self.store.agent_gone(id, &self.node, since, self.now()).await {
            tracing::warn!(%error, "the store does not hear that an agent went");
        }
        self.events.send(Event::Accounts);
    }

    /// Speaks with an agent of itself. Returns why that ended.
    async fn converse(&self, agent: &LiveAgent, stop: &mut watch::Receiver<bool>) -> &'static str {
        let opened = tokio::select! {
            opened = Control::open(agent) => opened,
            () = agent.ended() => return "it was to end",
        };
        let Ok(mut control) = opened else { return "it did not answer" };
        loop {
            let word = tokio::select! {
                word = control.next(agent) => Some(word),
                _ = stop.wait_for(|stop| *stop) => None,
            };
            let Some(word) = word else {
                control.part().await;
                return "this server ends";
            };
            match word {
                Word::Gone => return "it fell silent",
                Word::Ended => {
                    control.part().await;
                    return "it was to end";
                }
                Word::Leaving => self.events.send(Event::Accounts),
                Word::NewKey(key) => match self.takes(agent.id, key).await {
                    Ok(true) => {
                        self.events.send(Event::Accounts);
                        if control.taken(key).await.is_err() {
                            return "it did not hear of its new key";
                        }
                    }
                    Ok(false) => return "it has no right to a new key",
                    Err(error) => {
                        tracing::error!(%error, "the new key of an agent could not be kept");
                        return "its new key could not be kept";
                    }
                },
            }
        }
    }

    /// Whether this is the key of an agent now: because somebody wanted it to have another one, or because it is so
    /// already and was said twice.
    async fn takes(&self, agent: AgentId, key: PublicKey) -> Result<bool, StoreError> {
        if self.store.renew_agent(agent, &text(key), self.now()).await? {
            return Ok(true);
        }
        let found = self.store.find_agent_by_key(&text(key)).await?;
        Ok(found.is_some_and(|known| known.agent.id == agent && known.agent.revoked.is_none()))
    }
}
