//! What happened just now, inside this process: checks say it, open pages hear it.
//!
//! Deliberately absent: anything durable. Whoever misses an event asks the store, and `web::live` also looks for what
//! other processes stored.

use model::AccountId;
use tokio::sync::broadcast;

/// Something that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An account or its state.
    Accounts,
    /// Messages of an account, or of several.
    Messages(Option<AccountId>),
    /// Reports that were scheduled, written or removed.
    Reports,
    /// A check is fetching.
    Progress {
        /// Whose.
        account: AccountId,
        /// Durable so far.
        done: u64,
        /// Planned.
        planned: u64,
    },
}

/// A channel that never blocks: slow listeners miss events and ask again.
#[derive(Debug, Clone)]
pub struct Events(broadcast::Sender<Event>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(256).0)
    }
}

impl Events {
    /// Tells everybody who listens; nobody listening is fine.
    pub fn send(&self, event: Event) {
        let _ = self.0.send(event);
    }

    /// Everything from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}
