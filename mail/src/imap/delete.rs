//! Deletion of exactly the messages named, and proof of it (RFC 9051 §6.4.9, RFC 4315, RFC 6851).

use super::command::{mailbox, uid_sets};
use super::driver::Driver;
use super::listing::uid;
use super::sign_in::has;
use crate::{MailError, Reach, RemoteFolder, SpecialUse};
use async_imap::imap_proto::{MailboxDatum, Response};
use model::{Cause, Stage, Uid};
use std::collections::BTreeSet;

/// Most UIDs in one command.
const MOST: usize = 500;

/// How messages leave a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// UID EXPUNGE, which touches nothing but what is named.
    Expunge,
    /// UID MOVE to the folder whose encoded name this is.
    Move(String),
    /// EXPUNGE, which destroys every message that any program marked as deleted; it is said only where nothing but
    /// ours is marked.
    ExpungeAll,
}

/// True where it matters for [`way`] which folder is the trash.
pub fn wants_trash(capabilities: &[String]) -> bool {
    has(capabilities, "MOVE") && (is_gmail(capabilities) || !has(capabilities, "UIDPLUS"))
}

/// How to delete from `open` on a server with `folders` (of interest where [`wants_trash`]).
///
/// At Gmail a folder is a label: what is expunged from it stays in All Mail. Only what is moved to the trash is gone.
pub fn way(capabilities: &[String], folders: &[RemoteFolder], open: &str) -> Way {
    let trash =
        folders.iter().find(|folder| folder.special_use == Some(SpecialUse::Trash) && folder.selectable);
    let trash = trash.filter(|trash| wants_trash(capabilities) && trash.name != open);
    match trash.and_then(|trash| mailbox(&trash.name).ok()) {
        Some(trash) => Way::Move(trash),
        None if has(capabilities, "UIDPLUS") => Way::Expunge,
        None => Way::ExpungeAll,
    }
}

fn is_gmail(capabilities: &[String]) -> bool {
    has(capabilities, "X-GM-EXT-1")
}

/// Deletes `uids` from the mailbox, which is open read-write, and returns those that are not there any more.
///
/// # Errors
/// Reaching the mailbox where the server refuses or others' deleted mail is in the way; some messages may then be
/// marked and stay.
pub async fn delete(driver: &mut Driver, uids: &[Uid], way: &Way) -> Result<Vec<Uid>, MailError> {
    let sets = uid_sets(uids, MOST);
    for (_, set) in &sets {
        if let Way::Move(trash) = way {
            run(driver, "MOVE", &format!("UID MOVE {set} {trash}")).await?;
            continue;
        }
        run(driver, "STORE", &format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)")).await?;
        if *way == Way::Expunge {
            run(driver, "EXPUNGE", &format!("UID EXPUNGE {set}")).await?;
        }
    }
    if *way == Way::ExpungeAll {
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
                present.extend(uid(attributes));
            }
        })
        .await?;
    done.ok(Stage::Delete, "FETCH", Reach::Mailbox, Cause::ProtocolError)?;
    Ok(present)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_follows_from_what_the_server_offers() {
        let folder = |name: &str, special_use| RemoteFolder {
            name: name.to_owned(),
            separator: Some('/'),
            special_use,
            selectable: true,
            status: None,
        };
        let folders = [
            folder("INBOX", Some(SpecialUse::Inbox)),
            folder("[Gmail]/Papierkorb ü", Some(SpecialUse::Trash)),
        ];
        let check = |capabilities: &str, folders: &[RemoteFolder], open: &str, expected: Way| {
            let offered: Vec<String> = capabilities.split(' ').map(str::to_owned).collect();
            assert_eq!(way(&offered, folders, open), expected, "{capabilities} {open}");
        };
        let moved = || Way::Move("\"[Gmail]/Papierkorb &APw-\"".to_owned());
        check("UIDPLUS MOVE", &folders, "INBOX", Way::Expunge);
        check("UIDPLUS MOVE X-GM-EXT-1", &folders, "INBOX", moved());
        check("UIDPLUS MOVE X-GM-EXT-1", &folders, "[Gmail]/Papierkorb ü", Way::Expunge);
        check("UIDPLUS X-GM-EXT-1", &folders, "INBOX", Way::Expunge);
        check("MOVE", &folders, "INBOX", moved());
        check("MOVE", &folders[..1], "INBOX", Way::ExpungeAll);
        check("IDLE", &folders, "INBOX", Way::ExpungeAll);
    }
}
