//! What an account signs in with. Deliberately absent: where it comes from, and how a token is renewed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

/// A shorter one is in too many words to be told from them.
const SHORTEST: usize = 4;

/// A secret by what it is good for; prints as `[REDACTED]`.
#[derive(Debug, Clone)]
pub enum Secret {
    /// Known by a person, good until it is changed. Never sent by a mechanism for tokens.
    Password(SecretString),
    /// An access token of OAuth 2 (RFC 6750), good for an hour or so. Never sent by a mechanism for passwords.
    Token(SecretString),
}

impl Secret {
    /// `words` of a server without this secret of `user_name`: it may repeat what it was sent.
    pub fn hidden_in(&self, words: &str, user_name: &str) -> String {
        let (Self::Password(secret) | Self::Token(secret)) = self;
        let secret = secret.expose_secret();
        if secret.len() < SHORTEST {
            return words.to_owned();
        }
        let as_sent = [
            STANDARD.encode(format!("\0{user_name}\0{secret}")),
            STANDARD.encode(format!("user={user_name}\u{1}auth=Bearer {secret}\u{1}\u{1}")),
            STANDARD.encode(secret),
            // Inside of a quoted string (RFC 9051 §9).
            secret.replace('\\', "\\\\").replace('"', "\\\""),
            secret.to_owned(),
        ];
        as_sent.iter().fold(words.to_owned(), |words, sent| words.replace(sent, "••••"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_repeats_a_secret_gives_nothing_away() {
        let secret = Secret::Password("hun\"ter2".into());
        let plain = STANDARD.encode("\0ana\0hun\"ter2");
        for said in ["hun\"ter2", "hun\\\"ter2", &plain, &STANDARD.encode("hun\"ter2")] {
            assert_eq!(secret.hidden_in(&format!("BAD {said}?"), "ana"), "BAD ••••?");
        }
        assert_eq!(Secret::Password("a".into()).hidden_in("BAD a", "ana"), "BAD a");
    }
}
