//! What to fetch: pure decisions over what is known here and what the server lists.
//!
//! Progress is one number a mailbox, `next_uid`: every UID below it is stored or in quarantine. It moves only in the
//! commit that stored the last message of a plan. One number is enough for newest first as well, because it never says
//! what is here; the names of what is here do, and they are durable with each batch:
//!
//! - A first check that is interrupted after 400,000 of 1,000,000 messages leaves `next_uid` at 1 and 400,000 names. The
//!   next one lists everything again (a line a message, no bodies), takes those names out and goes on with the newest of
//!   the rest: exactly where the last one was, below whatever came meanwhile, which is newer and therefore comes first.
//! - A second cursor (`backfill_low`) would save those lines and nothing else. It would be wrong as soon as the server
//!   gives a message between the two cursors that was not listed the first time, as some do after a restore.
//! - What is older than the account wants is passed over, and progress with it; once more is wanted, progress begins
//!   again (`Store::fetch_since`).
//! - Where progress stands, only what is above it is listed: a check that finds nothing costs the same whatever the size.

use crate::store::Known;
use mail::{RemoteMailbox, RemoteMessage};
use model::{MessageKey, Timestamp, Uid};
use std::collections::HashSet;

/// Which part of the mailbox to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// Nothing can be new.
    Nothing,
    /// The messages from this UID on.
    From(Uid),
    /// Everything: the UIDs known so far mean nothing any more, or the server has no UIDs.
    All,
}

/// What to ask the server for, before anything is listed.
pub fn listing(known: &Known, remote: &RemoteMailbox) -> Listing {
    let Some(uid_validity) = remote.uid_validity else { return Listing::All };
    // From the beginning the whole listing is asked for in windows, which keeps each answer short.
    if known.uid_validity != Some(uid_validity) || known.next_uid <= 1 {
        return Listing::All;
    }
    match remote.uid_next {
        Some(next) if next == known.next_uid => Listing::Nothing,
        // The server went back: what it calls new now may be anything.
        Some(next) if next < known.next_uid => Listing::All,
        _ => Listing::From(known.next_uid),
    }
}

/// True where the server gives UIDs anew under an unchanged UIDVALIDITY: its next UID went back, and the messages above
/// it are gone. What is known of its UIDs means nothing then. A server that merely understates its next UID still lists
/// the highest one that is known.
pub fn counts_anew(known: &Known, remote: &RemoteMailbox, listed: &[RemoteMessage]) -> bool {
    let highest = listed.iter().filter_map(|message| uid(&message.key)).max().unwrap_or(0);
    remote.uid_validity.is_some()
        && known.uid_validity == remote.uid_validity
        && remote.uid_next.is_some_and(|next| next < known.next_uid)
        && highest.saturating_add(1) < known.next_uid
}

/// The messages to fetch, newest first, and where progress stands once all of them are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchPlan {
    /// Newest first.
    pub wanted: Vec<RemoteMessage>,
    /// The `next_uid` of the commit that stores the last of them (IMAP).
    pub next_uid: Option<Uid>,
}

/// Everything listed that is not here yet and came at `since` or later; where a server does not say when a message came,
/// it is wanted.
pub fn fetch_plan(
    listed: Vec<RemoteMessage>,
    here: &HashSet<MessageKey>,
    remote: &RemoteMailbox,
    since: Option<Timestamp>,
) -> FetchPlan {
    let highest = listed.iter().filter_map(|message| uid(&message.key)).max();
    let after_highest = highest.map(|uid| uid.saturating_add(1));
    let next_uid = remote.uid_validity.and(after_highest.max(remote.uid_next));
    let mut planned = HashSet::new();
    let mut wanted: Vec<_> = listed
        .into_iter()
        .filter(|message| since.is_none() || message.received.is_none() || message.received >= since)
        .filter(|message| {
            message.key == MessageKey::Unnamed
                || (!here.contains(&message.key) && planned.insert(message.key.clone()))
        })
        .collect();
    wanted.reverse();
    FetchPlan { wanted, next_uid }
}

/// The UID of a key, where it is one.
pub fn uid(key: &MessageKey) -> Option<Uid> {
    match key {
        MessageKey::Uid(uid) => Some(*uid),
        MessageKey::Uidl { .. } | MessageKey::Unnamed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MailboxId;

    fn known(uid_validity: Option<u32>, next_uid: u32) -> Known {
        Known { mailbox: MailboxId(1), uid_validity, next_uid }
    }

    fn remote(uid_validity: Option<u32>, uid_next: Option<u32>) -> RemoteMailbox {
        RemoteMailbox {
            uid_validity,
            uid_next,
            exists: 9,
            keys_are_unique: true,
            highest_modseq: None,
            vanished: Vec::new(),
        }
    }

    fn message(uid: u32) -> RemoteMessage {
        RemoteMessage { key: MessageKey::Uid(uid), number: uid, size: 1, received: None }
    }

    #[test]
    fn what_to_list() {
        let cases = [
            (known(None, 1), remote(Some(7), Some(10)), Listing::All),
            (known(Some(7), 10), remote(Some(7), Some(10)), Listing::Nothing),
            (known(Some(7), 8), remote(Some(7), Some(10)), Listing::From(8)),
            (known(Some(7), 8), remote(Some(7), None), Listing::From(8)),
            (known(Some(7), 12), remote(Some(7), Some(10)), Listing::All),
            (known(Some(6), 10), remote(Some(7), Some(10)), Listing::All),
            (known(None, 1), remote(None, None), Listing::All),
            (known(Some(7), 1), remote(Some(7), Some(10)), Listing::All),
        ];
        for (known, remote, expected) in cases {
            assert_eq!(listing(&known, &remote), expected, "{known:?} {remote:?}");
        }
    }

    #[test]
    fn what_is_older_than_wanted_is_passed_over_and_progress_with_it() {
        let came = |uid: u32, day: Option<&str>| RemoteMessage {
            received: day.and_then(Timestamp::from_date),
            ..message(uid)
        };
        let listed = vec![
            came(1, Some("2026-01-30")),
            came(2, None),
            came(3, Some("2026-01-31")),
            came(4, Some("2026-01-30")),
        ];
        let since = Timestamp::from_date("2026-01-31");
        let plan = fetch_plan(listed, &HashSet::new(), &remote(Some(7), Some(5)), since);
        let wanted: Vec<_> = plan.wanted.iter().map(|message| message.number).collect();
        assert_eq!((wanted, plan.next_uid), (vec![3, 2], Some(5)));
    }

    #[test]
    fn a_plan_never_skips_a_message_and_never_asks_twice() {
        for seed in 0..500_u32 {
            let uids: Vec<u32> = (1..60).filter(|uid| (uid * 7 + seed) % 3 != 0).collect();
            let here: HashSet<_> = uids
                .iter()
                .filter(|uid| (*uid * 5 + seed) % 4 == 0)
                .map(|uid| MessageKey::Uid(*uid))
                .collect();
            let listed: Vec<_> = uids.iter().map(|uid| message(*uid)).collect();
            let plan = fetch_plan(listed, &here, &remote(Some(7), Some(60)), None);
            let planned: HashSet<_> = plan.wanted.iter().map(|message| message.key.clone()).collect();
            assert_eq!(planned.len(), plan.wanted.len());
            assert!(
                uids.iter()
                    .all(|uid| planned.contains(&MessageKey::Uid(*uid))
                        != here.contains(&MessageKey::Uid(*uid)))
            );
            assert!(
                plan.wanted.is_sorted_by_key(|message| std::cmp::Reverse(message.number)),
                "newest first"
            );
            assert!(plan.next_uid.is_some_and(|next| uids.iter().all(|uid| *uid < next)));
        }
    }

    #[test]
    fn a_server_that_counts_anew_is_told_from_one_that_understates() {
        let (before, after) = (known(Some(7), 50), remote(Some(7), Some(4)));
        assert!(counts_anew(&before, &after, &[message(1), message(3)]));
        assert!(counts_anew(&before, &after, &[]));
        assert!(!counts_anew(&before, &after, &[message(1), message(49)]), "it still has the highest one");
        assert!(!counts_anew(&before, &remote(Some(7), Some(50)), &[message(3)]), "expunged from the end");
        assert!(!counts_anew(&before, &remote(Some(8), Some(4)), &[message(3)]), "it says so itself");
    }

    #[test]
    fn a_name_that_is_listed_twice_is_asked_for_once() {
        let plan = fetch_plan(vec![message(1), message(1)], &HashSet::new(), &remote(Some(7), Some(2)), None);
        assert_eq!(plan.wanted.len(), 1);
    }

    #[test]
    fn messages_without_a_name_are_always_fetched() {
        let unnamed = RemoteMessage { key: MessageKey::Unnamed, number: 1, size: 1, received: None };
        let here = HashSet::from([MessageKey::Unnamed]);
        let plan = fetch_plan(vec![unnamed], &here, &remote(None, None), None);
        assert_eq!((plan.wanted.len(), plan.next_uid), (1, None));
    }
}
