//! The audit: read, never changed.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AuditFilter, AuditRecord, Page, ReportQuery};

/// What `server::services::audit` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait AuditPort: Send + Sync {
    /// One page of the records, newest first.
    async fn list_audit(
        &self,
        caller: &model::Person,
        query: ReportQuery<AuditFilter>,
    ) -> Result<Page<AuditRecord>, ApiError>;
}

/// One page of the audit.
///
/// # Errors
/// [`ApiError::Forbidden`] for whoever may not read it.
#[server(endpoint = "audit/list", prefix = "/api", protocol = Wire)]
pub async fn list_audit(query: ReportQuery<AuditFilter>) -> Result<Page<AuditRecord>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    let query = query.within(&services.parameters.display());
    answer(services.audit.list_audit(&caller, query).await)
}
