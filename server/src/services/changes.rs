//! Hears what other processes store in the same database (a check on the command line, another node), so that open
//! pages show it, and system parameters are in force here, within two seconds.

use super::parameters::Parameters;
use crate::events::{Event, Events};
use crate::store::Store;
use std::time::Duration;
use tokio::sync::watch;

const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Turns changes of the database into events, and takes over system parameters, until the process ends.
pub async fn watch(store: Store, events: Events, parameters: Parameters, mut stop: watch::Receiver<bool>) {
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
            if last.is_some_and(|last: crate::store::Revision| last.reports != now.reports) {
                events.send(Event::Reports);
            }
            // Also at the first look: something may have been set since this process began.
            let same = last.is_some_and(|last: crate::store::Revision| last.parameters == now.parameters);
            match if same { Ok(()) } else { parameters.reload().await } {
                Ok(()) => last = Some(now),
                // The next look tries again.
                Err(error) => tracing::warn!(%error, "the system parameters could not be read"),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}
