//! Network Connectors as people see them. Deliberately absent: connecting (see `crate::connectors`).

use super::agents::Agents;
use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, internal};
use crate::checks::{CheckError, Checks, through};
use crate::clock::SharedClock;
use crate::events::Event;
use crate::store::{Removal, SavedConnector, Store};
use app::api::ApiError;
use app::api::connectors::ConnectorsPort;
use async_trait::async_trait;
use mail::net::BoxStream;
use mail::net::tls::secure;
use mail::{Observed, Progress, Trust};
use model::{
    Actor, AgentId, AuditAction, Change, ConnectorDraft, ConnectorId, ConnectorKind, ConnectorStage,
    ConnectorSummary, ConnectorTest, CredentialKind, CredentialSummary, Deed, Enrolment, FieldErrors, Noun,
    Person, Stage,
};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::time::timeout;

/// How long a test waits for a server to say something by itself.
const GREETING: Duration = Duration::from_secs(3);
/// Ports where TLS begins with the first byte: IMAP, POP3.
const TLS_PORTS: [u16; 2] = [993, 995];
/// Bytes of that.
const GREETING_BYTES: u64 = 512;

/// The ways into other networks.
#[derive(Clone)]
pub struct NetworkConnectors {
    store: Store,
    clock: SharedClock,
    checks: Checks,
    agents: Agents,
}

impl NetworkConnectors {
    /// The connectors of `store`, as `checks` go through them.
    pub fn new(store: Store, clock: SharedClock, checks: Checks, agents: Agents) -> Self {
        Self { store, clock, checks, agents }
    }

    /// Adds a connector, or changes the one with this number, for callers that are authorised already. The inner error
    /// says which fields are wrong.
    ///
    /// # Errors
    /// The store's.
    pub async fn save(
        &self,
        by: &Actor,
        id: Option<ConnectorId>,
        draft: &ConnectorDraft,
    ) -> Result<Result<ConnectorId, FieldErrors>, ServiceError> {
        let settings = match draft.validate() {
            Ok(settings) => settings,
            Err(errors) => return Ok(Err(errors)),
        };
        if let Some(credential) = settings.credential
            && let Err(message) = fits(self.store.find_credential(credential).await?.as_ref(), settings.kind)
        {
            return Ok(Err(FieldErrors::one("credential", message)));
        }
        let saved = self.store.save_connector(id, &settings, by, self.clock.now()).await?;
        self.checks.events.send(Event::Accounts);
        Ok(match saved {
            SavedConnector::Saved(id) => Ok(id),
            SavedConnector::NameTaken => {
                Err(FieldErrors::one("name", "Another Network Connector has this name."))
            }
            SavedConnector::Absent => {
                Err(FieldErrors::one("name", "This Network Connector was removed meanwhile."))
            }
        })
    }

    /// Removes a connector, for callers that are authorised already; whoever goes through it goes through `replacement`
    /// from then on.
    ///
    /// # Errors
    /// The store's.
    pub async fn remove(
        &self,
        by: &Actor,
        id: ConnectorId,
        replacement: Option<&ConnectorSummary>,
    ) -> Result<Removal, ServiceError> {
        let removal = self.store.remove_connector(id, replacement, by, self.clock.now()).await?;
        self.checks.events.send(Event::Accounts);
        Ok(removal)
    }

    /// What an agent of a connector is enrolled with, for callers that are authorised already; the inner error is a
    /// sentence.
    ///
    /// # Errors
    /// The store's and the vault's.
    pub async fn enrolment(
        &self,
        by: &Actor,
        connector: &ConnectorSummary,
        server: &str,
    ) -> Result<Result<Enrolment, &'static str>, ServiceError> {
        if connector.settings.kind != ConnectorKind::Agent {
            return Ok(Err("This Network Connector has no agents: it is a proxy."));
        }
        let enrolment = self.agents.enrolment(by, connector.id, server).await?;
        Ok(enrolment.ok_or("Twenty codes wait to be used already. They end by themselves after 15 minutes."))
    }

    /// Tries to reach a server through a connector and records that, for callers that are authorised already.
    ///
    /// # Errors
    /// The store's.
    pub async fn test(
        &self,
        by: &Actor,
        connector: &ConnectorSummary,
        address: &str,
        port: u16,
    ) -> Result<ConnectorTest, ServiceError> {
        let name = &connector.settings.name;
        let deed = Deed::new(AuditAction::ConnectorTested, Noun::Connector, Some(connector.id.0), name);
        let deed = deed.with(vec![Change::set("address", &format!("{address}:{port}"))]);
        self.store.record(by, &deed, self.clock.now()).await?;
        let mut trial = Trial::default();
        let began = Instant::now();
        let reached = self.reach(connector, address, port, &mut trial).await;
        let milliseconds = whole_milliseconds(began.elapsed());
        let (greeting, failure) = match reached {
            Ok(greeting) => (greeting, None),
            Err(error) => (None, Some(error.into_failure())),
        };
        let host_key = trial.host_key.filter(|shown| *shown != connector.settings.host_key);
        Ok(ConnectorTest { stages: trial.stages, milliseconds, greeting, failure, host_key })
    }

    /// As an account would go, as far as that needs no account: through the connector, TLS where the port begins with
    /// it, and what the server says by itself.
    async fn reach(
        &self,
        connector: &ConnectorSummary,
        address: &str,
        port: u16,
        trial: &mut Trial,
    ) -> Result<Option<String>, CheckError> {
        let (name, limits) = (&connector.settings.name, self.checks.limits());
        let began = Instant::now();
        let dialer = through(&self.checks, connector).await?;
        let mut listen = |observed| {
            if let Observed::HostKey(shown) = observed {
                trial.host_key = Some(shown);
            }
        };
        let mut progress = Progress::new(false, &mut listen);
        let mut stream = dialer.dial(address, port, &limits, &mut progress).await?;
        trial.passed(Stage::Connect, began, format!("{address}:{port} answers through {name}."));
        if TLS_PORTS.contains(&port) {
            let began = Instant::now();
            let mut agreed = String::new();
            let mut listen = |observed| {
                if let Observed::Secured { version, .. } = observed {
                    agreed = format!("{version}. Whose certificate it is, the account judges.");
                }
            };
            let mut progress = Progress::new(false, &mut listen);
            stream = secure(stream, address, &Trust::SkipVerification, &limits, &mut progress).await?;
            trial.passed(Stage::Security, began, agreed);
        }
        let began = Instant::now();
        let greeting = greeting(stream).await;
        if let Some(words) = &greeting {
            trial.passed(Stage::Greeting, began, words.clone());
        }
        Ok(greeting)
    }
}

/// Whether a connector of a kind can sign in with this.
fn fits(credential: Option<&CredentialSummary>, kind: ConnectorKind) -> Result<(), &'static str> {
    match credential.map(|credential| credential.kind) {
        None => Err("This credential does not exist any more."),
        Some(CredentialKind::OAuth2) => Err("A Network Connector does not sign in with tokens."),
        Some(CredentialKind::SshKey) if kind != ConnectorKind::Ssh => {
            Err("This is an SSH key, which only SSH servers take.")
        }
        Some(_) => Ok(()),
    }
}

/// What went well so far.
#[derive(Default)]
struct Trial {
    stages: Vec<ConnectorStage>,
    host_key: Option<String>,
}

impl Trial {
    fn passed(&mut self, stage: Stage, since: Instant, words: String) {
        self.stages.push(ConnectorStage { stage, milliseconds: whole_milliseconds(since.elapsed()), words });
    }
}

fn whole_milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The first line that a server says by itself, without control characters.
async fn greeting(stream: BoxStream) -> Option<String> {
    let mut line = Vec::new();
    let mut reader = BufReader::new(stream.take(GREETING_BYTES));
    timeout(GREETING, reader.read_until(b'\n', &mut line)).await.ok()?.ok()?;
    let text: String = String::from_utf8_lossy(&line).chars().filter(|c| !c.is_control()).collect();
    (!text.is_empty()).then_some(text)
}

#[async_trait]
impl ConnectorsPort for NetworkConnectors {
    async fn list_connectors(&self, caller: &Person) -> Result<Vec<ConnectorSummary>, ApiError> {
        authorise(caller, Action::ReadConnectors, Resource::All)?;
        let mut connectors = self.store.list_connectors().await.map_err(internal)?;
        for connector in &mut connectors {
            self.agents.fill_in(connector);
        }
        Ok(connectors)
    }

    async fn enrol_agent(
        &self,
        caller: &Actor,
        id: ConnectorId,
        server: String,
    ) -> Result<Enrolment, ApiError> {
        authorise_actor(caller, Action::ChangeConnectors, Resource::All)?;
        let connector = self.store.find_connector(id).await.map_err(internal)?.ok_or(ApiError::NotFound)?;
        let enrolment = self.enrolment(caller, &connector, &server).await.map_err(internal)?;
        enrolment.map_err(|why| ApiError::Conflict(why.to_owned()))
    }

    async fn renew_agent(&self, caller: &Actor, id: AgentId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeConnectors, Resource::All)?;
        let asked = self.agents.renew(caller, id).await.map_err(internal)?;
        if asked { Ok(()) } else { Err(ApiError::NotFound) }
    }

    async fn revoke_agent(&self, caller: &Actor, id: AgentId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeConnectors, Resource::All)?;
        let revoked = self.agents.revoke(caller, id).await.map_err(internal)?;
        if revoked { Ok(()) } else { Err(ApiError::NotFound) }
    }

    async fn save_connector(
        &self,
        caller: &Actor,
        id: Option<ConnectorId>,
        draft: ConnectorDraft,
    ) -> Result<ConnectorId, ApiError> {
        authorise_actor(caller, Action::ChangeConnectors, Resource::All)?;
        self.save(caller, id, &draft).await.map_err(internal)?.map_err(ApiError::Invalid)
    }

    async fn remove_connector(
        &self,
        caller: &Actor,
        id: ConnectorId,
        replacement: Option<ConnectorId>,
    ) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeConnectors, Resource::All)?;
        let replacement = match replacement.filter(|other| *other != id) {
            Some(other) => {
                Some(self.store.find_connector(other).await.map_err(internal)?.ok_or(ApiError::NotFound)?)
            }
            None => None,
        };
        match self.remove(caller, id, replacement.as_ref()).await.map_err(internal)? {
            Removal::Removed => Ok(()),
            Removal::Absent => Err(ApiError::NotFound),
            Removal::InUse => Err(ApiError::Conflict(
                "Accounts go through this Network Connector, or it is the default. Choose another one to take its place."
                    .to_owned(),
            )),
        }
    }

    async fn test_connector(
        &self,
        caller: &Actor,
        id: ConnectorId,
        address: String,
        port: String,
    ) -> Result<ConnectorTest, ApiError> {
        authorise_actor(caller, Action::ChangeConnectors, Resource::All)?;
        let mut errors = FieldErrors::default();
        let address = model::account::address(&address).map_err(|message| errors.add("address", message));
        let port = model::account::port(&port).map_err(|message| errors.add("port", message));
        let (Ok(address), Ok(port)) = (address, port) else { return Err(ApiError::Invalid(errors)) };
        let connector = self.store.find_connector(id).await.map_err(internal)?.ok_or(ApiError::NotFound)?;
        self.test(caller, &connector, &address, port).await.map_err(internal)
    }
}
