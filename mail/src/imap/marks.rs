//! How the messages of the open mailbox are marked on their server (RFC 9051 §2.3.2): read and flagged, told and set.
//! Deliberately absent: which side is right where both changed.

use super::command::uid_sets;
use super::driver::Driver;
use super::listing::uid;
use crate::{MailError, Reach};
use async_imap::imap_proto::{AttributeValue, Response};
use model::{Cause, ServerMark, ServerMarks, Stage, Uid};
use std::collections::BTreeMap;

/// Most UIDs in one command.
const MOST: usize = 500;

/// The marks of all messages, or of those that changed or came `since` that change (RFC 7162 §3.1.4.1); ascending.
///
/// # Errors
/// Stage `folder`, reaching the mailbox where the server refuses.
pub async fn list(driver: &mut Driver, since: Option<u64>) -> Result<Vec<ServerMarks>, MailError> {
    // In an empty mailbox even `1:*` is an error to some.
    let exists = driver.news().exists;
    if exists == 0 {
        return Ok(Vec::new());
    }
    let changed = since.map_or_else(String::new, |since| format!(" (CHANGEDSINCE {since})"));
    let command = format!("UID FETCH 1:* (FLAGS){changed}");
    let mut found = BTreeMap::new();
    let done = driver
        .run(Stage::Folder, &command, exists, |response| {
            if let Response::Fetch(_, attributes) = response
                && let Some(marks) = marks(attributes)
            {
                found.insert(marks.uid, marks);
            }
        })
        .await?;
    done.ok(Stage::Folder, "FETCH", Reach::Mailbox, Cause::ProtocolError)?;
    Ok(found.into_values().collect())
}

/// Marks `uids`.
///
/// # Errors
/// Stage `folder`, reaching the mailbox where the server refuses.
pub async fn set(driver: &mut Driver, mark: ServerMark, uids: &[Uid]) -> Result<(), MailError> {
    let (sign, flag) = match mark {
        ServerMark::Unread(unread) => (if unread { '-' } else { '+' }, "\\Seen"),
        ServerMark::Flagged(flagged) => (if flagged { '+' } else { '-' }, "\\Flagged"),
    };
    for (_, set) in uid_sets(uids, MOST) {
        // Silent, and yet each message may bring a FETCH of its mod-sequence.
        let command = format!("UID STORE {set} {sign}FLAGS.SILENT ({flag})");
        let done = driver.run(Stage::Folder, &command, 10_000, |_| ()).await?;
        done.ok(Stage::Folder, "STORE", Reach::Mailbox, Cause::ProtocolError)?;
    }
    Ok(())
}

/// What an answer says of one message; `None` for what else a server says of messages meanwhile.
fn marks(attributes: &[AttributeValue<'_>]) -> Option<ServerMarks> {
    let flags = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Flags(flags) => Some(flags),
        _ => None,
    })?;
    let has = |name: &str| flags.iter().any(|flag| flag.eq_ignore_ascii_case(name));
    Some(ServerMarks { uid: uid(attributes)?, unread: !has("\\Seen"), flagged: has("\\Flagged") })
}
