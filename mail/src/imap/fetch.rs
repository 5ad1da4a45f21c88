//! Bodies: UID FETCH in batches, several of them in flight. What is asked for and what an answer means is decided by
//! [`Pipeline`]; here it only meets the wire.
//!
//! A message whose answer breaks a limit takes the session with it, for nothing that follows can be told from it. It is
//! known by its UID and handed out as what cannot be had, so that nobody asks for it again and again.
//!
//! Memory: at most `session_bytes_in_flight` of planned bodies are on the way or waiting for their tagged OK, plus
//! what the channel holds. While the receiver is full nothing is read, so the server waits too.

use super::driver::Driver;
use super::pipeline::Pipeline;
use crate::net::fault::{Fault, mail_error};
use crate::{Fetched, FetchedBody, Limits, MailError, Reach, RemoteMessage};
use async_imap::imap_proto::Response;
use model::{Stage, Uid};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Fetches `wanted` in order and sends one [`Fetched`] for each. Where the receiver is gone, what is on the way is
/// read and dropped, so that the session can go on.
///
/// # Errors
/// The session is over, or the server throttles; what was not sent was not fetched.
pub async fn fetch(
    driver: &mut Driver,
    wanted: &[RemoteMessage],
    limits: &Limits,
    into: &mpsc::Sender<Fetched>,
) -> Result<(), MailError> {
    let fetched = run(driver, wanted, limits, into).await;
    if fetched.is_err() {
        driver.abandon();
    }
    fetched
}

async fn run(
    driver: &mut Driver,
    wanted: &[RemoteMessage],
    limits: &Limits,
    into: &mpsc::Sender<Fetched>,
) -> Result<(), MailError> {
    let mut pipeline = Pipeline::new(wanted, limits);
    // Twice the plan is more than any honest server says, changes of flags included.
    let most = wanted.len().saturating_mul(8).saturating_add(100_000);
    let mut deadline = driver.deadline();
    for _ in 0..most {
        while let Some(fetched) = pipeline.pop_ready() {
            if into.send(fetched).await.is_err() {
                pipeline.cancel();
            }
        }
        while let Some(ask) = pipeline.next_ask() {
            let tag = driver.send(Stage::Fetch, &ask.command()).await?;
            pipeline.sent(tag, ask);
        }
        if pipeline.is_finished() {
            return Ok(());
        }
        if !pipeline.is_waiting() {
            continue;
        }
        let mut arrived = Ok(false);
        let heard = driver
            .next(Stage::Fetch, |response| {
                if let Response::Fetch(_, attributes) = response {
                    arrived = pipeline.arrived(attributes);
                }
            })
            .await;
        let ended = match heard {
            Ok(ended) => ended,
            Err(error) => return Err(put_aside(driver, &mut pipeline, error, into).await),
        };
        // Only what is of use keeps a server from being late.
        if arrived? || ended.is_some() {
            deadline = driver.deadline();
        } else if deadline < Instant::now() {
            return Err(driver.late(Stage::Fetch));
        }
        if let Some((tag, done)) = ended {
            pipeline.done(&tag, &done)?;
        }
    }
    Err(mail_error(Stage::Fetch, "fetching", &Fault::Lines(most).into()))
}

/// Where `error` is the fault of one message, sends that message after all that is complete.
async fn put_aside(
    driver: &mut Driver,
    pipeline: &mut Pipeline,
    error: MailError,
    into: &mpsc::Sender<Fetched>,
) -> MailError {
    // A number means another message once others left.
    let numbers_hold = driver.news().expunged == 0;
    let Some((head, fault)) = driver.guard().refused() else { return error };
    let Some((number, uid)) = named(head) else { return error };
    let body = match fault {
        Fault::Size { announced, .. } => FetchedBody::TooLarge { size: announced },
        _ => FetchedBody::Failed(error.clone().reaching(Reach::Message)),
    };
    let Some(sent) = pipeline.broken_off(uid, Some(number).filter(|_| numbers_hold), body) else {
        return error;
    };
    for fetched in sent {
        if into.send(fetched).await.is_err() {
            return error;
        }
    }
    error.reaching(Reach::Session)
}

/// Number and UID of the message that the beginning of a FETCH answer, in upper case, is about.
fn named(head: &[u8]) -> Option<(u32, Option<Uid>)> {
    let text = String::from_utf8_lossy(head);
    let (number, items) = text.strip_prefix("* ")?.split_once(" FETCH (")?;
    let words: Vec<&str> = items.split([' ', '(', ')']).collect();
    let uid = words.windows(2).find_map(|pair| match pair {
        ["UID", uid] => uid.parse().ok(),
        _ => None,
    });
    Some((number.parse().ok()?, uid))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn an_answer_that_was_cut_names_its_message() {
        assert_eq!(named(b"* 12 FETCH (UID 345 BODY[] {99}\r\n"), Some((12, Some(345))));
        assert_eq!(named(b"* 12 FETCH (FLAGS (\\SEEN) UID 345 BODY[] {99}\r\n"), Some((12, Some(345))));
        assert_eq!(named(b"* 12 FETCH (BODY[] {99}\r\n"), Some((12, None)));
        assert_eq!(named(b"* 12 FETCH (UID X BODY[] {99}\r\n"), Some((12, None)));
        for other in [&b"* OK {99}\r\n"[..], b"A1 OK", b"* LIST (", b""] {
            assert_eq!(named(other), None);
        }
    }
}
