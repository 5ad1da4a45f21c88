//! What was said to a mail server, for whoever looks for a fault. Deliberately absent: writing it down (see
//! `mail::net::transcript`).

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// Minutes for which a transcript can be asked.
pub const MINUTES: [u32; 3] = [5, 15, 60];

/// A transcript as it is now: without passwords, tokens and mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TranscriptView {
    /// Sessions that begin before this are written down.
    pub until: Timestamp,
    /// It is still being written.
    pub goes_on: bool,
    /// What was said so far.
    pub text: String,
}
