//! What the tests of the protocols share: a scripted peer and a real Dovecot.

#![allow(dead_code, reason = "each test binary uses its own part")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

pub mod dovecot;
pub mod imap;
pub mod peer;
pub mod pop3;
pub mod script;
pub mod story;

use mail::{Limits, Secret, Target, Trust};
use model::{Protocol, Security};

/// `ann` with the password `secret1` on port 143 or 110.
pub fn target(protocol: Protocol, security: Security) -> Target {
    Target {
        protocol,
        address: "127.0.0.1".to_owned(),
        port: protocol.default_port(security),
        security,
        trust: Trust::SystemRoots,
        user_name: "ann".to_owned(),
        secret: Secret::Password("secret1".to_owned().into()),
        limits: Limits::default(),
        transcript: None,
    }
}
