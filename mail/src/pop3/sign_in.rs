//! From connected to signed in: greeting, CAPA (RFC 2449), STLS (RFC 2595), AUTH PLAIN (RFC 5034) or USER and PASS.
//! Deliberately absent: APOP, whose MD5 protects nothing.

use super::talk::{ask, listing, refusal, send, status};
use crate::imap::sasl_plain;
use crate::net::greeting::greeting;
use crate::net::line::Wire;
use crate::net::tls::{Trust, secure};
use crate::session::Progress;
use crate::{MailError, Target};
use model::{Cause, Security, Stage};
use secrecy::{ExposeSecret, SecretString};

/// Most lines of CAPA.
const MOST_LINES: usize = 200;

/// Signs in and returns the wire with what the server can do, upper case.
///
/// # Errors
/// The stage at which it ended and why. No credential was sent unless the stage is `sign_in`.
pub async fn sign_in(
    wire: Wire,
    target: &Target,
    trust: &Trust,
    progress: &mut Progress<'_>,
) -> Result<(Wire, Vec<String>), MailError> {
    progress.enter(Stage::Greeting);
    let (mut wire, _) = greeting(wire, target, target.security != Security::StartTls).await?;
    progress.enter(Stage::Capabilities);
    let mut offered = capabilities(&mut wire).await?;
    if target.security == Security::StartTls {
        progress.enter(Stage::Security);
        wire = start_tls(wire, target, trust, &offered).await?;
        progress.enter(Stage::Capabilities);
        // What was said before TLS is forgotten.
        offered = capabilities(&mut wire).await?;
    }
    progress.enter(Stage::SignIn);
    authenticate(&mut wire, target, &offered).await?;
    progress.enter(Stage::Capabilities);
    let offered = capabilities(&mut wire).await?;
    Ok((wire, offered))
}

/// CAPA, which old servers do not know: then nothing is offered.
async fn capabilities(wire: &mut Wire) -> Result<Vec<String>, MailError> {
    let mut offered = Vec::new();
    if ask(wire, Stage::Capabilities, "CAPA").await?.ok {
        listing(wire, Stage::Capabilities, MOST_LINES, |line| {
            offered.push(String::from_utf8_lossy(line).trim().to_ascii_uppercase());
        })
        .await?;
    }
    Ok(offered)
}

/// True where `capabilities` (upper case) name `wanted`, with or without arguments.
pub fn has(capabilities: &[String], wanted: &str) -> bool {
    capabilities.iter().any(|line| line.split(' ').next() == Some(wanted))
}

async fn start_tls(
    mut wire: Wire,
    target: &Target,
    trust: &Trust,
    offered: &[String],
) -> Result<Wire, MailError> {
    let failed = |cause, detail: &str| Err(MailError::account(Stage::Security, cause, detail));
    if !has(offered, "STLS") {
        return failed(Cause::StarttlsMissing, "The server's capabilities do not name STLS.");
    }
    if !ask(&mut wire, Stage::Security, "STLS").await?.ok {
        return failed(Cause::StarttlsRefused, "The server did not answer +OK to STLS.");
    }
    let limits = *wire.limits();
    let (stream, ahead) = wire.into_stream();
    if !ahead.is_empty() {
        return failed(Cause::StarttlsInjection, "Plain bytes followed the server's answer to STLS.");
    }
    let secured = secure(stream, &target.address, trust, &limits).await?;
    Ok(Wire::new(secured, &limits))
}

async fn authenticate(wire: &mut Wire, target: &Target, offered: &[String]) -> Result<(), MailError> {
    let plain = offered.iter().any(|line| {
        let mut words = line.split(' ');
        words.next() == Some("SASL") && words.any(|word| word == "PLAIN")
    });
    if plain {
        // In two steps, which Exchange asks for and everybody understands.
        send(wire, Stage::SignIn, "AUTH PLAIN").await?;
        if challenge(wire).await? {
            let response = sasl_plain(target).map_err(unfit)?;
            let line = SecretString::from(format!("{}\r\n", response.expose_secret()));
            return finish(wire, &line).await;
        }
    }
    for text in [&target.user_name, target.password.expose_secret()] {
        if text.contains(['\r', '\n', '\0']) {
            return Err(unfit("User name or password contain a line end or a NUL, which cannot be sent."));
        }
    }
    let reply = ask(wire, Stage::SignIn, &format!("USER {}", target.user_name)).await?;
    if !reply.ok {
        return Err(refusal(&reply, Stage::SignIn, "USER", Cause::SignInRejected));
    }
    let line = SecretString::from(format!("PASS {}\r\n", target.password.expose_secret()));
    finish(wire, &line).await
}

/// True where the server waits for the credentials; false where it refuses the mechanism before it saw any.
async fn challenge(wire: &mut Wire) -> Result<bool, MailError> {
    let limit = wire.limits().line_bytes;
    let line = wire
        .line(limit)
        .await
        .map_err(|error| crate::net::fault::mail_error(Stage::SignIn, "waiting for an answer", &error))?;
    match line.as_slice() {
        [b'+'] | [b'+', b' ', ..] => Ok(true),
        [b'-', ..] => Ok(false),
        _ => Err(MailError::account(Stage::SignIn, Cause::ProtocolError, "AUTH was answered oddly.")),
    }
}

async fn finish(wire: &mut Wire, line: &SecretString) -> Result<(), MailError> {
    let sent = wire.send(line.expose_secret().as_bytes()).await;
    sent.map_err(|error| crate::net::fault::mail_error(Stage::SignIn, "signing in", &error))?;
    let reply = status(wire, Stage::SignIn).await?;
    if reply.ok { Ok(()) } else { Err(refusal(&reply, Stage::SignIn, "the sign-in", Cause::SignInRejected)) }
}

fn unfit(detail: &str) -> MailError {
    MailError::account(Stage::SignIn, Cause::SignInRejected, detail)
}
