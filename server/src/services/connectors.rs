//! Network Connectors as people see them. Deliberately absent: connecting (see `crate::connectors`).

use super::agents::Agents;
use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, internal};
use crate::checks::Checks;
use crate::clock::SharedClock;
use crate::events::Event;
use crate::store::{Removal, SavedConnector, Store};
use app::api::ApiError;
use app::api::connectors::ConnectorsPort;
use async_trait::async_trait;
use model::{
    Actor, AgentId, AuditAction, Change, ConnectorDraft, ConnectorId, ConnectorKind, ConnectorSummary,
    ConnectorTest, CredentialKind, CredentialSummary, Deed, Enrolment, FieldErrors, Noun, Person,
};

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
        Ok(self.checks.reach(connector, address, port).await)
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
