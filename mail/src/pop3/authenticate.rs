//! AUTH (RFC 5034), or USER and PASS. Deliberately absent: APOP, whose MD5 protects nothing.

use super::codec;
use super::talk::{ask, refusal, send, status};
use crate::net::fault::mail_error;
use crate::net::line::Wire;
use crate::sasl::{self, Exchange, Heard, Outcome};
use crate::{MailError, Secret, Target};
use async_trait::async_trait;
use model::{Cause, Stage};
use secrecy::{ExposeSecret, SecretString};

/// Signs in by the best way that `offered` names, and says by which.
///
/// # Errors
/// Stage `sign_in`: rejected, or the session is over.
pub async fn authenticate(
    wire: &mut Wire,
    target: &Target,
    offered: &[String],
) -> Result<&'static str, MailError> {
    let user_name = &target.user_name;
    let password = match &target.secret {
        Secret::Token(token) => {
            let offers = |mechanism: &str| names(offered, mechanism);
            return sasl::bearer(&mut Auth { wire }, target, token, offers).await;
        }
        Secret::Password(password) => password,
    };
    if names(offered, "SCRAM-SHA-256")
        && let Outcome::SignedIn = sasl::scram_sha_256(&mut Auth { wire }, user_name, password).await?
    {
        return Ok("SCRAM-SHA-256");
    }
    if names(offered, "PLAIN")
        && let Outcome::SignedIn = sasl::plain(&mut Auth { wire }, user_name, password).await?
    {
        return Ok("PLAIN");
    }
    user_and_pass(wire, user_name, password).await?;
    Ok("USER and PASS")
}

/// True where the SASL line of `offered` names `mechanism`.
fn names(offered: &[String], mechanism: &str) -> bool {
    offered.iter().any(|line| {
        let mut words = line.split(' ');
        words.next() == Some("SASL") && words.any(|word| word == mechanism)
    })
}

async fn user_and_pass(wire: &mut Wire, user_name: &str, password: &SecretString) -> Result<(), MailError> {
    for text in [user_name, password.expose_secret()] {
        if text.contains(['\r', '\n', '\0']) {
            let detail = "User name or password contain a line end or a NUL, which cannot be sent.";
            return Err(MailError::account(Stage::SignIn, Cause::SignInRejected, detail));
        }
    }
    let reply = ask(wire, Stage::SignIn, &format!("USER {user_name}")).await?;
    if !reply.ok {
        return Err(refusal(&reply, Stage::SignIn, "USER", Cause::SignInRejected));
    }
    let line = SecretString::from(format!("PASS {}\r\n", password.expose_secret()));
    let sent = wire.send(line.expose_secret().as_bytes()).await;
    sent.map_err(|error| mail_error(Stage::SignIn, "signing in", &error))?;
    let reply = status(wire, Stage::SignIn).await?;
    if reply.ok { Ok(()) } else { Err(refusal(&reply, Stage::SignIn, "the sign-in", Cause::SignInRejected)) }
}

/// One AUTH.
struct Auth<'a> {
    wire: &'a mut Wire,
}

impl Auth<'_> {
    async fn hear(&mut self) -> Result<Heard, MailError> {
        let limit = self.wire.limits().line_bytes;
        let line = self.wire.line(limit).await;
        let line = line.map_err(|error| mail_error(Stage::SignIn, "waiting for an answer", &error))?;
        if let [b'+'] | [b'+', b' ', ..] = line.as_slice() {
            let challenge = String::from_utf8_lossy(line.get(1..).unwrap_or_default());
            return Ok(Heard::Challenge(challenge.trim().to_owned()));
        }
        match codec::reply(&line) {
            Some(reply) if reply.ok => Ok(Heard::Accepted),
            Some(reply) => {
                let error = refusal(&reply, Stage::SignIn, "the sign-in", Cause::SignInRejected);
                Ok(Heard::Refused(error))
            }
            None => {
                let detail = "AUTH was answered oddly.";
                Err(MailError::account(Stage::SignIn, Cause::ProtocolError, detail))
            }
        }
    }
}

#[async_trait]
impl Exchange for Auth<'_> {
    /// In two steps, which Exchange asks for and everybody understands.
    async fn begin(&mut self, mechanism: &str, first: &SecretString) -> Result<Heard, MailError> {
        send(self.wire, Stage::SignIn, &format!("AUTH {mechanism}")).await?;
        match self.hear().await? {
            Heard::Challenge(_) => self.respond(first).await,
            Heard::Refused(error) => Ok(Heard::Untried(error)),
            other => Ok(other),
        }
    }

    async fn respond(&mut self, response: &SecretString) -> Result<Heard, MailError> {
        let line = SecretString::from(format!("{}\r\n", response.expose_secret()));
        let sent = self.wire.send(line.expose_secret().as_bytes()).await;
        sent.map_err(|error| mail_error(Stage::SignIn, "signing in", &error))?;
        self.hear().await
    }
}
