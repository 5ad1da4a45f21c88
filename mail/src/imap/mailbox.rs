//! EXAMINE and SELECT (RFC 9051 §6.3.2, §6.3.3).

use super::answer::{Done, Verdict};
use super::command::{as_it_is, mailbox};
use super::driver::Driver;
use super::resync::{self, Asking};
use crate::{Access, MailError, Reach, RemoteMailbox};
use async_imap::imap_proto::{MailboxDatum, Outcome, Response, ResponseCode, StatusAttribute};
use model::{Cause, Stage, Uid};

/// Messages whose flags a server may tell with what left: everybody's may have changed.
const CHANGES: u32 = 10_000_000;

/// Opens `name` and says what is in it, and what is told of its changes.
///
/// # Errors
/// A mailbox that does not exist or names no UIDVALIDITY reaches the mailbox.
pub async fn open(
    driver: &mut Driver,
    name: &str,
    access: Access,
    asking: Asking,
) -> Result<RemoteMailbox, MailError> {
    let mut argument = mailbox(name)?;
    let verb = match access {
        Access::ReadOnly => "EXAMINE",
        Access::ReadWrite => "SELECT",
    };
    let (mut done, mut seen) = ask(driver, verb, &argument, asking).await?;
    if done.verdict == Verdict::No && !name.is_ascii() {
        // Some list their names in UTF-8 without anybody having asked for it, and know them by nothing else.
        argument = as_it_is(name)?;
        (done, seen) = ask(driver, verb, &argument, asking).await?;
    }
    done.ok(Stage::Folder, verb, Reach::Mailbox, Cause::FolderMissing)?;
    let Some(uid_validity) = seen.uid_validity else {
        let detail = format!("The server names no UIDVALIDITY for {name}.");
        return Err(MailError::account(Stage::Folder, Cause::ProtocolError, detail).reaching(Reach::Mailbox));
    };
    let exists = driver.news().exists;
    driver.news().opened(exists, uid_validity);
    if seen.uid_next.is_none() {
        // 163.com leaves it out. Where STATUS does not say it either, nobody knows it, and that is no failure.
        let status = format!("STATUS {argument} (UIDNEXT)");
        driver.run(Stage::Folder, &status, 1000, |response| seen.take(response)).await?;
    }
    let (highest_modseq, vanished) = seen.changes.into_parts();
    Ok(RemoteMailbox {
        uid_validity: Some(uid_validity),
        uid_next: seen.uid_next,
        exists: driver.news().exists,
        keys_are_unique: true,
        highest_modseq,
        vanished,
    })
}

async fn ask(
    driver: &mut Driver,
    verb: &str,
    argument: &str,
    asking: Asking,
) -> Result<(Done, Seen), MailError> {
    driver.news().forget();
    let mut seen = Seen::default();
    let plain = format!("{verb} {argument}");
    let command = plain.clone() + &asking.parameter();
    let expected = if matches!(asking, Asking::Since(_)) { CHANGES } else { 1000 };
    let mut done = driver.run(Stage::Folder, &command, expected, |response| seen.take(response)).await?;
    if asking != Asking::Nothing && done.verdict == Verdict::Bad {
        // It does not understand what it offers.
        driver.news().forget();
        seen = Seen::default();
        done = driver.run(Stage::Folder, &plain, 1000, |response| seen.take(response)).await?;
    }
    Ok((done, seen))
}

#[derive(Default)]
struct Seen {
    uid_validity: Option<u32>,
    uid_next: Option<Uid>,
    changes: resync::Told,
}

impl Seen {
    fn take(&mut self, response: &Response<'_>) {
        self.changes.take(response);
        match response {
            Response::Data {
                outcome: Outcome { code: Some(ResponseCode::UidValidity(value)), .. }, ..
            } => {
                self.uid_validity = Some(*value).filter(|value| *value > 0);
            }
            Response::Data { outcome: Outcome { code: Some(ResponseCode::UidNext(value)), .. }, .. } => {
                self.uid_next = Some(*value).filter(|value| *value > 0);
            }
            Response::MailboxData(MailboxDatum::Status { status, .. }) => {
                for attribute in status {
                    if let StatusAttribute::UidNext(value) = attribute {
                        self.uid_next = Some(*value).filter(|value| *value > 0);
                    }
                }
            }
            _ => {}
        }
    }
}
