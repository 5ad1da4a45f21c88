//! Finding out the mail servers of an e-mail address: what is known, what the domain publishes, what its DNS says, who takes
//! its mail in, and what answers at the usual places. All sources are asked side by side, and none is waited for without
//! limit.
//!
//! Deliberately absent: signing in, and remembering anything.

mod address;
pub mod autoconfig;
pub(crate) mod dns;
pub(crate) mod https;
mod probe;
mod providers;
mod public;
mod published;
mod ranking;
mod srv;

pub use address::{MailAddress, NotAnAddress};
pub use https::Failure as HttpsFailure;
pub use probe::PORTS;

use crate::{Egress, Trust};
use dns::Dns;
use ipnet::IpNet;
use model::{Discovery, DiscoverySource, Protocol, Security, Tried};
use ranking::{Finding, ranked};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;

/// Who is asked, how, and how long.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Only these are asked.
    pub sources: Vec<DiscoverySource>,
    /// Another name server than this machine's.
    pub resolver: Option<SocketAddr>,
    /// Whose certificates are accepted, over HTTPS and when knocking.
    pub trust: Trust,
    /// Where HTTPS may go beside public addresses; pictures of a message as well.
    pub private_https: Vec<IpNet>,
    /// 443, but in tests.
    pub https_port: u16,
    /// Where is knocked: [`PORTS`], but in tests.
    pub ports: [(Protocol, Security, u16); 4],
    /// What nobody may contact.
    pub egress: Egress,
    /// No source is waited for longer.
    pub limit: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            sources: DiscoverySource::ALL.to_vec(),
            resolver: None,
            trust: Trust::SystemRoots,
            private_https: Vec::new(),
            https_port: 443,
            ports: PORTS,
            egress: Egress::default(),
            limit: Duration::from_secs(12),
        }
    }
}

/// What can be found out about the servers of `address`, within `rules.limit`. Where the table knows them nobody else is
/// asked: it is better informed, and nobody else learns of the address.
pub async fn find(address: &MailAddress, rules: &Rules) -> Discovery {
    let on = |source| rules.sources.contains(&source);
    if on(DiscoverySource::ProviderTable) {
        if let Some(finding) = providers::known(address) {
            return ranked(vec![finding]);
        }
        if let Some(help) = providers::without_access(&address.domain) {
            return nothing(DiscoverySource::ProviderTable, help);
        }
    }
    let Ok(dns) = Dns::new(rules.resolver) else {
        return nothing(DiscoverySource::Srv, "This machine names no name server that could be asked.");
    };
    let (published, srv, exchanger, probed) = tokio::join!(
        limited(DiscoverySource::Autoconfig, rules, published::look(address, &dns, rules)),
        limited(DiscoverySource::Srv, rules, srv::look(address, &dns)),
        limited(DiscoverySource::Mx, rules, published::look_at_exchanger(address, &dns, rules)),
        limited(DiscoverySource::Probe, rules, probe::look(address, &dns, rules)),
    );
    let mut found = ranked(vec![published, srv, exchanger, probed]);
    if on(DiscoverySource::ProviderTable) {
        let outcome = format!("{} is none of the known providers.", address.domain);
        found.tried.insert(0, Tried { source: DiscoverySource::ProviderTable, outcome });
    }
    found
}

fn nothing(source: DiscoverySource, why: &str) -> Discovery {
    let tried = vec![Tried { source, outcome: why.to_owned() }];
    Discovery { proposals: Vec::new(), help: None, tried }
}

/// What `asking` finds out in time; a source that is switched off is not asked, and what is slow is said.
async fn limited(source: DiscoverySource, rules: &Rules, asking: impl Future<Output = Finding>) -> Finding {
    if !rules.sources.contains(&source) {
        return Finding::default();
    }
    timeout(rules.limit, asking).await.unwrap_or_else(|_| {
        let outcome = format!("No answer within {} seconds.", rules.limit.as_secs());
        Finding { tried: vec![Tried { source, outcome }], ..Finding::default() }
    })
}
