//! From connected to signed in: greeting, CAPABILITY, STARTTLS, AUTHENTICATE or LOGIN, CAPABILITY again, ID.
//!
//! All of it runs on our own [`Wire`]. `async-imap` logs whole commands at `trace`; it is handed the stream only
//! afterwards, so it never sees a password. It also lets us look for bytes that came ahead of TLS, and keep nothing
//! that was learnt before it (RFC 9051 §6.2.1, §11.3).

use super::command::quoted;
use crate::net::fault::{Fault, mail_error};
use crate::net::greeting::{Greeting, greeting};
use crate::net::line::Wire;
use crate::net::reply::cause_of;
use crate::net::tls::{Trust, secure};
use crate::session::Progress;
use crate::{MailError, Target};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Cause, Security, Stage};
use secrecy::{ExposeSecret, SecretString};
use std::hash::{BuildHasher, RandomState};

/// Most lines in answer to one of these commands.
const MOST_LINES: usize = 200;

/// Signs in over `stream` and returns the wire with what the server can do, upper case.
///
/// # Errors
/// The stage at which it ended and why. No credential was sent unless the stage is `sign_in`.
pub async fn sign_in(
    wire: Wire,
    target: &Target,
    trust: &Trust,
    progress: &mut Progress<'_>,
) -> Result<(Wire, Vec<String>), MailError> {
    let mut tags = Tags::new();
    let trusted = target.security != Security::StartTls;
    progress.enter(Stage::Greeting);
    let (mut wire, greeted) = greeting(wire, target, trusted).await?;
    progress.enter(Stage::Capabilities);
    if target.security == Security::StartTls {
        if greeted == Greeting::SignedIn {
            let detail = "The server said that somebody is signed in before TLS began.";
            return Err(MailError::account(Stage::Greeting, Cause::PreauthRefused, detail));
        }
        wire = start_tls(wire, target, trust, &mut tags, progress).await?;
        progress.enter(Stage::Capabilities);
    }
    if greeted == Greeting::Ready {
        let offered = capabilities(&mut wire, &mut tags, true).await?;
        progress.enter(Stage::SignIn);
        authenticate(&mut wire, target, &offered, &mut tags).await?;
    }
    progress.enter(Stage::Capabilities);
    let offered = capabilities(&mut wire, &mut tags, true).await?;
    if has(&offered, "ID") {
        // 163.com turns away who does not say this. The answer does not matter.
        exchange(&mut wire, Stage::Capabilities, tags.next(), "ID (\"name\" \"Restante\")", true).await?;
    }
    Ok((wire, offered))
}

async fn start_tls(
    mut wire: Wire,
    target: &Target,
    trust: &Trust,
    tags: &mut Tags,
    progress: &mut Progress<'_>,
) -> Result<Wire, MailError> {
    let offered = capabilities(&mut wire, tags, false).await?;
    progress.enter(Stage::Security);
    let failed = |cause, detail: &str| Err(MailError::account(Stage::Security, cause, detail));
    if !has(&offered, "STARTTLS") {
        return failed(Cause::StarttlsMissing, "The server's capabilities do not name STARTTLS.");
    }
    let answer = exchange(&mut wire, Stage::Security, tags.next(), "STARTTLS", false).await?;
    if answer.status != Status::Ok {
        return failed(Cause::StarttlsRefused, "The server did not answer OK to STARTTLS.");
    }
    let limits = *wire.limits();
    let (stream, ahead) = wire.into_stream();
    if !ahead.is_empty() {
        return failed(Cause::StarttlsInjection, "Plain bytes followed the server's answer to STARTTLS.");
    }
    let secured = secure(stream, &target.address, trust, &limits).await?;
    Ok(Wire::new(secured, &limits))
}

async fn capabilities(wire: &mut Wire, tags: &mut Tags, trusted: bool) -> Result<Vec<String>, MailError> {
    let answer = exchange(wire, Stage::Capabilities, tags.next(), "CAPABILITY", trusted).await?;
    let listed = answer.untagged.iter().find_map(|line| {
        let upper = line.to_ascii_uppercase();
        upper
            .strip_prefix("* CAPABILITY ")
            .map(|list| list.split_ascii_whitespace().map(str::to_owned).collect())
    });
    match (answer.status, listed) {
        (Status::Ok, Some(listed)) => Ok(listed),
        _ => Err(answer.refusal(
            Stage::Capabilities,
            Cause::ProtocolError,
            "CAPABILITY was not answered",
            trusted,
        )),
    }
}

/// True where `capabilities` (upper case) name `wanted`.
pub fn has(capabilities: &[String], wanted: &str) -> bool {
    capabilities.iter().any(|capability| capability == wanted)
}

async fn authenticate(
    wire: &mut Wire,
    target: &Target,
    offered: &[String],
    tags: &mut Tags,
) -> Result<(), MailError> {
    let unfit = |detail: &str| MailError::account(Stage::SignIn, Cause::SignInRejected, detail);
    let tag = tags.next();
    let answer = if has(offered, "AUTH=PLAIN") {
        let response = sasl_plain(target).map_err(unfit)?;
        sasl(wire, tag, &response, has(offered, "SASL-IR")).await?
    } else if has(offered, "LOGINDISABLED") {
        let secured = target.security != Security::Plaintext;
        let cause = if secured { Cause::MechanismUnsupported } else { Cause::LoginDisabled };
        return Err(MailError::account(
            Stage::SignIn,
            cause,
            "The server forbids LOGIN and offers no PLAIN.",
        ));
    } else {
        let user = quoted(&target.user_name).map_err(unfit)?;
        let password = SecretString::from(quoted(target.password.expose_secret()).map_err(unfit)?);
        let command = SecretString::from(format!("LOGIN {user} {}", password.expose_secret()));
        exchange(wire, Stage::SignIn, tag, command.expose_secret(), true).await?
    };
    match answer.status {
        Status::Ok => Ok(()),
        Status::No => {
            Err(answer.refusal(Stage::SignIn, Cause::SignInRejected, "The sign-in was rejected", true))
        }
        Status::Bad => {
            Err(answer.refusal(Stage::SignIn, Cause::ProtocolError, "The sign-in was not understood", true))
        }
    }
}

/// The one message of SASL PLAIN (RFC 4616), in base64.
///
/// # Errors
/// Where user name or password hold a NUL, the separator.
pub fn sasl_plain(target: &Target) -> Result<SecretString, &'static str> {
    let password = target.password.expose_secret();
    if target.user_name.contains('\0') || password.contains('\0') {
        return Err("User name or password contain a NUL, which cannot be sent.");
    }
    let message = SecretString::from(format!("\0{}\0{password}", target.user_name));
    Ok(SecretString::from(STANDARD.encode(message.expose_secret())))
}

async fn sasl(
    wire: &mut Wire,
    tag: String,
    response: &SecretString,
    at_once: bool,
) -> Result<Answer, MailError> {
    let response = response.expose_secret();
    if at_once {
        let command = SecretString::from(format!("{tag} AUTHENTICATE PLAIN {response}"));
        send(wire, Stage::SignIn, command.expose_secret()).await?;
    } else {
        send(wire, Stage::SignIn, &format!("{tag} AUTHENTICATE PLAIN")).await?;
        match collect(wire, Stage::SignIn, &tag, Continuation::Wanted, true).await? {
            Collected::Continue => send(wire, Stage::SignIn, response).await?,
            Collected::Done(answer) => return Ok(answer),
        }
    }
    done(collect(wire, Stage::SignIn, &tag, Continuation::Cancelled, true).await?, Stage::SignIn)
}

/// Tags that nobody can guess: a random start, then counted.
struct Tags {
    start: String,
    count: u32,
}

impl Tags {
    fn new() -> Self {
        Self { start: random_tag_start(), count: 0 }
    }

    fn next(&mut self) -> String {
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    No,
    Bad,
}

/// A tagged answer and what came before it.
struct Answer {
    status: Status,
    text: String,
    untagged: Vec<String>,
}

impl Answer {
    fn refusal(&self, stage: Stage, otherwise: Cause, what: &str, trusted: bool) -> MailError {
        let error = MailError::account(stage, cause_of(&self.text, otherwise), format!("{what}."));
        if trusted { error.with_reply(&self.text) } else { error }
    }
}

enum Collected {
    Done(Answer),
    Continue,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Continuation {
    /// `+` has no place here.
    Refused,
    /// `+` ends the collecting.
    Wanted,
    /// `+` is answered with a cancellation (RFC 9051 §6.2.2), once: a server tells errors of SASL this way.
    Cancelled,
}

async fn exchange(
    wire: &mut Wire,
    stage: Stage,
    tag: String,
    command: &str,
    trusted: bool,
) -> Result<Answer, MailError> {
    let line = SecretString::from(format!("{tag} {command}"));
    send(wire, stage, line.expose_secret()).await?;
    done(collect(wire, stage, &tag, Continuation::Refused, trusted).await?, stage)
}

fn done(collected: Collected, stage: Stage) -> Result<Answer, MailError> {
    match collected {
        Collected::Done(answer) => Ok(answer),
        Collected::Continue => Err(unexpected_continuation(stage)),
    }
}

fn unexpected_continuation(stage: Stage) -> MailError {
    MailError::account(stage, Cause::ProtocolError, "The server asked for more where there is nothing more.")
}

async fn send(wire: &mut Wire, stage: Stage, line: &str) -> Result<(), MailError> {
    let bytes = SecretString::from(format!("{line}\r\n"));
    let sent = wire.send(bytes.expose_secret().as_bytes()).await;
    sent.map_err(|error| mail_error(stage, "sending a command", &error))
}

async fn collect(
    wire: &mut Wire,
    stage: Stage,
    tag: &str,
    continuation: Continuation,
    trusted: bool,
) -> Result<Collected, MailError> {
    let mut untagged = Vec::new();
    let mut cancelled = false;
    let limit = wire.limits().line_bytes;
    while untagged.len() < MOST_LINES {
        let line =
            wire.line(limit).await.map_err(|error| mail_error(stage, "waiting for an answer", &error))?;
        let line = String::from_utf8_lossy(&line).into_owned();
        if let Some(rest) = line.strip_prefix(tag).and_then(|rest| rest.strip_prefix(' ')) {
            return tagged(stage, rest, untagged);
        }
        if line.starts_with('+') {
            match continuation {
                Continuation::Wanted => return Ok(Collected::Continue),
                Continuation::Cancelled if !cancelled => send(wire, stage, "*").await?,
                _ => return Err(unexpected_continuation(stage)),
            }
            cancelled = true;
        } else if let Some(words) = bye(&line) {
            let error = MailError::account(
                stage,
                cause_of(words, Cause::ConnectionLost),
                "The server said good-bye.",
            );
            return Err(if trusted { error.with_reply(words) } else { error });
        }
        untagged.push(line);
    }
    Err(mail_error(stage, "waiting for an answer", &Fault::Lines(MOST_LINES).into()))
}

fn bye(line: &str) -> Option<&str> {
    let (head, rest) = line.split_at_checked(5)?;
    head.eq_ignore_ascii_case("* BYE").then(|| rest.trim_start())
}

fn tagged(stage: Stage, rest: &str, untagged: Vec<String>) -> Result<Collected, MailError> {
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
    Ok(Collected::Done(Answer { status, text: text.to_owned(), untagged }))
}
