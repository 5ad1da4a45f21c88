//! AUTHENTICATE (RFC 9051 §6.2.2, with SASL-IR, RFC 4959) and LOGIN.

use super::command::quoted;
use super::sign_in::has;
use super::talk::{Answer, Collected, Status, Tags, collect, exchange, send};
use crate::net::line::Wire;
use crate::sasl::{self, Exchange, Heard, Outcome};
use crate::{MailError, Secret, Target};
use async_trait::async_trait;
use model::{Cause, Security, Stage};
use secrecy::{ExposeSecret, SecretString};

/// How a sign-in was accepted.
pub struct SignedIn {
    /// `LOGIN`, or the name of the SASL mechanism.
    pub mechanism: String,
    /// What the server said with its OK.
    pub said: String,
}

/// Signs in by the best way that `offered` names.
///
/// # Errors
/// Stage `sign_in`: rejected, no way offered, or the session is over.
pub async fn authenticate(
    wire: &mut Wire,
    target: &Target,
    offered: &[String],
    tags: &mut Tags,
) -> Result<SignedIn, MailError> {
    let mut command = Authenticate {
        wire,
        tags,
        at_once: has(offered, "SASL-IR"),
        tag: String::new(),
        accepted: SignedIn { mechanism: String::new(), said: String::new() },
    };
    let password = match &target.secret {
        Secret::Token(token) => {
            let offers = |mechanism: &str| has(offered, &format!("AUTH={mechanism}"));
            sasl::bearer(&mut command, target, token, offers).await?;
            return Ok(command.accepted);
        }
        Secret::Password(password) => password,
    };
    let mut impossible = None;
    if has(offered, "AUTH=SCRAM-SHA-256") {
        match sasl::scram_sha_256(&mut command, &target.user_name, password).await? {
            Outcome::SignedIn => return Ok(command.accepted),
            Outcome::Impossible(error) => impossible = Some(error),
        }
    }
    if has(offered, "AUTH=PLAIN") {
        return match sasl::plain(&mut command, &target.user_name, password).await? {
            Outcome::SignedIn => Ok(command.accepted),
            Outcome::Impossible(error) => Err(error),
        };
    }
    if has(offered, "LOGINDISABLED") {
        let secured = target.security != Security::Plaintext;
        let cause = if secured { Cause::MechanismUnsupported } else { Cause::LoginDisabled };
        let detail = "The server forbids LOGIN and offers no other way that is supported here.";
        return Err(impossible.unwrap_or_else(|| MailError::account(Stage::SignIn, cause, detail)));
    }
    login(wire, &target.user_name, password, tags).await
}

async fn login(
    wire: &mut Wire,
    user_name: &str,
    password: &SecretString,
    tags: &mut Tags,
) -> Result<SignedIn, MailError> {
    let unfit = |detail: &str| MailError::account(Stage::SignIn, Cause::SignInRejected, detail);
    let user = quoted(user_name).map_err(unfit)?;
    let password = SecretString::from(quoted(password.expose_secret()).map_err(unfit)?);
    let command = SecretString::from(format!("LOGIN {user} {}", password.expose_secret()));
    let answer = exchange(wire, Stage::SignIn, tags.next(), command.expose_secret(), true).await?;
    match answer.status {
        Status::Ok => Ok(SignedIn { mechanism: "LOGIN".to_owned(), said: answer.text }),
        Status::No | Status::Bad => Err(refusal(&answer)),
    }
}

fn refusal(answer: &Answer) -> MailError {
    match answer.status {
        Status::Bad => {
            answer.refusal(Stage::SignIn, Cause::ProtocolError, "The sign-in was not understood", true)
        }
        Status::No | Status::Ok => {
            answer.refusal(Stage::SignIn, Cause::SignInRejected, "The sign-in was rejected", true)
        }
    }
}

/// One AUTHENTICATE.
struct Authenticate<'a> {
    wire: &'a mut Wire,
    tags: &'a mut Tags,
    /// The first message may go with the command.
    at_once: bool,
    tag: String,
    /// By which mechanism, once it is.
    accepted: SignedIn,
}

impl Authenticate<'_> {
    async fn hear(&mut self) -> Result<Heard, MailError> {
        Ok(match collect(self.wire, Stage::SignIn, &self.tag, true).await? {
            Collected::Continue(challenge) => Heard::Challenge(challenge),
            Collected::Done(answer) if answer.status == Status::Ok => {
                self.accepted.said = answer.text;
                Heard::Accepted
            }
            Collected::Done(answer) => Heard::Refused(refusal(&answer)),
        })
    }
}

#[async_trait]
impl Exchange for Authenticate<'_> {
    async fn begin(&mut self, mechanism: &str, first: &SecretString) -> Result<Heard, MailError> {
        self.tag = self.tags.next();
        mechanism.clone_into(&mut self.accepted.mechanism);
        let command = format!("{} AUTHENTICATE {mechanism}", self.tag);
        if self.at_once {
            let line = SecretString::from(format!("{command} {}", first.expose_secret()));
            send(self.wire, Stage::SignIn, line.expose_secret()).await?;
            return self.hear().await;
        }
        send(self.wire, Stage::SignIn, &command).await?;
        match self.hear().await? {
            Heard::Challenge(_) => self.respond(first).await,
            Heard::Refused(error) => Ok(Heard::Untried(error)),
            other => Ok(other),
        }
    }

    async fn respond(&mut self, response: &SecretString) -> Result<Heard, MailError> {
        send(self.wire, Stage::SignIn, response.expose_secret()).await?;
        self.hear().await
    }
}
