//! How accounts have been doing, and when mail arrived.

use super::internal;
use super::policy::{Action, Resource, authorise};
use crate::clock::SharedClock;
use crate::store::Store;
use app::api::ApiError;
use app::api::health::HealthPort;
use async_trait::async_trait;
use model::health::{AccountHealth, Arrivals, Expiring, WARNING_DAYS};
use model::{AccountId, Person};

/// Health.
#[derive(Clone)]
pub struct Health {
    store: Store,
    clock: SharedClock,
}

impl Health {
    /// The health of the accounts of `store`.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }
}

#[async_trait]
impl HealthPort for Health {
    async fn account_health(&self, caller: &Person, account: AccountId) -> Result<AccountHealth, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::Account(account))?;
        let now = self.clock.now();
        self.store.find_account(account, now).await.map_err(internal)?.ok_or(ApiError::NotFound)?;
        self.store.account_health(account, now).await.map_err(internal)
    }

    async fn arrivals(&self, caller: &Person) -> Result<Arrivals, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::All)?;
        self.store.arrivals(self.clock.now()).await.map_err(internal)
    }

    async fn expiring(&self, caller: &Person) -> Result<Vec<Expiring>, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::All)?;
        let until = self.clock.now().plus_milliseconds((WARNING_DAYS + 1) * 86_400_000);
        self.store.expiring(until).await.map_err(internal)
    }
}
