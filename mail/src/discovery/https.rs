//! Fetching one file from the public Internet, for discovery and for the pictures of a message. Every host is resolved once,
//! every address is judged, and the judged address itself is connected to, again after each redirect. Deliberately absent:
//! cookies, referrers, and every method but GET.

use super::dns::Dns;
use super::{Rules, public};
use crate::net::BoxStream;
use crate::net::http::{HttpFault, exchange, read};
use crate::net::tls::secure;
use crate::{Limits, Progress};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Response};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::{Host, Url};

/// Why there is no file. Its sentence says nothing that would tell closed, filtered and other ports of a network apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody has that name.
    #[error("there is no such host")]
    NoHost,
    /// The name leads to where discovery does not go.
    #[error("its address is not a public one")]
    NotPublic,
    /// Refused, filtered, no TLS that is to be trusted, or no HTTP.
    #[error("nothing answered there that can be trusted")]
    NoAnswer,
    /// Another answer than a file.
    #[error("there is no such file")]
    NoFile,
    /// Where a redirect leads, nobody is followed to.
    #[error("it was passed on to a place that is not followed")]
    BadRedirect,
    /// More than three of them.
    #[error("it was passed on too often")]
    TooManyRedirects,
    /// Larger than any honest file.
    #[error("the file is too large")]
    TooLarge,
}

const MOST_REDIRECTS: usize = 3;
const EACH_ADDRESS: Duration = Duration::from_secs(3);
const HTTP_PORT: u16 = 80;

/// What is wanted of a server.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// `Accept`.
    pub(crate) accept: &'static str,
    /// Whom the server is told that it talks to.
    pub(crate) agent: &'static str,
    /// Most bytes.
    pub(crate) largest: usize,
    /// Without TLS as well.
    pub(crate) plain: bool,
}

/// Settings of accounts; honest ones have a few kilobytes.
const SETTINGS: Wanted =
    Wanted { accept: "text/xml, application/xml", agent: "Restante", largest: 256 * 1024, plain: false };

/// The text of `url`, which has no port of its own.
///
/// # Errors
/// Why there is none.
pub async fn fetch(url: &str, dns: &Dns, rules: &Rules) -> Result<String, Failure> {
    let file = file(url, &SETTINGS, dns, rules).await?;
    String::from_utf8(file.into()).map_err(|_| Failure::NoFile)
}

/// The bytes of `url`, which has no port of its own.
///
/// # Errors
/// Why there are none.
pub(crate) async fn file(url: &str, wanted: &Wanted, dns: &Dns, rules: &Rules) -> Result<Bytes, Failure> {
    let mut url = Url::parse(url).map_err(|_| Failure::NoHost)?;
    for _ in 0..=MOST_REDIRECTS {
        let host = followed(&url, wanted)?;
        let response = get(&host, &url, wanted, dns, rules).await?;
        match response.status().as_u16() {
            200 => return body(response, wanted).await,
            301 | 302 | 303 | 307 | 308 => {
                let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                let to = location.and_then(|to| url.join(to).ok()).ok_or(Failure::BadRedirect)?;
                url = to;
                followed(&url, wanted)?;
            }
            _ => return Err(Failure::NoFile),
        }
    }
    Err(Failure::TooManyRedirects)
}

/// The host of a URL that is followed: HTTPS, a name, the usual port, nobody's password.
fn followed(url: &Url, wanted: &Wanted) -> Result<String, Failure> {
    let plain = (url.scheme() == "https" || wanted.plain && url.scheme() == "http")
        && url.port().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    match url.host() {
        Some(Host::Domain(name)) if plain => Ok(name.trim_end_matches('.').to_owned()),
        _ => Err(Failure::BadRedirect),
    }
}

async fn get(
    host: &str,
    url: &Url,
    wanted: &Wanted,
    dns: &Dns,
    rules: &Rules,
) -> Result<Response<Incoming>, Failure> {
    let stream = if url.scheme() == "https" {
        let stream = connect(host, rules.https_port, dns, rules).await?;
        let limits = Limits { tls: EACH_ADDRESS, ..Limits::default() };
        let secured =
            secure(stream, host, &rules.trust, &limits, &mut Progress::new(false, &mut |_| ())).await;
        secured.map_err(|_| Failure::NoAnswer)?
    } else {
        connect(host, HTTP_PORT, dns, rules).await?
    };
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let request = Request::get(target)
        .header(HOST, host)
        .header(USER_AGENT, wanted.agent)
        .header(ACCEPT, wanted.accept)
        .body(Full::default())
        .map_err(|_| Failure::NoAnswer)?;
    exchange(stream, request).await.map_err(|_| Failure::NoAnswer)
}

/// One judged address after the other. A host with a single address that is not public is not contacted at all: an honest
/// one has none.
async fn connect(host: &str, port: u16, dns: &Dns, rules: &Rules) -> Result<BoxStream, Failure> {
    let found = dns.addresses(host).await.map_err(|_| Failure::NoHost)?;
    if found.is_empty() {
        return Err(Failure::NoHost);
    }
    let addresses: Vec<SocketAddr> = found.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    let fine = |address: &SocketAddr| {
        public::is_reachable(address.ip(), &rules.private_https) && rules.egress.judge(*address).is_ok()
    };
    if !addresses.iter().all(fine) {
        return Err(Failure::NotPublic);
    }
    for address in addresses {
        if let Ok(Ok(stream)) = timeout(EACH_ADDRESS, TcpStream::connect(address)).await {
            return Ok(Box::new(stream));
        }
    }
    Err(Failure::NoAnswer)
}

async fn body(response: Response<Incoming>, wanted: &Wanted) -> Result<Bytes, Failure> {
    read(response.into_body(), wanted.largest).await.map_err(|fault| match fault {
        HttpFault::TooLarge => Failure::TooLarge,
        HttpFault::Broken => Failure::NoAnswer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_at_its_port_is_followed() {
        let host = |url: &str| followed(&Url::parse(url).unwrap(), &SETTINGS);
        assert_eq!(host("https://mail.example.org/x?y"), Ok("mail.example.org".to_owned()));
        assert_eq!(host("https://mail.example.org:443/"), Ok("mail.example.org".to_owned()));
        for url in [
            "http://mail.example.org/",
            "https://mail.example.org:8443/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://2130706433/",
            "https://anna:secret@mail.example.org/",
            "ftp://mail.example.org/",
            "data:text/xml,x",
        ] {
            assert_eq!(host(url), Err(Failure::BadRedirect), "{url}");
        }
    }
}
