//! The vault as people see it: names are read, secrets only written.

use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, internal};
use crate::clock::SharedClock;
use crate::store::{Removal, Store};
use crate::vault::{Place, Vault};
use app::api::ApiError;
use app::api::credentials::{CredentialsPort, NewCredential, Secret};
use async_trait::async_trait;
use model::{Actor, CredentialId, CredentialSummary, FieldErrors, Person};
use secrecy::SecretString;
use std::sync::Arc;

/// Credentials.
#[derive(Clone)]
pub struct Credentials {
    store: Store,
    vault: Arc<Vault>,
    clock: SharedClock,
}

impl Credentials {
    /// The credentials of `store`, sealed by `vault`.
    pub fn new(store: Store, vault: Arc<Vault>, clock: SharedClock) -> Self {
        Self { store, vault, clock }
    }

    /// Seals a new credential, for callers that are authorised already. The inner error says what is wrong with it.
    ///
    /// # Errors
    /// The store's.
    pub async fn create(
        &self,
        by: &Actor,
        new: NewCredential,
    ) -> Result<Result<CredentialId, FieldErrors>, ServiceError> {
        let mut errors = FieldErrors::default();
        let user_name = model::field::line(&new.user_name, 320);
        let user_name = user_name.map_err(|message| errors.add("user_name", message)).unwrap_or_default();
        let password = checked_secret(new.password, &mut errors);
        let wanted = if new.name.trim().is_empty() { user_name.clone() } else { new.name };
        let name = model::field::line(&wanted, 100);
        let name = name.map_err(|message| errors.add("credential_name", message)).unwrap_or_default();
        let (true, Some(password)) = (errors.is_empty(), password) else { return Ok(Err(errors)) };
        let seal = |id: CredentialId| self.vault.seal(Place::credential(id), &password);
        let id = self.store.insert_credential(&name, &user_name, by, self.clock.now(), &seal).await?;
        Ok(id.ok_or_else(|| {
            FieldErrors::one(
                "credential_name",
                "Another credential has this name. Choose it from the list, or another name.",
            )
        }))
    }

    /// Replaces a secret, for callers that are authorised already; `false` where there is no such credential.
    ///
    /// # Errors
    /// The store's.
    pub async fn rotate(
        &self,
        by: &Actor,
        id: CredentialId,
        user_name: &str,
        password: Secret,
    ) -> Result<Result<bool, FieldErrors>, ServiceError> {
        let mut errors = FieldErrors::default();
        let user_name = match user_name.trim() {
            "" => None,
            typed => model::field::line(typed, 320).map_err(|message| errors.add("user_name", message)).ok(),
        };
        let password = checked_secret(password, &mut errors);
        let (true, Some(password)) = (errors.is_empty(), password) else { return Ok(Err(errors)) };
        let (now, sealed) = (self.clock.now(), self.vault.seal(Place::credential(id), &password));
        let rotated = self.store.rotate_credential(id, user_name.as_deref(), &sealed, by, now).await?;
        if rotated {
            // Whoever waited for a person to act has been answered.
            for account in self.store.list_accounts(now).await? {
                if account.settings.credential == id && account.settings.enabled {
                    self.store.request_check(account.id, now).await?;
                }
            }
        }
        Ok(Ok(rotated))
    }
}

/// A password that can be sent to a mail server: not empty, no line breaks, no NUL.
fn checked_secret(secret: Secret, errors: &mut FieldErrors) -> Option<SecretString> {
    if secret.0.is_empty() {
        errors.add("password", "This field is required.");
    } else if secret.0.chars().any(|c| matches!(c, '\r' | '\n' | '\0')) {
        errors.add("password", "Line breaks are not allowed here.");
    } else if secret.0.len() > 10_000 {
        errors.add("password", "At most 10,000 characters.");
    } else {
        return Some(SecretString::from(secret.0));
    }
    None
}

#[async_trait]
impl CredentialsPort for Credentials {
    async fn list_credentials(&self, caller: &Person) -> Result<Vec<CredentialSummary>, ApiError> {
        authorise(caller, Action::ReadCredentials, Resource::All)?;
        self.store.list_credentials().await.map_err(internal)
    }

    async fn create_credential(
        &self,
        caller: &Actor,
        credential: NewCredential,
    ) -> Result<CredentialSummary, ApiError> {
        authorise_actor(caller, Action::ChangeCredentials, Resource::All)?;
        let id = self.create(caller, credential).await.map_err(internal)?.map_err(ApiError::Invalid)?;
        self.store.find_credential(id).await.map_err(internal)?.ok_or(ApiError::NotFound)
    }

    async fn rotate_credential(
        &self,
        caller: &Actor,
        id: CredentialId,
        user_name: String,
        password: Secret,
    ) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeCredentials, Resource::All)?;
        let rotated = self.rotate(caller, id, &user_name, password).await.map_err(internal)?;
        if rotated.map_err(ApiError::Invalid)? { Ok(()) } else { Err(ApiError::NotFound) }
    }

    async fn remove_credential(&self, caller: &Actor, id: CredentialId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeCredentials, Resource::All)?;
        match self.store.remove_credential(id, caller, self.clock.now()).await.map_err(internal)? {
            Removal::Removed => Ok(()),
            Removal::Absent => Err(ApiError::NotFound),
            Removal::InUse => Err(ApiError::Conflict(
                "An account signs in with this credential. Give the account another one first.".to_owned(),
            )),
        }
    }
}
