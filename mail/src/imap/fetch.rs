//! Bodies: UID FETCH in batches, several of them in flight. What is asked for and what an answer means is decided by
//! [`Pipeline`]; here it only meets the wire.
//!
//! Memory: at most `session_bytes_in_flight` of planned bodies are on the way or waiting for their tagged OK, plus
//! what the channel holds. While the receiver is full nothing is read, so the server waits too.

use super::driver::Driver;
use super::pipeline::Pipeline;
use crate::net::fault::{Fault, mail_error};
use crate::{Fetched, Limits, MailError, RemoteMessage};
use async_imap::imap_proto::Response;
use model::Stage;
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
        let ended = driver
            .next(Stage::Fetch, |response| {
                if let Response::Fetch(_, attributes) = response {
                    arrived = pipeline.arrived(attributes);
                }
            })
            .await?;
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
