//! How a TCP stream to a mail server is had, and which addresses are never contacted. Deliberately absent: tunnels
//! (a Network Connector is another [`Dialer`]).

use super::BoxStream;
use crate::{Limits, MailError};
use async_trait::async_trait;
use model::{Cause, Stage};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
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
    own_listeners: Vec<SocketAddr>,
}

impl Direct {
    /// Refuses `own_listeners` beside what is always refused; an unspecified address there stands for every address
    /// of this machine.
    pub fn new(own_listeners: Vec<SocketAddr>) -> Self {
        Self { own_listeners }
    }

    fn allows(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        may_be_contacted(ip) && !self.own_listeners.iter().any(|own| is_listener(*own, ip, address.port()))
    }
}

#[async_trait]
impl Dialer for Direct {
    async fn dial(&self, host: &str, port: u16, limits: &Limits) -> Result<BoxStream, MailError> {
        let found = resolve(host, port, limits).await?;
        let allowed: Vec<SocketAddr> = found.into_iter().filter(|address| self.allows(*address)).collect();
        if allowed.is_empty() {
            let detail = format!("{host} leads to an address that may not be contacted.");
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

/// True for public, private and loopback unicast addresses; false for link-local (where cloud metadata lives),
/// multicast, unspecified and broadcast ones, for the metadata services at other addresses, and for IPv6 forms that
/// carry any of these.
pub fn may_be_contacted(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(v4) => v4_may(v4),
        IpAddr::V6(v6) => v6_may(v6),
    }
}

fn v4_may(ip: Ipv4Addr) -> bool {
    // Alibaba Cloud and Azure keep their metadata outside 169.254/16.
    const METADATA: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
    let [first, ..] = ip.octets();
    first != 0 && !ip.is_link_local() && !ip.is_multicast() && !ip.is_broadcast() && !METADATA.contains(&ip)
}

fn v6_may(ip: Ipv6Addr) -> bool {
    // Amazon's metadata over IPv6.
    const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    let carried = match ip.segments() {
        // NAT64 (RFC 6052), IPv4-compatible (RFC 4291 §2.5.5.1) and 6to4 (RFC 3056).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0, 0, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..]
            if !ip.is_loopback() =>
        {
            Some((high, low))
        }
        _ => None,
    };
    let carries_refused = carried
        .is_some_and(|(high, low)| !v4_may(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))));
    !carries_refused
        && !ip.is_unspecified()
        && !ip.is_multicast()
        && !ip.is_unicast_link_local()
        && ip != METADATA
}

fn is_listener(own: SocketAddr, ip: IpAddr, port: u16) -> bool {
    let listening = own.ip().to_canonical();
    own.port() == port && (listening == ip || listening.is_unspecified() && is_this_machine(ip))
}

/// An address is ours where the way to it begins at it. Connecting a UDP socket sends nothing.
fn is_this_machine(ip: IpAddr) -> bool {
    if ip.is_loopback() {
        return true;
    }
    let any: IpAddr = if ip.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let local = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((ip, 9))?;
        socket.local_addr()
    });
    local.is_ok_and(|local| local.ip() == ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_metadata_multicast_and_broadcast_are_refused_in_every_spelling() {
        let check = |ip: &str, allowed: bool| {
            assert_eq!(may_be_contacted(ip.parse().unwrap()), allowed, "{ip}");
        };
        for ip in ["127.0.0.1", "10.1.2.3", "192.168.1.1", "100.64.0.1", "8.8.8.8", "::1", "2001:db8::1"] {
            check(ip, true);
        }
        for ip in ["fd12::1", "64:ff9b::808:808", "2002:808:808::1", "::ffff:127.0.0.1"] {
            check(ip, true);
        }
        for ip in ["169.254.169.254", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255"] {
            check(ip, false);
        }
        for ip in ["100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fe80::1", "febf::1", "ff02::1", "::"]
        {
            check(ip, false);
        }
        for ip in ["::ffff:169.254.169.254", "::a9fe:a9fe", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"] {
            check(ip, false);
        }
    }

    #[test]
    fn our_own_listener_is_refused() {
        let any = Direct::new(vec!["0.0.0.0:3000".parse().unwrap()]);
        let one = Direct::new(vec!["127.0.0.1:3000".parse().unwrap()]);
        let check = |dialer: &Direct, address: &str, allowed: bool| {
            assert_eq!(dialer.allows(address.parse().unwrap()), allowed, "{address}");
        };
        check(&any, "127.0.0.1:3000", false);
        check(&any, "127.8.8.8:3000", false);
        check(&any, "[::ffff:127.0.0.1]:3000", false);
        check(&any, "127.0.0.1:143", true);
        check(&one, "127.0.0.1:3000", false);
        check(&one, "127.0.0.2:3000", true);
    }

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
