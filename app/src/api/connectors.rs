//! Network Connectors: which there are, who goes through them, and whether they lead anywhere.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AgentId, ConnectorDraft, ConnectorId, ConnectorSummary, ConnectorTest, Enrolment};

/// What `server::services::connectors` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ConnectorsPort: Send + Sync {
    /// All connectors by name.
    async fn list_connectors(&self, caller: &model::Person) -> Result<Vec<ConnectorSummary>, ApiError>;
    /// Adds one, or changes the one with this number.
    async fn save_connector(
        &self,
        caller: &model::Actor,
        id: Option<ConnectorId>,
        draft: ConnectorDraft,
    ) -> Result<ConnectorId, ApiError>;
    /// Removes one; whoever goes through it goes through `replacement` from then on.
    async fn remove_connector(
        &self,
        caller: &model::Actor,
        id: ConnectorId,
        replacement: Option<ConnectorId>,
    ) -> Result<(), ApiError>;
    /// What an agent of one is enrolled with, where agents reach us as `server`.
    async fn enrol_agent(
        &self,
        caller: &model::Actor,
        id: ConnectorId,
        server: String,
    ) -> Result<Enrolment, ApiError>;
    /// Has an agent make itself another key.
    async fn renew_agent(&self, caller: &model::Actor, id: AgentId) -> Result<(), ApiError>;
    /// Takes an agent's right back.
    async fn revoke_agent(&self, caller: &model::Actor, id: AgentId) -> Result<(), ApiError>;
    /// Tries to reach a server through one.
    async fn test_connector(
        &self,
        caller: &model::Actor,
        id: ConnectorId,
        address: String,
        port: String,
    ) -> Result<ConnectorTest, ApiError>;
}

/// All connectors by name.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "connectors/list", prefix = "/api", protocol = Wire)]
pub async fn list_connectors() -> Result<Vec<ConnectorSummary>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.connectors.list_connectors(&caller).await)
}

/// Adds a connector, or changes the one with this number.
///
/// # Errors
/// [`ApiError::Invalid`] with every field that is wrong.
#[server(endpoint = "connectors/save", prefix = "/api", protocol = Wire)]
pub async fn save_connector(id: Option<ConnectorId>, draft: ConnectorDraft) -> Result<ConnectorId, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.connectors.save_connector(&caller, id, draft).await)
}

/// Removes a connector; whoever goes through it goes through `replacement` from then on.
///
/// # Errors
/// [`ApiError::Conflict`] while somebody goes through it and nothing is to take its place.
#[server(endpoint = "connectors/remove", prefix = "/api", protocol = Wire)]
pub async fn remove_connector(id: ConnectorId, replacement: Option<ConnectorId>) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.connectors.remove_connector(&caller, id, replacement).await)
}

/// What an agent of a connector is enrolled with: shown once, good once.
///
/// # Errors
/// [`ApiError::Conflict`] where too many wait to be used, or it has no agents.
#[server(endpoint = "connectors/enrol", prefix = "/api", protocol = Wire)]
pub async fn enrol_agent(id: ConnectorId) -> Result<Enrolment, ApiError> {
    use super::services::{acting, answer, site};
    let (services, caller) = answer(acting())?;
    let site = answer(site())?;
    answer(services.connectors.enrol_agent(&caller, id, site).await)
}

/// Has an agent make itself another key, now or as soon as it is connected.
///
/// # Errors
/// [`ApiError::NotFound`] where it was revoked.
#[server(endpoint = "connectors/agents/renew", prefix = "/api", protocol = Wire)]
pub async fn renew_agent(id: AgentId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.connectors.renew_agent(&caller, id).await)
}

/// Takes an agent's right back; its streams end at once.
///
/// # Errors
/// [`ApiError::NotFound`] where it was revoked before.
#[server(endpoint = "connectors/agents/revoke", prefix = "/api", protocol = Wire)]
pub async fn revoke_agent(id: AgentId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.connectors.revoke_agent(&caller, id).await)
}

/// Tries to reach a server through a connector.
///
/// # Errors
/// [`ApiError::Invalid`] at `address` and `port`; that the server was not reached is no error.
#[server(endpoint = "connectors/test", prefix = "/api", protocol = Wire)]
pub async fn test_connector(
    id: ConnectorId,
    address: String,
    port: String,
) -> Result<ConnectorTest, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.connectors.test_connector(&caller, id, address, port).await)
}
