//! The Inbox report: one keyset statement a page, in either direction, never OFFSET. Totals come from counters where
//! they can and stop at a thousand where they cannot.
//!
//! Words that few messages say are asked for first, once, and the messages that say them counted and sorted. Words that many say are looked for in
//! one message after the other, in the order of the list, until the page is full.

use super::connection::{Db, with_pool};
use super::cursor::Place;
use super::message_order::{Order, Source};
use super::messages::MessageRow;
use super::statement::{Statement, Value, bound};
use super::{Result, Store, count, dialect, fold, number};
use model::search::Search;
use model::{MessageFilter, MessageSummary, Page, ReportQuery, Total};

/// Counting stops here.
const COUNTED: u64 = 1000;
/// Words that more messages say are looked for in one message after the other.
const FEW: u64 = 5000;

/// Which messages are meant, in this database's terms.
struct Meant {
    /// They are among these, where few say what is searched for.
    found: Option<Vec<i64>>,
    /// The words by which they are ranked.
    ranked: Option<String>,
    /// `WHERE …` over the message `m`, or nothing.
    conditions: Statement,
    /// Their number is a counter's.
    counter: Option<Statement>,
    /// They are known to be more than are counted.
    many: bool,
}

impl Meant {
    fn source(&self) -> Source<'_> {
        match (&self.found, &self.ranked) {
            (Some(found), _) => Source::Found(found),
            (None, Some(question)) => Source::Ranked(question),
            (None, None) => Source::Everything,
        }
    }
}

impl Store {
    /// One page of messages that `search` means, newest first unless asked otherwise. Sorts by `received`, `sender`,
    /// `subject`, `size`, `attachments`, `account` and `relevance`; any other column, and a cursor that makes no sense, is
    /// ignored. The text of the filter's search is not looked at: `search` is what became of it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_messages(
        &self,
        query: &ReportQuery<MessageFilter>,
        search: &Search,
    ) -> Result<Page<MessageSummary>> {
        let (order, meant) = self.meant(query, search).await?;
        let place = query.cursor.as_ref().and_then(|cursor| Place::read(cursor, &order.text));
        let place = place.filter(|place| order.holds(&place.key));
        let total = self.total(&meant).await?;
        let page = self.page(&order, &meant, query.rows(), place.as_ref(), total).await?;
        match place {
            // Back at the beginning, or past an end that moved: show the first page in full.
            Some(place) if page.rows.is_empty() || (place.backward && page.previous.is_none()) => {
                self.page(&order, &meant, query.rows(), None, total).await
            }
            _ => Ok(page),
        }
    }

    /// How SQLite finds the rows of `query`, once for its first page and once for a page further on: what tests judge.
    /// Nothing on PostgreSQL, whose plans depend on what the tables hold.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn explain_messages(
        &self,
        query: &ReportQuery<MessageFilter>,
        search: &Search,
    ) -> Result<Vec<Vec<String>>> {
        let (order, meant) = self.meant(query, search).await?;
        let key = if order.holds(&Value::Number(5)) { Value::Number(5) } else { Value::Text("k".to_owned()) };
        let further = Place { sort: order.text.clone(), backward: false, key, id: 5, ordinal: 5 };
        let mut plans = Vec::new();
        let Db::Sqlite { reader, .. } = &self.db else { return Ok(plans) };
        for place in [None, Some(&further)] {
            let mut statement = Statement::default();
            statement.push("EXPLAIN QUERY PLAN ", []);
            statement.append(&order.statement(false, meant.source(), &meant.conditions, query.rows(), place));
            let steps: Vec<(i64, i64, i64, String)> =
                bound!(statement, sqlx::query_as).fetch_all(reader).await?;
            plans.push(steps.into_iter().map(|(.., step)| step).collect());
        }
        Ok(plans)
    }

    async fn meant(&self, query: &ReportQuery<MessageFilter>, search: &Search) -> Result<(Order, Meant)> {
        let filter = &query.filter;
        let asked = self.asked(search).await?;
        let order = Order::new(query.sort.as_ref(), asked.words.is_some());
        let counter = if asked.words.is_none() && asked.others.is_empty() { counter(filter) } else { None };
        let mut conditions = asked.others;
        filter_conditions(filter, &mut conditions);
        let (mut found, mut ranked, mut many) = (None, None, false);
        match asked.words {
            Some(question) if order.is_by_relevance() => ranked = Some(question),
            Some(question) => {
                found = self.few_that_say(&question).await?;
                if found.is_none() {
                    // Whoever is looked for by words that many say, and by nothing else, is many.
                    many = conditions.is_empty();
                    let mut each = Statement::default();
                    each.push(dialect::says_by_itself(self.is_postgres()), [Value::Text(question)]);
                    conditions.push(each);
                }
            }
            None => {}
        }
        Ok((order, Meant { found, ranked, conditions: all_of(&conditions), counter, many }))
    }

    /// The messages that answer a question about words, where they are so few that this is the shortest way to them.
    async fn few_that_say(&self, question: &str) -> Result<Option<Vec<i64>>> {
        let mut statement = Statement::default();
        statement.push("SELECT s.found FROM ", []);
        statement.push(dialect::saying(self.is_postgres()), [Value::Text(question.to_owned())]);
        statement.push(" LIMIT $", [Value::Number(number(FEW + 1))]);
        let found: Vec<i64> = match &self.db {
            Db::Sqlite { reader, .. } => bound!(statement, sqlx::query_scalar).fetch_all(reader).await?,
            Db::Postgres(pool) => {
                // The texts lie beside the table, which it takes for short: it would read all of them rather than the index.
                let mut tx = pool.begin().await?;
                sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *tx).await?;
                let found = bound!(statement, sqlx::query_scalar).fetch_all(&mut *tx).await?;
                tx.commit().await?;
                found
            }
        };
        Ok(Some(found).filter(|found| found.len() as u64 <= FEW))
    }

    async fn page(
        &self,
        order: &Order,
        meant: &Meant,
        size: u32,
        place: Option<&Place>,
        total: Total,
    ) -> Result<Page<MessageSummary>> {
        let backward = place.is_some_and(|place| place.backward);
        let statement = order.statement(self.is_postgres(), meant.source(), &meant.conditions, size, place);
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
                Place { sort: order.text.clone(), backward, key: order.key(row), id: row.id, ordinal }
                    .cursor()
            })
        };
        let previous = at(rows.first().filter(|_| before), true, first);
        let next = at(rows.last().filter(|_| after), false, first + length.saturating_sub(1));
        // The list may have grown since the total was counted, or counting stopped before this page.
        let shown = if length == 0 { 0 } else { first + length - 1 };
        let total = Total { count: total.count.max(shown), ..total };
        let mut rows: Vec<_> = rows.into_iter().map(MessageRow::into_summary).collect();
        self.with_tags(&mut rows).await?;
        Ok(Page { rows, first, total, previous, next })
    }

    async fn total(&self, meant: &Meant) -> Result<Total> {
        if let Some(statement) = &meant.counter {
            let total: i64 =
                with_pool!(self, pool => bound!(statement, sqlx::query_scalar).fetch_one(pool).await?);
            return Ok(Total { count: count(total), exact: true });
        }
        if meant.many {
            return Ok(Total { count: COUNTED, exact: false });
        }
        let mut statement = Statement::default();
        statement.push("SELECT COUNT(*) FROM (SELECT 1 FROM ", []);
        match meant.source() {
            Source::Everything => statement.push("message m", []),
            Source::Found(found) => {
                let (table, found) = dialect::numbered(self.is_postgres(), found);
                statement.push(table, [found]);
                statement.push(dialect::messages_found(self.is_postgres()), []);
            }
            Source::Ranked(question) => {
                statement.push(dialect::saying(self.is_postgres()), [Value::Text(question.to_owned())]);
                statement.push(dialect::messages_found(self.is_postgres()), []);
            }
        }
        statement.append(&meant.conditions);
        statement.push(" LIMIT $) AS counted", [Value::Number(number(COUNTED + 1))]);
        let total: i64 =
            with_pool!(self, pool => bound!(statement, sqlx::query_scalar).fetch_one(pool).await?);
        let total = count(total);
        Ok(Total { count: total.min(COUNTED), exact: total <= COUNTED })
    }
}

/// The sum of the accounts' counters, where these say it all.
fn counter(filter: &MessageFilter) -> Option<Statement> {
    let rest = MessageFilter { account: None, unread: None, search: None, ..filter.clone() };
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

/// The conditions of the search fields over `message m`.
fn filter_conditions(filter: &MessageFilter, all: &mut Vec<Statement>) {
    let mut and = |condition: &str, value: Option<Value>| {
        let mut statement = Statement::default();
        statement.push(condition, value);
        all.push(statement);
    };
    if let Some(account) = filter.account {
        and("m.account = $", Some(Value::Number(account.0)));
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
}

/// `WHERE a AND b`, or nothing.
fn all_of(conditions: &[Statement]) -> Statement {
    let mut all = Statement::default();
    for condition in conditions {
        all.push(if all.is_empty() { " WHERE " } else { " AND " }, []);
        all.append(condition);
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
