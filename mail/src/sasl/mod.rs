//! Signing in by SASL (RFC 4422), the same over IMAP and POP3: PLAIN and SCRAM-SHA-256 for passwords, OAUTHBEARER and
//! XOAUTH2 for tokens. Deliberately absent: CRAM-MD5 and DIGEST-MD5, whose hashes protect nothing.

mod bearer;
mod scram;

pub use bearer::bearer;

use crate::MailError;
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Cause, Stage};
use scram::Scram;
use secrecy::{ExposeSecret, SecretString};

/// One command of a protocol that carries a SASL exchange.
#[async_trait]
pub trait Exchange: Send {
    /// Names the mechanism and sends the client's first message.
    ///
    /// # Errors
    /// The session is over.
    async fn begin(&mut self, mechanism: &str, first: &SecretString) -> Result<Heard, MailError>;

    /// Answers a challenge.
    ///
    /// # Errors
    /// The session is over.
    async fn respond(&mut self, response: &SecretString) -> Result<Heard, MailError>;
}

/// What the server says next.
pub enum Heard {
    /// In base64.
    Challenge(String),
    /// Signed in.
    Accepted,
    /// Not signed in.
    Refused(MailError),
    /// Refused before the server saw anything but the mechanism's name.
    Untried(MailError),
}

/// How signing in by one mechanism ended, where another may still be tried.
pub enum Outcome {
    /// Signed in.
    SignedIn,
    /// The mechanism cannot be had here, for no fault of the password.
    Impossible(MailError),
}

/// SASL PLAIN (RFC 4616).
///
/// # Errors
/// The sign-in was rejected, or the session is over.
pub async fn plain(
    exchange: &mut dyn Exchange,
    user_name: &str,
    password: &SecretString,
) -> Result<Outcome, MailError> {
    let password = password.expose_secret();
    if user_name.contains('\0') || password.contains('\0') {
        let detail = "User name or password contain a NUL, which cannot be sent.";
        return Err(MailError::account(Stage::SignIn, Cause::SignInRejected, detail));
    }
    let message = SecretString::from(format!("\0{user_name}\0{password}"));
    let first = SecretString::from(STANDARD.encode(message.expose_secret()));
    match exchange.begin("PLAIN", &first).await? {
        Heard::Accepted => Ok(Outcome::SignedIn),
        Heard::Refused(error) => Err(error),
        Heard::Untried(error) => Ok(Outcome::Impossible(error)),
        // A server may tell errors in a challenge; it must be answered before the refusal comes.
        Heard::Challenge(_) => match exchange.respond(&"*".to_owned().into()).await? {
            Heard::Refused(error) | Heard::Untried(error) => Err(error),
            Heard::Accepted | Heard::Challenge(_) => Err(oddly()),
        },
    }
}

/// SCRAM-SHA-256 (RFC 7677): the password does not travel, and the server must prove that it knows it too.
///
/// A server refuses before its first challenge where it has no SCRAM verifier for this user; only then may another
/// mechanism be tried without counting as a second guess.
///
/// # Errors
/// The sign-in was rejected, the server proved nothing, or the session is over.
pub async fn scram_sha_256(
    exchange: &mut dyn Exchange,
    user_name: &str,
    password: &SecretString,
) -> Result<Outcome, MailError> {
    let unfit = |detail: &str| MailError::account(Stage::SignIn, Cause::MechanismUnsupported, detail);
    let scram = match Scram::new(user_name, password) {
        Ok(scram) => scram,
        Err(detail) => return Ok(Outcome::Impossible(unfit(detail))),
    };
    let challenge = match exchange.begin("SCRAM-SHA-256", &scram.first().into()).await? {
        Heard::Challenge(challenge) => challenge,
        Heard::Refused(error) | Heard::Untried(error)
            if matches!(error.kind, Cause::SignInRejected | Cause::ProtocolError) =>
        {
            return Ok(Outcome::Impossible(error));
        }
        Heard::Refused(error) | Heard::Untried(error) => return Err(error),
        Heard::Accepted => return Err(unproved()),
    };
    let odd = |detail: &str| MailError::account(Stage::SignIn, Cause::ProtocolError, detail);
    let (response, proof) = scram.respond(&challenge).await.map_err(odd)?;
    match exchange.respond(&response).await? {
        Heard::Challenge(last) if proof.holds(&last) => {}
        Heard::Refused(error) | Heard::Untried(error) => return Err(error),
        Heard::Challenge(_) | Heard::Accepted => return Err(unproved()),
    }
    match exchange.respond(&String::new().into()).await? {
        Heard::Accepted => Ok(Outcome::SignedIn),
        Heard::Refused(error) | Heard::Untried(error) => Err(error),
        Heard::Challenge(_) => Err(oddly()),
    }
}

fn unproved() -> MailError {
    let detail = "The server did not prove that it knows the password: it may be another one in its place.";
    MailError::account(Stage::SignIn, Cause::ProtocolError, detail)
}

fn oddly() -> MailError {
    MailError::account(Stage::SignIn, Cause::ProtocolError, "The sign-in was answered oddly.")
}
