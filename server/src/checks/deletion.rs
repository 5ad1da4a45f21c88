//! Deletes on the server what is durable here, for accounts that keep no copy there.
//!
//! The order is the promise: the row is committed, then marked as *delete sent*, then the server is asked, and only its
//! own confirmation makes it *deleted* and writes the receipt. A deletion that breaks off is repeated by the next check.

use super::fetch::FetchedFolder;
use super::run::{CheckError, OpenFolder, Tally};
use crate::events::Event;
use crate::failpoint;
use crate::store::StoredKey;
use mail::{Access, FetchedBody, MailError, MailSession, RemoteMessage};
use model::{AccountSettings, Cause, MessageId, MessageKey, Stage, Timestamp};
use std::collections::{HashMap, HashSet};
use tokio::sync::mpsc;

const DAY: i64 = 24 * 60 * 60 * 1000;
const CHUNK: usize = 500;

/// Deletes everything of this mailbox that is durable here, long enough for the account's policy.
pub async fn delete_stored(
    at: &OpenFolder<'_>,
    fetched: &FetchedFolder,
    session: &mut dyn MailSession,
    tally: &mut Tally,
) -> Result<(), CheckError> {
    let (checks, lease) = (at.checks, at.lease()?);
    let pairs = if at.remote.uid_validity.is_some() {
        uids_to_delete(at, session).await?
    } else {
        listed_to_delete(at, fetched, session).await?
    };
    let reason = reason(at.settings);
    // POP3 takes all of its deletions in the one QUIT that ends the session.
    let chunk = if at.remote.uid_validity.is_some() { CHUNK } else { pairs.len().max(1) };
    for pairs in pairs.chunks(chunk) {
        let messages: Vec<_> = pairs.iter().map(|(message, _)| *message).collect();
        let wanted: Vec<_> = pairs.iter().map(|(_, remote)| remote.clone()).collect();
        // Whoever wants the copies kept by now, or the account left alone, is heard before each of them.
        let days = at.settings.delete_after_days.unwrap_or(0);
        if !checks.store.mark_delete_sent(lease, &messages, days, checks.clock.now()).await? {
            return Ok(());
        }
        failpoint::hit("delete_sent");
        let confirmed = session.delete(&wanted).await?;
        failpoint::hit("store_deleted");
        let gone = confirmed_messages(pairs, &confirmed);
        checks.store.mark_deleted(lease, &gone, &reason, checks.clock.now()).await?;
        tally.deleted += gone.len() as u64;
        checks.events.send(Event::Messages(Some(lease.account)));
    }
    Ok(())
}

/// What became durable then or earlier may be deleted on the server now.
pub fn durable_since(settings: &AccountSettings, now: Timestamp) -> Timestamp {
    now.plus_milliseconds(-i64::from(settings.delete_after_days.unwrap_or(0)) * DAY)
}

/// What the receipts say.
fn reason(settings: &AccountSettings) -> String {
    match settings.delete_after_days {
        None => "keep copy in server: no".to_owned(),
        Some(days) => format!("keep copy in server: no, deleted {days} days after it was stored here"),
    }
}

type Pair = (MessageId, RemoteMessage);

/// IMAP: every stored UID of the UIDVALIDITY that the mailbox has right now, opened for writing.
async fn uids_to_delete(at: &OpenFolder<'_>, session: &mut dyn MailSession) -> Result<Vec<Pair>, CheckError> {
    let since = durable_since(at.settings, at.checks.clock.now());
    let stored = at.checks.store.deletable(at.known.mailbox, at.remote.uid_validity, since).await?;
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let writable = session.open(at.folder, Access::ReadWrite).await?;
    if writable.uid_validity != at.remote.uid_validity {
        let detail = "UIDVALIDITY changed during the check; nothing was deleted";
        return Err(MailError::account(Stage::Delete, Cause::ProtocolError, detail).into());
    }
    let remote = |key| RemoteMessage { key, number: 0, size: 0, received: None };
    Ok(stored.into_iter().map(|stored| (stored.message, remote(stored.key))).collect())
}

/// POP3: what the server lists in this session and is durable here. A deletion that was sent earlier and is not listed
/// any more has happened: its receipt is written now.
async fn listed_to_delete(
    at: &OpenFolder<'_>,
    fetched: &FetchedFolder,
    session: &mut dyn MailSession,
) -> Result<Vec<Pair>, CheckError> {
    let (checks, mailbox, lease) = (at.checks, at.known.mailbox, at.lease()?);
    let since = durable_since(at.settings, checks.clock.now());
    let deletable = checks.store.deletable(mailbox, None, since).await?;
    let due: HashMap<MessageId, &StoredKey> =
        deletable.iter().map(|stored| (stored.message, stored)).collect();
    let by_key: HashMap<&MessageKey, &StoredKey> =
        deletable.iter().map(|stored| (&stored.key, stored)).collect();
    let unnamed: HashMap<u32, MessageId> =
        fetched.stored.iter().map(|(remote, message)| (remote.number, message.id)).collect();
    let seen: HashSet<MessageId> = fetched.stored.iter().map(|(_, message)| message.id).collect();
    let (mut pairs, mut doubtful) = (Vec::new(), Vec::new());
    for remote in &fetched.listed {
        let stored = match &remote.key {
            MessageKey::Unnamed => unnamed.get(&remote.number).and_then(|message| due.get(message)),
            key => by_key.get(key),
        };
        match stored.copied() {
            Some(stored) if seen.contains(&stored.message) || stored.size == remote.size => {
                pairs.push((stored.message, remote.clone()));
            }
            Some(stored) => doubtful.push((stored, remote.clone())),
            None => {}
        }
    }
    let looked_at = look_again(at, &doubtful, session).await?;
    let told = |same: bool| looked_at.iter().filter(move |(_, told)| *told == Some(same));
    pairs.extend(told(true).map(|((stored, remote), _)| (stored.message, remote.clone())));
    let others: HashSet<MessageId> = told(false).map(|((stored, _), _)| stored.message).collect();
    let listed: HashSet<MessageId> = pairs
        .iter()
        .map(|(message, _)| *message)
        .chain(doubtful.iter().map(|(stored, _)| stored.message))
        .filter(|message| !others.contains(message))
        .collect();
    let sent = checks.store.delete_sent(mailbox).await?;
    let gone: Vec<_> = sent.into_iter().filter(|message| !listed.contains(message)).collect();
    if !gone.is_empty() {
        checks.store.mark_deleted(lease, &gone, &reason(at.settings), checks.clock.now()).await?;
    }
    if !others.is_empty() {
        checks.store.unname(lease, &Vec::from_iter(others)).await?;
    }
    Ok(pairs)
}

/// A server may give the name of a message that left to another one (RFC 1939 §7), and then its size is hardly the same;
/// but servers lie about sizes, too. Only the bytes tell: true where they are the ones that are stored, `None` where they
/// cannot be had.
async fn look_again<'a>(
    at: &OpenFolder<'_>,
    doubtful: &'a [(&'a StoredKey, RemoteMessage)],
    session: &mut dyn MailSession,
) -> Result<Vec<(&'a (&'a StoredKey, RemoteMessage), Option<bool>)>, CheckError> {
    let mut told = Vec::with_capacity(doubtful.len());
    for pair in doubtful {
        let (stored, remote) = pair;
        let (_, _held) = at.checks.gate.hold(std::iter::once(remote.size.max(stored.size))).await?;
        let (sender, mut receiver) = mpsc::channel(1);
        session.fetch(std::slice::from_ref(remote), sender).await?;
        let same = match receiver.recv().await.map(|fetched| fetched.body) {
            Some(FetchedBody::Raw(raw)) => Some(blake3::hash(&raw) == stored.hash),
            _ => None,
        };
        told.push((pair, same));
    }
    Ok(told)
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
