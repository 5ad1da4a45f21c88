//! What identifies a message on its server: UIDs (RFC 9051 §2.3.1) and UIDLs (RFC 1939 §7).

use serde::{Deserialize, Serialize};

/// A unique identifier inside one mailbox and UIDVALIDITY; never 0.
pub type Uid = u32;

/// The epoch in which the UIDs of a mailbox mean anything.
pub type UidValidity = u32;

/// The INBOX (RFC 9051 §5.1), and the one mailbox of every POP3 account.
pub const INBOX: &str = "INBOX";

/// How one message is named by its server.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKey {
    /// IMAP: the UID within the mailbox's current UIDVALIDITY.
    Uid(Uid),
    /// POP3: the unique-id listing, and which of several messages with the same UIDL this is (0 for the first).
    Uidl {
        /// As the server wrote it, 1 to 70 bytes of 0x21–0x7E.
        uidl: String,
        /// 0 for the first message of that UIDL, 1 for the second.
        occurrence: u32,
    },
    /// POP3 without UIDL: nothing but the content tells two messages apart.
    Unnamed,
}

/// How a message is marked on its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerMarks {
    /// Which message of the mailbox.
    pub uid: Uid,
    /// It has no `\\Seen` (RFC 9051 §2.3.2).
    pub unread: bool,
    /// It has `\\Flagged`.
    pub flagged: bool,
}

/// A mark that a server keeps as well as we do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerMark {
    /// Unread, or read.
    Unread(bool),
    /// Flagged, or not.
    Flagged(bool),
}

impl MessageKey {
    /// `UID 17`, `UIDL abc`: the server's name for a message, as people read it.
    pub fn text(&self) -> String {
        match self {
            Self::Uid(uid) => format!("UID {uid}"),
            Self::Uidl { uidl, .. } => format!("UIDL {uidl}"),
            Self::Unnamed => "none".to_owned(),
        }
    }
}
