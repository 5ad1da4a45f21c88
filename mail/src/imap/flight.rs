//! A FETCH on its way: what it asks for, and what came of it so far.

use super::assembly::WINDOW;
use super::command::set_text;
use model::Uid;
use std::collections::HashMap;

/// A command to send.
pub struct Ask {
    /// In ascending order.
    pub uids: Vec<Uid>,
    /// What is wanted of them.
    pub purpose: Purpose,
}

/// Why messages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The first time.
    Batch,
    /// Its window from this offset on.
    Window(u64),
    /// Once more, alone and in one piece.
    Alone,
    /// Nothing of it yet: the server may say what changed in the mailbox, and look for its file again.
    Look,
    /// Whether it is there at all.
    Probe,
}

/// A command that was sent.
pub struct Flight {
    /// What it asks for.
    pub ask: Ask,
    /// What came.
    pub bodies: HashMap<Uid, Vec<u8>>,
    /// Where the window that came begins; `None` for a whole body.
    pub origin: Option<u64>,
    /// The server said something of the message (of interest where it is alone).
    pub seen: bool,
}

/// How well a body fits what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The whole instead of a window.
    Whole,
    /// That and nothing else.
    Exact,
}

impl Flight {
    /// Nothing came yet.
    pub fn new(ask: Ask) -> Self {
        Self { ask, bodies: HashMap::new(), origin: None, seen: false }
    }

    /// How well a body of `uid` from `origin` on fits what it asked for; `None` where it does not. A server that knows
    /// no windows answers the first of them with the whole.
    pub fn waits_for(&self, uid: Uid, origin: Option<u64>) -> Option<Fit> {
        let fit = match (self.ask.purpose, origin) {
            (Purpose::Batch | Purpose::Alone, None) => Fit::Exact,
            (Purpose::Window(offset), Some(origin)) if offset == origin => Fit::Exact,
            (Purpose::Window(0), None) => Fit::Whole,
            _ => return None,
        };
        (!self.bodies.contains_key(&uid)).then_some(fit)
    }
}

impl Ask {
    /// The command's text.
    pub fn command(&self) -> String {
        let set = set_text(&self.uids);
        match self.purpose {
            Purpose::Batch | Purpose::Alone => format!("UID FETCH {set} (UID BODY.PEEK[])"),
            Purpose::Window(offset) => format!("UID FETCH {set} (UID BODY.PEEK[]<{offset}.{WINDOW}>)"),
            Purpose::Look => "NOOP".to_owned(),
            Purpose::Probe => format!("UID FETCH {set} (UID)"),
        }
    }
}
