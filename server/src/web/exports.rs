//! Reports as CSV, as they are on the screen: the rows of their filter and order, all pages of them.

use super::downloads::disposition;
use super::identity::SignedIn;
use super::refusal::Refusal;
use super::state::WebState;
use crate::services::reports::csv::row;
use crate::services::reports::table::Table;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt, stream};
use model::scheduled_report::ReportKind;

type Parameters = Query<Vec<(String, String)>>;

/// `GET /api/accounts/export.csv`
pub async fn accounts(
    state: State<WebState>,
    person: SignedIn,
    query: Parameters,
) -> Result<Response, Refusal> {
    report(ReportKind::Accounts, "accounts.csv", state, person, query).await
}

/// `GET /api/messages/export.csv`, with `account` for one account's inbox.
pub async fn messages(
    state: State<WebState>,
    person: SignedIn,
    query: Parameters,
) -> Result<Response, Refusal> {
    report(ReportKind::Messages, "inbox.csv", state, person, query).await
}

/// `GET /api/audit/export.csv`
pub async fn audit(state: State<WebState>, person: SignedIn, query: Parameters) -> Result<Response, Refusal> {
    report(ReportKind::Audit, "audit.csv", state, person, query).await
}

/// `GET /api/credentials/export.csv`, with `q` and `sort` as on the screen.
pub async fn credentials(
    state: State<WebState>,
    person: SignedIn,
    query: Parameters,
) -> Result<Response, Refusal> {
    report(ReportKind::Credentials, "credentials.csv", state, person, query).await
}

/// `GET /api/connectors/export.csv`, with `q` and `sort` as on the screen.
pub async fn connectors(
    state: State<WebState>,
    person: SignedIn,
    query: Parameters,
) -> Result<Response, Refusal> {
    report(ReportKind::Connectors, "connectors.csv", state, person, query).await
}

/// `GET /api/receipts/export.csv`, with the `account` whose receipts are wanted.
pub async fn receipts(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Query(parameters): Parameters,
) -> Result<Response, Refusal> {
    Ok(file("receipts.csv", Table::receipts(state.services, person, &parameters).await?))
}

async fn report(
    kind: ReportKind,
    name: &str,
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Query(parameters): Parameters,
) -> Result<Response, Refusal> {
    Ok(file(name, Table::of(kind, state.services, person, &parameters).await?))
}

/// A failure on the way ends the download visibly broken, never quietly short.
fn file(name: &str, table: Table) -> Response {
    // The mark tells spreadsheets that this is UTF-8.
    let header = format!("\u{feff}{}", row(table.header.iter().copied()));
    let rows = table.pages.map(|lines| {
        lines.map(|lines| lines.iter().map(|line| row(line.iter().map(String::as_str))).collect::<String>())
    });
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition(name))];
    // Fused: compression asks once more after the end, and the rows would panic.
    let body = stream::once(async move { Ok(header) }).chain(rows).fuse();
    (headers, Body::from_stream(body)).into_response()
}
