//! What every way through a connector has in common: the rules of which addresses are contacted, and a limit on how many
//! connections go through at once.

use super::agents::ThroughAgents;
use super::meter::Meter;
use super::proxied::Proxied;
use super::{Connectors, Proxy};
use async_trait::async_trait;
use mail::net::BoxStream;
use mail::{Dialer, Egress, Limits, MailError, Progress};
use model::{Cause, ConnectorId, Stage};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// What a connector is.
pub enum Through {
    /// Agents that dial in.
    Agents,
    /// A proxy.
    Proxy(Proxy),
}

struct Bounded {
    name: String,
    most: u32,
    meter: Arc<Meter>,
    egress: Egress,
    way: Box<dyn Dialer>,
}

impl Connectors {
    /// The way through the connector that people call `name`, which carries `most` connections at once.
    pub fn through(
        &self,
        connector: ConnectorId,
        name: &str,
        most: u32,
        through: Through,
    ) -> Arc<dyn Dialer> {
        let (meter, egress) = (self.meter(connector), self.egress.clone());
        let way: Box<dyn Dialer> = match through {
            Through::Proxy(proxy) => Box::new(Proxied::new(proxy, self.direct.clone(), Arc::clone(&meter))),
            Through::Agents => {
                Box::new(ThroughAgents { connector, name: name.to_owned(), agents: self.agents() })
            }
        };
        Arc::new(Bounded { name: name.to_owned(), most, meter, egress, way })
    }
}

impl Bounded {
    /// The rules hold for what a connector is asked for as well, as far as an address is known here.
    fn judge(&self, host: &str, port: u16) -> Result<(), MailError> {
        let Ok(ip) = host.parse::<IpAddr>() else { return Ok(()) };
        self.egress.judge(SocketAddr::new(ip, port)).map_err(|rule| {
            let detail = format!("{host} is not contacted because it is {}.", rule.words());
            MailError::account(Stage::Resolve, Cause::AddressNotAllowed, detail)
        })
    }
}

#[async_trait]
impl Dialer for Bounded {
    async fn dial(
        &self,
        host: &str,
        port: u16,
        limits: &Limits,
        progress: &mut Progress<'_>,
    ) -> Result<BoxStream, MailError> {
        self.judge(host, port)?;
        let place = self.meter.enter(self.most).ok_or_else(|| {
            let Self { name, most, .. } = self;
            let detail = format!(
                "The Network Connector {name} carries {most} connections already, as many as it may."
            );
            MailError::account(Stage::Connect, Cause::ConnectorRefused, detail)
        })?;
        let stream = self.way.dial(host, port, limits, progress).await?;
        Ok(place.taken_by(stream))
    }
}
