//! Access that a provider grants, as people see and begin it. Deliberately absent: tokens.

use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, internal};
use crate::clock::SharedClock;
use crate::oauth::{CameBack, TokenError, Tokens};
use crate::store::Store;
use app::api::ApiError;
use app::api::consents::ConsentsPort;
use async_trait::async_trait;
use model::oauth::{ConsentStep, ConsentView};
use model::{AccountId, Actor, CredentialId, CredentialSummary, Person};

/// Consents.
#[derive(Clone)]
pub struct Consents {
    store: Store,
    tokens: Tokens,
    clock: SharedClock,
}

impl Consents {
    /// The consents of the credentials of `store`.
    pub fn new(store: Store, tokens: Tokens, clock: SharedClock) -> Self {
        Self { store, tokens, clock }
    }

    /// Begins, for callers that are authorised already. The inner error is one sentence for whoever asked.
    ///
    /// # Errors
    /// The store's and the vault's.
    pub async fn begin(
        &self,
        by: &Actor,
        credential: &CredentialSummary,
        account: Option<AccountId>,
        site: &str,
    ) -> Result<Result<ConsentStep, String>, ServiceError> {
        let begun = self.tokens.connect(credential.id, &credential.user_name, site, account, by).await;
        match begun {
            Ok(step) => Ok(Ok(step)),
            Err(TokenError::Store(error)) => Err(error.into()),
            Err(TokenError::Vault(error)) => Err(error.into()),
            Err(other) => Ok(Err(other.into_words())),
        }
    }

    /// How far a credential has come; `None` where it is none of tokens.
    pub fn view(&self, credential: CredentialSummary) -> Option<ConsentView> {
        let (code, failure) = self.tokens.waiting.of(credential.id);
        let CredentialSummary { id, name, user_name, oauth, .. } = credential;
        Some(ConsentView { credential: id, name, user_name, status: oauth?, code, failure })
    }

    /// Takes what `caller` brought back from the provider: a code, or why there is none.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where nothing was begun with this state, or by somebody else.
    pub async fn come_back(
        &self,
        caller: &Actor,
        state: &str,
        answer: Result<&str, &str>,
    ) -> Result<CameBack, ApiError> {
        authorise_actor(caller, Action::ChangeCredentials, Resource::All)?;
        match self.tokens.come_back(state, answer, caller).await {
            Ok(Some(back)) => Ok(back),
            Ok(None) | Err(TokenError::Removed) => Err(ApiError::NotFound),
            Err(TokenError::Store(error)) => Err(internal(error)),
            Err(TokenError::Vault(error)) => Err(internal(error)),
            Err(other) => Err(ApiError::Conflict(other.to_string())),
        }
    }

    async fn found(&self, id: CredentialId) -> Result<CredentialSummary, ApiError> {
        self.store.find_credential(id).await.map_err(internal)?.ok_or(ApiError::NotFound)
    }
}

#[async_trait]
impl ConsentsPort for Consents {
    async fn consent(&self, caller: &Person, id: CredentialId) -> Result<ConsentView, ApiError> {
        authorise(caller, Action::ReadCredentials, Resource::All)?;
        self.view(self.found(id).await?).ok_or(ApiError::NotFound)
    }

    async fn consent_of_account(
        &self,
        caller: &Person,
        id: AccountId,
    ) -> Result<Option<ConsentView>, ApiError> {
        authorise(caller, Action::ReadCredentials, Resource::All)?;
        let account = self.store.find_account(id, self.clock.now()).await.map_err(internal)?;
        let credential = account.ok_or(ApiError::NotFound)?.settings.credential;
        Ok(self.view(self.found(credential).await?))
    }

    async fn begin_consent(
        &self,
        caller: &Actor,
        id: CredentialId,
        account: Option<AccountId>,
        site: String,
    ) -> Result<ConsentStep, ApiError> {
        authorise_actor(caller, Action::ChangeCredentials, Resource::All)?;
        let credential = self.found(id).await?;
        if credential.oauth.is_none() {
            return Err(ApiError::NotFound);
        }
        self.begin(caller, &credential, account, &site).await.map_err(internal)?.map_err(ApiError::Conflict)
    }
}
