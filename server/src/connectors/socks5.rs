//! SOCKS version 5 (RFC 1928) with user name and password (RFC 1929). Names go to the proxy as they are: it looks them up
//! in its own network.

use super::Proxy;
use super::proxied::Password;
use mail::MailError;
use mail::net::BoxStream;
use model::Cause;
use secrecy::ExposeSecret;
use tokio_socks::Error;
use tokio_socks::tcp::Socks5Stream;

/// A stream to `host` through the proxy at the other end of `stream`.
///
/// # Errors
/// What the proxy answered.
pub async fn open(
    stream: BoxStream,
    proxy: &Proxy,
    password: Option<&Password>,
    host: &str,
    port: u16,
) -> Result<BoxStream, MailError> {
    let target = (host, port);
    let opened = match password {
        Some((user_name, password)) => {
            let password = password.expose_secret();
            Socks5Stream::connect_with_password_and_socket(stream, target, user_name, password).await
        }
        None => Socks5Stream::connect_with_socket(stream, target).await,
    };
    opened.map(Socks5Stream::into_inner).map_err(|error| proxy.error(cause(&error), &error.to_string()))
}

fn cause(error: &Error) -> Cause {
    match error {
        Error::ConnectionRefused => Cause::ConnectRefused,
        // The last two are also what many proxies say of a name that they do not know.
        Error::NetworkUnreachable | Error::HostUnreachable | Error::GeneralSocksServerFailure => {
            Cause::NetworkUnreachable
        }
        Error::TtlExpired => Cause::ConnectTimeout,
        Error::ConnectionNotAllowedByRuleset
        | Error::PasswordAuthFailure(_)
        | Error::NoAcceptableAuthMethods
        | Error::InvalidAuthValues(_)
        | Error::AuthorizationRequired => Cause::ConnectorRefused,
        _ => Cause::ConnectorOffline,
    }
}
