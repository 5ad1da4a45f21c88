//! IDLE (RFC 2177): waiting for new mail without asking for it.

use super::answer::{Heard, Tag};
use super::driver::Driver;
use super::news::News;
use crate::net::fault::{Fault, mail_error};
use crate::{Awaited, MailError, Reach, Waited};
use model::{Cause, Stage};
use std::time::Duration;
use tokio::time::Instant;

/// Servers close a session that idles for half an hour.
const LONGEST: Duration = Duration::from_mins(29);

/// How long a server may take over the end of IDLE.
const END: Duration = Duration::from_secs(15);

/// Most answers during one IDLE: a server that chatters more is after something else.
const MOST: u32 = 100_000;

/// Waits on the open mailbox, at most `at_most`.
///
/// # Errors
/// Reaching the mailbox where the server refuses IDLE (the session goes on); otherwise the session is over.
pub async fn wait(driver: &mut Driver, awaited: Awaited, at_most: Duration) -> Result<Waited, MailError> {
    let heard_of = |news: &News| match awaited {
        Awaited::Messages => (news.exists, news.expunged, 0),
        Awaited::MessagesAndMarks => (news.exists, news.expunged, news.marks),
    };
    let known = heard_of(driver.news());
    let tag = driver.send(Stage::Folder, "IDLE").await?;
    begin(driver, &tag).await?;
    let at_most = at_most.min(LONGEST);
    driver.expect_within(Some(at_most + END));
    let end = Instant::now() + at_most;
    let mut waited = Waited::Nothing;
    for heard in 0..=MOST {
        // A change may have come with the continuation already.
        if heard_of(driver.news()) != known {
            waited = Waited::Changed;
            break;
        }
        match driver.hear_until(Stage::Folder, end, |_| ()).await? {
            None => break,
            Some(Heard::Untagged) if heard < MOST => {}
            Some(Heard::Untagged) => {
                driver.abandon();
                let most = usize::try_from(MOST).unwrap_or(usize::MAX);
                return Err(mail_error(Stage::Folder, "waiting for mail", &Fault::Lines(most).into()));
            }
            Some(_) => return Err(driver.fail(Stage::Folder, "The server ended IDLE by itself.")),
        }
    }
    let ended = end_idle(driver, &tag).await;
    driver.expect_within(None);
    ended.map(|()| waited)
}

/// Waits for the continuation.
async fn begin(driver: &mut Driver, tag: &Tag) -> Result<(), MailError> {
    let deadline = driver.deadline();
    while let Some(heard) = driver.hear_until(Stage::Folder, deadline, |_| ()).await? {
        match heard {
            Heard::Continue => return Ok(()),
            Heard::Tagged(answered, done) if answered == *tag => {
                done.ok(Stage::Folder, "IDLE", Reach::Mailbox, Cause::ProtocolError)?;
                return Err(driver.fail(Stage::Folder, "IDLE was over before it began."));
            }
            Heard::Tagged(..) => {
                return Err(driver.fail(Stage::Folder, "An answer carries a tag that was not sent."));
            }
            _ => {}
        }
    }
    Err(late(driver, "IDLE was not answered in time."))
}

async fn end_idle(driver: &mut Driver, tag: &Tag) -> Result<(), MailError> {
    driver.expect_within(Some(END));
    driver.write(Stage::Folder, "DONE\r\n").await?;
    let deadline = Instant::now() + END;
    while let Some(heard) = driver.hear_until(Stage::Folder, deadline, |_| ()).await? {
        match heard {
            Heard::Untagged => {}
            Heard::Tagged(answered, done) if answered == *tag => {
                return done.ok(Stage::Folder, "IDLE", Reach::Mailbox, Cause::ProtocolError).map(|_| ());
            }
            _ => return Err(driver.fail(Stage::Folder, "The end of IDLE was answered oddly.")),
        }
    }
    Err(late(driver, "The server did not end IDLE in time."))
}

fn late(driver: &mut Driver, detail: &str) -> MailError {
    driver.abandon();
    MailError::account(Stage::Folder, Cause::Timeout, detail)
}
