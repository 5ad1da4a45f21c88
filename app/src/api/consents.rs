//! Access that a provider grants (OAuth 2): begun here, agreed to at the provider. Tokens never come this way.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::oauth::{ConsentStep, ConsentView};
use model::{AccountId, CredentialId};

/// What `server::services::consents` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ConsentsPort: Send + Sync {
    /// How far a credential of tokens has come.
    async fn consent(&self, caller: &model::Person, id: CredentialId) -> Result<ConsentView, ApiError>;

    /// The same for whatever an account signs in with; `None` where that is no token.
    async fn consent_of_account(
        &self,
        caller: &model::Person,
        id: AccountId,
    ) -> Result<Option<ConsentView>, ApiError>;

    /// Begins; `site` is how browsers reach us, `account` where the page goes back to.
    async fn begin_consent(
        &self,
        caller: &model::Actor,
        id: CredentialId,
        account: Option<AccountId>,
        site: String,
    ) -> Result<ConsentStep, ApiError>;
}

/// How far a credential of tokens has come.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such credential, or it is none of tokens.
#[server(endpoint = "consents/show", prefix = "/api", protocol = Wire)]
pub async fn consent(id: CredentialId) -> Result<ConsentView, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.consents.consent(&caller, id).await)
}

/// The access by which an account signs in; `None` where it does so by a password.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such account.
#[server(endpoint = "consents/of_account", prefix = "/api", protocol = Wire)]
pub async fn consent_of_account(id: AccountId) -> Result<Option<ConsentView>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.consents.consent_of_account(&caller, id).await)
}

/// Begins a consent: says where the browser goes, or what somebody types elsewhere.
///
/// # Errors
/// [`ApiError::Conflict`] with the provider's words.
#[server(endpoint = "consents/begin", prefix = "/api", protocol = Wire)]
pub async fn begin_consent(id: CredentialId, account: Option<AccountId>) -> Result<ConsentStep, ApiError> {
    use super::services::{acting, answer, site};
    let (services, caller) = answer(acting())?;
    let site = answer(site())?;
    answer(services.consents.begin_consent(&caller, id, account, site).await)
}
