//! How much of a message is read: parts, nesting, header. One setting of the process, because whatever reads a message,
//! in the index or for the screen, must see the same one; the rest of this module depends on its arguments alone.

use std::sync::{PoisonError, RwLock};

/// How much of a message is read. What is beyond is kept and can be saved, but is not cut into parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MimeLimits {
    /// Most parts.
    pub parts: usize,
    /// Deepest nesting of parts that is followed.
    pub depth: usize,
    /// Longest header block, in bytes.
    pub header_bytes: usize,
}

impl MimeLimits {
    const DEFAULT: Self = Self { parts: 1000, depth: 50, header_bytes: 1024 * 1024 };
}

impl Default for MimeLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

static IN_FORCE: RwLock<MimeLimits> = RwLock::new(MimeLimits::DEFAULT);

/// Uses other limits from the next message on.
pub fn use_mime_limits(limits: MimeLimits) {
    *IN_FORCE.write().unwrap_or_else(PoisonError::into_inner) = limits;
}

/// The limits in force.
pub(super) fn mime_limits() -> MimeLimits {
    *IN_FORCE.read().unwrap_or_else(PoisonError::into_inner)
}
