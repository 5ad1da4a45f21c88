//! What all kinds of proxies have in common: they are reached like any server, they look names up themselves, and what they
//! refuse is told apart from what the server behind them refuses.

use super::meter::Meter;
use super::ssh::SshLogin;
use super::{http_connect, socks5, ssh};
use async_trait::async_trait;
use mail::net::BoxStream;
use mail::net::tls::secure;
use mail::{Dialer, Direct, Limits, MailError, Observed, Progress, Trust};
use model::{Cause, Stage};
use secrecy::SecretString;
use std::sync::Arc;
use tokio::time::timeout;

/// What a proxy speaks, and what it wants to know of us.
pub enum Speaks {
    /// SOCKS version 5.
    Socks5(Option<Password>),
    /// HTTP CONNECT.
    HttpConnect {
        /// The connection to it is TLS.
        tls: bool,
        /// Who comes, where it wants to know that.
        password: Option<Password>,
    },
    /// SSH.
    Ssh(SshLogin),
}

/// A user name and what belongs to it.
pub type Password = (String, SecretString);

/// A proxy.
pub struct Proxy {
    /// As people call it.
    pub name: String,
    /// Its host name or IP address.
    pub address: String,
    /// Its port.
    pub port: u16,
    /// Which protocol it speaks.
    pub speaks: Speaks,
}

/// The way through one.
pub struct Proxied {
    proxy: Proxy,
    direct: Direct,
    meter: Arc<Meter>,
}

impl Proxied {
    pub fn new(proxy: Proxy, direct: Direct, meter: Arc<Meter>) -> Self {
        Self { proxy, direct, meter }
    }

    async fn open(
        &self,
        host: &str,
        port: u16,
        limits: &Limits,
        progress: &mut Progress<'_>,
    ) -> Result<BoxStream, MailError> {
        let proxy = &self.proxy;
        // What happens on the way to the proxy is not what happens on the way to the server.
        let mut unheard = |_| ();
        let mut before = Progress::new(false, &mut unheard);
        let unreachable = |error: MailError| {
            let detail = format!("The Network Connector {} cannot be reached: {}", proxy.name, error.detail);
            MailError::account(Stage::Connect, Cause::ConnectorOffline, detail)
        };
        let turn = match &proxy.speaks {
            Speaks::Ssh(_) => self.meter.turn().await,
            Speaks::Socks5(_) | Speaks::HttpConnect { .. } => None,
        };
        let mut stream =
            self.direct.dial(&proxy.address, proxy.port, limits, &mut before).await.map_err(unreachable)?;
        if let Speaks::HttpConnect { tls: true, .. } = &proxy.speaks {
            stream = secure(stream, &proxy.address, &Trust::SystemRoots, limits, &mut before)
                .await
                .map_err(unreachable)?;
        }
        match &proxy.speaks {
            Speaks::Socks5(password) => socks5::open(stream, proxy, password.as_ref(), host, port).await,
            Speaks::HttpConnect { password, .. } => {
                http_connect::open(stream, proxy, password.as_ref(), host, port).await
            }
            Speaks::Ssh(login) => {
                let session = ssh::enter(stream, (proxy, login), limits.connect, progress).await?;
                drop(turn);
                session.open(proxy, host, port).await
            }
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
        let opened = timeout(limits.connect, self.open(host, port, limits, progress)).await;
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
