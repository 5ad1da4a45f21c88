//! Messages that stay on their server because they could not be taken in.

use super::internal;
use super::policy::{Action, Resource, authorise};
use crate::checks::Checks;
use crate::store::Store;
use app::api::ApiError;
use app::api::accounts::AccountsPort;
use app::api::quarantine::QuarantinePort;
use async_trait::async_trait;
use model::{AccountId, Page, Person, QuarantinedMessage, ReportQuery};

/// Messages in quarantine.
#[derive(Clone)]
pub struct Quarantine {
    store: Store,
    checks: Checks,
    accounts: super::accounts::Accounts,
}

impl Quarantine {
    /// The quarantine of `store`; a retry checks one of `accounts`.
    pub fn new(store: Store, checks: Checks, accounts: super::accounts::Accounts) -> Self {
        Self { store, checks, accounts }
    }
}

#[async_trait]
impl QuarantinePort for Quarantine {
    async fn list_quarantined(
        &self,
        caller: &Person,
        query: ReportQuery<AccountId>,
    ) -> Result<Page<QuarantinedMessage>, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::Account(query.filter))?;
        self.store.list_quarantined(&query).await.map_err(internal)
    }

    async fn retry_quarantined(&self, caller: &Person, account: AccountId) -> Result<(), ApiError> {
        authorise(caller, Action::CheckAccounts, Resource::Account(account))?;
        // Nothing is let go where no check may follow: the reasons would be lost until somebody resumes the account.
        if !self.accounts.get_account(caller, account).await?.settings.enabled {
            return Err(ApiError::Conflict("This account is paused. Resume it first.".to_owned()));
        }
        match self.checks.retry_quarantined(account).await.map_err(internal)? {
            Some(_) => self.accounts.check_now(caller, account).await,
            None => Err(ApiError::Busy),
        }
    }
}
