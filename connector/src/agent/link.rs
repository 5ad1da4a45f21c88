//! The WebSocket to the server. Its TLS hides what is inside from onlookers and is trusted for nothing more: who the
//! server is shows in the handshake inside, through any proxy and with any certificate.

use super::AgentError;
use bytes::Bytes;
use connector::frame::Hello;
use connector::keys::{KeyPair, PublicKey};
use connector::noise::{self, LARGEST_MESSAGE, Messages, NoiseStream};
use futures_util::{SinkExt, StreamExt, future};
use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error as TlsError, SignatureScheme};
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::http::{StatusCode, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

/// How long the network may take for a connection. Short: after an outage the next try should come soon.
const CONNECT: Duration = Duration::from_secs(3);
/// How long everything up to the server's first word may take.
const GREETING: Duration = Duration::from_secs(10);

/// Where the server is, such as `https://mail.example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    tls: bool,
    host: String,
    port: u16,
    text: String,
}

impl FromStr for ServerUrl {
    type Err = AgentError;

    fn from_str(text: &str) -> Result<Self, AgentError> {
        let wrong = || {
            AgentError::Usage(format!(
                "{text}: expected the server's address, such as https://mail.example.org"
            ))
        };
        let uri: Uri = text.trim().trim_end_matches('/').parse().map_err(|_| wrong())?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(wrong());
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?.to_owned();
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Self { tls, host, port, text: text.trim().trim_end_matches('/').to_owned() })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// What carries the bytes to the server.
pub type Link = NoiseStream<Box<dyn Messages>>;

/// A connection on which the server has proved its key and heard `hello`.
///
/// # Errors
/// It cannot be reached, or is somebody else.
pub async fn dial(
    server: &ServerUrl,
    server_key: &PublicKey,
    key: &KeyPair,
    hello: &Hello,
) -> Result<Link, AgentError> {
    let unreachable = |error| AgentError::Unreachable { server: server.to_string(), error };
    let shaken = async {
        let messages = open(server).await.map_err(|error| match error.kind() {
            io::ErrorKind::QuotaExceeded => AgentError::NotHeard(server.to_string()),
            _ => unreachable(error),
        })?;
        let begun = noise::begin(messages, key, server_key, hello).await;
        begun.map_err(|error| AgentError::Handshake { server: server.to_string(), error })
    };
    timeout(GREETING, shaken).await.map_err(|_| unreachable(io::ErrorKind::TimedOut.into()))?
}

async fn open(server: &ServerUrl) -> io::Result<Box<dyn Messages>> {
    let host = server.host.trim_start_matches('[').trim_end_matches(']');
    let stream = timeout(CONNECT, TcpStream::connect((host, server.port))).await??;
    stream.set_nodelay(true)?;
    let stream: Box<dyn Duplex> = if server.tls {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let config = tls().map_err(io::Error::other)?;
        Box::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await?)
    } else {
        Box::new(stream)
    };
    let request = format!("ws://{}:{}{}", server.host, server.port, connector::PATH);
    let config = WebSocketConfig::default()
        .max_message_size(Some(LARGEST_MESSAGE))
        .max_frame_size(Some(LARGEST_MESSAGE))
        .write_buffer_size(64 * 1024)
        .max_write_buffer_size(512 * 1024);
    let (socket, _) = client_async_with_config(request, stream, Some(config)).await.map_err(broken)?;
    let messages = socket
        .sink_map_err(broken)
        .with(|bytes: Bytes| future::ok::<_, io::Error>(Message::Binary(bytes)))
        .take_while(|message| future::ready(!matches!(message, Ok(Message::Close(_)))))
        .filter_map(|message| future::ready(bytes_of(message)));
    Ok(Box::new(messages))
}

/// The bytes of a message; pings and pongs of the WebSocket are none of ours.
fn bytes_of(message: Result<Message, SocketError>) -> Option<io::Result<Bytes>> {
    match message {
        Ok(Message::Binary(bytes)) => Some(Ok(bytes)),
        Ok(Message::Text(_)) => {
            Some(Err(io::Error::new(io::ErrorKind::InvalidData, "text on a channel of bytes")))
        }
        Ok(_) => None,
        Err(error) => Some(Err(broken(error))),
    }
}

fn broken(error: SocketError) -> io::Error {
    match error {
        SocketError::Io(error) => error,
        SocketError::Http(response) if response.status() == StatusCode::TOO_MANY_REQUESTS => {
            io::ErrorKind::QuotaExceeded.into()
        }
        SocketError::Http(response) => io::Error::other(format!(
            "something that is no Restante server answered there ({})",
            response.status()
        )),
        error => io::Error::other(error),
    }
}

fn tls() -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    Ok(config)
}

/// Takes any certificate, see the top of this file; the signature over the handshake is checked nevertheless.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_browsers_write_it() {
        for (text, tls, host, port) in [
            ("https://mail.example.org", true, "mail.example.org", 443),
            ("https://mail.example.org:8443/", true, "mail.example.org", 8443),
            ("http://127.0.0.1:3000", false, "127.0.0.1", 3000),
            ("http://[::1]:3000", false, "[::1]", 3000),
        ] {
            let url: ServerUrl = text.parse().unwrap();
            assert_eq!((url.tls, url.host.as_str(), url.port), (tls, host, port), "{text}");
        }
        for wrong in
            ["", "mail.example.org", "ws://mail.example.org", "https://", "https://mail.example.org/path"]
        {
            assert!(wrong.parse::<ServerUrl>().is_err(), "{wrong}");
        }
    }
}
