//! How a TCP stream to a mail server is had. Deliberately absent: which addresses are never contacted (see [`super::egress`]),
//! and tunnels (a Network Connector is another [`Dialer`]).

use super::BoxStream;
use super::egress::Egress;
use crate::{Limits, MailError, Observed, Progress};
use async_trait::async_trait;
use futures_util::future::join_all;
use model::{Cause, Stage};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};

/// How long an address that is not needed may take to answer.
const REST: Duration = Duration::from_secs(3);

/// How a TCP stream to a host and port is had.
#[async_trait]
pub trait Dialer: Send + Sync {
    /// A connected stream, within `limits.connect`. `progress` is told which addresses there are and what came of each.
    ///
    /// # Errors
    /// Stage `resolve` or `connect`, with the cause that tells refused, filtered, unknown and not allowed apart.
    async fn dial(
        &self,
        host: &str,
        port: u16,
        limits: &Limits,
        progress: &mut Progress<'_>,
    ) -> Result<BoxStream, MailError>;
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
    async fn dial(
        &self,
        host: &str,
        port: u16,
        limits: &Limits,
        progress: &mut Progress<'_>,
    ) -> Result<BoxStream, MailError> {
        let found = resolve(host, port, limits).await?;
        progress.tell(Observed::Addresses(found.clone()));
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
        if let Some((ip, rule)) = refused {
            let trouble = Some(format!("{ip} is not contacted because it is {}.", rule.words()));
            progress.tell(Observed::Tried { address: SocketAddr::new(ip, port), trouble });
        }
        progress.enter(Stage::Connect);
        connect(host, &allowed, limits, progress).await
    }
}

/// A host name as name servers and certificates spell it (RFC 5891): `münchen.example` is `xn--mnchen-3ya.example`. What is no
/// such name stays as it is.
pub fn ascii_name(host: &str) -> String {
    if host.is_ascii() {
        return host.to_owned();
    }
    idna::domain_to_ascii(host).unwrap_or_else(|_| host.to_owned())
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
async fn connect(
    host: &str,
    addresses: &[SocketAddr],
    limits: &Limits,
    progress: &mut Progress<'_>,
) -> Result<BoxStream, MailError> {
    let end = Instant::now() + limits.connect;
    let mut worst: Option<MailError> = None;
    for (tried, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX).max(1);
        let share = end.saturating_duration_since(Instant::now()) / left;
        let failure = match one(host, *address, share).await {
            Ok(stream) => {
                progress.tried(*address, None);
                if progress.is_thorough() {
                    try_the_rest(host, addresses.get(tried + 1..).unwrap_or_default(), progress).await;
                }
                return Ok(Box::new(stream));
            }
            Err(failure) => failure,
        };
        progress.tried(*address, Some(&failure));
        // A host without IPv6 says "unreachable" there; what its IPv4 address says is worth more.
        if worst.as_ref().is_none_or(|known| rank(failure.kind) > rank(known.kind)) {
            worst = Some(failure);
        }
    }
    Err(worst.unwrap_or_else(|| {
        MailError::account(Stage::Connect, Cause::NetworkUnreachable, format!("{host} has no address."))
    }))
}

/// Whether the addresses that were not needed would have answered, all at once: one of them will be the first some day.
async fn try_the_rest(host: &str, addresses: &[SocketAddr], progress: &mut Progress<'_>) {
    let tries = addresses.iter().map(|address| async move { (*address, one(host, *address, REST).await) });
    for (address, tried) in join_all(tries).await {
        progress.tried(address, tried.err().as_ref());
    }
}

async fn one(host: &str, address: SocketAddr, patience: Duration) -> Result<TcpStream, MailError> {
    match timeout(patience, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => {
            // Commands are small and waited for: Nagle would hold each back.
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
        Ok(Err(error)) => Err(refusal(host, address, &error)),
        Err(_) => Err(late(host, address)),
    }
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
    use tokio::net::TcpListener;

    #[test]
    fn a_name_is_looked_up_as_it_is_registered() {
        for (typed, registered) in [
            ("münchen.example", "xn--mnchen-3ya.example"),
            ("mail.example.org", "mail.example.org"),
            ("127.0.0.1", "127.0.0.1"),
            ("::1", "::1"),
        ] {
            assert_eq!(ascii_name(typed), registered);
        }
    }

    async fn cause(host: &str, port: u16) -> Cause {
        let mut unheard = |_| ();
        let mut progress = Progress::new(false, &mut unheard);
        Direct::default().dial(host, port, &Limits::default(), &mut progress).await.err().unwrap().kind
    }

    #[tokio::test]
    async fn failures_are_told_apart() {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        assert_eq!(cause("127.0.0.1", closed).await, Cause::ConnectRefused);
        assert_eq!(cause("169.254.169.254", 80).await, Cause::AddressNotAllowed);
        assert_eq!(cause("::ffff:169.254.169.254", 80).await, Cause::AddressNotAllowed);
        assert_eq!(cause("not a host name", 143).await, Cause::DnsNotFound);
    }

    #[tokio::test]
    async fn a_thorough_look_tries_what_is_not_needed() {
        let open = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (first, second) = (listener.local_addr().unwrap(), open);
        for (thorough, expected) in
            [(false, vec![(first, false)]), (true, vec![(first, false), (second, true)])]
        {
            let mut seen = Vec::new();
            let mut listen = |observed| {
                if let Observed::Tried { address, trouble } = observed {
                    seen.push((address, trouble.is_some()));
                }
            };
            let mut progress = Progress::new(thorough, &mut listen);
            connect("mail.example", &[first, second], &Limits::default(), &mut progress).await.unwrap();
            assert_eq!(seen, expected);
        }
    }
}
