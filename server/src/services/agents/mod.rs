//! Agents: how one becomes known, and how that ends. Deliberately absent: one connection of one (see [`connection`]), and
//! which of them carries a stream (see `crate::connectors`).

mod connection;

use super::ServiceError;
use super::throttle::Throttle;
use crate::clock::SharedClock;
use crate::connectors::{Connectors, Hub};
use crate::events::{Event, Events};
use crate::store::Store;
use crate::vault::{Place, Vault, VaultError, random_long_code};
use connector::keys::{KeyPair, PublicKey};
use model::{Actor, AgentId, ConnectorId, ConnectorSummary, Enrolment, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore, watch};

/// How often it is looked who is not welcome any more, and who is to have a new key: another process may say so.
const LOOK: Duration = Duration::from_secs(2);
/// For so long accounts that fail are tried again at once.
const JUST_CAME: Duration = Duration::from_secs(10);
/// Handshakes at once; whoever comes then comes again.
const HANDSHAKES: usize = 64;
/// How often the database hears that an agent is still there.
const SEEN: u32 = 10;

/// The agents of this server.
#[derive(Clone)]
pub struct Agents {
    store: Store,
    vault: Arc<Vault>,
    clock: SharedClock,
    events: Events,
    connectors: Arc<Connectors>,
    node: Arc<str>,
    key: Arc<OnceCell<KeyPair>>,
    throttle: Arc<Throttle>,
    /// Handshakes at once, of strangers as well.
    handshakes: Arc<Semaphore>,
}

/// What agents are made of.
pub struct Parts {
    /// Where they are known.
    pub store: Store,
    /// Where the key that is proved to them is sealed.
    pub vault: Arc<Vault>,
    /// What time it is.
    pub clock: SharedClock,
    /// Who hears of them.
    pub events: Events,
    /// Where streams go through them.
    pub connectors: Arc<Connectors>,
    /// The name of this process.
    pub node: Arc<str>,
}

impl Agents {
    /// The agents that are known to the store.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, vault, clock, events, connectors, node } = parts;
        let (key, throttle) = (Arc::default(), Arc::default());
        let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
        Self { store, vault, clock, events, connectors, node, key, throttle, handshakes }
    }

    /// The key that this server proves to agents; made when it is first needed.
    async fn key(&self) -> Result<&KeyPair, ServiceError> {
        self.key
            .get_or_try_init(|| async {
                let sealed = if let Some(sealed) = self.store.hub_key().await? {
                    sealed
                } else {
                    let new = KeyPair::generate().map_err(|_| VaultError::NoRandomness)?;
                    let secret = SecretString::from(new.secret_text().as_str());
                    self.store.insert_hub_key(&self.vault.seal(Place::hub_key(), &secret)).await?
                };
                let secret = self.vault.open(Place::hub_key(), &sealed)?;
                let pair = KeyPair::from_secret_text(secret.expose_secret());
                Ok(pair.map_err(|_| VaultError::Damaged)?)
            })
            .await
    }

    /// What an agent of `connector` is enrolled with, where agents reach this server as `server`; for callers that are
    /// authorised already. `None` where too many codes of it wait to be used.
    ///
    /// # Errors
    /// The store's and the vault's.
    pub async fn enrolment(
        &self,
        by: &Actor,
        connector: ConnectorId,
        server: &str,
    ) -> Result<Option<Enrolment>, ServiceError> {
        let server_key = self.key().await?.public().to_string();
        let (code, now) = (random_long_code(), self.clock.now());
        let until = now.plus_milliseconds(Enrolment::GOOD_FOR);
        let kept = self.store.insert_enrolment(connector, &hash(&code), until, by, now).await?;
        let server = server.trim_end_matches('/').to_owned();
        Ok(kept.then_some(Enrolment { server, server_key, code, until }))
    }

    /// Takes an agent's right back, and its streams with it; for callers that are authorised already.
    ///
    /// # Errors
    /// The store's.
    pub async fn revoke(&self, by: &Actor, agent: AgentId) -> Result<bool, ServiceError> {
        let revoked = self.store.revoke_agent(agent, by, self.clock.now()).await?;
        if let Some(live) = self.connectors.hub().and_then(|hub| hub.find(agent)) {
            live.end();
        }
        self.events.send(Event::Accounts);
        Ok(revoked)
    }

    /// Has an agent make itself another key as soon as it is connected; for callers that are authorised already.
    ///
    /// # Errors
    /// The store's.
    pub async fn renew(&self, by: &Actor, agent: AgentId) -> Result<bool, ServiceError> {
        let asked = self.store.ask_agent_for_new_key(agent, by, self.clock.now()).await?;
        if let Some(live) = self.connectors.hub().and_then(|hub| hub.find(agent)).filter(|_| asked) {
            live.renew();
        }
        self.events.send(Event::Accounts);
        Ok(asked)
    }

    /// What goes through a connector and its agents in this process.
    pub fn fill_in(&self, connector: &mut ConnectorSummary) {
        (connector.streams, connector.bytes) = self.connectors.traffic(connector.id);
        let now = self.clock.now();
        for agent in &mut connector.agents {
            let live = self.connectors.hub().and_then(|hub| hub.find(agent.id));
            if let Some(live) = live.filter(|live| !live.is_leaving()) {
                (agent.latency, agent.streams) = (live.latency(), live.meter.streams());
            } else if agent.seen.is_none_or(|seen| now.0 - seen.0 > crate::store::SEEN_FOR) {
                // Its process ended without a word.
                agent.since = None;
            }
        }
    }

    /// Ends the agents that are not welcome any more, whoever said so, until `stop`.
    pub async fn watch(self, hub: Arc<Hub>, mut stop: watch::Receiver<bool>) {
        let mut round = 0_u32;
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let live = hub.all();
            if live.is_empty() {
                continue;
            }
            round = round.wrapping_add(1);
            let known = match self.store.list_agents().await {
                Ok(known) => known,
                Err(error) => {
                    tracing::warn!(%error, "nobody knows which agents are welcome");
                    continue;
                }
            };
            let now = self.clock.now();
            for agent in live {
                let found = known.iter().find(|known| known.agent.id == agent.id);
                // A check that breaks with an agent may be recorded only after the next one came.
                if let Some(known) = found.filter(|_| agent.age() < JUST_CAME)
                    && let Err(error) = self.store.hasten_accounts_through(known, now).await
                {
                    tracing::warn!(%error, "accounts wait although their agent is there");
                }
                match found.filter(|known| known.agent.revoked.is_none()) {
                    None => agent.end(),
                    Some(known) if !known.enabled && agent.meter.streams() > 0 => agent.end(),
                    Some(known) if known.agent.renewing => agent.renew(),
                    Some(_) => {}
                }
                if round.is_multiple_of(SEEN)
                    && self.store.agent_seen(agent.id, &self.node, now).await.is_err()
                {
                    tracing::warn!(agent = agent.id.0, "the store does not hear of agents");
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A code as the database knows it: nobody who reads that can enrol.
fn hash(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    blake3::hash(plain.to_ascii_uppercase().as_bytes()).to_hex().to_string()
}

/// The text of a key, as the database knows it.
fn text(key: PublicKey) -> String {
    key.to_string()
}
