//! From connected to signed in: greeting, CAPA (RFC 2449), STLS (RFC 2595), sign-in, CAPA again.

use super::authenticate::authenticate;
use super::talk::{ask, listing};
use crate::net::greeting::greeting;
use crate::net::line::Wire;
use crate::net::tls::secure;
use crate::{MailError, Observed, Progress, Target};
use model::{Cause, Security, Stage};

/// Most lines of CAPA.
const MOST_LINES: usize = 200;

/// Signs in and returns the wire with what the server can do, upper case.
///
/// # Errors
/// The stage at which it ended and why. No credential was sent unless the stage is `sign_in`.
pub async fn sign_in(
    wire: Wire,
    target: &Target,
    progress: &mut Progress<'_>,
) -> Result<(Wire, Vec<String>), MailError> {
    let mut wire = meet(wire, target, progress).await?;
    progress.enter(Stage::Capabilities);
    // What was said before TLS is forgotten.
    let offered = capabilities(&mut wire, Stage::Capabilities).await?;
    if has(&offered, "UTF8") {
        // RFC 6856 §2.1. Without it Courier (2026-11) gives a notice of its own in place of a message whose header is not
        // ASCII, and takes the DELE for it. A refusal changes nothing.
        ask(&mut wire, Stage::Capabilities, "UTF8").await?;
    }
    progress.enter(Stage::SignIn);
    let mechanism = authenticate(&mut wire, target, &offered).await?;
    progress.tell(Observed::Mechanism(mechanism.to_owned()));
    progress.enter(Stage::Capabilities);
    let offered = capabilities(&mut wire, Stage::Capabilities).await?;
    if offered.iter().any(|line| line == "EXPIRE 0") {
        // RFC 2449 §6.7.
        tracing::warn!(server = target.address, "this server may delete messages once they were retrieved");
    }
    Ok((wire, offered))
}

/// What a server can do for whom it does not know.
///
/// # Errors
/// The stage at which it ended and why.
pub async fn sound_out(
    wire: Wire,
    target: &Target,
    progress: &mut Progress<'_>,
) -> Result<Vec<String>, MailError> {
    let mut wire = meet(wire, target, progress).await?;
    progress.enter(Stage::Capabilities);
    capabilities(&mut wire, Stage::Capabilities).await
}

/// Greeted, over TLS where that is to begin by a command.
async fn meet(wire: Wire, target: &Target, progress: &mut Progress<'_>) -> Result<Wire, MailError> {
    progress.enter(Stage::Greeting);
    let trusted = target.security != Security::StartTls;
    let (wire, _, words) = greeting(wire, target, trusted).await?;
    if trusted {
        progress.say(&words);
        return Ok(wire);
    }
    progress.enter(Stage::Security);
    start_tls(wire, target, progress).await
}

/// CAPA, which old servers do not know: then nothing is offered.
async fn capabilities(wire: &mut Wire, stage: Stage) -> Result<Vec<String>, MailError> {
    let mut offered = Vec::new();
    if ask(wire, stage, "CAPA").await?.ok {
        listing(wire, stage, MOST_LINES, |line| {
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

/// Whether TLS can be had over a wire that was greeted already; it is agreed to where it is offered. None where the server
/// cannot be trusted with it.
pub(crate) async fn offers_tls(wire: Wire, target: &Target) -> Option<bool> {
    let secured = start_tls(wire, target, &mut Progress::new(false, &mut |_| ())).await;
    match secured.map_err(|error| error.kind) {
        Ok(_) => Some(true),
        Err(Cause::StarttlsMissing) => Some(false),
        Err(_) => None,
    }
}

async fn start_tls(mut wire: Wire, target: &Target, progress: &mut Progress<'_>) -> Result<Wire, MailError> {
    let offered = capabilities(&mut wire, Stage::Security).await?;
    let failed = |cause, detail: &str| Err(MailError::account(Stage::Security, cause, detail));
    if !has(&offered, "STLS") {
        return failed(Cause::StarttlsMissing, "The server's capabilities do not name STLS.");
    }
    if !ask(&mut wire, Stage::Security, "STLS").await?.ok {
        return failed(Cause::StarttlsRefused, "The server did not answer +OK to STLS.");
    }
    let (limits, transcript) = (*wire.limits(), wire.transcript());
    let (stream, ahead) = wire.into_stream();
    if !ahead.is_empty() {
        return failed(Cause::StarttlsInjection, "Plain bytes followed the server's answer to STLS.");
    }
    let secured = secure(stream, &target.address, &target.trust, &limits, progress).await?;
    Ok(Wire::new(secured, &limits).told_to(transcript))
}
