//! How accounts have been doing, and when mail arrived.

use super::internal;
use super::policy::{Action, Resource, authorise};
use crate::clock::SharedClock;
use crate::store::{Concerned, Store};
use app::api::ApiError;
use app::api::health::HealthPort;
use async_trait::async_trait;
use model::health::{AccountHealth, Arrivals, Concern, ConcernKind, LATE, WARNING_DAYS, days_left};
use model::report::grouped;
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

    async fn concerns(&self, caller: &Person) -> Result<Vec<Concern>, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::All)?;
        let now = self.clock.now();
        let until = now.plus_milliseconds((WARNING_DAYS + 1) * 86_400_000);
        let late = self.store.late(now.plus_milliseconds(-LATE), now).await.map_err(internal)?;
        let troubled = self.store.troubled(now).await.map_err(internal)?;
        let expiring = self.store.expiring(until).await.map_err(internal)?;
        let late = late.into_iter().map(|account| {
            concern(account, ConcernKind::Late, |_| "Its check has not begun at its time.".to_owned())
        });
        let troubled =
            troubled.into_iter().map(|account| concern(account, ConcernKind::Quarantine, left_alone));
        let expiring = expiring.into_iter().filter_map(|account| {
            let left = days_left(now, account.at)?;
            let words = format!("A certificate of its server {left}.");
            Some(concern(account, ConcernKind::Certificate, |_| words))
        });
        Ok(late.chain(troubled).chain(expiring).collect())
    }
}

fn concern(account: Concerned, kind: ConcernKind, words: impl FnOnce(u64) -> String) -> Concern {
    let Concerned { account, name, count, at } = account;
    Concern { account, name, kind, words: words(count), at }
}

fn left_alone(messages: u64) -> String {
    match messages {
        1 => "1 message is in quarantine, and says why.".to_owned(),
        many => format!("{} messages are in quarantine, and say why.", grouped(many)),
    }
}
