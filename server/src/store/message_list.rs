//! The Inbox report: one keyset statement a page, in either direction, never OFFSET. Totals come from counters where
//! they can and stop at a thousand where they cannot.

use super::connection::{Db, with_pool};
use super::cursor::Place;
use super::messages::{MessageRow, select_messages};
use super::statement::{Statement, Value, bound};
use super::{Result, Store, count, dialect, fold, number};
use model::{MessageFilter, MessageSummary, Page, ReportQuery, Sort, Total};

/// Counting stops here.
const COUNTED: u64 = 1000;

/// A column that sorts.
#[derive(Clone, Copy)]
enum Column {
    Received,
    Sender,
    Subject,
    Size,
    Attachments,
    Account,
}

/// An order of the list.
struct Order {
    column: Column,
    descending: bool,
    /// `column` or `-column`: what a cursor remembers.
    text: String,
}

impl Store {
    /// One page of messages, newest first unless asked otherwise. Sorts by `received`, `sender`, `subject`, `size`,
    /// `attachments` and `account`; any other column, and a cursor that makes no sense, is ignored.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_messages(&self, query: &ReportQuery<MessageFilter>) -> Result<Page<MessageSummary>> {
        let order = Order::new(query.sort.as_ref());
        let conditions = conditions(&query.filter, self.is_postgres());
        let place = query.cursor.as_ref().and_then(|cursor| Place::read(cursor, &order.text));
        let place = place.filter(|place| order.column.holds(&place.key));
        let total = self.total(&query.filter, &conditions).await?;
        let page = self.page(&order, &conditions, query.rows(), place.as_ref(), total).await?;
        match place {
            // Back at the beginning, or past an end that moved: show the first page in full.
            Some(place) if page.rows.is_empty() || (place.backward && page.previous.is_none()) => {
                self.page(&order, &conditions, query.rows(), None, total).await
            }
            _ => Ok(page),
        }
    }

    /// How SQLite finds the rows of `query`, once for its first page and once for a page further on: what tests judge.
    /// Nothing on PostgreSQL, whose plans depend on what the tables hold.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn explain_messages(&self, query: &ReportQuery<MessageFilter>) -> Result<Vec<Vec<String>>> {
        let order = Order::new(query.sort.as_ref());
        let conditions = conditions(&query.filter, self.is_postgres());
        let key = if order.column.holds(&Value::Number(5)) {
            Value::Number(5)
        } else {
            Value::Text("k".to_owned())
        };
        let further = Place { sort: order.text.clone(), backward: false, key, id: 5, ordinal: 5 };
        let mut plans = Vec::new();
        let Db::Sqlite { reader, .. } = &self.db else { return Ok(plans) };
        for place in [None, Some(&further)] {
            let mut statement = Statement::default();
            statement.push("EXPLAIN QUERY PLAN ", []);
            statement.append(&order.statement(&conditions, query.rows(), place));
            let steps: Vec<(i64, i64, i64, String)> =
                bound!(statement, sqlx::query_as).fetch_all(reader).await?;
            plans.push(steps.into_iter().map(|(.., step)| step).collect());
        }
        Ok(plans)
    }

    async fn page(
        &self,
        order: &Order,
        conditions: &Statement,
        size: u32,
        place: Option<&Place>,
        total: Total,
    ) -> Result<Page<MessageSummary>> {
        let backward = place.is_some_and(|place| place.backward);
        let statement = order.statement(conditions, size, place);
        let mut rows: Vec<MessageRow> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        let more = rows.len() as u64 > u64::from(size);
        rows.truncate(size as usize);
        if backward {
            rows.reverse();
        }
        let length = rows.len() as u64;
        let first = match place {
            _ if rows.is_empty() => 0,
            Some(place) if backward => place.ordinal.saturating_sub(length).max(1),
            Some(place) => place.ordinal.saturating_add(1),
            None => 1,
        };
        let before = if backward { more } else { place.is_some() };
        let after = if backward { true } else { more };
        let at = |row: Option<&MessageRow>, backward, ordinal| {
            row.map(|row| {
                Place { sort: order.text.clone(), backward, key: order.column.key(row), id: row.id, ordinal }
                    .cursor()
            })
        };
        let previous = at(rows.first().filter(|_| before), true, first);
        let next = at(rows.last().filter(|_| after), false, first + length.saturating_sub(1));
        // The list may have grown since the total was counted, or counting stopped before this page.
        let shown = if length == 0 { 0 } else { first + length - 1 };
        let total = Total { count: total.count.max(shown), ..total };
        let rows = rows.into_iter().map(MessageRow::into_summary).collect();
        Ok(Page { rows, first, total, previous, next })
    }

    async fn total(&self, filter: &MessageFilter, conditions: &Statement) -> Result<Total> {
        if let Some(statement) = counter(filter) {
            let total: i64 =
                with_pool!(self, pool => bound!(statement, sqlx::query_scalar).fetch_one(pool).await?);
            return Ok(Total { count: count(total), exact: true });
        }
        let mut statement = Statement::default();
        statement.push("SELECT COUNT(*) FROM (SELECT 1 FROM message m", []);
        statement.append(conditions);
        statement.push(" LIMIT $) AS counted", [Value::Number(number(COUNTED + 1))]);
        let total: i64 =
            with_pool!(self, pool => bound!(statement, sqlx::query_scalar).fetch_one(pool).await?);
        let total = count(total);
        Ok(Total { count: total.min(COUNTED), exact: total <= COUNTED })
    }
}

/// The sum of the accounts' counters, where these say it all.
fn counter(filter: &MessageFilter) -> Option<Statement> {
    let rest = MessageFilter { account: None, unread: None, ..filter.clone() };
    if rest != MessageFilter::default() || filter.unread == Some(false) {
        return None;
    }
    let mut statement = Statement::default();
    statement.push(
        if filter.unread.is_some() {
            "SELECT CAST(COALESCE(SUM(unread), 0) AS BIGINT) FROM account"
        } else {
            "SELECT CAST(COALESCE(SUM(messages), 0) AS BIGINT) FROM account"
        },
        [],
    );
    if let Some(account) = filter.account {
        statement.push(" WHERE id = $", [Value::Number(account.0)]);
    }
    Some(statement)
}

/// `WHERE …` over `message m`, or nothing.
fn conditions(filter: &MessageFilter, postgres: bool) -> Statement {
    let mut all = Statement::default();
    let mut and = |condition: &str, value: Option<Value>| {
        all.push(if all.is_empty() { " WHERE " } else { " AND " }, []);
        all.push(condition, value);
    };
    if let Some(account) = filter.account {
        and("m.account = $", Some(Value::Number(account.0)));
    }
    let search = filter.search.as_deref().and_then(|text| dialect::search_expression(postgres, text));
    if let Some(expression) = search {
        and(dialect::search_condition(postgres), Some(Value::Text(expression)));
    }
    if let Some(pattern) = filter.sender.as_deref().and_then(containing) {
        and(r"m.sender_key LIKE $ ESCAPE '\'", Some(pattern));
    }
    if let Some(pattern) = filter.subject.as_deref().and_then(containing) {
        and(r"m.subject_key LIKE $ ESCAPE '\'", Some(pattern));
    }
    match filter.attachments {
        Some(true) => and("m.attachments > 0", None),
        Some(false) => and("m.attachments = 0", None),
        None => {}
    }
    match filter.unread {
        Some(true) => and("m.unread", None),
        Some(false) => and("NOT m.unread", None),
        None => {}
    }
    if let Some(since) = filter.since {
        and("m.received >= $", Some(Value::Number(since.0)));
    }
    if let Some(before) = filter.before {
        and("m.received < $", Some(Value::Number(before.0)));
    }
    all
}

/// The pattern for a key that contains `text`; `None` where there is nothing to look for.
pub(super) fn containing(text: &str) -> Option<Value> {
    let mut pattern = String::from("%");
    for c in fold::key(text, 200).chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    (pattern.len() > 2).then_some(Value::Text(pattern))
}

impl Order {
    fn new(sort: Option<&Sort>) -> Self {
        let asked = sort.and_then(|sort| Some((Column::from_id(&sort.column)?, sort)));
        match asked {
            Some((column, sort)) => Self { column, descending: sort.descending, text: sort.text() },
            None => Self { column: Column::Received, descending: true, text: "-received".to_owned() },
        }
    }

    /// One row more than the page, to know whether there is another page.
    fn statement(&self, conditions: &Statement, size: u32, place: Option<&Place>) -> Statement {
        let backward = place.is_some_and(|place| place.backward);
        let falling = self.descending != backward;
        let key = self.column.sql();
        let mut statement = Statement::default();
        statement.push(select_messages!(""), []);
        statement.append(conditions);
        if let Some(place) = place {
            let word = if conditions.is_empty() { "WHERE" } else { "AND" };
            let than = if falling { '<' } else { '>' };
            statement.push(
                &format!(" {word} ({key}, m.id) {than} ($, $)"),
                [place.key.clone(), Value::Number(place.id)],
            );
        }
        let direction = if falling { "DESC" } else { "ASC" };
        statement.push(
            &format!(" ORDER BY {key} {direction}, m.id {direction} LIMIT $"),
            [Value::Number(i64::from(size) + 1)],
        );
        statement
    }
}

impl Column {
    fn from_id(id: &str) -> Option<Self> {
        Some(match id {
            "received" => Self::Received,
            "sender" => Self::Sender,
            "subject" => Self::Subject,
            "size" => Self::Size,
            "attachments" => Self::Attachments,
            "account" => Self::Account,
            _ => return None,
        })
    }

    fn sql(self) -> &'static str {
        match self {
            Self::Received => "m.received",
            Self::Sender => "m.sender_key",
            Self::Subject => "m.subject_key",
            Self::Size => "m.size",
            Self::Attachments => "m.attachments",
            Self::Account => "a.name_key",
        }
    }

    /// Whether `key` can be compared with this column.
    fn holds(self, key: &Value) -> bool {
        let text = matches!(self, Self::Sender | Self::Subject | Self::Account);
        match key {
            Value::Number(_) => !text,
            Value::Text(key) => text && !key.contains('\0'),
        }
    }

    fn key(self, row: &MessageRow) -> Value {
        match self {
            Self::Received => Value::Number(row.received),
            Self::Sender => Value::Text(row.sender_key.clone()),
            Self::Subject => Value::Text(row.subject_key.clone()),
            Self::Size => Value::Number(row.size),
            Self::Attachments => Value::Number(row.attachments),
            Self::Account => Value::Text(row.account_key.clone()),
        }
    }
}
