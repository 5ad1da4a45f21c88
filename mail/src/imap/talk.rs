//! Commands and answers until the sign-in is done, line by line over our own [`Wire`].

use crate::MailError;
use crate::net::fault::{Fault, mail_error};
use crate::net::line::Wire;
use crate::net::reply::cause_of;
use model::{Cause, Stage};
use secrecy::{ExposeSecret, SecretString};
use std::hash::{BuildHasher, RandomState};

/// Most lines in answer to one of these commands.
const MOST_LINES: usize = 200;

/// Tags that nobody can guess: a random start, then counted.
pub struct Tags {
    start: String,
    count: u32,
}

impl Tags {
    /// With a fresh start.
    pub fn new() -> Self {
        Self { start: random_tag_start(), count: 0 }
    }

    /// The next one.
    pub fn next(&mut self) -> String {
        self.count += 1;
        format!("{}{}", self.start, self.count)
    }
}

/// A few random letters and digits, beginning with a letter.
pub fn random_tag_start() -> String {
    // The standard library's hasher is seeded at random for each state.
    let random = RandomState::new().hash_one(0_u8);
    format!("r{:06x}n", random & 0xff_ffff)
}

/// The word of a tagged answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Done.
    Ok,
    /// Not done.
    No,
    /// Not understood.
    Bad,
}

/// A tagged answer and what came before it.
pub struct Answer {
    /// OK, NO or BAD.
    pub status: Status,
    /// What the server said with it.
    pub text: String,
    /// The lines before it.
    pub untagged: Vec<String>,
}

impl Answer {
    /// This answer as a failure; `trusted` says whether its words may be repeated.
    pub fn refusal(&self, stage: Stage, otherwise: Cause, what: &str, trusted: bool) -> MailError {
        let error = MailError::account(stage, cause_of(&self.text, otherwise), format!("{what}."));
        if trusted { error.with_reply(&self.text) } else { error }
    }
}

/// What ended the collecting of lines.
pub enum Collected {
    /// The tagged answer.
    Done(Answer),
    /// `+`, and what came with it.
    Continue(String),
}

/// Sends `command` with `tag` and collects its answer. `trusted` says whether words may be repeated.
///
/// # Errors
/// The session is over.
pub async fn exchange(
    wire: &mut Wire,
    stage: Stage,
    tag: String,
    command: &str,
    trusted: bool,
) -> Result<Answer, MailError> {
    let line = SecretString::from(format!("{tag} {command}"));
    send(wire, stage, line.expose_secret()).await?;
    done(wire, stage, &tag, trusted).await
}

/// Collects the answer to the command with `tag`.
///
/// # Errors
/// The session is over.
pub async fn done(wire: &mut Wire, stage: Stage, tag: &str, trusted: bool) -> Result<Answer, MailError> {
    match collect(wire, stage, tag, trusted).await? {
        Collected::Done(answer) => Ok(answer),
        Collected::Continue(_) => {
            let detail = "The server asked for more where there is nothing more.";
            Err(MailError::account(stage, Cause::ProtocolError, detail))
        }
    }
}

/// Sends one line.
///
/// # Errors
/// The session is over.
pub async fn send(wire: &mut Wire, stage: Stage, line: &str) -> Result<(), MailError> {
    let bytes = SecretString::from(format!("{line}\r\n"));
    let sent = wire.send(bytes.expose_secret().as_bytes()).await;
    sent.map_err(|error| mail_error(stage, "sending a command", &error))
}

/// Collects lines up to the tagged answer or a continuation.
///
/// # Errors
/// The session is over.
pub async fn collect(
    wire: &mut Wire,
    stage: Stage,
    tag: &str,
    trusted: bool,
) -> Result<Collected, MailError> {
    let mut untagged = Vec::new();
    let limit = wire.limits().line_bytes;
    while untagged.len() < MOST_LINES {
        let line =
            wire.line(limit).await.map_err(|error| mail_error(stage, "waiting for an answer", &error))?;
        let line = String::from_utf8_lossy(&line).into_owned();
        if let Some(rest) = line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
            return tagged(stage, rest, untagged).map(Collected::Done);
        }
        if let Some(challenge) = line.strip_prefix('+') {
            return Ok(Collected::Continue(challenge.trim().to_owned()));
        }
        if let Some(words) = bye(&line) {
            let kind = cause_of(words, Cause::ConnectionLost);
            let error = MailError::account(stage, kind, "The server said good-bye.");
            return Err(if trusted { error.with_reply(words) } else { error });
        }
        if !line.starts_with("* ") {
            let detail = "An answer carries a tag that was not sent.";
            return Err(MailError::account(stage, Cause::ProtocolError, detail));
        }
        untagged.push(line);
    }
    Err(mail_error(stage, "waiting for an answer", &Fault::Lines(MOST_LINES).into()))
}

fn bye(line: &str) -> Option<&str> {
    let (head, rest) = line.split_at_checked(5)?;
    head.eq_ignore_ascii_case("* BYE").then(|| rest.trim_start())
}

fn tagged(stage: Stage, rest: &str, untagged: Vec<String>) -> Result<Answer, MailError> {
    let (word, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let status = match word.to_ascii_uppercase().as_str() {
        "OK" => Status::Ok,
        "NO" => Status::No,
        "BAD" => Status::Bad,
        _ => {
            let detail = "A tagged answer was neither OK nor NO nor BAD.";
            return Err(MailError::account(stage, Cause::ProtocolError, detail));
        }
    };
    Ok(Answer { status, text: text.to_owned(), untagged })
}
