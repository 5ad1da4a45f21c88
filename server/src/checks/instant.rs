//! A connection to INBOX that waits for new mail (IDLE, RFC 2177) and has it fetched at once.
//!
//! It holds no lease and no place of the gate while it waits, stores nothing and believes nothing: what the server says
//! is a reason to check, and the check is the ordinary one. The schedule stays the base; where a server will not have us
//! wait, it is all there is. Deliberately absent: which accounts (see `scheduler`).

use super::target::target;
use super::{CheckError, Checks, way};
use crate::store::Claim;
use mail::{Access, Awaited, MailSession, Reach, Waited};
use model::mailbox::INBOX;
use model::{AccountId, CheckTrigger, Stage};
use std::time::Duration;
use tokio::time::Instant;

/// Routers forget a silent connection sooner than the 29 minutes that servers grant.
const RENEW_EVERY: Duration = Duration::from_mins(9);
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// A connection that lived this long was a good one: the next failure begins with a short pause again.
const GOOD: Duration = Duration::from_mins(5);
/// A server that changes without end is checked this often at most.
const PACE: Duration = Duration::from_millis(500);

/// Why there is nothing to wait for on a connection.
enum Ended {
    /// The server offers no way to wait.
    CannotWait,
    /// It broke off, or could not be had.
    Failed(CheckError),
}

/// Watches the INBOX of an account until the process ends or the future is dropped.
pub async fn watch(checks: Checks, account: AccountId) {
    let mut stop = checks.stop.clone();
    let mut pause = FIRST_PAUSE;
    loop {
        let began = Instant::now();
        let ended = tokio::select! {
            ended = wait_and_check(&checks, account) => ended,
            () = super::stopped(&mut stop) => return,
        };
        let rejected =
            matches!(&ended, Ended::Failed(CheckError::Mail(error)) if error.stage == Stage::SignIn);
        pause = match ended {
            Ended::CannotWait => {
                tracing::info!(account = account.0, "the server cannot tell of new mail; the schedule does");
                LONGEST_PAUSE
            }
            // A rejected password is not tried again: the ordinary checks find out, and a person is asked.
            Ended::Failed(CheckError::Mail(error)) if error.stage == Stage::SignIn => LONGEST_PAUSE,
            Ended::Failed(error) => {
                tracing::info!(account = account.0, %error, "waiting for new mail ended");
                let pause = if began.elapsed() >= GOOD { FIRST_PAUSE } else { pause };
                pause.mul_f64(1.0 + crate::clock::chance() / 5.0).min(LONGEST_PAUSE)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause), if rejected => {}
            () = rest(&checks, account, pause), if !rejected => {}
            () = super::stopped(&mut stop) => return,
        }
        pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
    }
}

/// Pauses, but no longer than until an agent comes, where it is a Network Connector that the account waits for.
async fn rest(checks: &Checks, account: AccountId, pause: Duration) {
    let end = Instant::now() + pause;
    let Some(hub) = checks.connectors.hub() else { return tokio::time::sleep_until(end).await };
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(end) => return,
            () = hub.next() => {}
        }
        let found = checks.store.find_account(account, checks.clock.now()).await;
        if found.is_ok_and(|found| found.is_some_and(|found| found.settings.way.uses())) {
            return;
        }
    }
}

async fn wait_and_check(checks: &Checks, account: AccountId) -> Ended {
    let (mut session, awaited) = match open(checks, account).await {
        Ok(opened) => opened,
        Err(error) => return Ended::Failed(error),
    };
    if !session.can_wait() {
        session.close().await;
        return Ended::CannotWait;
    }
    // What came before the connection stood has been said to nobody.
    let mut changed = true;
    let mut checked = None;
    loop {
        if changed {
            if let Some(checked) = checked {
                tokio::time::sleep_until(checked + PACE).await;
            }
            if let Err(error) = check(checks, account).await {
                return Ended::Failed(error);
            }
            checked = Some(Instant::now());
        }
        changed = match session.wait(awaited, RENEW_EVERY).await {
            Ok(waited) => waited == Waited::Changed,
            Err(error) if error.reach != Reach::Account => return Ended::CannotWait,
            Err(error) => return Ended::Failed(error.into()),
        };
    }
}

async fn open(checks: &Checks, account: AccountId) -> Result<(Box<dyn MailSession>, Awaited), CheckError> {
    let found = checks.store.find_account(account, checks.clock.now()).await?.ok_or(CheckError::Removed)?;
    let target = target(checks, &found.settings).await?;
    let _pass = checks.gate.enter(&target).await?;
    let dialer = way::dialer(checks, &found.settings).await?;
    let mut session = mail::session::open(&target, dialer.as_ref()).await?;
    session.open(INBOX, Access::ReadOnly).await?;
    let mirrors = found.settings.mirrors_marks();
    Ok((session, if mirrors { Awaited::MessagesAndMarks } else { Awaited::Messages }))
}

/// An ordinary check at once. Where one is running it may have listed the mailbox already: another one follows it.
async fn check(checks: &Checks, account: AccountId) -> Result<(), CheckError> {
    match checks.claim(account).await? {
        Claim::Claimed(lease) => {
            checks.run(lease, CheckTrigger::Schedule).await;
        }
        Claim::Busy => checks.store.request_check(account, checks.clock.now()).await?,
        Claim::Absent => return Err(CheckError::Removed),
    }
    Ok(())
}
