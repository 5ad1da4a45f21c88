//! What left its server, where the server cannot tell that by itself (no QRESYNC): its count of messages gives it away, and
//! then its whole list is compared with what is here. It is marked as gone there, and stays.
//!
//! UIDs only grow. So a folder that had `n` messages below some UID, and has now as many as these and those above that UID
//! together, still has the same `n`. Deliberately absent: accounts that keep no copy, for which leaving is the rule.

use super::fetch::FetchedFolder;
use super::run::{CheckError, OpenFolder};
use super::{Checks, plan, vanished};
use crate::store::{Compared, MailboxId};
use mail::{MailSession, RemoteMailbox, RemoteMessage};
use std::collections::HashSet;

/// Finds out what left the open folder, after what is new in it was fetched.
pub async fn look(
    at: &OpenFolder<'_>,
    fetched: &FetchedFolder,
    session: &mut dyn MailSession,
) -> Result<(), CheckError> {
    let (Some(uid_validity), true) = (at.remote.uid_validity, at.settings.keep_copy) else { return Ok(()) };
    if tells_by_itself(session, &at.remote) {
        return Ok(());
    }
    let store = &at.checks.store;
    let before = store.last_compared(at.known.mailbox).await?;
    let next_uid = store.known_mailbox(at.account, at.folder).await?.next_uid;
    let below = |listed: &[RemoteMessage], from: u32| {
        let uids = listed.iter().filter_map(|message| plan::uid(&message.key));
        u32::try_from(uids.filter(|uid| (from..next_uid).contains(uid)).count()).unwrap_or(u32::MAX)
    };
    let (lease, now) = (at.lease()?, at.checks.clock.now());
    if let Some(before) = before.filter(|before| !fetched.whole && has_the_same(before, at, &fetched.listed))
    {
        let messages = before.messages.saturating_add(below(&fetched.listed, before.next_uid));
        let compared = Compared { uid_validity, messages, next_uid };
        if compared != before {
            store.record_compared(lease, at.known.mailbox, compared, None, now).await?;
        }
        return Ok(());
    }
    let all;
    let listed = if fetched.whole {
        &fetched.listed
    } else {
        all = session.list_messages(None).await?;
        &all
    };
    let compared = Compared { uid_validity, messages: below(listed, 1), next_uid };
    let uids: HashSet<u32> = listed.iter().filter_map(|message| plan::uid(&message.key)).collect();
    let left = store.record_compared(lease, at.known.mailbox, compared, Some(&uids), now).await?;
    vanished::tell(at, left);
    // What had left may be among them again.
    vanished::seen_again(at, listed).await
}

/// True where a folder, as the server tells of it without opening it, may have lost messages: nothing came to it.
pub async fn has_news(
    checks: &Checks,
    mailbox: MailboxId,
    remote: &RemoteMailbox,
) -> Result<bool, CheckError> {
    if remote.highest_modseq.is_some() {
        return Ok(false);
    }
    let before = checks.store.last_compared(mailbox).await?;
    Ok(before.is_none_or(|before| {
        Some(before.uid_validity) != remote.uid_validity || before.messages != remote.exists
    }))
}

/// A server that counts changes tells what left on opening.
fn tells_by_itself(session: &dyn MailSession, remote: &RemoteMailbox) -> bool {
    let offers = |name| session.capabilities().iter().any(|capability| capability == name);
    remote.highest_modseq.is_some() && offers("QRESYNC") && offers("ENABLE")
}

/// `listed` is what the folder has from the progress of this check on.
fn has_the_same(before: &Compared, at: &OpenFolder<'_>, listed: &[RemoteMessage]) -> bool {
    let came =
        listed.iter().filter_map(|message| plan::uid(&message.key)).filter(|uid| *uid >= before.next_uid);
    let came = u32::try_from(came.count()).unwrap_or(u32::MAX);
    Some(before.uid_validity) == at.remote.uid_validity
        && before.next_uid == at.known.next_uid
        && before.messages.checked_add(came) == Some(at.remote.exists)
}
