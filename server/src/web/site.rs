//! The browser's half, embedded: served under a path that names its content, precompressed and immutable.

use super::refusal::Refusal;
use super::state::WebState;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use rust_embed::Embed;

/// What `cargo xtask build` made; `build.rs` makes cargo embed each new one.
#[derive(Embed)]
#[folder = "$CARGO_MANIFEST_DIR/../target/site/release"]
#[allow_missing = true]
struct Files;

/// Where the site lies inside the binary.
#[derive(Debug, Clone)]
pub struct Site {
    /// `pkg/<hash of everything in it>`
    pub folder: String,
}

impl Site {
    /// The embedded site; `None` in a binary that was built without one.
    pub fn embedded() -> Option<Self> {
        let manifest = Files::get("site.json")?;
        let manifest: serde_json::Value = serde_json::from_slice(&manifest.data).ok()?;
        Some(Self { folder: manifest.get("pkg")?.as_str()?.to_owned() })
    }

    /// The path of a file of the site, such as `/pkg/0123/restante.css`.
    pub fn path(&self, name: &str) -> String {
        format!("/{}/{name}", self.folder)
    }
}

/// `GET /pkg/{*path}`
pub async fn file(
    State(state): State<WebState>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let path = format!("pkg/{path}");
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut encodings =
        [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(name, _)| accepts(accepted, name));
    let compressed =
        encodings.find_map(|(name, ending)| Some((Files::get(&format!("{path}{ending}"))?, Some(name))));
    let (file, encoding) =
        compressed.or_else(|| Some((Files::get(&path)?, None))).ok_or(Refusal::NotFound)?;
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(&path)));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    // Only the present site's name promises its content.
    let lasting = path.starts_with(&state.site.folder);
    let cache = if lasting { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Ok(response)
}

fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|item| {
        let (name, quality) = item.split_once(";q=").unwrap_or((item, "1"));
        name.trim() == encoding && quality.trim().parse::<f32>().is_ok_and(|quality| quality > 0.0)
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_negotiated() {
        assert!(accepts("gzip, deflate, br, zstd", "br"));
        assert!(accepts("br;q=0.5", "br"));
        assert!(!accepts("br;q=0", "br"));
        assert!(!accepts("", "br"));
    }
}
