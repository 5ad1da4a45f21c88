//! Why reading or writing had to end: our own limits, carried through `io::Error` so that a parser above them need
//! not know them, and the one place where an `io::Error` becomes a [`MailError`].

use crate::MailError;
use model::{Cause, Stage};
use std::io;
use std::time::Duration;

/// A limit that the server broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not a byte for this long.
    #[error("nothing came for {} ms", .0.as_millis())]
    Idle(Duration),
    /// A command was not done after this long, though the server kept talking.
    #[error("the command was not done after {} s", .0.as_secs())]
    Command(Duration),
    /// A body came slower than this many bytes a minute.
    #[error("fewer than {0} bytes a minute came")]
    Slow(u64),
    /// A line longer than this many bytes.
    #[error("a line is longer than {0} bytes")]
    Line(usize),
    /// A literal or body larger than is taken.
    #[error("{announced} bytes came or were announced, {limit} are allowed")]
    Size {
        /// What the server announced or sent so far.
        announced: u64,
        /// What is allowed.
        limit: u64,
    },
    /// More lines or answers than this.
    #[error("one command was answered with more than {0} lines")]
    Lines(usize),
    /// A literal where the protocol has none (RFC 9051 §9: `text`).
    #[error("a status line ends like a literal")]
    LiteralInText,
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        Self::other(fault)
    }
}

/// The failure of `doing` (such as `waiting for the greeting`) at `stage`.
pub fn mail_error(stage: Stage, doing: &str, error: &io::Error) -> MailError {
    let fault = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
    let (kind, why) = match fault {
        Some(fault @ (Fault::Idle(_) | Fault::Slow(_) | Fault::Command(_))) => {
            (Cause::Timeout, fault.to_string())
        }
        Some(fault @ Fault::LiteralInText) => (Cause::ProtocolError, fault.to_string()),
        Some(fault) => (Cause::LimitExceeded, fault.to_string()),
        None => without_fault(error),
    };
    MailError::account(stage, kind, format!("While {doing}: {why}."))
}

fn without_fault(error: &io::Error) -> (Cause, String) {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            (Cause::ConnectionLost, "the server closed the connection".to_owned())
        }
        io::ErrorKind::TimedOut => (Cause::Timeout, "the connection timed out".to_owned()),
        // The parser's own text quotes the answer, and with it somebody's mail.
        io::ErrorKind::Other => (Cause::ProtocolError, "an answer could not be parsed".to_owned()),
        _ => (Cause::ConnectionLost, error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parsers_error_never_quotes_the_mail() {
        let error = io::Error::other("Tag during parsing of \"* 1 FETCH (BODY[] secret\"");
        let mapped = mail_error(Stage::Fetch, "fetching", &error);
        assert_eq!(mapped.kind, Cause::ProtocolError);
        assert!(!mapped.detail.contains("secret"));
    }

    #[test]
    fn faults_keep_their_kind_through_io() {
        let check = |fault: Fault, kind: Cause| {
            assert_eq!(mail_error(Stage::Fetch, "fetching", &fault.into()).kind, kind);
        };
        check(Fault::Idle(Duration::from_mins(1)), Cause::Timeout);
        check(Fault::Slow(1024), Cause::Timeout);
        check(Fault::Line(9), Cause::LimitExceeded);
        check(Fault::Size { announced: 2, limit: 1 }, Cause::LimitExceeded);
        check(Fault::LiteralInText, Cause::ProtocolError);
    }
}
