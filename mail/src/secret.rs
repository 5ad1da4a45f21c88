//! What an account signs in with. Deliberately absent: where it comes from, and how a token is renewed.

use secrecy::SecretString;

/// A secret by what it is good for; prints as `[REDACTED]`.
#[derive(Debug, Clone)]
pub enum Secret {
    /// Known by a person, good until it is changed. Never sent by a mechanism for tokens.
    Password(SecretString),
    /// An access token of OAuth 2 (RFC 6750), good for an hour or so. Never sent by a mechanism for passwords.
    Token(SecretString),
}
