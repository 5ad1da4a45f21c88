//! Which accounts keep a connection open for new mail: those marked *Instant* whose last ordinary check went well.
//!
//! Deliberately absent: how one waits (see `checks::instant`). Several processes on one database all wait; the lease
//! makes one check out of what they hear.

use crate::checks::{Checks, instant};
use crate::store::{StoreError, WayToWatch};
use model::AccountId;
use std::collections::HashMap;
use tokio::task::JoinHandle;

/// Connections that one process keeps open; the other accounts are left to the schedule.
const MOST: u32 = 5000;

/// The connections of this process.
#[derive(Default)]
pub struct Watches(HashMap<AccountId, Watch>);

struct Watch {
    way: WayToWatch,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watches {
    /// Opens and closes connections so that they are those the accounts ask for now.
    pub async fn refresh(&mut self, checks: &Checks) -> Result<(), StoreError> {
        let wanted: HashMap<_, _> = checks.to_watch(MOST).await?.into_iter().collect();
        self.0.retain(|account, watch| wanted.get(account) == Some(&watch.way) && !watch.task.is_finished());
        for (account, way) in wanted {
            self.0.entry(account).or_insert_with(|| {
                let task = tokio::spawn(instant::watch(checks.clone(), account));
                Watch { way, task }
            });
        }
        Ok(())
    }
}
