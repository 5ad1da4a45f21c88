//! Messages that could not be taken in and stay on their server.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AccountId, Page, QuarantinedMessage, ReportQuery};

/// What `server::services::quarantine` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait QuarantinePort: Send + Sync {
    /// One page of the messages of an account (the filter) that are left alone, last tried first.
    async fn list_quarantined(
        &self,
        caller: &model::Person,
        query: ReportQuery<AccountId>,
    ) -> Result<Page<QuarantinedMessage>, ApiError>;

    /// Forgets why they are left alone and starts a check, which asks for them again.
    async fn retry_quarantined(&self, caller: &model::Actor, account: AccountId) -> Result<(), ApiError>;
}

/// One page of the messages of an account that are left alone.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "quarantine/list", prefix = "/api", protocol = Wire)]
pub async fn list_quarantined(query: ReportQuery<AccountId>) -> Result<Page<QuarantinedMessage>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    let query = query.within(&services.parameters.display());
    answer(services.quarantine.list_quarantined(&caller, query).await)
}

/// Has all of them asked for again by a check that starts now.
///
/// # Errors
/// [`ApiError::Busy`] while the account is being checked, [`ApiError::Conflict`] where it is paused.
#[server(endpoint = "quarantine/retry", prefix = "/api", protocol = Wire)]
pub async fn retry_quarantined(account: AccountId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.quarantine.retry_quarantined(&caller, account).await)
}
