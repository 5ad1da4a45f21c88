//! Tokens of OAuth 2: OAUTHBEARER (RFC 7628), and XOAUTH2, which Google and Microsoft had before it. Both name an error
//! in a challenge that has to be answered before the refusal comes.

use super::{Exchange, Heard, oddly};
use crate::{MailError, Target};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use model::{Cause, Stage};
use secrecy::{ExposeSecret, SecretString};

/// Signs in with `token` by the first mechanism for tokens that the server `offers`, and says by which.
///
/// # Errors
/// The server offers none, the token was rejected, or the session is over.
pub async fn bearer(
    exchange: &mut dyn Exchange,
    target: &Target,
    token: &SecretString,
    offers: impl Fn(&str) -> bool,
) -> Result<&'static str, MailError> {
    let failed = |cause, detail: &str| MailError::account(Stage::SignIn, cause, detail);
    if [target.user_name.as_str(), token.expose_secret()].iter().any(|text| text.contains(char::is_control)) {
        let detail = "User name or token contain a control character, which cannot be sent.";
        return Err(failed(Cause::SignInRejected, detail));
    }
    let mut refused =
        failed(Cause::MechanismUnsupported, "The server offers no way to sign in with a token.");
    for mechanism in [Mechanism::OAuthBearer, Mechanism::XOAuth2] {
        if !offers(mechanism.name()) {
            continue;
        }
        match exchange.begin(mechanism.name(), &mechanism.first(target, token)).await? {
            Heard::Accepted => return Ok(mechanism.name()),
            Heard::Refused(error) => return Err(judged(error, None)),
            Heard::Challenge(challenge) => {
                return match exchange.respond(&mechanism.acknowledgement().to_owned().into()).await? {
                    Heard::Refused(error) | Heard::Untried(error) => {
                        Err(judged(error, status(&challenge).as_deref()))
                    }
                    Heard::Accepted | Heard::Challenge(_) => Err(oddly()),
                };
            }
            // Named among the capabilities, and not known to the command.
            Heard::Untried(error) => refused = judged(error, None),
        }
    }
    Err(refused)
}

#[derive(Debug, Clone, Copy)]
enum Mechanism {
    OAuthBearer,
    XOAuth2,
}

impl Mechanism {
    fn name(self) -> &'static str {
        match self {
            Self::OAuthBearer => "OAUTHBEARER",
            Self::XOAuth2 => "XOAUTH2",
        }
    }

    /// The client's first message, in base64.
    fn first(self, target: &Target, token: &SecretString) -> SecretString {
        let (user, token) = (&target.user_name, token.expose_secret());
        let message = SecretString::from(match self {
            Self::OAuthBearer => {
                // A `saslname` (RFC 5801 §4).
                let user = user.replace('=', "=3D").replace(',', "=2C");
                let (host, port) = (&target.address, target.port);
                format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
            }
            Self::XOAuth2 => format!("user={user}\x01auth=Bearer {token}\x01\x01"),
        });
        SecretString::from(STANDARD.encode(message.expose_secret()))
    }

    /// What answers the challenge that names an error.
    fn acknowledgement(self) -> &'static str {
        match self {
            // A single 0x01 (RFC 7628 §3.2.3).
            Self::OAuthBearer => "AQ==",
            Self::XOAuth2 => "",
        }
    }
}

/// The `status` of the JSON in a challenge: a word of RFC 6750 §3.1, or the status of HTTP.
fn status(challenge: &str) -> Option<String> {
    let told: serde_json::Value = serde_json::from_slice(&STANDARD.decode(challenge).ok()?).ok()?;
    match told.get("status")? {
        serde_json::Value::String(status) => Some(status.to_ascii_lowercase()),
        serde_json::Value::Number(status) => Some(status.to_string()),
        _ => None,
    }
}

/// A refusal, with what the challenge before it said where its own words say nothing better.
fn judged(error: MailError, status: Option<&str>) -> MailError {
    if !matches!(error.kind, Cause::SignInRejected | Cause::ProtocolError) {
        return error;
    }
    let expired = error.server_reply.as_deref().is_some_and(|words| words.starts_with("[EXPIRED]"));
    let kind = match status {
        // Google says 400 of a token that is no longer good.
        Some("invalid_token" | "400" | "401") => Cause::OauthExpired,
        Some("insufficient_scope" | "403") => Cause::OauthConsentNeeded,
        None if expired => Cause::OauthExpired,
        Some(_) => Cause::SignInRejected,
        None => error.kind,
    };
    MailError { kind, ..error }
}
