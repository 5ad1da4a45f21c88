//! Whose conversations with mail servers are being written down in this process, and until when. Deliberately absent: who
//! may read them.

use mail::Transcript;
use model::{AccountId, Protocol, Timestamp};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long what was written down can still be read, in milliseconds.
const KEPT: i64 = 60 * 60 * 1000;

/// One transcript an account; clones share them.
#[derive(Clone, Default)]
pub struct Transcripts(Arc<Mutex<HashMap<AccountId, Written>>>);

/// What is written down of an account.
#[derive(Clone)]
pub struct Written {
    /// What was said so far.
    pub transcript: Transcript,
    /// No session that begins later is written down.
    pub until: Timestamp,
}

impl Transcripts {
    /// Writes down what is said from the next session on, until `until` or [`Self::end`].
    pub fn begin(&self, account: AccountId, protocol: Protocol, until: Timestamp) -> Transcript {
        let transcript = Transcript::new(protocol);
        self.all().insert(account, Written { transcript: transcript.clone(), until });
        transcript
    }

    /// Stops at `now`; what was written down can still be read. False where nothing was being written.
    pub fn end(&self, account: AccountId, now: Timestamp) -> bool {
        let mut all = self.all();
        let Some(written) = all.get_mut(&account).filter(|written| now < written.until) else { return false };
        written.until = now;
        true
    }

    /// What is there to read of an account, where anything is.
    pub fn written(&self, account: AccountId, now: Timestamp) -> Option<Written> {
        let mut all = self.all();
        all.retain(|_, written| now.since(written.until) < KEPT);
        all.get(&account).cloned()
    }

    /// The transcript of an account, while one is written.
    pub(super) fn of(&self, account: AccountId, now: Timestamp) -> Option<Transcript> {
        let written = self.written(account, now)?;
        (now < written.until).then_some(written.transcript)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<AccountId, Written>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_ends_by_itself_and_is_forgotten_later() {
        let (transcripts, account) = (Transcripts::default(), AccountId(1));
        assert!(transcripts.written(account, Timestamp(0)).is_none());
        transcripts.begin(account, Protocol::Imap, Timestamp(1000));
        assert!(transcripts.of(account, Timestamp(999)).is_some());
        assert!(transcripts.of(account, Timestamp(1000)).is_none());
        assert!(transcripts.written(account, Timestamp(1000 + KEPT - 1)).is_some());
        assert!(transcripts.written(account, Timestamp(1000 + KEPT)).is_none());
        transcripts.begin(account, Protocol::Imap, Timestamp(1000));
        assert!(transcripts.end(account, Timestamp(500)));
        assert!(!transcripts.end(account, Timestamp(501)), "it ended already");
        assert!(transcripts.of(account, Timestamp(600)).is_none());
        assert!(transcripts.written(account, Timestamp(600)).is_some());
    }
}
