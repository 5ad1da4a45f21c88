//! Hears what other processes store in the same database (a check on the command line, another node), so that open
//! pages show it within two seconds.

use crate::events::{Event, Events};
use crate::store::Store;
use std::time::Duration;
use tokio::sync::watch;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Turns changes of the database into events until the process ends.
pub async fn watch(store: Store, events: Events, mut stop: watch::Receiver<bool>) {
    let mut last = None;
    loop {
        // A database that does not answer is reported by whoever needs it; here it only means nothing new.
        if let Ok(now) = store.revision().await {
            if last.is_some_and(|last: crate::store::Revision| last.accounts != now.accounts) {
                events.send(Event::Accounts);
            }
            if last.is_some_and(|last: crate::store::Revision| last.messages != now.messages) {
                events.send(Event::Messages(None));
            }
            last = Some(now);
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
