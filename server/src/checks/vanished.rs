//! What left its server without us, where the server can tell (QRESYNC, RFC 7162). It is marked as gone there and stays
//! here; what is listed again is marked as there again.
//!
//! What left counts as known only in the commit that recorded it. What the server did before its changes were first
//! counted is never heard of.

use super::run::{CheckError, OpenFolder};
use super::{Checks, plan};
use crate::events::Event;
use crate::store::{KnownModSeq, Lease};
use mail::{Access, MailSession, ModSeq, Reach, RemoteMailbox, RemoteMessage};
use model::{AccountId, Cause};

/// Opens a folder so that nothing can change on its server, and asks what left it since the last time.
pub async fn open(
    checks: &Checks,
    lease: &Lease,
    folder: &str,
    session: &mut dyn MailSession,
) -> Result<RemoteMailbox, CheckError> {
    let Some(known) = checks.store.known_modseq(lease.account, folder).await? else {
        return Ok(session.open(folder, Access::ReadOnly).await?);
    };
    let since = ModSeq { uid_validity: known.uid_validity, value: known.value };
    let opened = session.open_since(folder, since).await;
    if let Err(error) = &opened
        && error.reach == Reach::Account
        && matches!(error.kind, Cause::LimitExceeded | Cause::ProtocolError | Cause::Timeout)
    {
        // It may have been what we asked: the next check does not ask, so that it is not broken for ever.
        checks.store.forget_modseq(lease, folder).await?;
    }
    Ok(opened?)
}

/// True where `highest_modseq`, as the server tells it without opening the folder, is not known yet.
pub async fn has_news(
    checks: &Checks,
    account: AccountId,
    folder: &str,
    uid_validity: u32,
    highest_modseq: Option<u64>,
) -> Result<bool, CheckError> {
    let Some(value) = highest_modseq else { return Ok(false) };
    let known = checks.store.known_modseq(account, folder).await?;
    Ok(known != Some(KnownModSeq { uid_validity, value }))
}

/// Records what left the open folder.
pub async fn record(at: &OpenFolder<'_>) -> Result<(), CheckError> {
    let Some(uid_validity) = at.remote.uid_validity else { return Ok(()) };
    let (store, remote) = (&at.checks.store, &at.remote);
    let known = store.known_modseq(at.account, at.folder).await?;
    let told = remote.highest_modseq.map(|value| KnownModSeq { uid_validity, value });
    if known == told && remote.vanished.is_empty() {
        return Ok(());
    }
    let (lease, now) = (at.lease()?, at.checks.clock.now());
    let left = store
        .record_vanished(lease, at.known.mailbox, uid_validity, &remote.vanished, remote.highest_modseq, now)
        .await?;
    tell(at, left);
    Ok(())
}

/// Records what is listed although it had left.
pub async fn seen_again(at: &OpenFolder<'_>, listed: &[RemoteMessage]) -> Result<(), CheckError> {
    let Some(uid_validity) = at.remote.uid_validity else { return Ok(()) };
    let listed = listed.iter().filter_map(|message| plan::uid(&message.key)).collect();
    let (lease, now) = (at.lease()?, at.checks.clock.now());
    let back = at.checks.store.seen_again(lease, at.known.mailbox, uid_validity, &listed, now).await?;
    tell(at, back);
    Ok(())
}

/// Open pages hear that the states of messages changed.
pub fn tell(at: &OpenFolder<'_>, changed: u64) {
    if changed > 0 {
        at.checks.events.send(Event::Messages(Some(at.account)));
    }
}
