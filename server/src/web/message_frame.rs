//! The pages that show what a stranger wrote: the HTML of a message, its source, what came along.
//!
//! Three layers hold, each alone: it is sanitised, it is framed with an opaque origin and no scripts, and this route's
//! own policy allows nothing but inline styles and embedded images.

use super::identity::SignedIn;
use super::refusal::Refusal;
use super::state::WebState;
use crate::services::messages::Look;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use model::MessageId;
use serde::Deserialize;

const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// What found the message, and what is wanted of it.
#[derive(Debug, Deserialize)]
pub struct Shown {
    q: Option<String>,
    pictures: Option<String>,
}

/// `GET /messages/{id}/body?q=…&pictures=once`
pub async fn body(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path(id): Path<i64>,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let wanted = shown.pictures.is_some() && is_from_our_page(&headers);
    let frame = state.messages.frame(&person, MessageId(id), shown.q.as_deref(), wanted).await?;
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, frame.html).into_response())
}

/// A link from elsewhere wants no pictures on a reader's behalf. Browsers say where a request comes from (Fetch Metadata); what
/// says nothing is no browser that follows links.
fn is_from_our_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_none_or(|site| site == "same-origin")
}

/// What is looked at of the exact bytes, and for what.
#[derive(Debug, Deserialize)]
pub struct Looked {
    part: Option<String>,
    find: Option<String>,
}

/// `GET /messages/{id}/source?part=…&find=…`: the exact bytes, as text to look at.
pub async fn source(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path(id): Path<i64>,
    Query(looked): Query<Looked>,
) -> Result<Response, Refusal> {
    let part = looked.part.and_then(|part| part.trim().parse().ok()).unwrap_or(1);
    let html = state.messages.source(&person, MessageId(id), part, looked.find.unwrap_or_default()).await?;
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, html).into_response())
}

/// `GET /messages/{id}/attachments/{n}/preview`: a picture, or text, and nothing that a browser would run.
pub async fn preview(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path((id, index)): Path<(i64, u32)>,
) -> Result<Response, Refusal> {
    let Look { media_type, bytes } = state.messages.preview(&person, MessageId(id), index).await?;
    let headers =
        [(CONTENT_TYPE, media_type), (CONTENT_SECURITY_POLICY, POLICY), (CONTENT_DISPOSITION, "inline")];
    Ok((headers, bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_wanted_by_our_own_page_alone() {
        let from =
            |site: &str| HeaderMap::from_iter([("sec-fetch-site".parse().unwrap(), site.parse().unwrap())]);
        assert!(is_from_our_page(&from("same-origin")));
        for site in ["cross-site", "same-site", "none"] {
            assert!(!is_from_our_page(&from(site)), "{site}");
        }
    }
}
