//! One check of one account, from the lease to the outcome; and the index that follows it.
//!
//! Deliberately absent: deciding *when* (see `scheduler`), HTTP, screens.

mod backoff;
pub mod connection_test;
mod deletion;
pub mod dry_run;
mod fetch;
mod folders;
mod gate;
pub mod import;
pub mod indexer;
pub mod instant;
mod intake;
mod listeners;
mod marks;
mod missing;
mod node;
mod plan;
mod reach;
mod rematch;
mod run;
mod seen;
mod target;
pub mod transcripts;
mod unchanged;
mod vanished;
mod way;

pub use run::CheckError;

use gate::Gate;
use transcripts::Transcripts;

use crate::clock::SharedClock;
use crate::connectors::Connectors;
use crate::events::{Event, Events};
use crate::oauth::Tokens;
use crate::store::{Claim, Lease, Store, StoreError, WayToWatch};
use crate::vault::{Sources, Vault};
use mail::Limits;
use model::health::ServerShown;
use model::{AccountId, Actor, CheckOutcome, CheckTrigger, FinishedCheck};
use std::convert::Infallible;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};

/// A lease lives this long without being renewed.
pub const LEASE_MILLISECONDS: i64 = 20_000;
const RENEW_EVERY: Duration = Duration::from_secs(5);

/// What every check needs; cheap to clone.
#[derive(Clone)]
pub struct Checks {
    pub(crate) store: Store,
    pub(crate) vault: Arc<Vault>,
    pub(crate) tokens: Tokens,
    pub(crate) sources: Arc<Sources>,
    pub(crate) connectors: Arc<Connectors>,
    pub(crate) clock: SharedClock,
    pub(crate) events: Events,
    waits: Arc<RwLock<(Limits, Duration)>>,
    gate: Arc<Gate>,
    /// What is said to mail servers, where somebody looks for a fault.
    pub transcripts: Transcripts,
    node: Arc<str>,
    stop: watch::Receiver<bool>,
    /// Held by every check: [`Running`] waits for the last one to let go.
    _alive: mpsc::Sender<()>,
    /// Wakes the indexer: something was stored.
    pub(crate) stored: Arc<Notify>,
}

/// The other end of [`Checks`]: waits until every check has ended.
pub struct Running(mpsc::Receiver<()>);

impl Running {
    /// Waits until the last check of this process has ended; every [`Checks`] must be dropped for that.
    pub async fn ended(mut self) {
        while self.0.recv().await.is_some() {}
    }
}

/// What the parts that checks are made of.
pub struct Parts {
    /// Where messages go.
    pub store: Store,
    /// Where secrets are.
    pub vault: Arc<Vault>,
    /// Where tokens come from.
    pub tokens: Tokens,
    /// Where secrets may be read from besides.
    pub sources: Sources,
    /// How servers are reached.
    pub connectors: Arc<Connectors>,
    /// What time it is.
    pub clock: SharedClock,
    /// Who hears of it.
    pub events: Events,
    /// How long to wait and how much to take.
    pub limits: Limits,
    /// How long a check may go without progress.
    pub stall: Duration,
    /// Bytes of mail that all checks of this process hold at once.
    pub bytes_in_flight: u64,
    /// True once the process wants to end: checks stop at the next safe point.
    pub stop: watch::Receiver<bool>,
}

impl Checks {
    /// The checks of this process.
    pub fn new(parts: Parts) -> (Self, Running) {
        let Parts { store, vault, tokens, sources, connectors, clock, .. } = parts;
        let Parts { events, limits, stall, bytes_in_flight, stop, .. } = parts;
        let gate = Arc::new(Gate::new(bytes_in_flight, limits.session_bytes_in_flight));
        let (alive, ended) = mpsc::channel(1);
        let (node, stored) = (node::name(), Arc::new(Notify::new()));
        let checks = Self {
            store,
            vault,
            tokens,
            sources: Arc::new(sources),
            connectors,
            clock,
            events,
            waits: Arc::new(RwLock::new((limits, stall))),
            gate,
            transcripts: Transcripts::default(),
            node,
            stop,
            _alive: alive,
            stored,
        };
        (checks, Running(ended))
    }

    /// The name of this process.
    pub fn node(&self) -> Arc<str> {
        Arc::clone(&self.node)
    }

    /// How long the next check waits and how much it takes.
    pub(crate) fn limits(&self) -> Limits {
        self.waits.read().unwrap_or_else(PoisonError::into_inner).0
    }

    /// How long the next check may go without progress.
    pub(crate) fn stall(&self) -> Duration {
        self.waits.read().unwrap_or_else(PoisonError::into_inner).1
    }

    /// What holds from the next check on. How much all of them hold at once stays as it was when the process began.
    pub fn use_limits(&self, limits: Limits, stall: Duration) {
        self.tokens.use_limits(limits);
        *self.waits.write().unwrap_or_else(PoisonError::into_inner) = (limits, stall);
    }

    /// Takes the account for one check.
    ///
    /// # Errors
    /// The store's. Somebody else holding it is no error but [`Claim::Busy`].
    pub async fn claim(&self, account: AccountId) -> Result<Claim, StoreError> {
        let claim = || self.store.claim_account(account, &self.node, self.clock.now(), LEASE_MILLISECONDS);
        match claim().await? {
            Claim::Busy if self.free_leases_of_the_dead().await? => claim().await,
            claim => Ok(claim),
        }
    }

    /// Takes up to `limit` accounts whose time has come.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim_due(&self, limit: u32) -> Result<Vec<Lease>, StoreError> {
        self.store.claim_due(&self.node, self.clock.now(), LEASE_MILLISECONDS, limit).await
    }

    /// Forgets why messages of an account were left alone, so that its next check asks for them again, and says how
    /// many; `None` where somebody is checking it: that check has its plan already and would write its own progress
    /// over this.
    ///
    /// # Errors
    /// The store's.
    pub async fn retry_quarantined(&self, account: AccountId, by: &Actor) -> Result<Option<u64>, StoreError> {
        let lease = match self.claim(account).await? {
            Claim::Claimed(lease) => lease,
            Claim::Busy => return Ok(None),
            Claim::Absent => return Ok(Some(0)),
        };
        let retried = self.store.retry_all_quarantined(&lease, by, self.clock.now()).await;
        self.store.release_lease(&lease).await?;
        retried.map(Some)
    }

    /// Up to `limit` accounts that want a connection to wait for new mail on, each with the way that it leads.
    ///
    /// # Errors
    /// The store's.
    pub async fn to_watch(&self, limit: u32) -> Result<Vec<(AccountId, WayToWatch)>, StoreError> {
        self.store.accounts_to_watch(limit).await
    }

    /// Frees what processes of this machine held that are not there any more (killed, crashed), so that nobody waits
    /// for their leases to run out. True where there was something to free.
    ///
    /// # Errors
    /// The store's.
    pub async fn free_leases_of_the_dead(&self) -> Result<bool, StoreError> {
        let mut freed = false;
        for owner in self.store.lease_owners().await? {
            if node::has_died_here(&owner) {
                self.store.release_leases(&owner).await?;
                freed = true;
            }
        }
        Ok(freed)
    }

    /// Frees everything this process still holds.
    ///
    /// # Errors
    /// The store's.
    pub async fn release_all(&self) -> Result<(), StoreError> {
        self.store.release_leases(&self.node).await
    }

    /// Runs a check in the background; how it went is in the store and among the events.
    pub fn start(&self, lease: Lease, trigger: CheckTrigger) -> tokio::task::JoinHandle<FinishedCheck> {
        let checks = self.clone();
        tokio::spawn(async move { checks.run(lease, trigger).await })
    }

    /// Runs a check from the lease to the outcome, which is recorded before this returns. Never panics and never
    /// fails: whatever goes wrong is in the outcome.
    pub async fn run(&self, lease: Lease, trigger: CheckTrigger) -> FinishedCheck {
        self.events.send(Event::Accounts);
        let started = self.clock.now();
        // A task of its own: a parser that panics on a server's bytes ends this check and nothing else.
        let mut check = tokio::spawn(run::run_check(self.clone(), lease));
        let ended = tokio::select! {
            ended = &mut check => ended,
            never = self.keep(&lease) => match never {},
        };
        let (result, tally) =
            ended.unwrap_or_else(|died| (Err(CheckError::Died(died.to_string())), run::Tally::default()));
        let stopped = matches!(result, Err(CheckError::Stopped));
        let (stages, shown) = tally.seen.end();
        let asked = result.as_ref().err().and_then(CheckError::asked_to_wait).unwrap_or_default();
        let failure = result.err().map(CheckError::into_failure);
        let finished = FinishedCheck {
            trigger,
            started,
            finished: self.clock.now(),
            outcome: if failure.is_some() { CheckOutcome::Failed } else { CheckOutcome::Ok },
            failure,
            new: tally.new,
            deleted: tally.deleted,
            quarantined: tally.quarantined,
            bytes: tally.bytes,
            stages,
        };
        let recorded = if stopped {
            // No word about how it went: the account stays due, and the next process goes on.
            self.store.release_lease(&lease).await
        } else {
            self.record(&lease, &finished, shown.as_ref(), tally.login_delay, asked).await
        };
        if let Err(error) = recorded {
            tracing::error!(account = lease.account.0, %error, "the outcome of a check could not be recorded");
        }
        self.events.send(Event::Accounts);
        finished
    }

    /// Renews one lease for as long as it is polled. Its own alone: where the outcome of a check could not be recorded,
    /// its lease must come to its end.
    async fn keep(&self, lease: &Lease) -> Infallible {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            self.renew(lease).await;
        }
    }

    async fn renew(&self, lease: &Lease) {
        if let Err(error) = self.store.renew_lease(lease, self.clock.now(), LEASE_MILLISECONDS).await {
            tracing::warn!(account = lease.account.0, %error, "the lease could not be renewed");
        }
    }

    async fn record(
        &self,
        lease: &Lease,
        finished: &FinishedCheck,
        shown: Option<&ServerShown>,
        login_delay: Duration,
        asked: Duration,
    ) -> Result<(), StoreError> {
        let interval = match self.store.find_account(lease.account, finished.finished).await? {
            Some(account) if account.settings.enabled && account.settings.automatic_check => {
                Some(account.settings.check_interval_seconds)
            }
            _ => None,
        };
        let failures = if finished.failure.is_some() { lease.failures.saturating_add(1) } else { 0 };
        let failure = finished.failure.as_ref();
        let before = match failure {
            Some(_) => self.store.last_checks(lease.account, backoff::SIGN_IN_TRIES).await?,
            None => Vec::new(),
        };
        let last = std::iter::once(failure).chain(before.iter().map(|(_, check)| check.failure.as_ref()));
        let ended =
            backoff::Ended { failure, failures, rejections: backoff::rejections(last), login_delay, asked };
        let chance = crate::clock::chance();
        let due = interval.and_then(|interval| backoff::next_due(finished.finished, interval, ended, chance));
        match &finished.failure {
            None => tracing::info!(
                account = lease.account.0,
                new = finished.new,
                deleted = finished.deleted,
                "checked"
            ),
            Some(failure) => tracing::warn!(
                account = lease.account.0,
                stage = failure.stage.id(),
                cause = failure.cause.map(model::Cause::id),
                error = failure.error,
                server_reply = failure.server_reply,
                "check failed"
            ),
        }
        if !self.store.finish_check(lease, finished, shown, due).await? {
            tracing::warn!(account = lease.account.0, "the lease was lost before the check ended");
        }
        Ok(())
    }
}

/// Returns once the process wants to end; never where nobody can ask for that (the command line).
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
