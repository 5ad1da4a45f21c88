//! One command and its answer over a [`Wire`]: a status line, a listing or a body.

use super::codec::{Reply, Unstuffer, reply};
use crate::net::fault::{Fault, mail_error};
use crate::net::line::{CHUNK, Wire};
use crate::net::reply::cause_of;
use crate::{MailError, Reach};
use model::{Cause, Stage};

/// A body as it came.
pub enum Body {
    /// All of it, up to the final dot.
    Whole(Vec<u8>),
    /// So many bytes that only their number was kept.
    TooLarge(u64),
    /// Still no end after so many bytes: the session is over.
    Endless(u64),
}

/// How far beyond the limit a body is read (and dropped) so that its neighbours can follow.
const PATIENCE: u64 = 4;

/// The size that LIST names is a hint: more memory than this is taken only once half of it has come.
const UNPROVED: u64 = 1 << 20;

/// Most bytes of one listing.
const LISTING_BYTES: u64 = 64 * 1024 * 1024;

/// Sends one line.
///
/// # Errors
/// The session is over.
pub async fn send(wire: &mut Wire, stage: Stage, line: &str) -> Result<(), MailError> {
    let bytes = format!("{line}\r\n");
    wire.send(bytes.as_bytes()).await.map_err(|error| mail_error(stage, "sending a command", &error))
}

/// The next status line.
///
/// # Errors
/// The session is over: it ended, or what came is no status line.
pub async fn status(wire: &mut Wire, stage: Stage) -> Result<Reply, MailError> {
    let limit = wire.limits().line_bytes;
    let line = wire.line(limit).await.map_err(|error| mail_error(stage, "waiting for an answer", &error))?;
    reply(&line)
        .ok_or_else(|| MailError::account(stage, Cause::ProtocolError, "An answer was neither +OK nor -ERR."))
}

/// Sends one line and reads its status line.
///
/// # Errors
/// The session is over.
pub async fn ask(wire: &mut Wire, stage: Stage, line: &str) -> Result<Reply, MailError> {
    send(wire, stage, line).await?;
    status(wire, stage).await
}

/// The lines of a listing up to its dot, given to `on` as they come; more than `most` lines end the session, and so do
/// lines that drip or that make up more than [`LISTING_BYTES`].
///
/// # Errors
/// The session is over.
pub async fn listing(
    wire: &mut Wire,
    stage: Stage,
    most: usize,
    mut on: impl FnMut(&[u8]) + Send,
) -> Result<(), MailError> {
    wire.measure(true);
    let read = read_listing(wire, most, &mut on).await;
    wire.measure(false);
    read.map_err(|error| mail_error(stage, "reading a listing", &error))
}

async fn read_listing(
    wire: &mut Wire,
    most: usize,
    on: &mut (impl FnMut(&[u8]) + Send),
) -> std::io::Result<()> {
    let limit = wire.limits().line_bytes;
    let mut bytes: u64 = 0;
    for _ in 0..=most {
        let line = wire.line(limit).await?;
        bytes = bytes.saturating_add(line.len() as u64);
        if bytes > LISTING_BYTES {
            return Err(Fault::Size { announced: bytes, limit: LISTING_BYTES }.into());
        }
        match line.strip_prefix(b".") {
            Some([]) => return Ok(()),
            Some(unstuffed) => on(unstuffed),
            None => on(&line),
        }
    }
    Err(Fault::Lines(most).into())
}

/// The body after a `+OK` to RETR, of which at most `message_bytes` are kept.
///
/// # Errors
/// The session is over: it ended before the final dot, or dripped.
pub async fn body(wire: &mut Wire, expected: u64) -> Result<Body, MailError> {
    wire.measure(true);
    let read = read_body(wire, expected).await;
    wire.measure(false);
    read.map_err(|error| mail_error(Stage::Fetch, "reading a message", &error))
}

async fn read_body(wire: &mut Wire, expected: u64) -> std::io::Result<Body> {
    let limit = wire.limits().message_bytes;
    let mut unstuffer = Unstuffer::new();
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(UNPROVED)).unwrap_or_default());
    let mut dropped: u64 = 0;
    while !unstuffer.is_done() {
        let chunk = wire.chunk().await?;
        let taken = unstuffer.feed(chunk, &mut bytes);
        wire.consume(taken);
        let left = expected.min(limit).saturating_sub(bytes.len() as u64);
        if bytes.len() as u64 >= UNPROVED / 2 && left > 0 {
            // Once and exactly: growing step by step would copy, and hold the message twice while it does.
            bytes.reserve_exact(usize::try_from(left).unwrap_or_default().saturating_add(CHUNK));
        }
        if dropped > 0 || bytes.len() as u64 > limit {
            dropped = dropped.saturating_add(bytes.len() as u64);
            bytes = Vec::new();
        }
        if dropped > limit.saturating_mul(PATIENCE) {
            return Ok(Body::Endless(dropped));
        }
    }
    Ok(if dropped > 0 { Body::TooLarge(dropped) } else { Body::Whole(bytes) })
}

/// `-ERR` as a failure of `command`; `otherwise` where neither code nor words tell the cause.
pub fn refusal(reply: &Reply, stage: Stage, command: &str, otherwise: Cause) -> MailError {
    let kind = cause_of(&reply.text, otherwise);
    let error = MailError::account(stage, kind, format!("The server refused {command}."));
    error.reaching(Reach::Account).with_reply(&reply.text)
}
