//! The one error of this crate, graded by how far its damage reaches.

use crate::Secret;
use crate::net::reply::asked_to_wait;
use model::{Cause, Stage};
use std::time::Duration;

/// How far a failure reaches; the only thing `server::checks` acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One message; its neighbours go on.
    Message,
    /// The session, by one message that was put aside: its neighbours go on over a new one.
    Session,
    /// One mailbox; the others of the account go on.
    Mailbox,
    /// The account; the check ends.
    Account,
}

/// What kind of failure it was, for the administrator.
pub type ErrorKind = Cause;

/// Why talking to a mail server failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", stage.id())]
pub struct MailError {
    /// How far the damage reaches.
    pub reach: Reach,
    /// How far the conversation had got.
    pub stage: Stage,
    /// The stable cause.
    pub kind: ErrorKind,
    /// One sentence of ours, with the address, limit or command concerned; never a secret.
    pub detail: String,
    /// The server's own words: at most 500 characters, no control characters, nothing from before TLS.
    pub server_reply: Option<String>,
}

impl MailError {
    /// A failure that ends the check of the account.
    pub fn account(stage: Stage, kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { reach: Reach::Account, stage, kind, detail: detail.into(), server_reply: None }
    }

    /// The same failure with what the server said.
    #[must_use]
    pub fn with_reply(mut self, reply: &str) -> Self {
        self.server_reply = Some(bounded(reply));
        self
    }

    /// The same failure without the secret, where the server repeated it.
    #[must_use]
    pub(crate) fn without(mut self, secret: &Secret, user_name: &str) -> Self {
        self.server_reply = self.server_reply.map(|words| secret.hidden_in(&words, user_name));
        self.detail = secret.hidden_in(&self.detail, user_name);
        self
    }

    /// How long the server asked us to stay away, where it named a time.
    pub fn asked_to_wait(&self) -> Option<Duration> {
        self.server_reply.as_deref().and_then(asked_to_wait)
    }

    /// The same failure with another reach.
    #[must_use]
    pub fn reaching(mut self, reach: Reach) -> Self {
        self.reach = reach;
        self
    }
}

/// Server text made safe to show and to log: no control characters, at most 500 characters.
pub fn bounded(text: &str) -> String {
    text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}
