//! Reports that are written at their time: who may ask for them, and what is written. Deliberately absent: the lines of
//! each report (see `rows`).

pub mod csv;
mod page;
mod rows;
pub mod table;
mod write;

pub use write::run;

use super::internal;
use super::policy::{Action, Resource, authorise, authorise_actor};
use crate::clock::SharedClock;
use crate::store::Store;
use app::api::ApiError;
use app::api::reports::ReportsPort;
use async_trait::async_trait;
use model::scheduled_report::{Reports, ScheduleDraft, ScheduleId, Written, WrittenId};
use model::{Actor, Person};

/// Schedules and what they wrote.
#[derive(Clone)]
pub struct ScheduledReports {
    store: Store,
    clock: SharedClock,
}

impl ScheduledReports {
    /// Those of `store`.
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    /// What was written, and its bytes.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is none of this number.
    pub async fn content(&self, caller: &Person, id: WrittenId) -> Result<(Written, Vec<u8>), ApiError> {
        authorise(caller, Action::ReadReports, Resource::All)?;
        self.store.written(id).await.map_err(internal)?.ok_or(ApiError::NotFound)
    }
}

#[async_trait]
impl ReportsPort for ScheduledReports {
    async fn list_reports(&self, caller: &Person) -> Result<Reports, ApiError> {
        authorise(caller, Action::ReadReports, Resource::All)?;
        self.store.list_reports().await.map_err(internal)
    }

    async fn schedule_report(&self, caller: &Actor, draft: ScheduleDraft) -> Result<ScheduleId, ApiError> {
        authorise_actor(caller, Action::ChangeReports, Resource::All)?;
        // What is written is what its owner may see: it needs one.
        let Actor::Person { person, .. } = caller else { return Err(ApiError::Forbidden) };
        let draft = draft.checked().map_err(ApiError::Invalid)?;
        let now = self.clock.now();
        let next = draft.next_after(now);
        self.store.create_schedule(&draft, person.id, next, caller, now).await.map_err(internal)
    }

    async fn write_report_now(&self, caller: &Actor, id: ScheduleId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeReports, Resource::All)?;
        let there = self.store.hurry_schedule(id, caller, self.clock.now()).await;
        found(there.map_err(internal)?)
    }

    async fn remove_schedule(&self, caller: &Actor, id: ScheduleId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeReports, Resource::All)?;
        let there = self.store.remove_schedule(id, caller, self.clock.now()).await;
        found(there.map_err(internal)?)
    }

    async fn remove_report(&self, caller: &Actor, id: WrittenId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::ChangeReports, Resource::All)?;
        let there = self.store.remove_written(id, caller, self.clock.now()).await;
        found(there.map_err(internal)?)
    }
}

fn found(there: bool) -> Result<(), ApiError> {
    if there { Ok(()) } else { Err(ApiError::NotFound) }
}
