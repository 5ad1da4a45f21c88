//! Mail accounts: their report, their form, their checks.

use super::audit::Audit;
use super::credentials::{Credentials, NOT_FOR_MAILBOXES, for_mailboxes};
use super::policy::{Action, Resource, authorise, authorise_actor};
use super::{ServiceError, account_report, internal};
use crate::checks::Checks;
use crate::checks::connection_test::judge_trust;
use crate::clock::SharedClock;
use crate::events::Event;
use crate::store::{Claim, Removal, Store, Update};
use app::api::ApiError;
use app::api::accounts::AccountsPort;
use app::api::credentials::NewCredential;
use async_trait::async_trait;
use model::account::{retagged, tags};
use model::{
    AccountDraft, AccountFilter, AccountId, AccountSettings, AccountSummary, Actor, AuditAction,
    CheckTrigger, CredentialId, FieldErrors, Page, Person, ReportQuery, Way,
};

/// Accounts.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    clock: SharedClock,
    audit: Audit,
    credentials: Credentials,
    checks: Checks,
}

impl Accounts {
    /// The accounts of `store`.
    pub fn new(store: Store, clock: SharedClock, credentials: Credentials, checks: Checks) -> Self {
        let audit = Audit::new(store.clone(), SharedClock::clone(&clock));
        Self { store, clock, audit, credentials, checks }
    }

    /// Creates (`id` is `None`) or changes an account, for callers that are authorised already. The inner error says
    /// which fields are wrong; nothing was stored then.
    ///
    /// # Errors
    /// The store's.
    pub async fn save(
        &self,
        by: &Actor,
        id: Option<AccountId>,
        mut draft: AccountDraft,
        new_credential: Option<NewCredential>,
    ) -> Result<Result<AccountId, FieldErrors>, ServiceError> {
        // Everything but the credential is checked first, so that a typing error leaves no credential behind.
        if new_credential.is_some() {
            draft.credential = Some(CredentialId(0));
        }
        let seen = draft.version;
        let mut settings = match draft.validate() {
            Ok(settings) => settings,
            Err(errors) => return Ok(Err(errors)),
        };
        if let Err(errors) = judge_trust(&settings) {
            return Ok(Err(errors));
        }
        if self.is_outdated(id, seen).await? {
            return Ok(Err(outdated()));
        }
        if self.name_is_taken(id, &settings.name).await? {
            return Ok(Err(name_taken()));
        }
        if let Some(sentence) = self.wrong_way(settings.way).await? {
            return Ok(Err(FieldErrors::one("network_connector", sentence)));
        }
        if let Some(new) = new_credential {
            if !new.kind.is_for_mailboxes() {
                return Ok(Err(FieldErrors::one("credential", NOT_FOR_MAILBOXES)));
            }
            match self.credentials.create(by, new).await? {
                Ok(credential) => settings.credential = credential,
                Err(errors) => return Ok(Err(errors)),
            }
        }
        let known = self.store.find_credential(settings.credential).await?;
        if let Err(sentence) = for_mailboxes(known.as_ref()) {
            return Ok(Err(FieldErrors::one("credential", sentence)));
        }
        self.store_settings(by, id, seen, &settings).await
    }

    /// Why nobody can go this way; `None` where it is there.
    async fn wrong_way(&self, way: Way) -> Result<Option<&'static str>, ServiceError> {
        Ok(match way {
            Way::Direct => None,
            Way::Default => self.store.default_connector().await?.is_none().then_some(NO_DEFAULT),
            Way::Through(id) => self.store.find_connector(id).await?.is_none().then_some(NO_CONNECTOR),
        })
    }

    /// Looked at before a credential is created as well, which would be left behind.
    async fn is_outdated(&self, id: Option<AccountId>, seen: Option<u32>) -> Result<bool, ServiceError> {
        let Some((id, seen)) = id.zip(seen) else { return Ok(false) };
        let there = self.store.find_account(id, self.clock.now()).await?;
        Ok(there.is_some_and(|there| there.version != seen))
    }

    async fn name_is_taken(&self, id: Option<AccountId>, name: &str) -> Result<bool, ServiceError> {
        let holder = self.store.find_account_by_name(name, self.clock.now()).await?;
        Ok(holder.is_some_and(|holder| Some(holder.id) != id))
    }

    async fn store_settings(
        &self,
        by: &Actor,
        id: Option<AccountId>,
        seen: Option<u32>,
        settings: &AccountSettings,
    ) -> Result<Result<AccountId, FieldErrors>, ServiceError> {
        let now = self.clock.now();
        let saved = match id {
            None => self.store.insert_account(settings, by, now).await?.ok_or_else(name_taken),
            Some(id) => match self.store.update_account(id, seen, settings, by, now).await? {
                Update::Updated => Ok(id),
                Update::NameTaken => Err(name_taken()),
                Update::Outdated => Err(outdated()),
                Update::Absent => Err(FieldErrors::one("name", "This account was removed meanwhile.")),
            },
        };
        self.checks.events.send(Event::Accounts);
        Ok(saved)
    }

    /// Removes an account, for callers that are authorised already.
    ///
    /// # Errors
    /// The store's.
    pub async fn remove(
        &self,
        by: &Actor,
        id: AccountId,
        keep_messages: bool,
    ) -> Result<Removal, ServiceError> {
        let removal = self.store.remove_account(id, keep_messages, by, self.clock.now()).await?;
        self.checks.events.send(Event::Accounts);
        Ok(removal)
    }

    /// Takes the account for a check that somebody asks for (`action` says what for) and records that before anything is
    /// done, for callers that are authorised already.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim(
        &self,
        by: &Actor,
        action: AuditAction,
        account: &AccountSummary,
    ) -> Result<Claim, ServiceError> {
        let claim = self.checks.claim(account.id).await?;
        if let Claim::Claimed(lease) = &claim {
            let recorded =
                self.audit.account(by, action, Some(account.id), &account.settings.name, Vec::new()).await;
            if let Err(error) = recorded {
                // Nobody has it checked without a record.
                self.store.release_lease(lease).await?;
                return Err(error);
            }
        }
        Ok(claim)
    }

    /// Starts a check of a claimed account, or says why not.
    pub(super) fn start(&self, claim: Claim) -> Result<(), ApiError> {
        match claim {
            Claim::Claimed(lease) => {
                self.checks.start(lease, CheckTrigger::Person);
                Ok(())
            }
            Claim::Busy => Err(ApiError::Busy),
            Claim::Absent => Err(ApiError::NotFound),
        }
    }

    async fn tag(
        &self,
        by: &Actor,
        ids: &[AccountId],
        added: &[String],
        removed: &[String],
    ) -> Result<(), ApiError> {
        let now = self.clock.now();
        let mut changed = Vec::new();
        for id in ids {
            let account = self.store.find_account(*id, now).await.map_err(internal)?;
            let settings = account.ok_or(ApiError::NotFound)?.settings;
            let tags = retagged(&settings.tags, added, removed).map_err(|message| {
                ApiError::Invalid(FieldErrors::one("add", format!("{}: {message}", settings.name)))
            })?;
            if tags != settings.tags {
                changed.push((*id, tags));
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        // In one order, whoever asks: two that wait for each other's accounts would both fail.
        changed.sort_by_key(|(id, _)| *id);
        let there = self.store.set_account_tags(&changed, by, now).await.map_err(internal)?;
        if there { Ok(()) } else { Err(ApiError::NotFound) }
    }

    /// An account that may be contacted.
    pub(super) async fn enabled(&self, id: AccountId) -> Result<AccountSummary, ApiError> {
        let account = self.store.find_account(id, self.clock.now()).await.map_err(internal)?;
        let account = account.ok_or(ApiError::NotFound)?;
        if account.settings.enabled {
            return Ok(account);
        }
        Err(ApiError::Conflict(format!("{} is paused. Resume it first.", account.settings.name)))
    }
}

const NO_DEFAULT: &str =
    "There is no default Network Connector: choose one, or answer No to Use Network Connector.";
const NO_CONNECTOR: &str = "This Network Connector does not exist any more.";

const OUTDATED: &str = "Somebody changed this account since you opened it, so nothing is saved. \
                        Open it again to see what is there now.";

fn outdated() -> FieldErrors {
    FieldErrors::one("name", OUTDATED)
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
        caller: &Actor,
        id: Option<AccountId>,
        draft: AccountDraft,
        new_credential: Option<NewCredential>,
    ) -> Result<AccountId, ApiError> {
        authorise_actor(caller, Action::ChangeAccounts, id.map_or(Resource::All, Resource::Account))?;
        if new_credential.is_some() {
            authorise_actor(caller, Action::ChangeCredentials, Resource::All)?;
        }
        self.save(caller, id, draft, new_credential).await.map_err(internal)?.map_err(ApiError::Invalid)
    }

    async fn set_enabled(&self, caller: &Actor, id: AccountId, enabled: bool) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeAccounts, Resource::Account(id))?;
        let found =
            self.store.set_account_enabled(id, enabled, caller, self.clock.now()).await.map_err(internal)?;
        self.checks.events.send(Event::Accounts);
        if found { Ok(()) } else { Err(ApiError::NotFound) }
    }

    async fn tag_accounts(
        &self,
        caller: &Actor,
        ids: Vec<AccountId>,
        add: String,
        remove: String,
    ) -> Result<(), ApiError> {
        for id in &ids {
            authorise_actor(caller, Action::ChangeAccounts, Resource::Account(*id))?;
        }
        let mut errors = FieldErrors::default();
        let [added, removed] = [("add", add), ("remove", remove)].map(|(field, text)| {
            tags(&text).map_err(|message| errors.add(field, message)).unwrap_or_default()
        });
        if errors.is_empty() && added.is_empty() && removed.is_empty() {
            errors.add("add", "Type a tag to add, or one to remove.");
        }
        if !errors.is_empty() {
            return Err(ApiError::Invalid(errors));
        }
        let tagged = self.tag(caller, &ids, &added, &removed).await;
        self.checks.events.send(Event::Accounts);
        tagged
    }

    async fn remove_account(
        &self,
        caller: &Actor,
        id: AccountId,
        keep_messages: bool,
    ) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeAccounts, Resource::Account(id))?;
        let removal = self.remove(caller, id, keep_messages).await.map_err(internal)?;
        match removal {
            Removal::Removed => Ok(()),
            Removal::InUse => Err(ApiError::Busy),
            Removal::Absent => Err(ApiError::NotFound),
        }
    }

    async fn check_now(&self, caller: &Actor, id: AccountId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::CheckAccounts, Resource::Account(id))?;
        let account = self.enabled(id).await?;
        let claim = self.claim(caller, AuditAction::CheckAsked, &account).await.map_err(internal)?;
        self.start(claim)
    }
}
