//! Messages that could not be taken in and stay on their server, each with its reason.

use crate::{MessageId, MessageKey, Timestamp, UidValidity};
use serde::{Deserialize, Serialize};

/// Why a message is left where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuarantineKind {
    /// Larger than is allowed; a raised limit frees it.
    TooLarge,
    /// The server names it and does not give it.
    Fetch,
    /// It came and cannot be stored.
    Store,
    /// It is kept here as the bytes it came in, and cannot be read.
    Parse,
    /// What came is kept here, and may be words of the server in place of the message: far less than it lists, or known
    /// words.
    Short,
}

impl QuarantineKind {
    /// The stable id, such as `too_large`.
    pub fn id(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::Fetch => "fetch",
            Self::Store => "store",
            Self::Parse => "parse",
            Self::Short => "short",
        }
    }

    /// The words on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::TooLarge => "Too large",
            Self::Fetch => "Not given by the server",
            Self::Store => "Cannot be stored",
            Self::Parse => "Cannot be read",
            Self::Short => "Perhaps not the message",
        }
    }

    /// The kind of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        let mut all = [Self::TooLarge, Self::Fetch, Self::Store, Self::Parse, Self::Short].into_iter();
        all.find(|kind| kind.id() == id)
    }
}

/// A message in quarantine: never deleted on its server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuarantinedMessage {
    /// The folder on the server, as Unicode.
    pub folder: String,
    /// The UIDVALIDITY of its UID.
    pub uid_validity: Option<UidValidity>,
    /// How its server names it.
    pub key: MessageKey,
    /// What kind of reason there is.
    pub kind: QuarantineKind,
    /// Why, in one sentence.
    pub reason: String,
    /// What the server says of its size, in bytes.
    pub size: u64,
    /// How often it was tried.
    pub tries: u32,
    /// The message whose bytes could be kept all the same.
    pub message: Option<MessageId>,
    /// When it was tried last.
    pub at: Timestamp,
}
