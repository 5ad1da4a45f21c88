//! Decides *when* an account is checked; `checks` knows how.
//!
//! Deliberately absent: mail, secrets, what a check does. Two processes on one database are no problem: the store gives
//! each account to one of them.

mod instant;

use crate::checks::Checks;
use crate::store::StoreError;
use model::CheckTrigger;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// Checks that are under way at the same time in this process, those that wait for a place with their host included.
const AT_ONCE: usize = 256;
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the accounts that wait for new mail are looked through.
const WATCH_EVERY: u32 = 3;
/// How often leases of killed processes are looked for.
const SWEEP_EVERY: u32 = 10;

/// Starts due checks until the process ends.
pub async fn run(checks: Checks, mut stop: watch::Receiver<bool>) {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut watches = instant::Watches::default();
    let mut round = 0_u32;
    loop {
        if round.is_multiple_of(WATCH_EVERY)
            && let Err(error) = watches.refresh(&checks).await
        {
            tracing::error!(%error, "instant accounts wait for the schedule");
        }
        if let Err(error) = start_due(&checks, &permits, round.is_multiple_of(SWEEP_EVERY)).await {
            tracing::error!(%error, "the schedule pauses");
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn start_due(checks: &Checks, permits: &Arc<Semaphore>, sweep: bool) -> Result<(), StoreError> {
    if sweep {
        checks.free_leases_of_the_dead().await?;
    }
    let free = u32::try_from(permits.available_permits()).unwrap_or(u32::MAX);
    if free == 0 {
        return Ok(());
    }
    for lease in checks.claim_due(free).await? {
        let permit = Arc::clone(permits).acquire_owned().await;
        let check = checks.start(lease, CheckTrigger::Schedule);
        tokio::spawn(async move {
            // The outcome is recorded by the check itself; here it only gives its place back.
            let _ = check.await;
            drop(permit);
        });
    }
    Ok(())
}
