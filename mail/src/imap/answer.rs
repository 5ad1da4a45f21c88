//! How commands end: the tagged answers, as values.

use crate::net::reply::cause_of;
use crate::{MailError, Reach};
use async_imap::imap_proto::{Outcome, Response, Status};
use model::{Cause, Stage};

/// The tag of a command that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(pub String);

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// OK, NO or BAD.
    pub verdict: Verdict,
    /// What the server said with it.
    pub text: String,
}

/// The word of a tagged answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Ok,
    /// Not done.
    No,
    /// Not understood.
    Bad,
}

/// One answer of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Data, or news that nobody asked for.
    Untagged,
    /// The server waits for more of the command.
    Continue,
    /// A command has ended.
    Tagged(Tag, Done),
    /// The session has ended, and why in its words.
    GoodBye(String),
    /// A tagged answer that is none.
    Nonsense,
}

impl Heard {
    /// What `response` is.
    pub fn of(response: &Response<'_>) -> Self {
        match response {
            Response::Data { status: Status::Bye, outcome } => Self::GoodBye(words(outcome)),
            Response::Continue(_) => Self::Continue,
            Response::Done { tag, status, outcome } => {
                let verdict = match status {
                    Status::Ok => Verdict::Ok,
                    Status::No => Verdict::No,
                    Status::Bad => Verdict::Bad,
                    Status::PreAuth | Status::Bye => return Self::Nonsense,
                };
                Self::Tagged(Tag(tag.0.clone()), Done { verdict, text: words(outcome) })
            }
            _ => Self::Untagged,
        }
    }
}

impl Done {
    /// This answer, where it is OK.
    ///
    /// # Errors
    /// A NO or BAD as a failure of `command` that reaches `reach`; `otherwise` is the cause where neither the response
    /// code nor the words of a NO tell one.
    pub fn ok(self, stage: Stage, command: &str, reach: Reach, otherwise: Cause) -> Result<Self, MailError> {
        let otherwise = match self.verdict {
            Verdict::Ok => return Ok(self),
            Verdict::No => otherwise,
            Verdict::Bad => Cause::ProtocolError,
        };
        let kind = cause_of(&self.text, otherwise);
        // A server that asks for less asks it of every mailbox.
        let reach = if kind == Cause::Throttled { Reach::Account } else { reach };
        let detail = format!("The server refused {command}.");
        Err(MailError::account(stage, kind, detail).reaching(reach).with_reply(&self.text))
    }
}

fn words(outcome: &Outcome<'_>) -> String {
    outcome.information.as_deref().unwrap_or_default().to_owned()
}
