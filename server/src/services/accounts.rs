//! Mail accounts: their report, their form, their checks.

use super::credentials::Credentials;
use super::policy::{Action, Resource, authorise};
use super::{ServiceError, account_report, internal};
use crate::checks::Checks;
use crate::clock::SharedClock;
use crate::events::Event;
use crate::store::{Claim, Removal, Store, Update};
use app::api::ApiError;
use app::api::accounts::AccountsPort;
use app::api::credentials::NewCredential;
use async_trait::async_trait;
use model::{
    AccountDraft, AccountFilter, AccountId, AccountSettings, AccountSummary, CheckTrigger, CredentialId,
    FieldErrors, Page, Person, ReportQuery,
};

/// Accounts.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    clock: SharedClock,
    credentials: Credentials,
    checks: Checks,
}

impl Accounts {
    /// The accounts of `store`.
    pub fn new(store: Store, clock: SharedClock, credentials: Credentials, checks: Checks) -> Self {
        Self { store, clock, credentials, checks }
    }

    /// Creates (`id` is `None`) or changes an account, for callers that are authorised already. The inner error says
    /// which fields are wrong; nothing was stored then.
    ///
    /// # Errors
    /// The store's.
    pub async fn save(
        &self,
        id: Option<AccountId>,
        mut draft: AccountDraft,
        new_credential: Option<NewCredential>,
    ) -> Result<Result<AccountId, FieldErrors>, ServiceError> {
        // Everything but the credential is checked first, so that a typing error leaves no credential behind.
        if new_credential.is_some() {
            draft.credential = Some(CredentialId(0));
        }
        let mut settings = match draft.validate() {
            Ok(settings) => settings,
            Err(errors) => return Ok(Err(errors)),
        };
        if self.name_is_taken(id, &settings.name).await? {
            return Ok(Err(name_taken()));
        }
        match new_credential {
            Some(new) => match self.credentials.create(new).await? {
                Ok(credential) => settings.credential = credential,
                Err(errors) => return Ok(Err(errors)),
            },
            None if self.store.find_credential(settings.credential).await?.is_none() => {
                return Ok(Err(FieldErrors::one("credential", "This credential does not exist any more.")));
            }
            None => {}
        }
        self.store_settings(id, &settings).await
    }

    async fn name_is_taken(&self, id: Option<AccountId>, name: &str) -> Result<bool, ServiceError> {
        let holder = self.store.find_account_by_name(name, self.clock.now()).await?;
        Ok(holder.is_some_and(|holder| Some(holder.id) != id))
    }

    async fn store_settings(
        &self,
        id: Option<AccountId>,
        settings: &AccountSettings,
    ) -> Result<Result<AccountId, FieldErrors>, ServiceError> {
        let now = self.clock.now();
        let saved = match id {
            None => self.store.insert_account(settings, now).await?.ok_or_else(name_taken),
            Some(id) => match self.store.update_account(id, settings, now).await? {
                Update::Updated => Ok(id),
                Update::NameTaken => Err(name_taken()),
                Update::Absent => Err(FieldErrors::one("name", "This account was removed meanwhile.")),
            },
        };
        self.checks.events.send(Event::Accounts);
        Ok(saved)
    }
}

fn name_taken() -> FieldErrors {
    FieldErrors::one("name", "Another account has this name.")
}

#[async_trait]
impl AccountsPort for Accounts {
    async fn list_accounts(
        &self,
        caller: &Person,
        query: ReportQuery<AccountFilter>,
    ) -> Result<Page<AccountSummary>, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::All)?;
        let accounts = self.store.list_accounts(self.clock.now()).await.map_err(internal)?;
        Ok(account_report::page(accounts, &query))
    }

    async fn get_account(&self, caller: &Person, id: AccountId) -> Result<AccountSummary, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::Account(id))?;
        self.store.find_account(id, self.clock.now()).await.map_err(internal)?.ok_or(ApiError::NotFound)
    }

    async fn save_account(
        &self,
        caller: &Person,
        id: Option<AccountId>,
        draft: AccountDraft,
        new_credential: Option<NewCredential>,
    ) -> Result<AccountId, ApiError> {
        authorise(caller, Action::ChangeAccounts, id.map_or(Resource::All, Resource::Account))?;
        if new_credential.is_some() {
            authorise(caller, Action::ChangeCredentials, Resource::All)?;
        }
        self.save(id, draft, new_credential).await.map_err(internal)?.map_err(ApiError::Invalid)
    }

    async fn set_enabled(&self, caller: &Person, id: AccountId, enabled: bool) -> Result<(), ApiError> {
        authorise(caller, Action::ChangeAccounts, Resource::Account(id))?;
        let found = self.store.set_account_enabled(id, enabled, self.clock.now()).await.map_err(internal)?;
        self.checks.events.send(Event::Accounts);
        if found { Ok(()) } else { Err(ApiError::NotFound) }
    }

    async fn remove_account(
        &self,
        caller: &Person,
        id: AccountId,
        keep_messages: bool,
    ) -> Result<(), ApiError> {
        authorise(caller, Action::ChangeAccounts, Resource::Account(id))?;
        let removal =
            self.store.remove_account(id, keep_messages, self.clock.now()).await.map_err(internal)?;
        self.checks.events.send(Event::Accounts);
        match removal {
            Removal::Removed => Ok(()),
            Removal::InUse => Err(ApiError::Busy),
            Removal::Absent => Err(ApiError::NotFound),
        }
    }

    async fn check_now(&self, caller: &Person, id: AccountId) -> Result<(), ApiError> {
        authorise(caller, Action::CheckAccounts, Resource::Account(id))?;
        let account = self.store.find_account(id, self.clock.now()).await.map_err(internal)?;
        let account = account.ok_or(ApiError::NotFound)?;
        if !account.settings.enabled {
            return Err(ApiError::Conflict("This account is paused. Resume it first.".to_owned()));
        }
        match self.checks.claim(id).await.map_err(internal)? {
            Claim::Claimed(lease) => {
                self.checks.start(lease, CheckTrigger::Person);
                Ok(())
            }
            Claim::Busy => Err(ApiError::Busy),
            Claim::Absent => Err(ApiError::NotFound),
        }
    }
}
