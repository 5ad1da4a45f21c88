//! The vault as people see it: names are read, secrets only written.

use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, internal};
use crate::clock::SharedClock;
use crate::connectors::private_key;
use crate::oauth::{self, TokenError, Tokens};
use crate::store::{CredentialText, Removal, SealedCredential, Store};
use crate::vault::{KeyId, Place, Sources, Vault};
use app::api::ApiError;
use app::api::credentials::{CredentialsPort, NewCredential, Secret};
use async_trait::async_trait;
use model::oauth::{OAuthClient, OAuthGrant};
use model::{
    Actor, AuditAction, Change, CredentialId, CredentialKind, CredentialSource, CredentialSummary, Deed,
    FieldErrors, Noun, Person,
};
use secrecy::SecretString;
use std::sync::Arc;

/// Credentials.
#[derive(Clone)]
pub struct Credentials {
    store: Store,
    vault: Arc<Vault>,
    sources: Arc<Sources>,
    tokens: Tokens,
    clock: SharedClock,
}

impl Credentials {
    /// The credentials of `store`, sealed by `vault`, read from `sources` or had as `tokens`.
    pub fn new(
        store: Store,
        vault: Arc<Vault>,
        sources: Sources,
        tokens: Tokens,
        clock: SharedClock,
    ) -> Self {
        Self { store, vault, sources: Arc::new(sources), tokens, clock }
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
        let user_name = checked_user_name(&new.user_name, &mut errors).unwrap_or_default();
        let client = checked_client(&new, &mut errors);
        if new.kind == CredentialKind::SshKey && new.source.is_some() {
            errors.add("source", "A private key is sealed here.");
        }
        let password = match &new.source {
            // Many applications prove nothing.
            None if client.as_ref().is_some_and(|client| client.grant != OAuthGrant::Application)
                && new.password.0.is_empty() =>
            {
                Some(SecretString::default())
            }
            None => checked_secret(new.kind, new.password, &mut errors),
            Some(source) if self.sources.names(source) => Some(SecretString::default()),
            Some(source) => {
                let message =
                    format!("The server's configuration file does not name the {}.", source.words());
                errors.add("source", message);
                None
            }
        };
        let wanted = if new.name.trim().is_empty() { user_name.clone() } else { new.name };
        let name = model::field::line(&wanted, 100);
        let name = name.map_err(|message| errors.add("credential_name", message)).unwrap_or_default();
        let (true, Some(password)) = (errors.is_empty(), password) else { return Ok(Err(errors)) };
        let source = new.source;
        let (is_sealed, is_tokens) = (source.is_none(), client.is_some());
        let seal = |id: CredentialId| match (is_sealed, is_tokens) {
            (false, _) => Vec::new(),
            (true, true) => self.tokens.without_any(id, &password),
            (true, false) => self.vault.seal(Place::credential(id), &password),
        };
        let text = CredentialText { name, user_name, kind: new.kind, source, oauth: client };
        let id = self.store.insert_credential(&text, by, self.clock.now(), &seal).await?;
        Ok(id.ok_or_else(|| {
            FieldErrors::one(
                "credential_name",
                "Another credential has this name. Choose it from the list, or another name.",
            )
        }))
    }

    /// The sources besides the vault that the configuration file names.
    pub fn sources(&self) -> Vec<CredentialSource> {
        self.sources.list()
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
            typed => checked_user_name(typed, &mut errors),
        };
        let kind =
            self.store.find_credential(id).await?.map_or_else(CredentialKind::default, |known| known.kind);
        let password = checked_secret(kind, password, &mut errors);
        let (true, Some(password)) = (errors.is_empty(), password) else { return Ok(Err(errors)) };
        let now = self.clock.now();
        let rotated = if self.store.sealed_tokens(id).await?.is_some() {
            self.rotate_client(by, id, password).await?
        } else {
            let sealed = self.vault.seal(Place::credential(id), &password);
            self.store.rotate_credential(id, user_name.as_deref(), &sealed, by, now).await?
        };
        if rotated {
            // Whoever waited for a person to act has been answered.
            self.store.request_checks_with(id, now).await?;
            self.store.hasten_accounts_behind(id, now).await?;
        }
        Ok(Ok(rotated))
    }

    /// Another secret of the application that asks for tokens.
    async fn rotate_client(
        &self,
        by: &Actor,
        id: CredentialId,
        secret: SecretString,
    ) -> Result<bool, ServiceError> {
        match self.tokens.change_client_secret(id, secret, by).await {
            Ok(()) => Ok(true),
            Err(TokenError::Store(error)) => Err(error.into()),
            Err(TokenError::Vault(error)) => Err(error.into()),
            Err(_) => Ok(false),
        }
    }
}

/// What became of a rotation of the vault's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRotation {
    /// The key that everything is sealed with now.
    pub key: KeyId,
    /// How many secrets were sealed anew.
    pub resealed: u64,
    /// True where an earlier rotation was brought to its end.
    pub resumed: bool,
}

impl Credentials {
    /// Seals every secret with a new key, for callers that are authorised already. What is interrupted goes on where it
    /// was: the older key stays beside the new one.
    ///
    /// # Errors
    /// The store's and the vault's.
    pub async fn rotate_key(&self, by: &Actor) -> Result<KeyRotation, ServiceError> {
        let in_use = |sealed: &[SealedCredential]| {
            sealed.iter().filter_map(|it| KeyId::of(&it.sealed)).collect::<Vec<_>>()
        };
        let mut sealed = self.store.sealed_credentials().await?;
        let mut used = in_use(&sealed);
        used.extend(self.store.hub_key().await?.and_then(|sealed| KeyId::of(&sealed)));
        let (key, resumed) = self.vault.rotate(&used)?;
        let deed = Deed::new(AuditAction::VaultRotated, Noun::Vault, None, "");
        let deed = deed.with(vec![Change::set("key", &key)]);
        self.store.record(by, &deed, self.clock.now()).await?;
        let mut resealed = 0;
        resealed += u64::from(self.reseal_hub_key(key).await?);
        loop {
            sealed.retain(|it| KeyId::of(&it.sealed) != Some(key));
            if sealed.is_empty() {
                return Ok(KeyRotation { key, resealed, resumed });
            }
            for before in &sealed {
                let place = Place::credential(before.id);
                let secret = self.vault.open(place, &before.sealed)?;
                // Where somebody set another secret meanwhile, that one is looked at next.
                let done = self.store.reseal_credential(before, &self.vault.seal(place, &secret)).await?;
                resealed += u64::from(done);
                crate::failpoint::hit("vault_resealed");
            }
            sealed = self.store.sealed_credentials().await?;
        }
    }
}

impl Credentials {
    /// Seals the key that is proved to agents anew, where there is one and it is not sealed with `key` already.
    async fn reseal_hub_key(&self, key: KeyId) -> Result<bool, ServiceError> {
        let before = self.store.hub_key().await?;
        let Some(before) = before.filter(|sealed| KeyId::of(sealed) != Some(key)) else { return Ok(false) };
        let secret = self.vault.open(Place::hub_key(), &before)?;
        Ok(self.store.reseal_hub_key(&before, &self.vault.seal(Place::hub_key(), &secret)).await?)
    }
}

/// What signs in, where it is not saved: the same rules as for what is.
///
/// # Errors
/// Every field that is wrong.
pub fn sign_in_with(typed: NewCredential) -> Result<(String, SecretString), FieldErrors> {
    let mut errors = FieldErrors::default();
    let user_name = checked_user_name(&typed.user_name, &mut errors);
    if !typed.kind.is_for_mailboxes() {
        errors.add("kind", NOT_FOR_MAILBOXES);
    }
    let password = checked_secret(typed.kind, typed.password, &mut errors);
    user_name.zip(password).ok_or(errors)
}

/// Whom to ask for tokens, of a credential of that kind.
fn checked_client(new: &NewCredential, errors: &mut FieldErrors) -> Option<OAuthClient> {
    if new.kind != CredentialKind::OAuth2 {
        return None;
    }
    if new.source.is_some() {
        errors.add("source", "Tokens change, so they are sealed here.");
    }
    let draft = new.oauth.clone().unwrap_or_default();
    match oauth::checked(&draft) {
        Ok(client) => Some(client),
        Err(more) => {
            errors.0.extend(more.0);
            None
        }
    }
}

/// A user name that can be sent to a mail server.
fn checked_user_name(typed: &str, errors: &mut FieldErrors) -> Option<String> {
    model::field::line(typed, 320).map_err(|message| errors.add("user_name", message)).ok()
}

/// Said where somebody tries.
pub const NOT_FOR_MAILBOXES: &str = "No mail server takes an SSH key. It is for a Network Connector.";

/// Whether an account can sign in with this; the error is a sentence.
///
/// # Errors
/// It is gone, or nothing that a mail server takes.
pub fn for_mailboxes(credential: Option<&CredentialSummary>) -> Result<(), &'static str> {
    match credential {
        None => Err("This credential does not exist any more."),
        Some(credential) if !credential.kind.is_for_mailboxes() => Err(NOT_FOR_MAILBOXES),
        Some(_) => Ok(()),
    }
}

/// A password that can be sent to a mail server: not empty, no line breaks, no NUL. Or a private key that can be used.
fn checked_secret(kind: CredentialKind, secret: Secret, errors: &mut FieldErrors) -> Option<SecretString> {
    if secret.0.is_empty() {
        errors.add("password", "This field is required.");
    } else if secret.0.len() > 10_000 {
        errors.add("password", "At most 10,000 characters.");
    } else if kind == CredentialKind::SshKey {
        let text = SecretString::from(secret.0);
        match private_key(&text) {
            Ok(_) => return Some(text),
            Err(error) => errors.add("password", error.to_string()),
        }
    } else if secret.0.chars().any(|c| matches!(c, '\r' | '\n' | '\0')) {
        errors.add("password", "Line breaks are not allowed here.");
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

    async fn list_sources(&self, caller: &Person) -> Result<Vec<CredentialSource>, ApiError> {
        authorise(caller, Action::ReadCredentials, Resource::All)?;
        Ok(self.sources.list())
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
                "An account or a Network Connector signs in with this credential. Give it another one first."
                    .to_owned(),
            )),
        }
    }
}
