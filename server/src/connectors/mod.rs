//! The ways to a mail server. Today there is one, the direct one; Network Connectors add theirs here, and nothing else
//! in the program will notice.

use mail::net::dialer::{Dialer, Direct};
use std::net::SocketAddr;

/// Every way there is.
pub struct Connectors {
    direct: Direct,
}

impl Connectors {
    /// The ways of this process; `own_listeners` are never dialled.
    pub fn new(own_listeners: Vec<SocketAddr>) -> Self {
        Self { direct: Direct::new(own_listeners) }
    }

    /// The way to the server of every account.
    pub fn dialer(&self) -> &dyn Dialer {
        &self.direct
    }
}
