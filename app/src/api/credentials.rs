//! The vault: names and user names can be read, secrets only written.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::oauth::OAuthDraft;
use model::{CredentialId, CredentialKind, CredentialSource, CredentialSummary};
use serde::{Deserialize, Serialize};

/// A secret on its way from a form to the vault; it prints as dots and goes one way.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("••••")
    }
}

/// A credential as a person types it. Fields of errors: `credential_name`, `user_name`, `source`,
/// `password`, and those of [`OAuthDraft`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCredential {
    /// Unique among credentials; made from the user name where it is blank.
    pub name: String,
    /// The user name for the mail server.
    pub user_name: String,
    /// What it is.
    #[serde(default)]
    pub kind: CredentialKind,
    /// Where the secret is read at each check; `None` where it is the password below.
    #[serde(default)]
    pub source: Option<CredentialSource>,
    /// Whom to ask for tokens, of a credential of that kind.
    #[serde(default)]
    pub oauth: Option<OAuthDraft>,
    /// The password for the mail server; of a credential of tokens the secret of the client, where it has one.
    pub password: Secret,
}

/// What `server::services::credentials` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait CredentialsPort: Send + Sync {
    /// All credentials by name.
    async fn list_credentials(&self, caller: &model::Person) -> Result<Vec<CredentialSummary>, ApiError>;

    /// The sources besides the vault that the configuration file names.
    async fn list_sources(&self, caller: &model::Person) -> Result<Vec<CredentialSource>, ApiError>;

    /// Seals a new secret.
    async fn create_credential(
        &self,
        caller: &model::Actor,
        credential: NewCredential,
    ) -> Result<CredentialSummary, ApiError>;

    /// Replaces user name and secret; a blank user name stays as it is.
    async fn rotate_credential(
        &self,
        caller: &model::Actor,
        id: CredentialId,
        user_name: String,
        password: Secret,
    ) -> Result<(), ApiError>;

    /// Removes a credential that no account uses.
    async fn remove_credential(&self, caller: &model::Actor, id: CredentialId) -> Result<(), ApiError>;
}

/// All credentials by name.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "credentials/list", prefix = "/api", protocol = Wire)]
pub async fn list_credentials() -> Result<Vec<CredentialSummary>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.credentials.list_credentials(&caller).await)
}

/// The names that a credential may be read from, besides being sealed here: never a path, never a command.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "credentials/sources", prefix = "/api", protocol = Wire)]
pub async fn list_sources() -> Result<Vec<CredentialSource>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.credentials.list_sources(&caller).await)
}

/// Seals a new secret.
///
/// # Errors
/// [`ApiError::Invalid`] with every field that is wrong.
#[server(endpoint = "credentials/create", prefix = "/api", protocol = Wire)]
pub async fn create_credential(credential: NewCredential) -> Result<CredentialSummary, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.credentials.create_credential(&caller, credential).await)
}

/// Replaces a secret; the accounts that use it are checked with the new one.
///
/// # Errors
/// [`ApiError::NotFound`], or [`ApiError::Invalid`] with the field that is wrong.
#[server(endpoint = "credentials/rotate", prefix = "/api", protocol = Wire)]
pub async fn rotate_credential(
    id: CredentialId,
    user_name: String,
    password: Secret,
) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.credentials.rotate_credential(&caller, id, user_name, password).await)
}

/// Removes a credential.
///
/// # Errors
/// [`ApiError::Conflict`] while an account uses it.
#[server(endpoint = "credentials/remove", prefix = "/api", protocol = Wire)]
pub async fn remove_credential(id: CredentialId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.credentials.remove_credential(&caller, id).await)
}
