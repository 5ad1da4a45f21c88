//! Asking an authorization server (RFC 6749 §3.2): one POST over HTTPS, by the way and under the rules of mail servers.
//! Deliberately absent: what is asked, redirects, and plain HTTP to anywhere but this machine.

use crate::net::http::{HttpFault, exchange, read};
use crate::net::tls::secure;
use crate::{Dialer, Limits, MailError, Progress, Trust};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use model::{Cause, Stage};
use std::time::Duration;
use tokio::time::timeout;
use url::{Host, Url};

/// An answer is a token and a few words.
const LARGEST: usize = 64 * 1024;
/// From the name to the last byte.
const LONGEST: Duration = Duration::from_secs(30);

/// An address that tokens may be asked from.
///
/// # Errors
/// One sentence for whoever typed it.
pub fn checked_url(typed: &str) -> Result<String, String> {
    let url = Url::parse(typed.trim()).map_err(|_| "This is no address, such as https://….".to_owned())?;
    if url.scheme() != "https" && !(url.scheme() == "http" && is_this_machine(&url)) {
        return Err("Tokens travel over https alone.".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("No user name, no password and no # in it.".to_owned());
    }
    if url.host_str().is_none() || url.as_str().len() > 1_000 {
        return Err("This is no address, such as https://….".to_owned());
    }
    Ok(url.into())
}

/// What never leaves this machine needs no TLS (RFC 8252 §7.3).
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The answer to `request`, whose URL [`checked_url`] has seen; within half a minute.
///
/// # Errors
/// Stage `sign_in` with the cause: not found, not allowed, refused, a certificate, no answer.
pub async fn ask(
    request: Request<Vec<u8>>,
    dialer: &dyn Dialer,
    trust: &Trust,
    limits: &Limits,
) -> Result<Response<Vec<u8>>, MailError> {
    let asked = timeout(LONGEST, ask_now(request, dialer, trust, limits)).await;
    let asked = asked.unwrap_or_else(|_| {
        Err(failed(Cause::Timeout, "The provider of the tokens did not answer in time.".to_owned()))
    });
    asked.map_err(|error| MailError { stage: Stage::SignIn, ..error })
}

async fn ask_now(
    request: Request<Vec<u8>>,
    dialer: &dyn Dialer,
    trust: &Trust,
    limits: &Limits,
) -> Result<Response<Vec<u8>>, MailError> {
    let no_address = || failed(Cause::ProtocolError, "The provider of the tokens has no address.".to_owned());
    let url = Url::parse(&request.uri().to_string()).map_err(|_| no_address())?;
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Err(no_address());
    };
    let host = host.trim_matches(['[', ']']);
    let mut nobody = |_| ();
    let mut progress = Progress::new(false, &mut nobody);
    let mut stream = dialer.dial(host, port, limits, &mut progress).await?;
    if url.scheme() == "https" {
        stream = secure(stream, host, trust, limits, &mut progress).await?;
    } else if !is_this_machine(&url) {
        return Err(no_address());
    }
    let broken = |fault: HttpFault| failed(Cause::ConnectionLost, format!("At {host}, {fault}."));
    let (mut parts, body) = request.into_parts();
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    parts.uri = path.parse().map_err(|_| no_address())?;
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    parts.headers.insert(HOST, HeaderValue::try_from(authority).map_err(|_| no_address())?);
    parts.headers.insert(USER_AGENT, HeaderValue::from_static("Restante"));
    let request = Request::from_parts(parts, Full::new(Bytes::from(body)));
    let (parts, body) = exchange(stream, request).await.map_err(broken)?.into_parts();
    let body = read(body, LARGEST).await.map_err(broken)?;
    Ok(Response::from_parts(parts, body.to_vec()))
}

fn failed(cause: Cause, detail: String) -> MailError {
    MailError::account(Stage::SignIn, cause, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_asked_from_https_or_this_machine() {
        for fine in [
            "https://login.example.org/token",
            " http://127.0.0.1:8080/t ",
            "http://localhost/t",
            "http://[::1]:1/t",
        ] {
            assert!(checked_url(fine).is_ok(), "{fine}");
        }
        for wrong in [
            "",
            "login.example.org",
            "http://login.example.org/token",
            "http://localhost.example.org/token",
            "http://127.0.0.1.example.org/token",
            "https://anna:secret@login.example.org/",
            "https://login.example.org/#x",
            "file:///etc/passwd",
            "javascript:alert(1)",
        ] {
            assert!(checked_url(wrong).is_err(), "{wrong}");
        }
    }
}
