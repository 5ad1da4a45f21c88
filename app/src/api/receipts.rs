//! Receipts of what was deleted on mail servers. Deliberately absent: changing or removing one.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AccountId, Page, Receipt, ReportQuery};

/// What `server::services::receipts` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ReceiptsPort: Send + Sync {
    /// One page of the receipts of an account (the filter), newest first.
    async fn list_receipts(
        &self,
        caller: &model::Person,
        query: ReportQuery<AccountId>,
    ) -> Result<Page<Receipt>, ApiError>;
}

/// One page of the receipts of an account.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "receipts/list", prefix = "/api", protocol = Wire)]
pub async fn list_receipts(query: ReportQuery<AccountId>) -> Result<Page<Receipt>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    let query = query.within(&services.parameters.display());
    answer(services.receipts.list_receipts(&caller, query).await)
}
