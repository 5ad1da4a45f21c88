//! After a server gave its UIDs anew: which stored message is which listed one, told by Message-ID, size and date, so
//! that a mailbox need not be fetched a second time. Whatever these three do not tell apart is fetched, and the store
//! tells it by its bytes: nothing is doubled, whichever way it goes.
//!
//! Where no copy is kept nothing is told by name: only bytes that were seen under a UID permit its deletion.

use super::run::{CheckError, OpenFolder};
use crate::store::OlderMessage;
use mail::{MailSession, RemoteMessage};
use model::{MessageId, MessageKey, Timestamp, Uid, UidValidity};
use std::collections::{HashMap, HashSet};

/// Written in one transaction.
const BATCH: usize = 500;

/// Finds listed messages among those whose UID is not of `epoch`, gives them their UID in `uid_validity` (where `writes`)
/// and returns their names.
pub async fn find_again(
    at: &OpenFolder<'_>,
    epoch: UidValidity,
    uid_validity: UidValidity,
    listed: &[RemoteMessage],
    here: &HashSet<MessageKey>,
    writes: bool,
    session: &mut dyn MailSession,
) -> Result<Vec<MessageKey>, CheckError> {
    if !at.settings.keep_copy {
        return Ok(Vec::new());
    }
    let older = at.checks.store.older_messages(at.known.mailbox, epoch).await?;
    let looks: HashSet<_> = older.iter().map(|older| (older.size, older.received)).collect();
    let candidates: Vec<_> = listed
        .iter()
        .filter(|message| !here.contains(&message.key))
        .filter(|message| message.received.is_some_and(|received| looks.contains(&(message.size, received))))
        .cloned()
        .collect();
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let ids = session.fetch_ids(&candidates).await?;
    let pairs = pairs(&older, &candidates, ids);
    if writes {
        for batch in pairs.chunks(BATCH) {
            at.checks.store.assign_uids(at.lease()?, at.known.mailbox, uid_validity, batch).await?;
        }
    }
    Ok(pairs.into_iter().map(|(_, uid)| MessageKey::Uid(uid)).collect())
}

/// What tells a message without its bytes.
type Looks = (String, u64, Timestamp);

/// The pairs that nothing else could be: one stored and one listed message of the same looks.
fn pairs(
    older: &[OlderMessage],
    listed: &[RemoteMessage],
    ids: Vec<(MessageKey, String)>,
) -> Vec<(MessageId, Uid)> {
    let listed: HashMap<&MessageKey, &RemoteMessage> =
        listed.iter().map(|message| (&message.key, message)).collect();
    let mut stored_by: HashMap<Looks, Option<MessageId>> = HashMap::new();
    for message in older {
        if let Some(id) = &message.internet_message_id {
            // A second one of the same looks: neither can be told.
            let looks = (id.clone(), message.size, message.received);
            stored_by.entry(looks).and_modify(|only| *only = None).or_insert(Some(message.id));
        }
    }
    let mut listed_by: HashMap<Looks, Option<Uid>> = HashMap::new();
    for (key, id) in ids {
        let Some(message) = listed.get(&key) else { continue };
        if let (MessageKey::Uid(uid), Some(received)) = (&key, message.received) {
            let looks = (id, message.size, received);
            listed_by.entry(looks).and_modify(|only| *only = None).or_insert(Some(*uid));
        }
    }
    let mut pairs: Vec<_> = listed_by
        .into_iter()
        .filter_map(|(looks, uid)| Some((stored_by.get(&looks).copied().flatten()?, uid?)))
        .collect();
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn older(id: i64, name: Option<&str>, size: u64) -> OlderMessage {
        OlderMessage {
            id: MessageId(id),
            internet_message_id: name.map(str::to_owned),
            size,
            received: Timestamp(5),
        }
    }

    fn listed(uid: Uid, size: u64, received: i64) -> RemoteMessage {
        RemoteMessage { key: MessageKey::Uid(uid), number: uid, size, received: Some(Timestamp(received)) }
    }

    fn named(uid: Uid, name: &str) -> (MessageKey, String) {
        (MessageKey::Uid(uid), name.to_owned())
    }

    #[test]
    fn only_what_cannot_be_confused_is_a_pair() {
        let stored = [
            older(1, Some("a"), 10),
            older(2, Some("b"), 20),
            older(3, Some("c"), 30),
            older(4, Some("twice"), 40),
            older(5, Some("twice"), 40),
            older(6, None, 50),
            older(7, Some("listed twice"), 60),
        ];
        let on_server = [
            listed(101, 10, 5),
            listed(102, 21, 5),
            listed(103, 30, 6),
            listed(104, 40, 5),
            listed(105, 50, 5),
            listed(106, 60, 5),
            listed(107, 60, 5),
        ];
        let ids = vec![
            named(101, "a"),
            named(102, "b"),
            named(103, "c"),
            named(104, "twice"),
            named(106, "listed twice"),
            named(107, "listed twice"),
            named(999, "a"),
        ];
        assert_eq!(
            pairs(&stored, &on_server, ids),
            [(MessageId(1), 101)],
            "another size, another date, two of the same looks, no Message-ID: fetched and told by bytes"
        );
    }
}
