//! LIST, EXAMINE, SELECT and the listing of messages (RFC 9051 §6.3.2, §6.3.9, §6.4.9).

use super::command::mailbox;
use super::date::internal_date;
use super::driver::Driver;
use super::utf7;
use crate::{Access, MailError, Reach, RemoteMailbox, RemoteMessage};
use async_imap::imap_proto::{
    AttributeValue, MailboxDatum, NameAttribute, Outcome, Response, ResponseCode, StatusAttribute,
};
use model::{Cause, MessageKey, Stage, Uid};
use std::collections::BTreeMap;

/// Messages asked for in one FETCH of the full listing: keeps each answer short on a mailbox of a million.
const WINDOW: u32 = 2000;

/// Most mailboxes that are listed.
const MOST_MAILBOXES: u32 = 20_000;

/// The mailboxes that can be opened, by their Unicode names.
///
/// # Errors
/// Stage `folder`, reaching the account.
pub async fn list(driver: &mut Driver) -> Result<Vec<String>, MailError> {
    let mut names = Vec::new();
    let done = driver
        .run(Stage::Folder, "LIST \"\" \"*\"", MOST_MAILBOXES, |response| {
            if let Response::MailboxData(MailboxDatum::List(listed)) = response
                && !listed.name_attributes.iter().any(is_closed)
            {
                names.push(utf7::decode(&listed.name));
            }
        })
        .await?;
    done.ok(Stage::Folder, "LIST", Reach::Account, Cause::ProtocolError)?;
    Ok(names)
}

fn is_closed(attribute: &NameAttribute<'_>) -> bool {
    match attribute {
        NameAttribute::NoSelect => true,
        NameAttribute::Extension(name) => name.eq_ignore_ascii_case("\\NonExistent"),
        _ => false,
    }
}

/// Opens `name` and says what is in it.
///
/// # Errors
/// A mailbox that does not exist or names no UIDVALIDITY reaches the mailbox.
pub async fn open(driver: &mut Driver, name: &str, access: Access) -> Result<RemoteMailbox, MailError> {
    let argument = mailbox(name)?;
    let verb = match access {
        Access::ReadOnly => "EXAMINE",
        Access::ReadWrite => "SELECT",
    };
    let mut seen = Seen::default();
    let done = driver
        .run(Stage::Folder, &format!("{verb} {argument}"), 1000, |response| seen.take(response))
        .await?;
    done.ok(Stage::Folder, verb, Reach::Mailbox, Cause::FolderMissing)?;
    let Some(uid_validity) = seen.uid_validity else {
        let detail = format!("The server names no UIDVALIDITY for {name}.");
        return Err(MailError::account(Stage::Folder, Cause::ProtocolError, detail).reaching(Reach::Mailbox));
    };
    if seen.uid_next.is_none() {
        // 163.com leaves it out. Where STATUS does not say it either, nobody knows it, and that is no failure.
        let status = format!("STATUS {argument} (UIDNEXT)");
        driver.run(Stage::Folder, &status, 1000, |response| seen.take(response)).await?;
    }
    Ok(RemoteMailbox {
        uid_validity: Some(uid_validity),
        uid_next: seen.uid_next,
        exists: seen.exists,
        keys_are_unique: true,
    })
}

#[derive(Default)]
struct Seen {
    uid_validity: Option<u32>,
    uid_next: Option<Uid>,
    exists: u32,
}

impl Seen {
    fn take(&mut self, response: &Response<'_>) {
        match response {
            Response::Data {
                outcome: Outcome { code: Some(ResponseCode::UidValidity(value)), .. }, ..
            } => {
                self.uid_validity = Some(*value).filter(|value| *value > 0);
            }
            Response::Data { outcome: Outcome { code: Some(ResponseCode::UidNext(value)), .. }, .. } => {
                self.uid_next = Some(*value).filter(|value| *value > 0);
            }
            Response::MailboxData(MailboxDatum::Exists(count)) => self.exists = *count,
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

/// The messages of the open mailbox in ascending order of UID; from UID `from` on where it is given.
///
/// # Errors
/// Stage `folder`, reaching the mailbox where the server refuses.
pub async fn list_messages(
    driver: &mut Driver,
    exists: u32,
    from: Option<Uid>,
) -> Result<Vec<RemoteMessage>, MailError> {
    let mut found = BTreeMap::new();
    // In an empty mailbox every sequence number, even `*`, is an error.
    if exists == 0 {
        return Ok(Vec::new());
    }
    if let Some(from) = from {
        let command = format!("UID FETCH {from}:* (UID RFC822.SIZE INTERNALDATE)");
        window(driver, &command, exists, &mut found).await?;
        // `n:*` always names the last message, also where its UID is below n.
        found.retain(|uid, _| *uid >= from);
    } else {
        let mut first = 1;
        while first <= exists {
            let last = first.saturating_add(WINDOW - 1).min(exists);
            let command = format!("FETCH {first}:{last} (UID RFC822.SIZE INTERNALDATE)");
            window(driver, &command, WINDOW, &mut found).await?;
            first = last.saturating_add(1);
        }
    }
    Ok(found.into_values().collect())
}

async fn window(
    driver: &mut Driver,
    command: &str,
    expected: u32,
    found: &mut BTreeMap<Uid, RemoteMessage>,
) -> Result<(), MailError> {
    let done = driver
        .run(Stage::Folder, command, expected, |response| {
            if let Response::Fetch(number, attributes) = response
                && let Some((uid, message)) = listed(*number, attributes)
            {
                found.insert(uid, message);
            }
        })
        .await?;
    done.ok(Stage::Folder, "FETCH", Reach::Mailbox, Cause::ProtocolError).map(|_| ())
}

/// A message of the listing; `None` for what else a server says of messages meanwhile (FLAGS alone).
fn listed(number: u32, attributes: &[AttributeValue<'_>]) -> Option<(Uid, RemoteMessage)> {
    let mut uid = None;
    let mut size = None;
    let mut received = None;
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(value) => uid = Some(*value),
            AttributeValue::Rfc822Size(value) => size = Some(u64::from(*value)),
            AttributeValue::InternalDate(text) => received = internal_date(text),
            // The parser knows sizes below 4 GiB; a message above must be listed all the same.
            AttributeValue::Unknown => size = size.or(Some(u64::from(u32::MAX))),
            _ => {}
        }
    }
    let uid = uid.filter(|uid| *uid > 0)?;
    Some((uid, RemoteMessage { key: MessageKey::Uid(uid), number, size: size?, received }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_listed_by_uid_and_size_and_by_nothing_less() {
        use AttributeValue::{Flags, Rfc822Size, Uid as UidIs, Unknown};
        let check = |attributes: &[AttributeValue<'_>], size: Option<u64>| {
            assert_eq!(listed(1, attributes).map(|(_, message)| message.size), size);
        };
        check(&[UidIs(9), Rfc822Size(5)], Some(5));
        check(&[Rfc822Size(5), UidIs(9)], Some(5));
        check(&[UidIs(9), Unknown], Some(u64::from(u32::MAX)));
        check(&[UidIs(9), Flags(vec![])], None);
        check(&[Rfc822Size(5)], None);
        check(&[UidIs(0), Rfc822Size(5)], None);
    }
}
