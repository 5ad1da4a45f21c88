//! How accounts have been doing, and when mail arrived.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::AccountId;
use model::health::{AccountHealth, Arrivals, Concern};

/// What `server::services::health` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait HealthPort: Send + Sync {
    /// How an account has been doing for a month, and what its server showed.
    async fn account_health(
        &self,
        caller: &model::Person,
        account: AccountId,
    ) -> Result<AccountHealth, ApiError>;

    /// When the mail of all accounts arrived.
    async fn arrivals(&self, caller: &model::Person) -> Result<Arrivals, ApiError>;

    /// What needs somebody, beside checks that fail.
    async fn concerns(&self, caller: &model::Person) -> Result<Vec<Concern>, ApiError>;
}

/// How an account has been doing for a month, and what its server showed.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such account for this person.
#[server(endpoint = "health/account", prefix = "/api", protocol = Wire)]
pub async fn get_health(account: AccountId) -> Result<AccountHealth, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.health.account_health(&caller, account).await)
}

/// When the mail of all accounts arrived.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "health/arrivals", prefix = "/api", protocol = Wire)]
pub async fn get_arrivals() -> Result<Arrivals, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.health.arrivals(&caller).await)
}

/// Accounts that are late, that have messages in quarantine, or whose server has a certificate that ends within
/// [`model::health::WARNING_DAYS`]; at most 200 of each.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "health/concerns", prefix = "/api", protocol = Wire)]
pub async fn list_concerns() -> Result<Vec<Concern>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.health.concerns(&caller).await)
}
