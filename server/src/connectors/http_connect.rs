//! HTTP CONNECT (RFC 9110 §9.3.6) with basic authentication (RFC 7617).

use super::Proxy;
use super::proxied::Password;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use hyper::{Request, StatusCode, client, upgrade};
use hyper_util::rt::TokioIo;
use mail::MailError;
use mail::net::BoxStream;
use model::Cause;
use secrecy::ExposeSecret;

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
    let broken = |error: hyper::Error| proxy.error(Cause::ConnectorOffline, &error.to_string());
    let (mut sender, connection) =
        client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the stream, or with the answer that lets nobody through.
    tokio::spawn(connection.with_upgrades());
    let response = sender.send_request(request(proxy, password, host, port)?).await.map_err(broken)?;
    if !response.status().is_success() {
        return Err(proxy.error(cause(response.status()), &response.status().to_string()));
    }
    let opened = upgrade::on(response).await.map_err(broken)?;
    Ok(Box::new(TokioIo::new(opened)))
}

fn request(
    proxy: &Proxy,
    password: Option<&Password>,
    host: &str,
    port: u16,
) -> Result<Request<Empty<Bytes>>, MailError> {
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    let authority = format!("{host}:{port}");
    let mut request = Request::connect(&authority).header(HOST, &authority);
    if let Some((user_name, password)) = password {
        let pair = STANDARD.encode(format!("{user_name}:{}", password.expose_secret()));
        let mut value = HeaderValue::try_from(format!("Basic {pair}"))
            .map_err(|_| proxy.error(Cause::ConnectorRefused, "its credential cannot be sent"))?;
        value.set_sensitive(true);
        request = request.header(PROXY_AUTHORIZATION, value);
    }
    request
        .body(Empty::new())
        .map_err(|_| proxy.error(Cause::DnsNotFound, "this is no name that it could be asked for"))
}

fn cause(status: StatusCode) -> Cause {
    match status {
        StatusCode::GATEWAY_TIMEOUT => Cause::ConnectTimeout,
        StatusCode::UNAUTHORIZED
        | StatusCode::PROXY_AUTHENTICATION_REQUIRED
        | StatusCode::FORBIDDEN
        | StatusCode::METHOD_NOT_ALLOWED => Cause::ConnectorRefused,
        _ => Cause::NetworkUnreachable,
    }
}
