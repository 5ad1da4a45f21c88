//! Reports as CSV: the rows of the report's filter and order, all pages of it, a page at a time.

use super::csv::row;
use super::downloads::disposition;
use super::identity::SignedIn;
use super::refusal::Refusal;
use super::state::WebState;
use app::api::ApiError;
use app::pages::accounts::query::account_query;
use app::pages::audit::query::audit_query;
use app::pages::credentials::arranged;
use app::pages::inbox::query::message_query;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, stream};
use model::account::tags_text;
use model::{
    AccountId, AccountSummary, AuditRecord, Cause, Change, CredentialSource, CredentialSummary,
    MessageSummary, Page, Receipt, ReportQuery, Security, Sort, Timestamp,
};
use std::future::Future;

/// Rows asked for at once.
const PAGE: u32 = 200;

type Parameters = Query<Vec<(String, String)>>;

/// `GET /api/accounts/export.csv`
pub async fn accounts(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Query(parameters): Parameters,
) -> Result<Response, Refusal> {
    let query = from_the_first_row(account_query(&|name| value(&parameters, name)));
    let first = state.services.accounts.list_accounts(&person, query.clone()).await?;
    let header = row([
        "ID",
        "Name",
        "Secure connection",
        "Connection type",
        "Protocol",
        "Address",
        "Port",
        "Automatic check",
        "Keep a copy on the server",
        "Skip certificate",
        "Status",
        "Last check",
        "Next check",
        "Messages",
        "Tags",
        "Notes",
    ]);
    let rows = pages(query, first, account_row, move |query| {
        let (state, person) = (state.clone(), person.clone());
        async move { state.services.accounts.list_accounts(&person, query).await }
    });
    Ok(file("accounts.csv", header, rows))
}

/// `GET /api/messages/export.csv`, with `account` for one account's inbox.
pub async fn messages(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Query(parameters): Parameters,
) -> Result<Response, Refusal> {
    let account = value(&parameters, "account").and_then(|id| id.parse().ok()).map(AccountId);
    let mut query = from_the_first_row(message_query(&|name| value(&parameters, name)));
    query.filter.account = account;
    let first = state.services.messages.list_messages(&person, query.clone()).await?;
    let header = row([
        "ID",
        "Account",
        "Folder",
        "Sender",
        "Address",
        "Subject",
        "Attachments",
        "Size",
        "Received",
        "Unread",
    ]);
    let rows = pages(query, first, message_row, move |query| {
        let (state, person) = (state.clone(), person.clone());
        async move { state.services.messages.list_messages(&person, query).await }
    });
    Ok(file("inbox.csv", header, rows))
}

/// `GET /api/receipts/export.csv`, with the `account` whose receipts are wanted.
pub async fn receipts(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Query(parameters): Parameters,
) -> Result<Response, Refusal> {
    let account = value(&parameters, "account").and_then(|id| id.parse().ok()).map(AccountId);
    let filter = account.ok_or(ApiError::NotFound)?;
    let query = ReportQuery { filter, sort: None, cursor: None, page_size: Some(PAGE) };
    let first = state.services.receipts.list_receipts(&person, query.clone()).await?;
    let header = row([
        "Deleted on the server",
        "Message ID",
        "Subject",
        "Folder",
        "UIDVALIDITY",
        "Name on the server",
        "Size",
        "BLAKE3",
        "Why",
    ]);
    let rows = pages(query, first, receipt_row, move |query| {
        let (state, person) = (state.clone(), person.clone());
        async move { state.services.receipts.list_receipts(&person, query).await }
    });
    Ok(file("receipts.csv", header, rows))
}

/// `GET /api/audit/export.csv`
pub async fn audit(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Query(parameters): Parameters,
) -> Result<Response, Refusal> {
    let query = from_the_first_row(audit_query(&|name| value(&parameters, name)));
    let first = state.services.audit.list_audit(&person, query.clone()).await?;
    let header = row(["ID", "When", "Who", "From", "Action", "Kind", "Kind ID", "On what", "Changes"]);
    let rows = pages(query, first, audit_row, move |query| {
        let (state, person) = (state.clone(), person.clone());
        async move { state.services.audit.list_audit(&person, query).await }
    });
    Ok(file("audit.csv", header, rows))
}

/// `GET /api/credentials/export.csv`, with `q` and `sort` as on the screen.
pub async fn credentials(
    State(state): State<WebState>,
    SignedIn(person): SignedIn,
    Query(parameters): Parameters,
) -> Result<Response, Refusal> {
    let all = state.services.credentials.list_credentials(&person).await?;
    let sort = value(&parameters, "sort").and_then(|sort| Sort::parse(&sort));
    let all = arranged(all, value(&parameters, "q").as_deref(), sort.as_ref());
    let header = row([
        "ID",
        "Name",
        "Kind",
        "Source",
        "User name",
        "Used by",
        "Accounts",
        "Last rotated",
        "Last used",
        "Last failed",
        "Cause",
        "Failure",
    ]);
    let rows = stream::iter(all.into_iter().map(|credential| Ok(credential_row(&credential))));
    Ok(file("credentials.csv", header, rows))
}

fn credential_row(credential: &CredentialSummary) -> String {
    let failed = credential.failed.as_ref();
    let accounts: Vec<&str> = credential.accounts.iter().map(|account| account.name.as_str()).collect();
    let source = credential.source.as_ref().map_or_else(|| "sealed here".to_owned(), CredentialSource::words);
    row([
        credential.id.0.to_string().as_str(),
        &credential.name,
        credential.kind.label(),
        &source,
        &credential.user_name,
        &credential.used_by.to_string(),
        &accounts.join(", "),
        &credential.rotated.rfc3339(),
        &credential.last_used.map(Timestamp::rfc3339).unwrap_or_default(),
        &failed.map(|failed| failed.at.rfc3339()).unwrap_or_default(),
        failed.and_then(|failed| failed.cause).map(Cause::id).unwrap_or_default(),
        failed.map(|failed| failed.error.as_str()).unwrap_or_default(),
    ])
}

fn value(parameters: &[(String, String)], name: &str) -> Option<String> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

fn from_the_first_row<F>(query: ReportQuery<F>) -> ReportQuery<F> {
    ReportQuery { cursor: None, page_size: Some(PAGE), ..query }
}

/// The lines of every page. A failure on the way ends the download visibly broken, never quietly short.
fn pages<T, F, Next, Asked>(
    query: ReportQuery<F>,
    first: Page<T>,
    line: fn(&T) -> String,
    ask: Next,
) -> impl Stream<Item = Result<String, ApiError>>
where
    F: Clone,
    Next: Fn(ReportQuery<F>) -> Asked,
    Asked: Future<Output = Result<Page<T>, ApiError>>,
{
    stream::unfold((query, ask, Some(Ok(first))), move |(mut query, ask, page)| async move {
        let page = match page? {
            Ok(page) => page,
            Err(error) => return Some((Err(error), (query, ask, None))),
        };
        let lines: String = page.rows.iter().map(line).collect();
        let next = match page.next {
            Some(cursor) => {
                query.cursor = Some(cursor);
                Some(ask(query.clone()).await)
            }
            None => None,
        };
        Some((Ok(lines), (query, ask, next)))
    })
}

fn file(
    name: &str,
    header: String,
    rows: impl Stream<Item = Result<String, ApiError>> + Send + 'static,
) -> Response {
    use futures_util::StreamExt;
    // The mark tells spreadsheets that this is UTF-8.
    let header = stream::once(async move { Ok(format!("\u{feff}{header}")) });
    let headers =
        [(CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, disposition(name))];
    // Fused: compression asks once more after the end, and the rows would panic.
    (headers, Body::from_stream(header.chain(rows).fuse())).into_response()
}

fn account_row(account: &AccountSummary) -> String {
    let settings = &account.settings;
    let date = |at: Option<Timestamp>| at.map_or_else(String::new, Timestamp::rfc3339);
    row([
        account.id.0.to_string().as_str(),
        &settings.name,
        yes_no(settings.security != Security::Plaintext),
        settings.security.connection_type().map_or("", |kind| kind.label()),
        settings.protocol.label(),
        &settings.address,
        &settings.port.to_string(),
        yes_no(settings.automatic_check),
        yes_no(settings.keep_copy),
        yes_no(settings.skip_certificate),
        account.status.label(),
        &date(account.last_check),
        &date(account.next_check),
        &account.messages.to_string(),
        &tags_text(&settings.tags),
        &settings.notes,
    ])
}

fn message_row(message: &MessageSummary) -> String {
    row([
        message.id.0.to_string().as_str(),
        &message.account_name,
        &message.folder,
        &message.sender.name,
        &message.sender.address,
        &message.subject,
        &message.attachments.to_string(),
        &message.size.to_string(),
        &message.received.rfc3339(),
        yes_no(message.unread),
    ])
}

fn receipt_row(receipt: &Receipt) -> String {
    row([
        receipt.at.rfc3339().as_str(),
        &receipt.message.0.to_string(),
        receipt.subject.as_deref().unwrap_or_default(),
        &receipt.folder,
        &receipt.uid_validity.map_or_else(String::new, |uid_validity| uid_validity.to_string()),
        &receipt.key.text(),
        &receipt.size.to_string(),
        &receipt.blake3,
        &receipt.reason,
    ])
}

fn audit_row(record: &AuditRecord) -> String {
    let change = |change: &Change| {
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        format!("{}: {} → {}", change.field, side(&change.before), side(&change.after))
    };
    row([
        record.id.to_string().as_str(),
        &record.at.rfc3339(),
        &record.who_text(),
        record.address.as_deref().unwrap_or_default(),
        &record.action,
        &record.noun,
        &record.subject_id.map_or_else(String::new, |id| id.to_string()),
        &record.subject,
        &record.changes.iter().map(change).collect::<Vec<_>>().join(" | "),
    ])
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "Yes" } else { "No" }
}
