//! Receipts of what was deleted on mail servers: read, never changed.

use super::internal;
use super::policy::{Action, Resource, authorise};
use crate::store::Store;
use app::api::ApiError;
use app::api::receipts::ReceiptsPort;
use async_trait::async_trait;
use model::{AccountId, Page, Person, Receipt, ReportQuery};

/// Receipts.
#[derive(Clone)]
pub struct Receipts {
    store: Store,
}

impl Receipts {
    /// The receipts of `store`.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

#[async_trait]
impl ReceiptsPort for Receipts {
    async fn list_receipts(
        &self,
        caller: &Person,
        query: ReportQuery<AccountId>,
    ) -> Result<Page<Receipt>, ApiError> {
        authorise(caller, Action::ReadAccounts, Resource::Account(query.filter))?;
        self.store.list_receipts(&query).await.map_err(internal)
    }
}
