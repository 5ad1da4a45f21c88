//! What the DNS says: addresses, SRV and MX. Deliberately absent: what is made of it, and who may be contacted.

use super::address::host_name;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Somebody who answers questions about names.
pub struct Dns {
    resolver: TokioResolver,
}

/// Why there is no answer. That there is nothing under a name is an answer.
#[derive(Debug, thiserror::Error)]
#[error("no name server answered")]
pub struct Silent;

/// One SRV record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The lower, the earlier.
    pub priority: u16,
    /// The higher, the more often.
    pub weight: u16,
    /// TCP port.
    pub port: u16,
    /// In ASCII; none where the domain says that it has no such service (RFC 2782: target `.`).
    pub target: Option<String>,
}

/// Answers with more records than this are cut.
const MOST: usize = 16;

impl Dns {
    /// Asks `server`, or whom this machine asks.
    ///
    /// # Errors
    /// Where this machine has nobody to ask.
    pub fn new(server: Option<SocketAddr>) -> Result<Self, Silent> {
        let mut builder = match server {
            None => TokioResolver::builder_tokio().map_err(|_| Silent)?,
            Some(server) => {
                let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                    connection.port = server.port();
                    connection
                });
                let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        let options = builder.options_mut();
        options.timeout = Duration::from_secs(2);
        options.attempts = 1;
        Ok(Self { resolver: builder.build().map_err(|_| Silent)? })
    }

    /// The addresses of `host`, which is taken as it is: no search domain is added.
    ///
    /// # Errors
    /// Where nobody answered.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, Silent> {
        let found = self.resolver.lookup_ip(format!("{host}.")).await;
        answered(found.map(|found| found.iter().take(MOST).collect()))
    }

    /// The servers of `service` (such as `_imaps._tcp`) at `domain`, the first to try first.
    ///
    /// # Errors
    /// Where nobody answered.
    pub async fn services(&self, service: &str, domain: &str) -> Result<Vec<Service>, Silent> {
        let found = self.resolver.srv_lookup(format!("{service}.{domain}.")).await;
        let mut services = answered(found.map(|found| {
            let services = found.answers().iter().filter_map(|record| match &record.data {
                RData::SRV(srv) => {
                    let target = (!srv.target.is_root()).then(|| host_name(&srv.target.to_ascii()));
                    // A target that is no host name is no answer; the root says that there is none.
                    let target = target.map_or(Some(None), |name| name.map(Some))?;
                    Some(Service { priority: srv.priority, weight: srv.weight, port: srv.port, target })
                }
                _ => None,
            });
            services.take(MOST).collect::<Vec<_>>()
        }))?;
        services.sort_by_key(|service| (service.priority, u16::MAX - service.weight));
        Ok(services)
    }

    /// The mail exchangers of `domain`, the preferred first.
    ///
    /// # Errors
    /// Where nobody answered.
    pub async fn exchangers(&self, domain: &str) -> Result<Vec<String>, Silent> {
        let found = self.resolver.mx_lookup(format!("{domain}.")).await;
        let mut exchangers = answered(found.map(|found| {
            let exchangers = found.answers().iter().filter_map(|record| match &record.data {
                RData::MX(mx) => Some((mx.preference, host_name(&mx.exchange.to_ascii())?)),
                _ => None,
            });
            exchangers.take(MOST).collect::<Vec<_>>()
        }))?;
        exchangers.sort();
        Ok(exchangers.into_iter().map(|(_, name)| name).collect())
    }
}

/// Nothing there is an empty answer.
fn answered<T>(found: Result<Vec<T>, NetError>) -> Result<Vec<T>, Silent> {
    match found {
        Ok(found) => Ok(found),
        Err(error) if error.is_no_records_found() => Ok(Vec::new()),
        Err(_) => Err(Silent),
    }
}
