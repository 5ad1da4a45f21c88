//! Where connections come in, as they are or through TLS of our own, and who is at their other end.
//!
//! A handshake takes as long as the other end likes: none of them keeps anybody else waiting.

use super::state::WebState;
use super::tls::Identity;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use ipnet::IpNet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Handshakes at once; whoever comes then waits.
const AT_ONCE: usize = 512;
/// What a browser reads that speaks plain HTTP to TLS.
const WRONG_SCHEME: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
Connection: close\r\n\r\nThis server speaks HTTPS alone: use https:// in the address.\n";

/// Bytes in both directions.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

/// Where connections come in.
pub struct Incoming {
    own: SocketAddr,
    way: Way,
}

enum Way {
    Plain(TcpListener),
    Secured(mpsc::Receiver<(Box<dyn Duplex>, SocketAddr)>),
}

impl Incoming {
    /// As they are.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn plain(listener: TcpListener) -> io::Result<Self> {
        Ok(Self { own: listener.local_addr()?, way: Way::Plain(listener) })
    }

    /// Through TLS.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn secured(listener: TcpListener, identity: Identity) -> io::Result<Self> {
        let own = listener.local_addr()?;
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(shake_hands(listener, identity, sender));
        Ok(Self { own, way: Way::Secured(receiver) })
    }
}

impl Listener for Incoming {
    type Io = Box<dyn Duplex>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        match &mut self.way {
            Way::Plain(listener) => {
                let (stream, from) = Listener::accept(listener).await;
                (Box::new(stream), from)
            }
            Way::Secured(ready) => match ready.recv().await {
                Some(connection) => connection,
                // Nobody shakes hands any more: the process ends.
                None => std::future::pending().await,
            },
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.own)
    }
}

/// Takes connections until nobody wants them any more.
async fn shake_hands(
    mut listener: TcpListener,
    identity: Identity,
    ready: mpsc::Sender<(Box<dyn Duplex>, SocketAddr)>,
) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    while !ready.is_closed() {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (stream, from) = tokio::select! {
            accepted = Listener::accept(&mut listener) => accepted,
            () = ready.closed() => return,
        };
        let (acceptor, ready) = (TlsAcceptor::from(identity.present()), ready.clone());
        tokio::spawn(async move {
            let shaken = timeout(HANDSHAKE, shake_one(acceptor, stream)).await;
            drop(place);
            if let Ok(Some(stream)) = shaken {
                // Whoever would serve it may have gone.
                drop(ready.send((stream, from)).await);
            }
        });
    }
}

async fn shake_one(acceptor: TlsAcceptor, mut stream: TcpStream) -> Option<Box<dyn Duplex>> {
    // A record of the handshake begins with 22 (RFC 8446 §5.1); words of HTTP do not.
    let mut first = [0];
    stream.peek(&mut first).await.ok()?;
    if first[0].is_ascii_uppercase() {
        stream.write_all(WRONG_SCHEME).await.ok()?;
        return None;
    }
    let secured = acceptor.accept(stream).await.ok()?;
    Some(Box::new(secured))
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(SocketAddr);

impl Connected<IncomingStream<'_, Incoming>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Incoming>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Finds out where a request comes from and tells everybody below (`ConnectInfo` among the request's extensions).
pub async fn locate(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(Peer(peer))) = request.extensions().get::<ConnectInfo<Peer>>().copied() {
        let from = client(peer.ip(), request.headers(), &state.config.trusted_proxies);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(from, peer.port())));
    }
    next.run(request).await
}

/// Who is at the far end: the peer, or whom a proxy names that is trusted. What stands further to the left was written by
/// somebody whom nobody vouches for.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|network| network.contains(&ip.to_canonical()));
    let values: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
    let mut client = peer;
    for hop in values.join(",").rsplit(',') {
        let hop = hop.trim();
        let named = hop.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|at| at.ip()));
        match named {
            Some(named) if is_trusted(client) => client = named,
            _ => break,
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_says_who_comes() {
        let trusted: Vec<IpNet> = ["127.0.0.0/8", "10.1.0.0/16"].map(|net| net.parse().unwrap()).into();
        let of = |peer: &str, forwarded: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            client(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(of("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(of("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(of("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("::ffff:127.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(
            of("127.0.0.1", &["6.6.6.6, 198.51.100.1, 10.1.0.7"]),
            "198.51.100.1",
            "not what it claimed itself"
        );
        assert_eq!(of("127.0.0.1", &["6.6.6.6", "198.51.100.1"]), "198.51.100.1");
        assert_eq!(of("127.0.0.1", &["unknown"]), "127.0.0.1");
    }
}
