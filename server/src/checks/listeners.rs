//! Where the processes of one database listen, so that none of them takes another for a mail server: not a command beside the
//! server that runs, and not one server its neighbour.

use super::{Checks, node};
use crate::store::StoreError;
use std::net::SocketAddr;
use std::time::Duration;

/// How often a process says that it still listens, and asks where the others do.
const SAID_EVERY: Duration = Duration::from_mins(1);
/// In milliseconds: whoever said nothing for so long is gone.
const FORGOTTEN: i64 = 5 * 60 * 1000;

impl Checks {
    /// Says where this process listens and learns where the others do, until the process ends.
    pub async fn announce(self, address: SocketAddr) {
        let mut stop = self.stop.clone();
        loop {
            let now = self.clock.now();
            let forgotten = now.plus_milliseconds(-FORGOTTEN);
            let said = self.store.announce_listener(&self.node, &address.to_string(), now, forgotten).await;
            let learnt = said.and(self.learn_listeners().await);
            if let Err(error) = learnt {
                tracing::warn!(%error, "where other processes listen is as it was last known");
            }
            tokio::select! {
                () = tokio::time::sleep(SAID_EVERY) => {}
                _ = stop.wait_for(|stop| *stop) => break,
            }
        }
        if let Err(error) = self.store.withdraw_listeners(&self.node).await {
            tracing::debug!(%error, "others learn within minutes that nobody listens here");
        }
    }

    /// Learns where the other processes listen. A loopback address, or every address, of another machine says nothing of
    /// this one.
    ///
    /// # Errors
    /// The store's.
    pub async fn learn_listeners(&self) -> Result<(), StoreError> {
        let since = self.clock.now().plus_milliseconds(-FORGOTTEN);
        let others = self.store.listeners(since).await?.into_iter().filter_map(|(owner, address)| {
            let address: SocketAddr = address.parse().ok()?;
            let ip = address.ip();
            let reachable = node::is_here(&owner) || !(ip.is_unspecified() || ip.is_loopback());
            (*owner != *self.node && reachable && !node::has_died_here(&owner)).then_some(address)
        });
        self.connectors.egress().know_listeners(others.collect());
        Ok(())
    }
}
