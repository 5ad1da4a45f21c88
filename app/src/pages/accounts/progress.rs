//! What moves on the accounts report without a new list: how far checks have come, and what time it is.

use crate::api::live::LiveEvent;
use crate::components::live::use_live;
use crate::components::time::browser_now;
use leptos::prelude::*;
use model::{AccountId, Timestamp};
use std::time::Duration;

/// How often lateness is looked at again.
const TICK: Duration = Duration::from_secs(20);

/// How far the running checks have come, and the time in the browser.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Account, done and planned; a handful at most.
    checks: RwSignal<Vec<(AccountId, u64, u64)>>,
    /// The time; `None` until the page is alive.
    pub now: RwSignal<Option<Timestamp>>,
}

impl Progress {
    /// Messages fetched and planned by the check of an account.
    pub fn of(self, account: AccountId) -> Option<(u64, u64)> {
        self.checks.with(|checks| {
            checks.iter().find(|(id, ..)| *id == account).map(|(_, done, planned)| (*done, *planned))
        })
    }
}

/// Provides [`Progress`] to the rows, fed by live events.
pub fn provide_progress() {
    let progress = Progress { checks: RwSignal::new(Vec::new()), now: RwSignal::new(None) };
    provide_context(progress);
    use_live().on_event(move |event| {
        if let LiveEvent::Progress { account, done, planned } = event {
            progress.checks.update(|checks| {
                checks.retain(|(id, ..)| id != account);
                if done < planned {
                    checks.push((*account, *done, *planned));
                }
            });
        }
    });
    Effect::new(move |_| {
        progress.now.set(Some(browser_now()));
        let handle = set_interval_with_handle(move || progress.now.set(Some(browser_now())), TICK).ok();
        on_cleanup(move || {
            if let Some(handle) = handle {
                handle.clear();
            }
        });
    });
}

/// The progress of this page; outside one, nothing ever moves.
pub fn use_progress() -> Progress {
    use_context().unwrap_or_else(|| Progress { checks: RwSignal::new(Vec::new()), now: RwSignal::new(None) })
}
