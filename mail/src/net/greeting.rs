//! The server's first line, and what else may be found where a mail server was expected.

use super::fault::mail_error;
use super::line::Wire;
use super::reply::cause_of;
use super::tls::{Trust, secure};
use crate::{Limits, MailError, Progress, Target};
use model::{Cause, Protocol, Security, Stage};
use std::io;
use std::time::Duration;
use tokio::time::timeout;

/// Longest greeting (contract: 8 KiB).
const LONGEST: usize = 8 * 1024;

/// How long a server that said nothing may take over the handshake that tells what it is.
const PROVOCATION: Duration = Duration::from_secs(5);

/// What the greeting said.
#[derive(Debug, PartialEq, Eq)]
pub enum Greeting {
    /// The server waits for a sign-in.
    Ready,
    /// An IMAP server that says somebody is signed in already.
    SignedIn,
}

/// Reads the greeting of `target` within its limit, and returns it with its words. `trusted` is false where TLS is still to come: then the server's
/// words are not repeated, for anybody on the way may have written them.
///
/// # Errors
/// Stage `greeting`: silence, a refusal, another protocol, or no mail server at all.
pub async fn greeting(
    mut wire: Wire,
    target: &Target,
    trusted: bool,
) -> Result<(Wire, Greeting, String), MailError> {
    match timeout(target.limits.greeting, first_line(&mut wire)).await {
        Ok(Ok(line)) => {
            let greeting = judge(&line, target, trusted)?;
            Ok((wire, greeting, String::from_utf8_lossy(&line).into_owned()))
        }
        Ok(Err(error)) => {
            let error = mail_error(Stage::Greeting, "waiting for the greeting", &error);
            // The patience for a single byte may be shorter than that for a greeting.
            Err(if error.kind == Cause::Timeout { silence(wire, target).await } else { error })
        }
        Err(_) => Err(silence(wire, target).await),
    }
}

async fn first_line(wire: &mut Wire) -> io::Result<Vec<u8>> {
    // A TLS alert may come without any line end.
    let first = wire.peek().await?;
    if first < b' ' { Ok(wire.unread().to_vec()) } else { wire.line(LONGEST).await }
}

/// Who says nothing may be waiting for us to speak: TLS then agrees to a handshake, and HTTP answers it in plain text.
/// Nothing is said over that TLS.
async fn silence(wire: Wire, target: &Target) -> MailError {
    let mut cause = Cause::GreetingTimeout;
    if target.security != Security::ImplicitTls {
        let (stream, heard) = wire.into_stream();
        let limits = Limits { tls: target.limits.tls.min(PROVOCATION), ..target.limits };
        let mut nobody = |_| ();
        let mut unobserved = Progress::new(false, &mut nobody);
        let provoked =
            secure(stream, &target.address, &Trust::SkipVerification, &limits, &mut unobserved).await;
        cause = match provoked.map_err(|error| error.kind) {
            Ok(_) | Err(Cause::TlsVersionTooOld) => Cause::PlainOnTlsPort,
            Err(Cause::TlsOnPlainPort) if heard.is_empty() => Cause::NotAMailServer,
            Err(_) if matches!(target.port, 993 | 995) => Cause::PlainOnTlsPort,
            Err(_) => cause,
        };
    }
    let detail = format!("{}:{} said nothing.", target.address, target.port);
    MailError::account(Stage::Greeting, cause, detail)
}

fn judge(line: &[u8], target: &Target, trusted: bool) -> Result<Greeting, MailError> {
    let text = String::from_utf8_lossy(line);
    let upper = text.to_ascii_uppercase();
    let starts =
        |word: &str| upper.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    let imap = starts("* OK") || starts("* PREAUTH") || starts("* BYE");
    let pop3 = starts("+OK") || starts("-ERR");
    let refusal = text.strip_prefix('*').map_or(&*text, str::trim_start);
    let refusal = refusal.split_once(' ').map_or("", |(_, rest)| rest);
    let cause = match (target.protocol, imap, pop3) {
        _ if matches!(line, [0x14..=0x17, 3, ..] | [0x15]) => Cause::PlainOnTlsPort,
        (Protocol::Imap, true, _) if starts("* OK") => return Ok(Greeting::Ready),
        (Protocol::Imap, true, _) if starts("* PREAUTH") => return Ok(Greeting::SignedIn),
        (Protocol::Pop3, _, true) if starts("+OK") => return Ok(Greeting::Ready),
        (Protocol::Imap, true, _) | (Protocol::Pop3, _, true) => cause_of(refusal, Cause::GreetingRefused),
        (Protocol::Imap, _, true) | (Protocol::Pop3, true, _) => Cause::WrongProtocol,
        _ => Cause::NotAMailServer,
    };
    let detail =
        format!("{}:{} did not greet as an {} server.", target.address, target.port, target.protocol.label());
    let error = MailError::account(Stage::Greeting, cause, detail);
    Err(if trusted && cause != Cause::PlainOnTlsPort { error.with_reply(&text) } else { error })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Secret;

    fn target(protocol: Protocol) -> Target {
        Target {
            protocol,
            address: "mail.example".to_owned(),
            port: 143,
            security: Security::Plaintext,
            trust: Trust::SystemRoots,
            user_name: String::new(),
            secret: Secret::Password(String::new().into()),
            limits: Limits::default(),
            transcript: None,
        }
    }

    #[test]
    fn what_answers_is_told_apart() {
        use Cause::{
            GreetingRefused, NotAMailServer, PlainOnTlsPort, Throttled, TooManyConnections, WrongProtocol,
        };
        use Protocol::{Imap, Pop3};
        let check = |protocol, line: &[u8], expected: Result<Greeting, Cause>| {
            let judged = judge(line, &target(protocol), true).map_err(|error| error.kind);
            assert_eq!(judged, expected, "{}", String::from_utf8_lossy(line));
        };
        check(Imap, b"* OK ready", Ok(Greeting::Ready));
        check(Imap, b"* OK", Ok(Greeting::Ready));
        check(Imap, b"* PREAUTH welcome", Ok(Greeting::SignedIn));
        check(Imap, b"* BYE go away", Err(GreetingRefused));
        check(Imap, b"* BYE [UNAVAILABLE] later", Err(Throttled));
        check(Imap, b"* BYE too many connections", Err(TooManyConnections));
        check(Imap, b"+OK POP3 ready", Err(WrongProtocol));
        check(Pop3, b"+OK POP3 ready", Ok(Greeting::Ready));
        check(Pop3, b"-ERR [SYS/TEMP] later", Err(Throttled));
        check(Pop3, b"-ERR no", Err(GreetingRefused));
        check(Pop3, b"* OK IMAP4rev1", Err(WrongProtocol));
        for protocol in [Imap, Pop3] {
            for line in
                [&b"220 mx ESMTP"[..], b"SSH-2.0-OpenSSH", b"HTTP/1.1 400 Bad Request", b"", b"* OKAY"]
            {
                check(protocol, line, Err(NotAMailServer));
            }
            check(protocol, b"\x15\x03\x01\x00\x02\x02\x46", Err(PlainOnTlsPort));
        }
    }

    #[test]
    fn words_from_before_tls_are_not_repeated() {
        let error = judge(b"* BYE evil", &target(Protocol::Imap), false).unwrap_err();
        assert_eq!(error.server_reply, None);
    }
}
