//! Whose conversations with mail servers are being written down in this process. Deliberately absent: for how long, and
//! who may read them.

use mail::Transcript;
use model::{AccountId, Protocol};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One transcript an account; clones share them.
#[derive(Clone, Default)]
pub struct Transcripts(Arc<Mutex<HashMap<AccountId, Transcript>>>);

impl Transcripts {
    /// Writes down what is said from the next session on, until [`Self::end`].
    pub fn begin(&self, account: AccountId, protocol: Protocol) -> Transcript {
        let transcript = Transcript::new(protocol);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(account, transcript.clone());
        transcript
    }

    /// Stops.
    pub fn end(&self, account: AccountId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&account);
    }

    /// The transcript of an account, where one is written.
    pub(super) fn of(&self, account: AccountId) -> Option<Transcript> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&account).cloned()
    }
}
