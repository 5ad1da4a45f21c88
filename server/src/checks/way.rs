//! Which way an account takes to its server, decided at each connection: straight, through the Network Connector that it
//! names, or through whatever is the default now. Whoever uses one never goes direct instead.

use super::Checks;
use super::run::{CheckError, secret_of};
use crate::connectors::{Proxy, ProxyKind, Through};
use mail::{Dialer, MailError, Secret};
use model::{AccountSettings, Cause, ConnectorKind, ConnectorSettings, ConnectorSummary, Stage, Way};
use std::sync::Arc;

/// The way to the server of an account with these settings.
///
/// # Errors
/// There is none now, with the cause that says which; or as [`through`].
pub async fn dialer(checks: &Checks, settings: &AccountSettings) -> Result<Arc<dyn Dialer>, CheckError> {
    let (found, missing) = match settings.way {
        Way::Direct => return Ok(checks.connectors.direct()),
        Way::Default => (checks.store.default_connector().await?, "No default Network Connector is set."),
        Way::Through(id) => {
            (checks.store.find_connector(id).await?, "The Network Connector of this account was removed.")
        }
    };
    let connector =
        found.ok_or_else(|| MailError::account(Stage::Connect, Cause::ConnectorMissing, missing))?;
    through(checks, &connector).await
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
    let through = match settings.kind {
        ConnectorKind::Agent => Through::Agents,
        ConnectorKind::Socks5 => Through::Proxy(proxy(checks, settings, ProxyKind::Socks5).await?),
        ConnectorKind::HttpConnect => Through::Proxy(proxy(checks, settings, ProxyKind::HttpConnect).await?),
    };
    Ok(checks.connectors.through(connector.id, &settings.name, settings.most_streams, through))
}

/// A proxy, with what it wants to know of us.
async fn proxy(checks: &Checks, settings: &ConnectorSettings, kind: ProxyKind) -> Result<Proxy, CheckError> {
    let sign_in = match settings.credential {
        None => None,
        Some(credential) => match secret_of(checks, credential).await? {
            (user_name, Secret::Password(password)) => Some((user_name, password)),
            (_, Secret::Token(_)) => {
                let detail = "A Network Connector signs in with a password, not with tokens.";
                return Err(MailError::account(Stage::Connect, Cause::ConnectorRefused, detail).into());
            }
        },
    };
    let ConnectorSettings { name, address, port, tls, .. } = settings.clone();
    Ok(Proxy { name, kind, address, port, tls, sign_in })
}
