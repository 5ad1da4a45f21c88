//! The server's half of every call: the ports, who is calling, and HTTP statuses that tell the truth.

use super::ApiError;
use super::account_import::AccountImportPort;
use super::accounts::AccountsPort;
use super::audit::AuditPort;
use super::checks::ChecksPort;
use super::connection_tests::ConnectionTestsPort;
use super::connectors::ConnectorsPort;
use super::consents::ConsentsPort;
use super::credentials::CredentialsPort;
use super::discovery::DiscoveryPort;
use super::health::HealthPort;
use super::messages::MessagesPort;
use super::parameters::ParametersPort;
use super::quarantine::QuarantinePort;
use super::receipts::ReceiptsPort;
use super::reports::ReportsPort;
use super::transcripts::TranscriptsPort;
use leptos::prelude::use_context;
use model::{Actor, Person};
use std::sync::Arc;

/// Everything the screens can ask for. Provided as context to every server function and every rendered page.
#[derive(Clone)]
pub struct Services {
    /// Accounts from a file.
    pub account_import: Arc<dyn AccountImportPort>,
    /// Mail accounts.
    pub accounts: Arc<dyn AccountsPort>,
    /// Who did what.
    pub audit: Arc<dyn AuditPort>,
    /// How checks went and would go.
    pub checks: Arc<dyn ChecksPort>,
    /// Connection tests.
    pub connection_tests: Arc<dyn ConnectionTestsPort>,
    /// Ways into other networks.
    pub connectors: Arc<dyn ConnectorsPort>,
    /// Access that providers grant.
    pub consents: Arc<dyn ConsentsPort>,
    /// The vault.
    pub credentials: Arc<dyn CredentialsPort>,
    /// Settings from an e-mail address.
    pub discovery: Arc<dyn DiscoveryPort>,
    /// How accounts have been doing.
    pub health: Arc<dyn HealthPort>,
    /// Stored messages.
    pub messages: Arc<dyn MessagesPort>,
    /// Global settings.
    pub parameters: Arc<dyn ParametersPort>,
    /// Messages that could not be taken in.
    pub quarantine: Arc<dyn QuarantinePort>,
    /// What was deleted on mail servers.
    pub receipts: Arc<dyn ReceiptsPort>,
    /// Reports that are written at their time.
    pub reports: Arc<dyn ReportsPort>,
    /// What is said to mail servers.
    pub transcripts: Arc<dyn TranscriptsPort>,
}

/// Who sent the request; `None` where nobody is signed in. Provided as context beside [`Services`].
#[derive(Debug, Clone)]
pub struct Caller(pub Option<Person>);

/// The services and the person who is asking.
///
/// # Errors
/// [`ApiError::SignedOut`] where nobody is signed in.
pub fn authenticated() -> Result<(Services, Person), ApiError> {
    let services = use_context::<Services>()
        .ok_or_else(|| ApiError::Internal { reference: "no services in context".to_owned() })?;
    match use_context::<Caller>() {
        Some(Caller(Some(person))) => Ok((services, person)),
        _ => Err(ApiError::SignedOut),
    }
}

/// Where a request came from. Provided as context beside [`Caller`].
#[derive(Debug, Clone)]
pub struct Origin(pub String);

/// The services and, for whatever is recorded, the person who is asking together with where they are.
///
/// # Errors
/// [`ApiError::SignedOut`] where nobody is signed in.
pub fn acting() -> Result<(Services, Actor), ApiError> {
    let (services, person) = authenticated()?;
    let address = use_context::<Origin>().map_or_else(|| "unknown".to_owned(), |origin| origin.0);
    Ok((services, Actor::Person { person, address }))
}

/// How browsers reach us, such as `https://mail.example.org`. Provided as context where the request says it.
#[derive(Debug, Clone)]
pub struct Site(pub String);

/// How the browser that is asking reaches us.
///
/// # Errors
/// [`ApiError::Internal`] where it does not say so, which every call of our pages does.
pub fn site() -> Result<String, ApiError> {
    let site = use_context::<Site>().map(|site| site.0);
    site.ok_or_else(|| ApiError::Internal { reference: "no origin in this request".to_owned() })
}

/// Passes `result` on, giving the HTTP response the status that belongs to its error: server functions answer
/// every error with 500 otherwise.
///
/// # Errors
/// The error in `result`.
pub fn answer<T>(result: Result<T, ApiError>) -> Result<T, ApiError> {
    use leptos_axum::ResponseOptions;
    if let (Err(error), Some(response)) = (&result, use_context::<ResponseOptions>()) {
        let status = match error {
            ApiError::SignedOut => 401,
            ApiError::Forbidden => 403,
            ApiError::NotFound => 404,
            ApiError::Invalid(_) => 422,
            ApiError::Conflict(_) | ApiError::Busy => 409,
            ApiError::Internal { .. } | ApiError::Unreachable => 500,
        };
        if let Ok(status) = status.try_into() {
            response.set_status(status);
        }
    }
    result
}
