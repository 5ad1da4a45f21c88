//! Proof of what was deleted on a server, and why.

use crate::{MessageId, MessageKey, Timestamp, UidValidity};
use serde::{Deserialize, Serialize};

/// One message that its server confirmed as deleted after we asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The message here; it may have been removed since.
    pub message: MessageId,
    /// Its subject, while it is here.
    pub subject: Option<String>,
    /// The folder on the server, as Unicode.
    pub folder: String,
    /// The UIDVALIDITY of its UID.
    pub uid_validity: Option<UidValidity>,
    /// How its server named it.
    pub key: MessageKey,
    /// Raw bytes.
    pub size: u64,
    /// BLAKE3 of the raw bytes, in hex.
    pub blake3: String,
    /// The policy that asked for it.
    pub reason: String,
    /// When the server confirmed it.
    pub at: Timestamp,
}
