//! LIST (RFC 9051 §6.3.9), with what each folder is for (RFC 6154) and what is in it (RFC 5819) where the server
//! offers to tell both in the same answer.

use super::answer::Verdict;
use super::driver::Driver;
use super::resync;
use super::sign_in::has;
use super::utf7;
use crate::net::fault::{Fault, mail_error};
use crate::{FolderStatus, MailError, Reach, RemoteFolder, SpecialUse};
use async_imap::imap_proto::{MailboxDatum, MailboxListData, NameAttribute, Response, StatusAttribute};
use model::{Cause, Stage, mailbox::INBOX};
use std::collections::{HashMap, HashSet};

/// Most folders that are listed.
const MOST_FOLDERS: u32 = 20_000;

/// Most bytes of names in all.
const NAME_BYTES: usize = 4 * 1024 * 1024;

/// The folders of the account, by their Unicode names.
///
/// # Errors
/// Stage `folder`, reaching the account.
pub async fn list(driver: &mut Driver, capabilities: &[String]) -> Result<Vec<RemoteFolder>, MailError> {
    let told = match extended(capabilities) {
        Some(options) => {
            let (told, verdict) = ask(driver, &format!("LIST \"\" \"*\" RETURN ({options})")).await?;
            // A server that offers the extension and does not understand it still has folders.
            (verdict == Verdict::Ok).then_some(told)
        }
        None => None,
    };
    match told {
        Some(told) => Ok(told.folders()),
        None => Ok(ask(driver, "LIST \"\" \"*\"").await?.0.folders()),
    }
}

/// The options of an extended LIST (RFC 5258), where the server offers one that is of use.
fn extended(capabilities: &[String]) -> Option<String> {
    let changes = if resync::is_offered(capabilities) { " HIGHESTMODSEQ" } else { "" };
    let status = format!("STATUS (MESSAGES UIDNEXT UIDVALIDITY{changes})");
    match (has(capabilities, "LIST-STATUS"), has(capabilities, "SPECIAL-USE")) {
        (true, true) => Some(format!("SPECIAL-USE {status}")),
        (true, false) => Some(status),
        (false, true) if has(capabilities, "LIST-EXTENDED") => Some("SPECIAL-USE".to_owned()),
        (false, _) => None,
    }
}

async fn ask(driver: &mut Driver, command: &str) -> Result<(Told, Verdict), MailError> {
    let mut told = Told::default();
    let done = driver.run(Stage::Folder, command, MOST_FOLDERS, |response| told.take(response)).await?;
    if told.bytes > NAME_BYTES {
        driver.abandon();
        let fault = Fault::Size { announced: told.bytes as u64, limit: NAME_BYTES as u64 };
        return Err(mail_error(Stage::Folder, "listing folders", &fault.into()));
    }
    let verdict = done.verdict;
    if !command.contains("RETURN") {
        done.ok(Stage::Folder, "LIST", Reach::Account, Cause::ProtocolError)?;
    }
    Ok((told, verdict))
}

#[derive(Default)]
struct Told {
    listed: Vec<RemoteFolder>,
    names: HashSet<String>,
    statuses: HashMap<String, FolderStatus>,
    bytes: usize,
}

impl Told {
    fn take(&mut self, response: &Response<'_>) {
        match response {
            Response::MailboxData(MailboxDatum::List(listed)) => {
                self.bytes += listed.name.len();
                if self.bytes <= NAME_BYTES {
                    let folder = folder(listed);
                    if self.names.insert(folder.name.clone()) {
                        self.listed.push(folder);
                    }
                }
            }
            Response::MailboxData(MailboxDatum::Status { mailbox, status }) => {
                self.bytes += mailbox.len();
                if self.bytes <= NAME_BYTES
                    && let Some(status) = status_of(status)
                {
                    self.statuses.insert(utf7::decode(mailbox), status);
                }
            }
            _ => {}
        }
    }

    fn folders(mut self) -> Vec<RemoteFolder> {
        for folder in &mut self.listed {
            folder.status = self.statuses.get(&folder.name).copied();
        }
        self.listed
    }
}

fn folder(listed: &MailboxListData<'_>) -> RemoteFolder {
    let name = utf7::decode(&listed.name);
    let inbox = name.eq_ignore_ascii_case(INBOX).then_some(SpecialUse::Inbox);
    RemoteFolder {
        separator: listed.delimiter.as_deref().and_then(|delimiter| delimiter.chars().next()),
        special_use: inbox.or_else(|| listed.name_attributes.iter().find_map(special_use)),
        selectable: !listed.name_attributes.iter().any(is_closed),
        status: None,
        name,
    }
}

fn special_use(attribute: &NameAttribute<'_>) -> Option<SpecialUse> {
    Some(match attribute {
        NameAttribute::Sent => SpecialUse::Sent,
        NameAttribute::Drafts => SpecialUse::Drafts,
        NameAttribute::Trash => SpecialUse::Trash,
        NameAttribute::Junk => SpecialUse::Junk,
        NameAttribute::Archive => SpecialUse::Archive,
        NameAttribute::All => SpecialUse::All,
        NameAttribute::Flagged => SpecialUse::Flagged,
        _ => return None,
    })
}

fn is_closed(attribute: &NameAttribute<'_>) -> bool {
    match attribute {
        NameAttribute::NoSelect => true,
        NameAttribute::Extension(name) => name.eq_ignore_ascii_case("\\NonExistent"),
        _ => false,
    }
}

/// The first three or nothing: 163.com answers with an empty list.
fn status_of(status: &[StatusAttribute]) -> Option<FolderStatus> {
    let (mut messages, mut uid_next, mut uid_validity, mut highest_modseq) = (None, None, None, None);
    for attribute in status {
        match attribute {
            StatusAttribute::Messages(value) => messages = Some(*value),
            StatusAttribute::UidNext(value) => uid_next = Some(*value).filter(|value| *value > 0),
            StatusAttribute::UidValidity(value) => uid_validity = Some(*value).filter(|value| *value > 0),
            StatusAttribute::HighestModSeq(value) => highest_modseq = Some(*value).filter(|value| *value > 0),
            _ => {}
        }
    }
    let (messages, uid_next, uid_validity) = (messages?, uid_next?, uid_validity?);
    Some(FolderStatus { messages, uid_next, uid_validity, highest_modseq })
}
