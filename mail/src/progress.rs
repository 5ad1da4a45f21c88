//! What an opening tells whoever watches it, while it goes on. Deliberately absent: what became of it, which is its
//! result.

use crate::MailError;
use model::Stage;
use std::net::SocketAddr;
use tokio_rustls::rustls::pki_types::CertificateDer;

/// Something that a watcher may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observed {
    /// This stage begins. Capabilities are asked for several times; everything else begins once.
    Stage(Stage),
    /// It goes through the Network Connector of this name, which looks the server up itself.
    Through(String),
    /// The fingerprint of the host key that a Network Connector of SSH showed, whether it was believed or not.
    HostKey(String),
    /// The name leads to these addresses, in the order in which they are tried.
    Addresses(Vec<SocketAddr>),
    /// An address was tried; `trouble` says why nothing came of it.
    Tried {
        /// Which one.
        address: SocketAddr,
        /// One sentence of ours; `None` where it answered.
        trouble: Option<String>,
    },
    /// What the server showed of itself, its own certificate first, whether it was believed or not.
    Certificates(Vec<CertificateDer<'static>>),
    /// The secure connection stands.
    Secured {
        /// Such as `TLS 1.3`.
        version: &'static str,
        /// Such as `TLS13_AES_256_GCM_SHA384`.
        cipher: String,
    },
    /// The server's own words at the present stage: bounded, without control characters, nothing from before TLS.
    Words(String),
    /// The mechanism by which the sign-in was accepted.
    Mechanism(String),
}

/// How far an opening has got, for whoever watches and for the deadline over all of it.
pub struct Progress<'a> {
    stage: Stage,
    thorough: bool,
    listener: &'a mut (dyn FnMut(Observed) + Send),
}

impl<'a> Progress<'a> {
    /// An opening that nothing is known of yet. `thorough`: all addresses are tried, also those that are not needed.
    pub fn new(thorough: bool, listener: &'a mut (dyn FnMut(Observed) + Send)) -> Self {
        Self { stage: Stage::Resolve, thorough, listener }
    }

    /// The stage that began last.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// True where all addresses are to be tried.
    pub fn is_thorough(&self) -> bool {
        self.thorough
    }

    /// `stage` begins.
    pub fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.tell(Observed::Stage(stage));
    }

    /// Something else is known.
    pub fn tell(&mut self, observed: Observed) {
        (self.listener)(observed);
    }

    /// What the server said, made safe to show.
    pub(crate) fn say(&mut self, words: &str) {
        self.tell(Observed::Words(crate::error::bounded(words)));
    }

    /// An address was tried.
    pub(crate) fn tried(&mut self, address: SocketAddr, error: Option<&MailError>) {
        self.tell(Observed::Tried { address, trouble: error.map(|error| error.detail.clone()) });
    }
}
