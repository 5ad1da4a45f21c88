//! Deletion of exactly the messages named, and proof of it (RFC 9051 §6.4.9, RFC 4315).

use super::command::uid_sets;
use super::driver::Driver;
use crate::{MailError, Reach};
use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response};
use model::{Cause, Stage, Uid};
use std::collections::BTreeSet;

/// Most UIDs in one command.
const MOST: usize = 500;

/// Deletes `uids` from the mailbox, which is open read-write, and returns those that are not there any more.
///
/// Without UIDPLUS the only command is EXPUNGE, which destroys every message that any program marked as deleted; it is
/// given only where nothing but ours is marked.
///
/// # Errors
/// Reaching the mailbox where the server refuses or others' deleted mail is in the way; some messages may then be
/// marked and stay.
pub async fn delete(driver: &mut Driver, uids: &[Uid], uid_plus: bool) -> Result<Vec<Uid>, MailError> {
    let sets = uid_sets(uids, MOST);
    for (_, set) in &sets {
        run(driver, "STORE", &format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)")).await?;
        if uid_plus {
            run(driver, "EXPUNGE", &format!("UID EXPUNGE {set}")).await?;
        }
    }
    if !uid_plus {
        expunge_only_ours(driver, uids).await?;
    }
    let mut gone = Vec::with_capacity(uids.len());
    for (members, set) in &sets {
        let present = present(driver, set).await?;
        gone.extend(members.iter().filter(|uid| !present.contains(uid)));
    }
    Ok(gone)
}

async fn run(driver: &mut Driver, verb: &str, command: &str) -> Result<(), MailError> {
    // Each message may bring an EXPUNGE and a FETCH of its flags.
    let done = driver.run(Stage::Delete, command, 100_000, |_| ()).await?;
    done.ok(Stage::Delete, verb, Reach::Mailbox, Cause::ProtocolError).map(|_| ())
}

async fn expunge_only_ours(driver: &mut Driver, ours: &[Uid]) -> Result<(), MailError> {
    let mut marked = BTreeSet::new();
    let done = driver
        .run(Stage::Delete, "UID SEARCH DELETED", 1000, |response| {
            if let Response::MailboxData(MailboxDatum::Search(found)) = response {
                marked.extend(found.iter().copied());
            }
        })
        .await?;
    done.ok(Stage::Delete, "SEARCH", Reach::Mailbox, Cause::ProtocolError)?;
    let ours: BTreeSet<Uid> = ours.iter().copied().collect();
    let foreign = marked.difference(&ours).count();
    if foreign > 0 {
        let detail = format!(
            "The server has no UIDPLUS, and {foreign} other messages are marked as deleted there: ours stay marked."
        );
        return Err(MailError::account(Stage::Delete, Cause::ProtocolError, detail).reaching(Reach::Mailbox));
    }
    run(driver, "EXPUNGE", "EXPUNGE").await
}

async fn present(driver: &mut Driver, set: &str) -> Result<BTreeSet<Uid>, MailError> {
    let mut present = BTreeSet::new();
    let done = driver
        .run(Stage::Delete, &format!("UID FETCH {set} (UID)"), 10_000, |response| {
            if let Response::Fetch(_, attributes) = response {
                present.extend(attributes.iter().filter_map(|attribute| match attribute {
                    AttributeValue::Uid(uid) => Some(*uid),
                    _ => None,
                }));
            }
        })
        .await?;
    done.ok(Stage::Delete, "FETCH", Reach::Mailbox, Cause::ProtocolError)?;
    Ok(present)
}
