//! Transcripts of accounts: who may have one written, and who may read it. Each is of this process alone and is gone with
//! it.

use super::audit::Audit;
use super::internal;
use super::policy::{Action, Resource, authorise, authorise_actor};
use crate::checks::Checks;
use crate::clock::SharedClock;
use crate::store::Store;
use app::api::ApiError;
use app::api::transcripts::TranscriptsPort;
use async_trait::async_trait;
use model::{AccountId, AccountSummary, Actor, AuditAction, Change, Person, TranscriptView, transcript};

/// Transcripts.
#[derive(Clone)]
pub struct TranscriptsOfAccounts {
    store: Store,
    clock: SharedClock,
    audit: Audit,
    checks: Checks,
}

impl TranscriptsOfAccounts {
    /// The transcripts of the checks of this process.
    pub fn new(store: Store, clock: SharedClock, checks: Checks) -> Self {
        let audit = Audit::new(store.clone(), SharedClock::clone(&clock));
        Self { store, clock, audit, checks }
    }

    async fn account(&self, id: AccountId) -> Result<AccountSummary, ApiError> {
        self.store.find_account(id, self.clock.now()).await.map_err(internal)?.ok_or(ApiError::NotFound)
    }
}

#[async_trait]
impl TranscriptsPort for TranscriptsOfAccounts {
    async fn start_transcript(
        &self,
        caller: &Actor,
        account: AccountId,
        minutes: u32,
    ) -> Result<(), ApiError> {
        authorise_actor(caller, Action::CheckAccounts, Resource::Account(account))?;
        if !transcript::MINUTES.contains(&minutes) {
            return Err(ApiError::Conflict("A transcript is written for 5, 15 or 60 minutes.".to_owned()));
        }
        let settings = self.account(account).await?.settings;
        let told = vec![Change::set("minutes", &minutes)];
        let recorded = AuditAction::TranscriptStarted;
        self.audit.account(caller, recorded, Some(account), &settings.name, told).await.map_err(internal)?;
        let until = self.clock.now().plus_milliseconds(i64::from(minutes) * 60_000);
        self.checks.transcripts.begin(account, settings.protocol, until);
        Ok(())
    }

    async fn stop_transcript(&self, caller: &Actor, account: AccountId) -> Result<(), ApiError> {
        authorise_actor(caller, Action::CheckAccounts, Resource::Account(account))?;
        let name = self.account(account).await?.settings.name;
        // What ended by itself is nobody's deed.
        if self.checks.transcripts.end(account, self.clock.now()) {
            let stopped = AuditAction::TranscriptStopped;
            self.audit.account(caller, stopped, Some(account), &name, Vec::new()).await.map_err(internal)?;
        }
        Ok(())
    }

    async fn get_transcript(
        &self,
        caller: &Person,
        account: AccountId,
    ) -> Result<Option<TranscriptView>, ApiError> {
        authorise(caller, Action::CheckAccounts, Resource::Account(account))?;
        let now = self.clock.now();
        let written = self.checks.transcripts.written(account, now);
        Ok(written.map(|written| TranscriptView {
            until: written.until,
            goes_on: now < written.until,
            text: written.transcript.text(),
        }))
    }
}
