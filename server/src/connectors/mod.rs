//! The ways to a mail server: straight from this machine, through a proxy in whose network the server is, or through an
//! agent there that dials in. The protocols above do not know which one they use, and TLS to the mail server ends here: of
//! an account that uses it a connector sees ciphertext alone.
//!
//! Deliberately absent: which way an account takes (see `checks::way`), where secrets come from, and who is known as an
//! agent (see `services::agents`).

mod agents;
mod bounded;
mod http_connect;
mod hub;
mod leash;
mod live_agent;
mod meter;
mod proxied;
mod relay;
mod socks5;
mod ssh;

pub use bounded::Through;
pub use hub::Hub;
pub use live_agent::{Control, LiveAgent, Word};
pub use proxied::{Proxy, Speaks};
pub use ssh::{SshKeyError, SshLogin, SshSecret, private_key};

use mail::{Dialer, Direct, Egress};
use meter::Meter;
use model::ConnectorId;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Every way there is.
pub struct Connectors {
    direct: Direct,
    egress: Egress,
    hub: OnceLock<Arc<Hub>>,
    socket: PathBuf,
    meters: Mutex<HashMap<ConnectorId, Arc<Meter>>>,
}

impl Connectors {
    /// The ways of this process; `own_listeners` are never dialled. Processes that share the folder `data` share agents.
    pub fn new(own_listeners: Vec<SocketAddr>, data: &Path) -> Self {
        let egress = Egress::new(own_listeners);
        Self {
            direct: Direct::new(egress.clone()),
            egress,
            hub: OnceLock::new(),
            socket: data.join("agents.sock"),
            meters: Mutex::default(),
        }
    }

    /// The rules of which addresses are contacted; whoever else connects to anything asks them first.
    pub fn egress(&self) -> &Egress {
        &self.egress
    }

    /// Straight from this machine.
    pub fn direct(&self) -> Arc<dyn Dialer> {
        Arc::new(self.direct.clone())
    }

    /// How much goes through a connector from this process: connections now, and bytes since it began.
    pub fn traffic(&self, connector: ConnectorId) -> (u32, u64) {
        let meter = self.meter(connector);
        (meter.streams(), meter.bytes())
    }

    /// The agents that are connected to this process.
    pub fn hub(&self) -> Option<&Arc<Hub>> {
        self.hub.get()
    }

    fn meter(&self, connector: ConnectorId) -> Arc<Meter> {
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(meters.entry(connector).or_default())
    }
}
