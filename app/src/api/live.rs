//! What the server tells open pages as it happens (server-sent events at [`PATH`]).

use model::AccountId;
use serde::{Deserialize, Serialize};

/// Where the events come from; each `data:` line is one [`LiveEvent`] as JSON.
pub const PATH: &str = "/api/live";

/// Something that open pages may want to show. It names what changed; the page asks for the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum LiveEvent {
    /// An account was added, changed, removed, or its state changed.
    Accounts,
    /// Messages were stored, indexed, read or removed.
    Messages {
        /// The account, where only one is concerned.
        account: Option<AccountId>,
    },
    /// A report was scheduled, written or removed.
    Reports,
    /// A check is fetching.
    Progress {
        /// Which account.
        account: AccountId,
        /// Messages durable so far in this check.
        done: u64,
        /// Messages it planned to fetch.
        planned: u64,
    },
}
