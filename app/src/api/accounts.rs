//! Mail accounts: their report, their form, their checks.

use super::ApiError;
use super::credentials::NewCredential;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AccountDraft, AccountFilter, AccountId, AccountSummary, Page, ReportQuery};

/// What `server::services::accounts` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait AccountsPort: Send + Sync {
    /// One page of the accounts report.
    async fn list_accounts(
        &self,
        caller: &model::Person,
        query: ReportQuery<AccountFilter>,
    ) -> Result<Page<AccountSummary>, ApiError>;

    /// One account.
    async fn get_account(&self, caller: &model::Person, id: AccountId) -> Result<AccountSummary, ApiError>;

    /// Creates an account (`id` is `None`) or changes one. `new_credential` is created in the same step and wins
    /// over the draft's choice. Never waits for the mail server.
    async fn save_account(
        &self,
        caller: &model::Actor,
        id: Option<AccountId>,
        draft: AccountDraft,
        new_credential: Option<NewCredential>,
    ) -> Result<AccountId, ApiError>;

    /// Pauses or resumes an account.
    async fn set_enabled(&self, caller: &model::Actor, id: AccountId, enabled: bool) -> Result<(), ApiError>;

    /// Gives accounts tags and takes others away, as typed with commas between them.
    async fn tag_accounts(
        &self,
        caller: &model::Actor,
        ids: Vec<AccountId>,
        add: String,
        remove: String,
    ) -> Result<(), ApiError>;

    /// Removes an account; its messages stay readable where `keep_messages` says so. Nothing changes on the server.
    async fn remove_account(
        &self,
        caller: &model::Actor,
        id: AccountId,
        keep_messages: bool,
    ) -> Result<(), ApiError>;

    /// Starts a check and returns at once; how it goes arrives live.
    async fn check_now(&self, caller: &model::Actor, id: AccountId) -> Result<(), ApiError>;
}

/// One page of the accounts report.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "accounts/list", prefix = "/api", protocol = Wire)]
pub async fn list_accounts(query: ReportQuery<AccountFilter>) -> Result<Page<AccountSummary>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    let query = query.within(&services.parameters.display());
    answer(services.accounts.list_accounts(&caller, query).await)
}

/// One account.
///
/// # Errors
/// [`ApiError::NotFound`] where there is none for this person.
#[server(endpoint = "accounts/get", prefix = "/api", protocol = Wire)]
pub async fn get_account(id: AccountId) -> Result<AccountSummary, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.accounts.get_account(&caller, id).await)
}

/// Creates or changes an account.
///
/// # Errors
/// [`ApiError::Invalid`] with every field that is wrong.
#[server(endpoint = "accounts/save", prefix = "/api", protocol = Wire)]
pub async fn save_account(
    id: Option<AccountId>,
    draft: AccountDraft,
    new_credential: Option<NewCredential>,
) -> Result<AccountId, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.accounts.save_account(&caller, id, draft, new_credential).await)
}

/// Pauses or resumes an account.
///
/// # Errors
/// [`ApiError::NotFound`] where there is none for this person.
#[server(endpoint = "accounts/set_enabled", prefix = "/api", protocol = Wire)]
pub async fn set_enabled(id: AccountId, enabled: bool) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.accounts.set_enabled(&caller, id, enabled).await)
}

/// Tags accounts.
///
/// # Errors
/// [`ApiError::Invalid`] at `add` or `remove`, [`ApiError::NotFound`] where one of them is not there for this person:
/// none of them is tagged then.
#[server(endpoint = "accounts/tag", prefix = "/api", protocol = Wire)]
pub async fn tag_accounts(ids: Vec<AccountId>, add: String, remove: String) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.accounts.tag_accounts(&caller, ids, add, remove).await)
}

/// Removes an account, with or without its messages here.
///
/// # Errors
/// [`ApiError::NotFound`] where there is none for this person, [`ApiError::Busy`] while it is being checked.
#[server(endpoint = "accounts/remove", prefix = "/api", protocol = Wire)]
pub async fn remove_account(id: AccountId, keep_messages: bool) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.accounts.remove_account(&caller, id, keep_messages).await)
}

/// Starts a check of an account.
///
/// # Errors
/// [`ApiError::Busy`] where one is running, [`ApiError::Conflict`] where the account is paused.
#[server(endpoint = "accounts/check", prefix = "/api", protocol = Wire)]
pub async fn check_now(id: AccountId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.accounts.check_now(&caller, id).await)
}
