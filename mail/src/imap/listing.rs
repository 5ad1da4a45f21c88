//! Which messages the open mailbox has (RFC 9051 §6.4.5), and their Message-IDs.
//!
//! The whole mailbox is listed in windows of sequence numbers, so that neither a command nor an answer grows with it.
//! Sequence numbers move when messages leave: where the server says that some did, the windows do not fit each other
//! and the listing begins again. A message that it left out without a word is asked for once more, for whoever moves
//! on past a message never sees it again.

use super::command::uid_sets;
use super::date::internal_date;
use super::driver::Driver;
use crate::{MailError, Reach, RemoteMessage};
use async_imap::imap_proto::{AttributeValue, Response};
use model::{Cause, MessageKey, Stage, Timestamp, Uid};
use std::collections::{BTreeMap, BTreeSet};

/// Messages asked for in one FETCH of the full listing.
const WINDOW: u32 = 2000;

/// Commands sent ahead of a look at what they brought.
const ROUND: usize = 16;

/// How often a listing begins again.
const ATTEMPTS: usize = 5;

/// Message-IDs asked for in one command.
const IDS: usize = 500;

/// The messages of the open mailbox in ascending order of UID; from UID `from` on where it is given.
///
/// # Errors
/// Stage `folder`, reaching the mailbox where the server refuses.
pub async fn list_messages(driver: &mut Driver, from: Option<Uid>) -> Result<Vec<RemoteMessage>, MailError> {
    driver.guard().mend_dates(true);
    let listed = listing(driver, from).await;
    driver.guard().mend_dates(false);
    listed
}

async fn listing(driver: &mut Driver, from: Option<Uid>) -> Result<Vec<RemoteMessage>, MailError> {
    // In an empty mailbox every sequence number, even `*`, is an error.
    if driver.news().exists == 0 {
        return Ok(Vec::new());
    }
    if let Some(from) = from {
        let mut found = BTreeMap::new();
        let command = format!("UID FETCH {from}:* (UID RFC822.SIZE INTERNALDATE)");
        let exists = driver.news().exists;
        let done = driver.run(Stage::Folder, &command, exists, |response| take(response, &mut found)).await?;
        done.ok(Stage::Folder, "FETCH", Reach::Mailbox, Cause::ProtocolError)?;
        // `n:*` always names the last message, also where its UID is below n.
        found.retain(|uid, _| *uid >= from);
        return Ok(found.into_values().collect());
    }
    for _ in 0..ATTEMPTS {
        if let Some(found) = whole(driver).await? {
            return Ok(found.into_values().collect());
        }
    }
    let detail = "Messages left the mailbox each time it was listed.";
    Err(MailError::account(Stage::Folder, Cause::ProtocolError, detail).reaching(Reach::Mailbox))
}

/// Every message; `None` where some left meanwhile.
async fn whole(driver: &mut Driver) -> Result<Option<BTreeMap<Uid, RemoteMessage>>, MailError> {
    let (exists, expunged) = (driver.news().exists, driver.news().expunged);
    let mut found = BTreeMap::new();
    let mut answered = BTreeSet::new();
    let mut first = 1;
    while first <= exists {
        let mut commands = Vec::new();
        let begun = first;
        while commands.len() < ROUND && first <= exists {
            let last = first.saturating_add(WINDOW - 1).min(exists);
            commands.push(format!("FETCH {first}:{last} (UID RFC822.SIZE INTERNALDATE)"));
            first = last.saturating_add(1);
        }
        answered.clear();
        fetch(driver, &commands, &mut found, &mut answered).await?;
        if driver.news().expunged != expunged {
            return Ok(None);
        }
        let silent: Vec<u32> = (begun..first).filter(|number| !answered.contains(number)).collect();
        if silent.len() as u64 == u64::from(first - begun) {
            let detail = "The server counts messages in the mailbox and lists none.";
            let error = MailError::account(Stage::Folder, Cause::ProtocolError, detail);
            return Err(error.reaching(Reach::Mailbox));
        }
        ask_again(driver, &silent, &mut found).await?;
    }
    Ok(Some(found).filter(|_| driver.news().expunged == expunged))
}

async fn fetch(
    driver: &mut Driver,
    commands: &[String],
    found: &mut BTreeMap<Uid, RemoteMessage>,
    answered: &mut BTreeSet<u32>,
) -> Result<(), MailError> {
    let on = |response: &Response<'_>| {
        if let Response::Fetch(number, attributes) = response
            && let Some((uid, message)) = listed(*number, attributes)
        {
            answered.insert(*number);
            found.insert(uid, message);
        }
    };
    driver.run_all(Stage::Folder, "FETCH", commands, Reach::Mailbox, on).await
}

/// A server may trip over the size or the date of one message; its UID alone is enough to fetch it.
async fn ask_again(
    driver: &mut Driver,
    silent: &[u32],
    found: &mut BTreeMap<Uid, RemoteMessage>,
) -> Result<(), MailError> {
    let commands: Vec<String> =
        uid_sets(silent, IDS).into_iter().map(|(_, set)| format!("FETCH {set} (UID)")).collect();
    let on = |response: &Response<'_>| {
        if let Response::Fetch(number, attributes) = response
            && let Some(uid) = uid(attributes)
        {
            let message =
                RemoteMessage { key: MessageKey::Uid(uid), number: *number, size: 0, received: None };
            found.entry(uid).or_insert(message);
        }
    };
    driver.run_all(Stage::Folder, "FETCH", &commands, Reach::Mailbox, on).await
}

/// The Message-IDs of those of `uids` that are there and have one.
///
/// # Errors
/// Stage `folder`, reaching the mailbox where the server refuses.
pub async fn message_ids(driver: &mut Driver, uids: &[Uid]) -> Result<Vec<(MessageKey, String)>, MailError> {
    let commands: Vec<String> = uid_sets(uids, IDS)
        .into_iter()
        .map(|(_, set)| format!("UID FETCH {set} (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"))
        .collect();
    let wanted: BTreeSet<Uid> = uids.iter().copied().collect();
    let mut ids: BTreeMap<Uid, String> = BTreeMap::new();
    let on = |response: &Response<'_>| {
        if let Response::Fetch(_, attributes) = response
            && let Some(uid) = uid(attributes).filter(|uid| wanted.contains(uid))
            && let Some(header) = header(attributes)
            && let Some(id) = crate::message::header_fields(header).internet_message_id
        {
            ids.entry(uid).or_insert(id);
        }
    };
    driver.run_all(Stage::Folder, "FETCH", &commands, Reach::Mailbox, on).await?;
    Ok(ids.into_iter().map(|(uid, id)| (MessageKey::Uid(uid), id)).collect())
}

fn header<'a>(attributes: &'a [AttributeValue<'_>]) -> Option<&'a [u8]> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::BodySection { section: Some(_), index: None, data } => data.as_deref(),
        _ => None,
    })
}

/// When the message that an answer tells of arrived.
pub fn received(response: &Response<'_>) -> Option<Timestamp> {
    match response {
        Response::Fetch(number, attributes) => {
            listed(*number, attributes).and_then(|(_, message)| message.received)
        }
        _ => None,
    }
}

/// The UID that an answer names.
pub fn uid(attributes: &[AttributeValue<'_>]) -> Option<Uid> {
    attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid).filter(|uid| *uid > 0),
        _ => None,
    })
}

fn take(response: &Response<'_>, found: &mut BTreeMap<Uid, RemoteMessage>) {
    if let Response::Fetch(number, attributes) = response {
        found.extend(listed(*number, attributes));
    }
}

/// A message of the listing; `None` for what else a server says of messages meanwhile (FLAGS alone).
fn listed(number: u32, attributes: &[AttributeValue<'_>]) -> Option<(Uid, RemoteMessage)> {
    let mut size = None;
    let mut received = None;
    for attribute in attributes {
        match attribute {
            AttributeValue::Rfc822Size(value) => size = Some(u64::from(*value)),
            AttributeValue::InternalDate(text) => received = internal_date(text),
            // The parser knows sizes below 4 GiB; a message above must be listed all the same.
            AttributeValue::Unknown => size = size.or(Some(u64::from(u32::MAX))),
            _ => {}
        }
    }
    let uid = uid(attributes)?;
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
