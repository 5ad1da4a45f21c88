//! Read and flagged state, the same here and on the server, for accounts that want that. What changed there is heard, what
//! changed here is told, and what is what stands in [`crate::store`]'s `marks`. Deliberately absent: tags, which no server
//! here is told of.
//!
//! Told is after everything else, in a folder opened for writing for that alone. What the server says to it is heard by the
//! next check, and is no news then.

use super::Checks;
use super::run::{CheckError, OpenFolder};
use crate::events::Event;
use crate::store::{KnownMarks, MailboxId};
use mail::{Access, MailError, MailSession, ModSeq, RemoteMailbox, RemoteMessage};
use model::{AccountSettings, Cause, MessageKey, Stage};

/// Written, or told, at once.
const AT_ONCE: usize = 1000;

/// Before messages are fetched: where one was there already when the marks were last heard, its marks are no change any
/// more, and all are to be heard anew.
pub async fn before_fetching(at: &OpenFolder<'_>, wanted: &[RemoteMessage]) -> Result<(), CheckError> {
    if !at.settings.mirrors_marks() || wanted.is_empty() {
        return Ok(());
    }
    let store = &at.checks.store;
    let Some(known) = store.known_marks(at.known.mailbox).await? else { return Ok(()) };
    let is_new = |message: &RemoteMessage| match (&message.key, known.next_uid) {
        (MessageKey::Uid(uid), Some(next)) => *uid >= next,
        _ => false,
    };
    if !wanted.iter().all(is_new) {
        store.know_marks(at.lease()?, at.known.mailbox, None).await?;
    }
    Ok(())
}

/// Makes the marks the same here and there.
pub async fn mirror(at: &OpenFolder<'_>, session: &mut dyn MailSession) -> Result<(), CheckError> {
    let Some(uid_validity) = at.remote.uid_validity.filter(|_| at.settings.mirrors_marks()) else {
        return Ok(());
    };
    hear(at, uid_validity, session).await?;
    tell(at, uid_validity, session).await
}

/// True where there is something to hear or to tell of a folder, as the server tells of it without opening it.
pub async fn has_news(
    checks: &Checks,
    settings: &AccountSettings,
    mailbox: MailboxId,
    remote: &RemoteMailbox,
) -> Result<bool, CheckError> {
    let Some(uid_validity) = remote.uid_validity.filter(|_| settings.mirrors_marks()) else {
        return Ok(false);
    };
    let known = checks.store.known_marks(mailbox).await?;
    Ok(is_news(known, uid_validity, remote.highest_modseq)
        || !checks.store.untold_marks(mailbox, uid_validity).await?.is_empty())
}

/// Where the server counts no changes, everything may be one.
fn is_news(known: Option<KnownMarks>, uid_validity: u32, highest: Option<u64>) -> bool {
    known.is_none_or(|known| {
        known.uid_validity != uid_validity || highest.is_none() || known.modseq != highest
    })
}

async fn hear(
    at: &OpenFolder<'_>,
    uid_validity: u32,
    session: &mut dyn MailSession,
) -> Result<(), CheckError> {
    let (store, mailbox, highest) = (&at.checks.store, at.known.mailbox, at.remote.highest_modseq);
    let known = store.known_marks(mailbox).await?;
    if !is_news(known, uid_validity, highest) {
        return Ok(());
    }
    let known = known.filter(|known| known.uid_validity == uid_validity && highest.is_some());
    let since = known.and_then(|known| known.modseq).map(|value| ModSeq { uid_validity, value });
    let heard = session.list_marks(since).await?;
    let lease = at.lease()?;
    let mut changed = 0;
    for marks in heard.chunks(AT_ONCE) {
        changed += store.hear_marks(lease, mailbox, uid_validity, marks).await?;
    }
    let known = KnownMarks { uid_validity, modseq: highest, next_uid: at.remote.uid_next };
    store.know_marks(lease, mailbox, Some(known)).await?;
    if changed > 0 {
        at.checks.events.send(Event::Messages(Some(at.account)));
    }
    Ok(())
}

async fn tell(
    at: &OpenFolder<'_>,
    uid_validity: u32,
    session: &mut dyn MailSession,
) -> Result<(), CheckError> {
    let (store, mailbox) = (&at.checks.store, at.known.mailbox);
    let untold = store.untold_marks(mailbox, uid_validity).await?;
    if untold.is_empty() {
        return Ok(());
    }
    let writable = session.open(at.folder, Access::ReadWrite).await?;
    if writable.uid_validity != Some(uid_validity) {
        let detail = "UIDVALIDITY changed during the check; nothing was marked";
        return Err(MailError::account(Stage::Folder, Cause::ProtocolError, detail).into());
    }
    for (mark, uids) in untold {
        for uids in uids.chunks(AT_ONCE) {
            session.set_mark(mark, uids).await?;
            store.marks_told(at.lease()?, mailbox, uid_validity, mark, uids).await?;
        }
    }
    Ok(())
}
