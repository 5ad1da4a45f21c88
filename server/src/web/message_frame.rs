//! The HTML of a message: the one page that shows what a stranger wrote.
//!
//! Three layers hold, each alone: it is sanitised, it is framed with an opaque origin and no scripts, and this route's
//! own policy allows nothing but inline styles and embedded images.

use super::identity::SignedIn;
use super::refusal::Refusal;
use super::state::WebState;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use model::MessageId;
use serde::Deserialize;

const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/// What found the message.
#[derive(Debug, Deserialize)]
pub struct FoundBy {
    q: Option<String>,
}

/// `GET /messages/{id}/body?q=…`
pub async fn body(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path(id): Path<i64>,
    Query(found): Query<FoundBy>,
) -> Result<Response, Refusal> {
    let frame = state.messages.frame(&person, MessageId(id), found.q.as_deref()).await?;
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, frame.html).into_response())
}

/// `GET /messages/{id}/source`: the exact bytes, as text to look at.
pub async fn source(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Refusal> {
    let (_, raw) = state.messages.raw(&person, MessageId(id)).await?;
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY)];
    Ok((headers, raw).into_response())
}
