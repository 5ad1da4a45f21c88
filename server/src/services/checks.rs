//! Checks of an account: how the last ones went, and what the next one would do.

use super::audit::Audit;
use super::internal;
use super::policy::{Action, Resource, authorise, authorise_actor};
use crate::checks::dry_run::{DryRun, Intended};
use crate::checks::{CheckError, Checks};
use crate::clock::SharedClock;
use crate::store::Store;
use app::api::ApiError;
use app::api::checks::ChecksPort;
use async_trait::async_trait;
use model::{AccountId, AccountSettings, Actor, FinishedCheck, FolderForecast, Forecast, Person};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many checks a screen shows.
const LAST: u32 = 20;
/// How long somebody waits for a forecast: within what the router gives an answer.
const PATIENCE: Duration = Duration::from_secs(48);
/// Forecasts at once: each takes a place that a check could have.
const AT_ONCE: usize = 4;

/// Checks.
#[derive(Clone)]
pub struct CheckHistory {
    store: Store,
    clock: SharedClock,
    checks: Checks,
    audit: Audit,
    forecasts: Arc<Semaphore>,
}

impl CheckHistory {
    /// The checks of the accounts of `store`.
    pub fn new(store: Store, clock: SharedClock, checks: Checks) -> Self {
        let audit = Audit::new(store.clone(), Arc::clone(&clock));
        Self { store, clock, checks, audit, forecasts: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

#[async_trait]
impl ChecksPort for CheckHistory {
    async fn list_checks(&self, caller: &Person, account: AccountId) -> Result<Vec<FinishedCheck>, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::Account(account))?;
        let checks = self.store.last_checks(account, LAST).await.map_err(internal)?;
        Ok(checks.into_iter().map(|(_, check)| check).collect())
    }

    async fn forecast_check(&self, caller: &Actor, account: AccountId) -> Result<Forecast, ApiError> {
        authorise_actor(caller, Action::CheckAccounts, Resource::Account(account))?;
        let account = self.store.find_account(account, self.clock.now()).await.map_err(internal)?;
        let account = account.ok_or(ApiError::NotFound)?;
        if !account.settings.enabled {
            return Err(ApiError::Conflict(format!("{} is paused. Resume it first.", account.settings.name)));
        }
        let _place = self.forecasts.try_acquire().map_err(|_| ApiError::Busy)?;
        let recorded = self.audit.forecast(caller, &account).await;
        recorded.map_err(internal)?;
        match self.checks.dry_run_within(&account, PATIENCE).await {
            Ok(Some(found)) => Ok(forecast(&account.settings, &found)),
            Ok(None) => Err(ApiError::Busy),
            Err(CheckError::Store(error)) => Err(internal(error)),
            Err(refused) => Ok(Forecast { failure: Some(refused.into_failure()), ..Forecast::default() }),
        }
    }
}

fn forecast(settings: &AccountSettings, found: &DryRun) -> Forecast {
    let folders = settings.folders.iter().map(|folder| {
        let of = |messages: &[Intended]| {
            messages.iter().filter(|message| message.folder == *folder).count() as u64
        };
        let fetched = found.fetch.iter().filter(|message| message.folder == *folder);
        FolderForecast {
            folder: folder.clone(),
            fetch: of(&found.fetch),
            bytes: fetched.map(|message| message.size).sum(),
            delete: of(&found.delete),
            left: of(&found.quarantine),
        }
    });
    Forecast { folders: folders.collect(), failure: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountDraft, CredentialId, MessageKey};

    #[test]
    fn a_forecast_counts_each_folder_in_the_accounts_order() {
        let message = |folder: &str, uid, size| Intended {
            message: None,
            folder: folder.to_owned(),
            key: MessageKey::Uid(uid),
            size,
        };
        let draft = AccountDraft {
            name: "Sales".into(),
            address: "mail.example.org".into(),
            credential: Some(CredentialId(1)),
            folders: "Sent, INBOX, Empty".into(),
            ..AccountDraft::default()
        };
        let found = DryRun {
            fetch: vec![message("INBOX", 1, 10), message("Sent", 7, 5), message("INBOX", 2, 30)],
            delete: vec![message("Sent", 7, 5)],
            quarantine: vec![message("INBOX", 3, 900)],
        };
        let forecast = forecast(&draft.validate().unwrap(), &found);
        let folder = |folder: &str, fetch, bytes, delete, left| FolderForecast {
            folder: folder.to_owned(),
            fetch,
            bytes,
            delete,
            left,
        };
        let expected =
            [folder("Sent", 1, 5, 1, 0), folder("INBOX", 2, 40, 0, 1), folder("Empty", 0, 0, 0, 0)];
        assert_eq!(forecast.folders, expected);
        assert_eq!(forecast.total(), folder("", 3, 45, 1, 1));
    }
}
