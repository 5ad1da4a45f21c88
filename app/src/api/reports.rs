//! Reports that are written at their time, and those that were written.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::scheduled_report::{Reports, ScheduleDraft, ScheduleId, WrittenId};

/// What `server::services::reports` does for the screens. Every method authorises its caller first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait ReportsPort: Send + Sync {
    /// What is written when, and what was written.
    async fn list_reports(&self, caller: &model::Person) -> Result<Reports, ApiError>;

    /// Has a report be written at its time.
    async fn schedule_report(
        &self,
        caller: &model::Actor,
        draft: ScheduleDraft,
    ) -> Result<ScheduleId, ApiError>;

    /// Has it be written now as well.
    async fn write_report_now(&self, caller: &model::Actor, id: ScheduleId) -> Result<(), ApiError>;

    /// Has it not be written any more; what was written stays.
    async fn remove_schedule(&self, caller: &model::Actor, id: ScheduleId) -> Result<(), ApiError>;

    /// Removes what was written.
    async fn remove_report(&self, caller: &model::Actor, id: WrittenId) -> Result<(), ApiError>;
}

/// What is written when, and what was written.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "reports/list", prefix = "/api", protocol = Wire)]
pub async fn list_reports() -> Result<Reports, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.reports.list_reports(&caller).await)
}

/// Has a report be written at its time.
///
/// # Errors
/// [`ApiError::Invalid`] with what is wrong at its field.
#[server(endpoint = "reports/schedule", prefix = "/api", protocol = Wire)]
pub async fn schedule_report(draft: ScheduleDraft) -> Result<ScheduleId, ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.reports.schedule_report(&caller, draft).await)
}

/// Has it be written now as well.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such schedule.
#[server(endpoint = "reports/write", prefix = "/api", protocol = Wire)]
pub async fn write_report_now(id: ScheduleId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.reports.write_report_now(&caller, id).await)
}

/// Has it not be written any more; what was written stays.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such schedule.
#[server(endpoint = "reports/unschedule", prefix = "/api", protocol = Wire)]
pub async fn remove_schedule(id: ScheduleId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.reports.remove_schedule(&caller, id).await)
}

/// Removes what was written.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such report.
#[server(endpoint = "reports/remove", prefix = "/api", protocol = Wire)]
pub async fn remove_report(id: WrittenId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.reports.remove_report(&caller, id).await)
}
