//! Messages that stay on their server because they could not be taken in.

use super::internal;
use super::policy::{Action, Resource, authorise, authorise_actor};
use crate::checks::Checks;
use crate::store::Store;
use app::api::ApiError;
use app::api::quarantine::QuarantinePort;
use async_trait::async_trait;
use model::{AccountId, Actor, Page, Person, QuarantinedMessage, ReportQuery};

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

    async fn retry_quarantined(&self, caller: &Actor, account: AccountId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::CheckAccounts, Resource::Account(account))?;
        // Nothing is let go where no check may follow: the reasons would be lost until somebody resumes the account.
        self.accounts.enabled(account).await?;
        match self.checks.retry_quarantined(account, caller).await.map_err(internal)? {
            // The check that follows is a part of what was asked for, and was recorded with it.
            Some(_) => self.accounts.start(self.checks.claim(account).await.map_err(internal)?),
            None => Err(ApiError::Busy),
        }
    }
}
