//! From connected to signed in: greeting, CAPABILITY, STARTTLS, AUTHENTICATE or LOGIN, CAPABILITY again, ID.
//!
//! All of it runs on our own [`Wire`]. `async-imap` logs whole commands at `trace`; it is handed the stream only
//! afterwards, so it never sees a password. It also lets us look for bytes that came ahead of TLS, and keep nothing
//! that was learnt before it (RFC 9051 §6.2.1, §11.3).

use super::authenticate::authenticate;
use super::talk::{Answer, Status, Tags, done, exchange, send};
use crate::net::greeting::{Greeting, greeting};
use crate::net::line::Wire;
use crate::net::tls::secure;
use crate::{MailError, Observed, Progress, Target};
use model::{Cause, Security, Stage};

/// 163.com turns away who does not say this. The answer does not matter.
const ID: &str = "ID (\"name\" \"Restante\")";

/// Signs in over `stream` and returns the wire with what the server can do, upper case.
///
/// # Errors
/// The stage at which it ended and why. No credential was sent unless the stage is `sign_in`.
pub async fn sign_in(
    wire: Wire,
    target: &Target,
    progress: &mut Progress<'_>,
) -> Result<(Wire, Vec<String>), MailError> {
    let mut tags = Tags::new();
    let (mut wire, greeted) = meet(wire, target, &mut tags, progress).await?;
    progress.enter(Stage::Capabilities);
    let mut told = None;
    let mut with_id = false;
    if greeted == Greeting::Ready {
        let offered = capabilities(&mut wire, Stage::Capabilities, &mut tags, true).await?;
        with_id = has(&offered, "ID");
        progress.enter(Stage::SignIn);
        let signed_in = authenticate(&mut wire, target, &offered, &mut tags).await?;
        progress.tell(Observed::Mechanism(signed_in.mechanism));
        progress.say(&signed_in.said);
        told = told_with_ok(&signed_in.said);
    }
    progress.enter(Stage::Capabilities);
    let offered = ask_again(&mut wire, &mut tags, told, with_id).await?;
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
    let mut tags = Tags::new();
    let (mut wire, _) = meet(wire, target, &mut tags, progress).await?;
    progress.enter(Stage::Capabilities);
    capabilities(&mut wire, Stage::Capabilities, &mut tags, true).await
}

/// Greeted, over TLS where that is to begin by a command.
async fn meet(
    wire: Wire,
    target: &Target,
    tags: &mut Tags,
    progress: &mut Progress<'_>,
) -> Result<(Wire, Greeting), MailError> {
    let trusted = target.security != Security::StartTls;
    progress.enter(Stage::Greeting);
    let (wire, greeted, words) = greeting(wire, target, trusted).await?;
    if trusted {
        progress.say(&words);
        return Ok((wire, greeted));
    }
    if greeted == Greeting::SignedIn {
        let detail = "The server said that somebody is signed in before TLS began.";
        return Err(MailError::account(Stage::Greeting, Cause::PreauthRefused, detail));
    }
    progress.enter(Stage::Security);
    Ok((start_tls(wire, target, tags, progress).await?, greeted))
}

/// What the server can do for whom it knows now, in one round trip: many tell it with their OK, and ID goes with the
/// question where it was offered before.
async fn ask_again(
    wire: &mut Wire,
    tags: &mut Tags,
    told: Option<Vec<String>>,
    with_id: bool,
) -> Result<Vec<String>, MailError> {
    let stage = Stage::Capabilities;
    let offered = match told {
        Some(offered) => offered,
        None if with_id => {
            let (ask, id) = (tags.next(), tags.next());
            send(wire, stage, &format!("{ask} CAPABILITY\r\n{id} {ID}")).await?;
            let offered = listed(&done(wire, stage, &ask, true).await?, stage, true)?;
            done(wire, stage, &id, true).await?;
            return Ok(offered);
        }
        None => capabilities(wire, stage, tags, true).await?,
    };
    if has(&offered, "ID") {
        exchange(wire, stage, tags.next(), ID, true).await?;
    }
    Ok(offered)
}

async fn start_tls(
    mut wire: Wire,
    target: &Target,
    tags: &mut Tags,
    progress: &mut Progress<'_>,
) -> Result<Wire, MailError> {
    let offered = capabilities(&mut wire, Stage::Security, tags, false).await?;
    let failed = |cause, detail: &str| Err(MailError::account(Stage::Security, cause, detail));
    if !has(&offered, "STARTTLS") {
        return failed(Cause::StarttlsMissing, "The server's capabilities do not name STARTTLS.");
    }
    let answer = exchange(&mut wire, Stage::Security, tags.next(), "STARTTLS", false).await?;
    if answer.status != Status::Ok {
        return failed(Cause::StarttlsRefused, "The server did not answer OK to STARTTLS.");
    }
    let (limits, transcript) = (*wire.limits(), wire.transcript());
    let (stream, ahead) = wire.into_stream();
    if !ahead.is_empty() {
        return failed(Cause::StarttlsInjection, "Plain bytes followed the server's answer to STARTTLS.");
    }
    let secured = secure(stream, &target.address, &target.trust, &limits, progress).await?;
    Ok(Wire::new(secured, &limits).told_to(transcript))
}

/// Whether TLS can be had over a wire that was greeted already; it is agreed to where it is offered. None where the server
/// cannot be trusted with it.
pub(crate) async fn offers_tls(wire: Wire, target: &Target) -> Option<bool> {
    let secured = start_tls(wire, target, &mut Tags::new(), &mut Progress::new(false, &mut |_| ())).await;
    match secured.map_err(|error| error.kind) {
        Ok(_) => Some(true),
        Err(Cause::StarttlsMissing) => Some(false),
        Err(_) => None,
    }
}

async fn capabilities(
    wire: &mut Wire,
    stage: Stage,
    tags: &mut Tags,
    trusted: bool,
) -> Result<Vec<String>, MailError> {
    let answer = exchange(wire, stage, tags.next(), "CAPABILITY", trusted).await?;
    listed(&answer, stage, trusted)
}

fn listed(answer: &Answer, stage: Stage, trusted: bool) -> Result<Vec<String>, MailError> {
    let listed = answer.untagged.iter().find_map(|line| {
        let upper = line.to_ascii_uppercase();
        upper.strip_prefix("* CAPABILITY ").map(words)
    });
    match (answer.status, listed) {
        (Status::Ok, Some(listed)) => Ok(listed),
        _ => Err(answer.refusal(stage, Cause::ProtocolError, "CAPABILITY was not answered", trusted)),
    }
}

/// The capabilities in a text such as `[CAPABILITY IMAP4rev1 IDLE] Logged in` (RFC 9051 §7.1).
fn told_with_ok(text: &str) -> Option<Vec<String>> {
    let upper = text.to_ascii_uppercase();
    let (told, _) = upper.trim_start().strip_prefix("[CAPABILITY ")?.split_once(']')?;
    Some(words(told)).filter(|told| has(told, "IMAP4REV1"))
}

fn words(list: &str) -> Vec<String> {
    list.split_ascii_whitespace().map(str::to_owned).collect()
}

/// True where `capabilities` (upper case) name `wanted`.
pub fn has(capabilities: &[String], wanted: &str) -> bool {
    capabilities.iter().any(|capability| capability == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_may_come_with_the_ok() {
        let check = |text: &str, expected: Option<&[&str]>| {
            let expected = expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
            assert_eq!(told_with_ok(text), expected, "{text}");
        };
        check("[CAPABILITY IMAP4rev1 Idle] Logged in", Some(&["IMAP4REV1", "IDLE"]));
        check("[CAPABILITY IDLE] half a list", None);
        check("[CAPABILITY IMAP4rev1 unfinished", None);
        check("Logged in [CAPABILITY IMAP4rev1]", None);
        check("", None);
    }
}
