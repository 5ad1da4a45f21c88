//! Whole reports as tables: the rows of a report's filter and order, all pages of it, a page at a time.

use super::rows;
use app::api::ApiError;
use app::api::services::Services;
use app::pages::accounts::query::account_query;
use app::pages::audit::query::audit_query;
use app::pages::inbox::query::message_query;
use app::pages::{connectors, credentials};
use futures_util::stream::{self, BoxStream, StreamExt};
use model::scheduled_report::ReportKind;
use model::{AccountId, Page, Person, ReportQuery, Sort};
use std::future::Future;

/// Rows asked for at once.
const PAGE: u32 = 200;

/// The search fields and the order, by name, as in the address of a screen.
pub type Parameters = [(String, String)];

/// The rows of one page, or why there are no more: then the whole is not whole.
pub type Lines = Result<Vec<Vec<String>>, ApiError>;

/// A report.
pub struct Table {
    /// What stands above the columns.
    pub header: &'static [&'static str],
    /// Its rows, page by page.
    pub pages: BoxStream<'static, Lines>,
}

impl Table {
    /// The report `kind` as `person` may see it.
    ///
    /// # Errors
    /// Whatever its port says of the first page.
    pub async fn of(
        kind: ReportKind,
        services: Services,
        person: Person,
        parameters: &Parameters,
    ) -> Result<Self, ApiError> {
        match kind {
            ReportKind::Accounts => Self::accounts(services, person, parameters).await,
            ReportKind::Messages => Self::messages(services, person, parameters).await,
            ReportKind::Credentials => Self::credentials(services, person, parameters).await,
            ReportKind::Connectors => Self::connectors(services, person, parameters).await,
            ReportKind::Audit => Self::audit(services, person, parameters).await,
        }
    }

    async fn accounts(services: Services, person: Person, parameters: &Parameters) -> Result<Self, ApiError> {
        let query = from_the_first_row(account_query(&|name| value(parameters, name)));
        let ask = move |query| {
            let (services, person) = (services.clone(), person.clone());
            async move { services.accounts.list_accounts(&person, query).await }
        };
        Ok(Self { header: rows::ACCOUNT, pages: pages(query, rows::account, ask).await? })
    }

    async fn messages(services: Services, person: Person, parameters: &Parameters) -> Result<Self, ApiError> {
        let mut query = from_the_first_row(message_query(&|name| value(parameters, name)));
        query.filter.account = value(parameters, "account").and_then(|id| id.parse().ok()).map(AccountId);
        let ask = move |query| {
            let (services, person) = (services.clone(), person.clone());
            async move { services.messages.list_messages(&person, query).await }
        };
        Ok(Self { header: rows::MESSAGE, pages: pages(query, rows::message, ask).await? })
    }

    /// What was deleted on the server of the `account` in `parameters`.
    ///
    /// # Errors
    /// As [`Self::of`]; [`ApiError::NotFound`] without one.
    pub async fn receipts(
        services: Services,
        person: Person,
        parameters: &Parameters,
    ) -> Result<Self, ApiError> {
        let account = value(parameters, "account").and_then(|id| id.parse().ok()).map(AccountId);
        let filter = account.ok_or(ApiError::NotFound)?;
        let query = ReportQuery { filter, sort: None, cursor: None, page_size: Some(PAGE) };
        let ask = move |query| {
            let (services, person) = (services.clone(), person.clone());
            async move { services.receipts.list_receipts(&person, query).await }
        };
        Ok(Self { header: rows::RECEIPT, pages: pages(query, rows::receipt, ask).await? })
    }

    async fn audit(services: Services, person: Person, parameters: &Parameters) -> Result<Self, ApiError> {
        let query = from_the_first_row(audit_query(&|name| value(parameters, name)));
        let ask = move |query| {
            let (services, person) = (services.clone(), person.clone());
            async move { services.audit.list_audit(&person, query).await }
        };
        Ok(Self { header: rows::AUDIT, pages: pages(query, rows::audit, ask).await? })
    }

    /// With `q` and `sort` as on the screen.
    async fn credentials(
        services: Services,
        person: Person,
        parameters: &Parameters,
    ) -> Result<Self, ApiError> {
        let all = services.credentials.list_credentials(&person).await?;
        let sort = value(parameters, "sort").and_then(|sort| Sort::parse(&sort));
        let all = credentials::arranged(all, value(parameters, "q").as_deref(), sort.as_ref());
        let lines: Lines = Ok(all.iter().map(rows::credential).collect());
        Ok(Self { header: rows::CREDENTIAL, pages: stream::once(async move { lines }).boxed() })
    }

    /// With `q` and `sort` as on the screen.
    async fn connectors(
        services: Services,
        person: Person,
        parameters: &Parameters,
    ) -> Result<Self, ApiError> {
        let all = services.connectors.list_connectors(&person).await?;
        let sort = value(parameters, "sort").and_then(|sort| Sort::parse(&sort));
        let all = connectors::arranged(all, value(parameters, "q").as_deref(), sort.as_ref());
        let lines: Lines = Ok(all.iter().map(rows::connector).collect());
        Ok(Self { header: rows::CONNECTOR, pages: stream::once(async move { lines }).boxed() })
    }
}

/// `status=failing&q=a%20b` as names and values.
pub fn parameters_of(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn value(parameters: &Parameters, name: &str) -> Option<String> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

fn from_the_first_row<F>(query: ReportQuery<F>) -> ReportQuery<F> {
    ReportQuery { cursor: None, page_size: Some(PAGE), ..query }
}

/// The lines of every page; the first page is asked for at once.
async fn pages<T, F, Next, Asked>(
    query: ReportQuery<F>,
    line: fn(&T) -> Vec<String>,
    ask: Next,
) -> Result<BoxStream<'static, Lines>, ApiError>
where
    T: Send + 'static,
    F: Clone + Send + 'static,
    Next: Fn(ReportQuery<F>) -> Asked + Send + 'static,
    Asked: Future<Output = Result<Page<T>, ApiError>> + Send,
{
    let first = ask(query.clone()).await?;
    let rows = stream::unfold((query, ask, Some(Ok(first))), move |(mut query, ask, page)| async move {
        let page = match page? {
            Ok(page) => page,
            Err(error) => return Some((Err(error), (query, ask, None))),
        };
        let lines = page.rows.iter().map(line).collect();
        let next = match page.next {
            Some(cursor) => {
                query.cursor = Some(cursor);
                Some(ask(query.clone()).await)
            }
            None => None,
        };
        Some((Ok(lines), (query, ask, next)))
    });
    Ok(rows.boxed())
}
