//! Which way an account takes to its server, decided at each connection: straight, through the Network Connector that it
//! names, or through whatever is the default now. Whoever uses one never goes direct instead.

use super::CheckError;
use super::Checks;
use super::target::{secret_of, ssh_secret_of};
use crate::connectors::{Proxy, Speaks, SshLogin, Through};
use mail::{Dialer, MailError, Secret, Target};
use model::{
    AccountSettings, Cause, ConnectorId, ConnectorKind, ConnectorSettings, ConnectorSummary, Stage, Way,
};
use secrecy::SecretString;
use std::sync::Arc;

/// The way that an account takes now.
pub struct Taken {
    /// Leads to its server.
    pub dialer: Arc<dyn Dialer>,
    connector: Option<ConnectorId>,
}

impl Taken {
    /// Where mail of `target` comes from on this way: the names that messages have there mean nothing anywhere else. The
    /// same address may be another server in another network, and so may another port, unless it is one of those that belong
    /// to the protocol.
    pub fn origin(&self, target: &Target) -> String {
        let connector = self.connector.map_or(0, |connector| connector.0);
        let (protocol, address) = (target.protocol.id(), target.address.to_ascii_lowercase());
        let port = if [143, 993, 110, 995].contains(&target.port) { 0 } else { target.port };
        format!("{protocol} {address}:{port} {connector} {}", target.user_name)
    }
}

/// The way to the server of an account with these settings.
///
/// # Errors
/// As [`taken`].
pub async fn dialer(checks: &Checks, settings: &AccountSettings) -> Result<Arc<dyn Dialer>, CheckError> {
    Ok(taken(checks, settings).await?.dialer)
}

/// The same, and which way that is.
///
/// # Errors
/// There is none now, with the cause that says which; or as [`through`].
pub async fn taken(checks: &Checks, settings: &AccountSettings) -> Result<Taken, CheckError> {
    let (found, missing) = match settings.way {
        Way::Direct => return Ok(Taken { dialer: checks.connectors.direct(), connector: None }),
        Way::Default => (checks.store.default_connector().await?, "No default Network Connector is set."),
        Way::Through(id) => {
            (checks.store.find_connector(id).await?, "The Network Connector of this account was removed.")
        }
    };
    let connector =
        found.ok_or_else(|| MailError::account(Stage::Connect, Cause::ConnectorMissing, missing))?;
    let dialer = through(checks, &connector).await?;
    Ok(Taken { dialer, connector: Some(connector.id) })
}

/// The way through a connector.
///
/// # Errors
/// It is switched off, or its credential cannot be opened.
pub async fn through(checks: &Checks, connector: &ConnectorSummary) -> Result<Arc<dyn Dialer>, CheckError> {
    let settings = &connector.settings;
    if !settings.enabled {
        let detail = format!("The Network Connector {} is switched off.", settings.name);
        return Err(MailError::account(Stage::Connect, Cause::ConnectorOffline, detail).into());
    }
    let proxy = |speaks| {
        let ConnectorSettings { name, address, port, .. } = settings.clone();
        Through::Proxy(Proxy { name, address: mail::ascii_name(&address), port, speaks })
    };
    let through = match settings.kind {
        ConnectorKind::Agent => Through::Agents,
        ConnectorKind::Socks5 => proxy(Speaks::Socks5(password(checks, settings).await?)),
        ConnectorKind::HttpConnect => {
            let (tls, password) = (settings.tls, password(checks, settings).await?);
            proxy(Speaks::HttpConnect { tls, password })
        }
        ConnectorKind::Ssh => proxy(Speaks::Ssh(login(checks, settings).await?)),
    };
    Ok(checks.connectors.through(connector.id, &settings.name, settings.most_streams, through))
}

fn refused(detail: impl Into<String>) -> CheckError {
    MailError::account(Stage::Connect, Cause::ConnectorRefused, detail).into()
}

/// What a proxy wants to know of us, where it wants that.
async fn password(
    checks: &Checks,
    settings: &ConnectorSettings,
) -> Result<Option<(String, SecretString)>, CheckError> {
    let Some(credential) = settings.credential else { return Ok(None) };
    match secret_of(checks, credential).await? {
        (user_name, Secret::Password(password)) => Ok(Some((user_name, password))),
        (_, Secret::Token(_)) => {
            Err(refused("A Network Connector signs in with a password, not with tokens."))
        }
    }
}

/// Who comes to an SSH server, which always wants to know.
async fn login(checks: &Checks, settings: &ConnectorSettings) -> Result<SshLogin, CheckError> {
    let missing = || refused(format!("The Network Connector {} has no credential.", settings.name));
    let (user_name, secret) = ssh_secret_of(checks, settings.credential.ok_or_else(missing)?).await?;
    Ok(SshLogin { user_name, secret, host_key: settings.host_key.clone() })
}
