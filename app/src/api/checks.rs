//! Checks of an account: how the last ones went, and what the next one would do.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AccountId, FinishedCheck, Forecast};

/// What `server::services::checks` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ChecksPort: Send + Sync {
    /// The last checks of an account, newest first; a screenful.
    async fn list_checks(
        &self,
        caller: &model::Person,
        account: AccountId,
    ) -> Result<Vec<FinishedCheck>, ApiError>;

    /// Asks the mail server what a check would do, within a minute and without changing anything anywhere. That the
    /// server says no is an answer, not an error.
    async fn forecast_check(&self, caller: &model::Actor, account: AccountId) -> Result<Forecast, ApiError>;
}

/// The last checks of an account, newest first.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such account for this person.
#[server(endpoint = "checks/list", prefix = "/api", protocol = Wire)]
pub async fn list_checks(account: AccountId) -> Result<Vec<FinishedCheck>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.checks.list_checks(&caller, account).await)
}

/// What a check of an account would do now.
///
/// # Errors
/// [`ApiError::Busy`] while others ask the same of the server, [`ApiError::Conflict`] where the account is paused.
#[server(endpoint = "checks/forecast", prefix = "/api", protocol = Wire)]
pub async fn forecast_check(account: AccountId) -> Result<Forecast, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.checks.forecast_check(&caller, account).await)
}
