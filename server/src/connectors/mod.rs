//! The ways to a mail server. Today there is one, the direct one; Network Connectors add theirs here, and nothing else
//! in the program will notice.

use mail::{Dialer, Direct, Egress};
use std::net::SocketAddr;

/// Every way there is.
pub struct Connectors {
    direct: Direct,
    egress: Egress,
}

impl Connectors {
    /// The ways of this process; `own_listeners` are never dialled.
    pub fn new(own_listeners: Vec<SocketAddr>) -> Self {
        let egress = Egress::new(own_listeners);
        Self { direct: Direct::new(egress.clone()), egress }
    }

    /// The rules of which addresses are contacted; whoever else connects to anything asks them first.
    pub fn egress(&self) -> &Egress {
        &self.egress
    }

    /// The way to the server of every account.
    pub fn dialer(&self) -> &dyn Dialer {
        &self.direct
    }
}
