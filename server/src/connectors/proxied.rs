//! What both kinds of proxies have in common: they are reached like any server, they look names up themselves, and what they
//! refuse is told apart from what the server behind them refuses.

use super::{http_connect, socks5};
use async_trait::async_trait;
use mail::net::BoxStream;
use mail::net::tls::secure;
use mail::{Dialer, Direct, Limits, MailError, Observed, Progress, Trust};
use model::{Cause, Stage};
use secrecy::SecretString;
use tokio::time::timeout;

/// What proxies speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// SOCKS version 5.
    Socks5,
    /// HTTP CONNECT.
    HttpConnect,
}

/// A proxy and what it wants to know of us.
pub struct Proxy {
    /// As people call it.
    pub name: String,
    /// Which protocol it speaks.
    pub kind: ProxyKind,
    /// Its host name or IP address.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// The connection to it is TLS.
    pub tls: bool,
    /// User name and password, where it wants them.
    pub sign_in: Option<(String, SecretString)>,
}

/// The way through one.
pub struct Proxied {
    proxy: Proxy,
    direct: Direct,
}

impl Proxied {
    pub fn new(proxy: Proxy, direct: Direct) -> Self {
        Self { proxy, direct }
    }

    async fn open(&self, host: &str, port: u16, limits: &Limits) -> Result<BoxStream, MailError> {
        let proxy = &self.proxy;
        let mut unheard = |_| ();
        let mut progress = Progress::new(false, &mut unheard);
        let unreachable = |error: MailError| {
            let detail = format!("The Network Connector {} cannot be reached: {}", proxy.name, error.detail);
            MailError::account(Stage::Connect, Cause::ConnectorOffline, detail)
        };
        let mut stream =
            self.direct.dial(&proxy.address, proxy.port, limits, &mut progress).await.map_err(unreachable)?;
        if proxy.tls {
            stream = secure(stream, &proxy.address, &Trust::SystemRoots, limits, &mut progress)
                .await
                .map_err(unreachable)?;
        }
        match proxy.kind {
            ProxyKind::Socks5 => socks5::open(stream, proxy, host, port).await,
            ProxyKind::HttpConnect => http_connect::open(stream, proxy, host, port).await,
        }
    }
}

#[async_trait]
impl Dialer for Proxied {
    async fn dial(
        &self,
        host: &str,
        port: u16,
        limits: &Limits,
        progress: &mut Progress<'_>,
    ) -> Result<BoxStream, MailError> {
        progress.tell(Observed::Through(self.proxy.name.clone()));
        progress.enter(Stage::Connect);
        let opened = timeout(limits.connect, self.open(host, port, limits)).await;
        opened.unwrap_or_else(|_| {
            let name = &self.proxy.name;
            let detail = format!("{host} did not answer through the Network Connector {name}.");
            Err(MailError::account(Stage::Connect, Cause::ConnectTimeout, detail))
        })
    }
}

impl Proxy {
    /// What went wrong behind the proxy, in its words.
    pub(super) fn error(&self, cause: Cause, words: &str) -> MailError {
        let detail = format!("The Network Connector {} says: {words}.", self.name);
        MailError::account(Stage::Connect, cause, detail)
    }
}
