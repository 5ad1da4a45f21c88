//! The orders of the Inbox report, and the statement that finds its rows in one: a keyset, never OFFSET. Deliberately
//! absent: which messages are meant (see `message_list`).

use super::cursor::Place;
use super::dialect;
use super::messages::{BESIDE_MESSAGES, MESSAGE_COLUMNS, MessageRow};
use super::statement::{Statement, Value};
use model::Sort;

/// Where the rows come from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'a> {
    /// All messages.
    Everything,
    /// These few.
    Found(&'a [i64]),
    /// The messages that answer a question about words (see `search_words`), with how well each does.
    Ranked(&'a str),
}

/// A column that sorts.
#[derive(Clone, Copy, PartialEq)]
enum Column {
    Received,
    Sender,
    Subject,
    Size,
    Attachments,
    Account,
    /// How well the message answers the question about words.
    Relevance,
}

/// An order of the list.
pub(super) struct Order {
    column: Column,
    descending: bool,
    /// `column` or `-column`: what a cursor remembers.
    pub(super) text: String,
}

impl Order {
    /// The order that was asked for; newest first without one, and where there are no words to be relevant for.
    pub(super) fn new(sort: Option<&Sort>, words: bool) -> Self {
        let asked = sort.and_then(|sort| Some((Column::from_id(&sort.column)?, sort)));
        match asked.filter(|(column, _)| words || *column != Column::Relevance) {
            Some((column, sort)) => Self { column, descending: sort.descending, text: sort.text() },
            None => Self { column: Column::Received, descending: true, text: "-received".to_owned() },
        }
    }

    /// True where the rows stand by how well they answer, which is known of those alone that the question found.
    pub(super) fn is_by_relevance(&self) -> bool {
        self.column == Column::Relevance
    }

    /// Whether a cursor's key can be compared with this order's column.
    pub(super) fn holds(&self, key: &Value) -> bool {
        self.column.holds(key)
    }

    /// What a cursor remembers of a row.
    pub(super) fn key(&self, row: &MessageRow) -> Value {
        self.column.key(row)
    }

    /// One row more than the page, to know whether there is another page.
    pub(super) fn statement(
        &self,
        postgres: bool,
        source: Source<'_>,
        conditions: &Statement,
        size: u32,
        place: Option<&Place>,
    ) -> Statement {
        let backward = place.is_some_and(|place| place.backward);
        let falling = self.descending != backward;
        let key = self.column.sql();
        // Of what a few words find, the page is chosen first: what belongs to a message is looked up for the page alone.
        let chosen_first = matches!(source, Source::Found(_)) && self.column != Column::Account;
        let mut statement = Statement::default();
        statement.push("SELECT ", []);
        statement.push(MESSAGE_COLUMNS, []);
        match source {
            Source::Everything => statement.push(" FROM message m", []),
            Source::Ranked(question) => {
                let times = if postgres { 2 } else { 1 };
                statement.push(", s.score FROM ", []);
                let question = Value::Text(question.to_owned());
                statement.push(dialect::saying_with_score(postgres), vec![question; times]);
                statement.push(dialect::messages_found(postgres), []);
            }
            Source::Found(found) => {
                let (table, found) = dialect::numbered(postgres, found);
                statement.push(if chosen_first { " FROM (SELECT s.found FROM " } else { " FROM " }, []);
                statement.push(table, [found]);
                statement.push(dialect::messages_found(postgres), []);
            }
        }
        if !chosen_first {
            statement.push(BESIDE_MESSAGES, []);
        }
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
        let sorted = format!(" ORDER BY {key} {direction}, m.id {direction}");
        statement.push(&format!("{sorted} LIMIT $"), [Value::Number(i64::from(size) + 1)]);
        if chosen_first {
            statement.push(") s", []);
            statement.push(dialect::messages_found(postgres), []);
            statement.push(BESIDE_MESSAGES, []);
            statement.push(&sorted, []);
        }
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
            "relevance" => Self::Relevance,
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
            Self::Relevance => "s.score",
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
            Self::Relevance => Value::Number(row.score),
        }
    }
}
