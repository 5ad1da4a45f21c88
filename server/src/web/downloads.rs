//! Bytes to save: always as an attachment, never to be shown by the browser in our origin.

use super::identity::SignedIn;
use super::refusal::Refusal;
use super::state::WebState;
use crate::services::bundle::{Chunks, Format, Which};
use app::api::ApiError;
use app::pages::inbox::query::message_query;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use model::scheduled_report::{ReportFormat, WrittenId};
use model::{AccountId, MessageId};

const POLICY: &str = "default-src 'none'; sandbox";

/// `GET /messages/{id}/raw`: the exact bytes that came in.
pub async fn raw(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Refusal> {
    let (_, raw) = state.messages.raw(&person, MessageId(id)).await?;
    Ok(save_as(&format!("{id}.eml"), "message/rfc822", raw))
}

/// `GET /messages/{id}/attachments.zip`
pub async fn attachments(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Refusal> {
    let (name, chunks) = state.messages.attachments(person, MessageId(id)).await?;
    Ok(streamed(&name, "application/zip", chunks))
}

type Parameters = Query<Vec<(String, String)>>;

/// `GET /api/messages/export.zip`: the messages of `ids=1,2,3`, or all that answer the search fields of the address.
pub async fn zip(
    state: State<WebState>,
    person: SignedIn,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    bundle(state, person, parameters, Format::Zip).await
}

/// `GET /api/messages/export.mbox`, which takes the same.
pub async fn mbox(
    state: State<WebState>,
    person: SignedIn,
    parameters: Parameters,
) -> Result<Response, Refusal> {
    bundle(state, person, parameters, Format::Mbox).await
}

async fn bundle(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Query(parameters): Parameters,
    format: Format,
) -> Result<Response, Refusal> {
    let value = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let which = if let Some(ids) = value("ids") {
        Which::Ids(ids.split(',').filter_map(|id| id.parse().ok()).map(MessageId).collect())
    } else {
        let mut query = message_query(&value);
        query.filter.account = value("account").and_then(|id| id.parse().ok()).map(AccountId);
        Which::Query(Box::new(query))
    };
    let (name, media_type) = match format {
        Format::Zip => ("messages.zip", "application/zip"),
        Format::Mbox => ("messages.mbox", "application/mbox"),
    };
    Ok(streamed(name, media_type, state.messages.bundle(person, which, format).await?))
}

/// A failure on the way ends the download visibly broken, never quietly short.
fn streamed(name: &str, media_type: &'static str, chunks: Chunks) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, disposition(name)),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
        // Compressed already, or to be kept as it is.
        (CONTENT_ENCODING, "identity".to_owned()),
    ];
    (headers, Body::from_stream(chunks.fuse())).into_response()
}

/// `GET /messages/{id}/attachments/{n}`
pub async fn attachment(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path((id, index)): Path<(i64, u32)>,
) -> Result<Response, Refusal> {
    let attachment = state.messages.attachment(&person, MessageId(id), index).await?;
    // The declared type is a stranger's word: a browser gets none that it could act on.
    Ok(save_as(&attachment.name, "application/octet-stream", attachment.bytes))
}

/// `GET /api/transcripts/{account}/transcript.txt`: what was said to a mail server, without secrets.
pub async fn transcript(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path(account): Path<i64>,
) -> Result<Response, Refusal> {
    let written = state.services.transcripts.get_transcript(&person, AccountId(account)).await?;
    let text = written.ok_or(ApiError::NotFound)?.text;
    Ok(save_as(&format!("transcript-{account}.txt"), "text/plain; charset=utf-8", text.into_bytes()))
}

/// `GET /reports/{id}/file`: a report that was written.
pub async fn report(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Path(id): Path<i64>,
) -> Result<Response, Refusal> {
    let (written, content) = state.reports.content(&person, WrittenId(id)).await?;
    let (extension, media_type) = match written.format {
        ReportFormat::Csv => ("csv", "text/csv; charset=utf-8"),
        ReportFormat::Print => ("html", "text/html; charset=utf-8"),
    };
    let name = format!("{} {}.{extension}", written.name, written.at.text("Y-m-d H.M", 0));
    Ok(save_as(&name.replace(['/', '\\'], "-"), media_type, content))
}

fn save_as(name: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, media_type.to_owned()),
        (CONTENT_DISPOSITION, disposition(name)),
        (CONTENT_SECURITY_POLICY, POLICY.to_owned()),
    ];
    (headers, bytes).into_response()
}

/// `attachment` with the name in both forms of RFC 6266: ASCII for old clients, UTF-8 (RFC 8187) for the rest.
pub fn disposition(name: &str) -> String {
    let ascii: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    let encoded = super::percent::encoded(name, b"-._~");
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_cannot_break_out_of_the_header() {
        assert_eq!(
            disposition("Übersicht \"1\".pdf"),
            "attachment; filename=\"_bersicht _1_.pdf\"; filename*=UTF-8''%C3%9Cbersicht%20%221%22.pdf"
        );
        assert!(!disposition("a\r\nSet-Cookie: x").contains('\n'));
    }
}
