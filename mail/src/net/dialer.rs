//! How a TCP stream to a mail server is had. Deliberately absent: which addresses are never contacted (see [`super::egress`]),
//! and tunnels (a Network Connector is another [`Dialer`]).

use super::BoxStream;
use super::egress::Egress;
use crate::{Limits, MailError};
use async_trait::async_trait;
use model::{Cause, Stage};
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};

/// How a TCP stream to a host and port is had.
#[async_trait]
pub trait Dialer: Send + Sync {
    /// A connected stream, within `limits.connect`.
    ///
    /// # Errors
    /// Stage `resolve` or `connect`, with the cause that tells refused, filtered, unknown and not allowed apart.
    async fn dial(&self, host: &str, port: u16, limits: &Limits) -> Result<BoxStream, MailError>;
}

/// Straight from this machine, to public, private and loopback addresses.
///
/// A name is resolved once, every address is judged, and the judged address itself is connected to: no second look-up
/// can put another in its place. No packet goes to a refused one.
#[derive(Debug, Clone, Default)]
pub struct Direct {
    egress: Egress,
}

impl Direct {
    /// To whatever `egress` lets through.
    pub fn new(egress: Egress) -> Self {
        Self { egress }
    }
}

#[async_trait]
impl Dialer for Direct {
    async fn dial(&self, host: &str, port: u16, limits: &Limits) -> Result<BoxStream, MailError> {
        let found = resolve(host, port, limits).await?;
        let mut allowed = Vec::with_capacity(found.len());
        let mut refused = None;
        for address in found {
            match self.egress.judge(address) {
                Ok(()) => allowed.push(address),
                Err(rule) => refused = refused.or(Some((address.ip(), rule))),
            }
        }
        if let Some((ip, rule)) = refused.filter(|_| allowed.is_empty()) {
            let detail =
                format!("{host} leads to {ip}, which is not contacted because it is {}.", rule.words());
            return Err(MailError::account(Stage::Resolve, Cause::AddressNotAllowed, detail));
        }
        connect(host, &allowed, limits).await
    }
}

async fn resolve(host: &str, port: u16, limits: &Limits) -> Result<Vec<SocketAddr>, MailError> {
    let failed = |cause, detail: String| Err(MailError::account(Stage::Resolve, cause, detail));
    match timeout(limits.connect, lookup_host((host, port))).await {
        Err(_) => failed(Cause::DnsTimeout, format!("Looking up {host} took too long.")),
        // EAI_AGAIN reaches us as text alone.
        Ok(Err(error)) if error.to_string().contains("Temporary failure") => {
            failed(Cause::DnsTimeout, format!("Looking up {host} failed for now."))
        }
        Ok(Err(_)) => failed(Cause::DnsNotFound, format!("There is no address for {host}.")),
        Ok(Ok(addresses)) => {
            let mut found: Vec<SocketAddr> = Vec::new();
            for address in addresses.filter(|address| address.port() == port).take(32) {
                if !found.contains(&address) {
                    found.push(address);
                }
            }
            if found.is_empty() {
                return failed(Cause::DnsNotFound, format!("There is no address for {host}."));
            }
            Ok(found)
        }
    }
}

/// Tries every address in turn; each gets its share of what is left of the limit, so that a dead first one does not
/// use it up.
async fn connect(host: &str, addresses: &[SocketAddr], limits: &Limits) -> Result<BoxStream, MailError> {
    let end = Instant::now() + limits.connect;
    let mut worst: Option<MailError> = None;
    for (tried, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX).max(1);
        let share = end.saturating_duration_since(Instant::now()) / left;
        let failure = match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Commands are small and waited for: Nagle would hold each back.
                let _ = stream.set_nodelay(true);
                return Ok(Box::new(stream));
            }
            Ok(Err(error)) => refusal(host, *address, &error),
            Err(_) => late(host, *address),
        };
        // A host without IPv6 says "unreachable" there; what its IPv4 address says is worth more.
        if worst.as_ref().is_none_or(|known| rank(failure.kind) > rank(known.kind)) {
            worst = Some(failure);
        }
    }
    Err(worst.unwrap_or_else(|| {
        MailError::account(Stage::Connect, Cause::NetworkUnreachable, format!("{host} has no address."))
    }))
}

fn late(host: &str, address: SocketAddr) -> MailError {
    MailError::account(Stage::Connect, Cause::ConnectTimeout, format!("{host} ({address}) did not answer."))
}

fn refusal(host: &str, address: SocketAddr, error: &io::Error) -> MailError {
    let cause = match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Cause::ConnectRefused,
        io::ErrorKind::TimedOut => Cause::ConnectTimeout,
        _ => Cause::NetworkUnreachable,
    };
    MailError::account(Stage::Connect, cause, format!("Connecting to {host} ({address}) failed: {error}."))
}

fn rank(cause: Cause) -> u8 {
    match cause {
        Cause::ConnectRefused => 2,
        Cause::ConnectTimeout => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn cause(host: &str, port: u16) -> Cause {
        Direct::default().dial(host, port, &Limits::default()).await.err().unwrap().kind
    }

    #[tokio::test]
    async fn failures_are_told_apart() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(cause("127.0.0.1", closed).await, Cause::ConnectRefused);
        assert_eq!(cause("169.254.169.254", 80).await, Cause::AddressNotAllowed);
        assert_eq!(cause("::ffff:169.254.169.254", 80).await, Cause::AddressNotAllowed);
        assert_eq!(cause("not a host name", 143).await, Cause::DnsNotFound);
    }
}
