//! Refuses changes that another site asks for (CSRF): every request that is not a plain read must say that it comes
//! from here, and server functions take JSON alone.

use super::refusal::Refusal;
use super::state::WebState;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;

/// Lets a request pass that reads, or that comes from our own pages.
pub async fn guard(State(state): State<WebState>, request: Request, next: Next) -> Result<Response, Refusal> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let headers = request.headers();
    let is_api = request.uri().path().starts_with("/api/");
    if !reads && !(is_ours(headers, state.config.public_url.as_deref()) && (!is_api || is_json(headers))) {
        return Err(Refusal::ForeignOrigin);
    }
    Ok(next.run(request).await)
}

fn is_ours(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    if headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    let Some(origin) = text(ORIGIN) else { return false };
    if public_url.is_some_and(|url| url.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    matches!((host, text(HOST)), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// How the browser that sent this reaches us: what the operator says, else the origin that [`guard`] let pass.
pub fn site(headers: &HeaderMap, public_url: Option<&str>) -> Option<String> {
    let origin = || headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    public_url.or_else(origin).map(|url| url.trim_end_matches('/').to_owned())
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_may_change_anything() {
        let host = ("host", "127.0.0.1:3000");
        let cases = [
            (vec![host, ("origin", "http://127.0.0.1:3000")], true),
            (vec![host, ("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "cross-site")], false),
            (vec![host, ("origin", "http://evil.example")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host], false),
            (vec![("host", "inner:3000"), ("origin", "https://mail.example.org")], true),
        ];
        for (pairs, ours) in cases {
            assert_eq!(is_ours(&headers(&pairs), Some("https://mail.example.org")), ours, "{pairs:?}");
        }
    }
}
