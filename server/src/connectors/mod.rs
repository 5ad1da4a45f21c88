//! The ways to a mail server: straight from this machine, or through a proxy in whose network the server is. The protocols
//! above do not know which one they use, and TLS to the mail server ends here: of an account that uses it a proxy sees
//! ciphertext alone.
//!
//! Deliberately absent: which way an account takes (see `checks::way`), and where secrets come from.

mod http_connect;
mod proxied;
mod socks5;

pub use proxied::Proxy;

use mail::{Dialer, Direct, Egress};
use proxied::Proxied;
use std::net::SocketAddr;
use std::sync::Arc;

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

    /// Straight from this machine.
    pub fn direct(&self) -> Arc<dyn Dialer> {
        Arc::new(self.direct.clone())
    }

    /// Through a proxy.
    pub fn through(&self, proxy: Proxy) -> Arc<dyn Dialer> {
        Arc::new(Proxied::new(proxy, self.direct.clone(), self.egress.clone()))
    }
}
