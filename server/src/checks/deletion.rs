//! Deletes on the server what is durable here, for accounts that keep no copy there.
//!
//! The order is the promise: the row is committed, then marked as *delete sent*, then the server is asked, and only its
//! own confirmation makes it *deleted* and writes the receipt. A deletion that breaks off is repeated by the next check.

use super::Checks;
use super::fetch::FetchedFolder;
use super::run::{CheckError, Tally};
use crate::events::Event;
use crate::store::{Known, Lease};
use mail::{Access, MailError, MailSession, RemoteMailbox, RemoteMessage};
use model::{Cause, MessageId, MessageKey, Stage};
use std::collections::HashMap;

/// What the receipts of this policy say.
const REASON: &str = "keep copy in server: no";
const CHUNK: usize = 500;

/// Deletes everything of this mailbox that is durable here.
#[expect(clippy::too_many_arguments, reason = "one step of the story in run.rs, cut out for its length")]
pub async fn delete_stored(
    checks: &Checks,
    lease: &Lease,
    folder: &str,
    known: &Known,
    remote: &RemoteMailbox,
    fetched: &FetchedFolder,
    session: &mut dyn MailSession,
    tally: &mut Tally,
) -> Result<(), CheckError> {
    let pairs = if remote.uid_validity.is_some() {
        uids_to_delete(checks, folder, known, remote, session).await?
    } else {
        listed_to_delete(checks, lease, known, fetched).await?
    };
    // POP3 takes all of its deletions in the one QUIT that ends the session.
    let chunk = if remote.uid_validity.is_some() { CHUNK } else { pairs.len().max(1) };
    for pairs in pairs.chunks(chunk) {
        let messages: Vec<_> = pairs.iter().map(|(message, _)| *message).collect();
        let wanted: Vec<_> = pairs.iter().map(|(_, remote)| remote.clone()).collect();
        checks.store.mark_delete_sent(lease, &messages, checks.clock.now()).await?;
        let confirmed = session.delete(&wanted).await?;
        let gone = confirmed_messages(pairs, &confirmed);
        checks.store.mark_deleted(lease, &gone, REASON, checks.clock.now()).await?;
        tally.deleted += gone.len() as u64;
        checks.events.send(Event::Messages(Some(lease.account)));
    }
    Ok(())
}

type Pair = (MessageId, RemoteMessage);

/// IMAP: every stored UID of the UIDVALIDITY that the mailbox has right now, opened for writing.
async fn uids_to_delete(
    checks: &Checks,
    folder: &str,
    known: &Known,
    remote: &RemoteMailbox,
    session: &mut dyn MailSession,
) -> Result<Vec<Pair>, CheckError> {
    let stored = checks.store.deletable(known.mailbox, remote.uid_validity).await?;
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let writable = session.open(folder, Access::ReadWrite).await?;
    if writable.uid_validity != remote.uid_validity {
        let detail = "UIDVALIDITY changed during the check; nothing was deleted";
        return Err(MailError::account(Stage::Delete, Cause::ProtocolError, detail).into());
    }
    let remote = |key| RemoteMessage { key, number: 0, size: 0, received: None };
    Ok(stored.into_iter().map(|stored| (stored.message, remote(stored.key))).collect())
}

/// POP3: what the server lists in this session and is durable here. A deletion that was sent earlier and is not listed
/// any more has happened: its receipt is written now.
async fn listed_to_delete(
    checks: &Checks,
    lease: &Lease,
    known: &Known,
    fetched: &FetchedFolder,
) -> Result<Vec<Pair>, CheckError> {
    let mut by_key: HashMap<MessageKey, MessageId> = HashMap::new();
    let mut unnamed: HashMap<u32, MessageId> = HashMap::new();
    for (remote, message) in &fetched.stored {
        unnamed.insert(remote.number, message.id);
    }
    for stored in checks.store.deletable(known.mailbox, None).await? {
        by_key.insert(stored.key, stored.message);
    }
    let pairs = fetched.listed.iter().filter_map(|remote| {
        let message = match &remote.key {
            MessageKey::Unnamed => unnamed.get(&remote.number),
            key => by_key.get(key),
        };
        message.map(|message| (*message, remote.clone()))
    });
    let pairs: Vec<_> = pairs.collect();
    let sent = checks.store.delete_sent(known.mailbox).await?;
    let listed: Vec<_> = pairs.iter().map(|(message, _)| *message).collect();
    let gone: Vec<_> = sent.into_iter().filter(|message| !listed.contains(message)).collect();
    checks.store.mark_deleted(lease, &gone, REASON, checks.clock.now()).await?;
    Ok(pairs)
}

fn confirmed_messages(pairs: &[Pair], confirmed: &[MessageKey]) -> Vec<MessageId> {
    // Without UIDL the confirmation is the QUIT itself: it covers all or none.
    let unnamed = confirmed.iter().filter(|key| **key == MessageKey::Unnamed).count();
    let all_unnamed = unnamed > 0 && unnamed == pairs.len();
    let confirmed = |remote: &RemoteMessage| {
        all_unnamed || (remote.key != MessageKey::Unnamed && confirmed.contains(&remote.key))
    };
    pairs.iter().filter(|(_, remote)| confirmed(remote)).map(|(message, _)| *message).collect()
}
