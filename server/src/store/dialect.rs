//! Where the SQL of the two databases differs, but for the rows of blobs (see `blob_rows`).

use super::connection::Tx;
use super::rows::{RowStatement, TOGETHER};
use super::search::IndexEntry;
use super::statement::Value;
use super::{Result, search_words};
use sqlx::{Postgres, Sqlite};
use std::sync::LazyLock;

/// The condition that keeps the messages `m` that answer a question about words (see `search_words`); `$` stands for the
/// bind's number. The set of all of them is made first.
pub(super) fn says_in_a_set(postgres: bool) -> &'static str {
    if postgres {
        "m.id IN (SELECT s.message FROM message_search s WHERE s.document @@ CAST($ AS tsquery))"
    } else {
        "m.id IN (SELECT rowid FROM message_search WHERE message_search MATCH $)"
    }
}

/// The same, asked of one message after the other.
pub(super) fn says_by_itself(postgres: bool) -> &'static str {
    if postgres {
        // OFFSET keeps it from being made a join of all.
        "EXISTS (SELECT 1 FROM message_search s WHERE s.message = m.id AND s.document @@ CAST($ AS tsquery) OFFSET 0)"
    } else {
        "EXISTS (SELECT 1 FROM message_search WHERE message_search.rowid = m.id AND message_search MATCH $)"
    }
}

/// The messages that answer a question about words, as a table `s` with their numbers as `found`.
pub(super) fn saying(postgres: bool) -> &'static str {
    if postgres {
        "(SELECT message AS found FROM message_search WHERE document @@ CAST($ AS tsquery)) s"
    } else {
        "(SELECT rowid AS found FROM message_search WHERE message_search MATCH $) s"
    }
}

/// The messages with these numbers, as a table `s` with the numbers as `found`.
pub(super) fn numbered(postgres: bool, numbers: &[i64]) -> (&'static str, Value) {
    let (_, value) = list_of_numbers(postgres, numbers);
    if postgres {
        ("(SELECT unnest(CAST($ AS BIGINT[])) AS found) s", value)
    } else {
        ("(SELECT value AS found FROM json_each($)) s", value)
    }
}

/// [`saying`] with a `score`: more where the words stand in the subject or are the sender's, and where they are rare. Only
/// 10,000 of them get one, those that were stored last. Takes the question twice on PostgreSQL.
pub(super) fn saying_with_score(postgres: bool) -> &'static str {
    if postgres {
        "(SELECT message AS found, CAST(ts_rank('{0.1, 0.3, 0.6, 0.8}', document, CAST($ AS tsquery)) * 1000000 AS BIGINT) \
         AS score FROM message_search WHERE document @@ CAST($ AS tsquery) ORDER BY message DESC LIMIT 10000) s"
    } else {
        "(SELECT rowid AS found, CAST(bm25(message_search, 8, 6, 3, 1, 4) * -1000000 AS BIGINT) AS score \
         FROM message_search WHERE message_search MATCH $ ORDER BY rowid DESC LIMIT 10000) s"
    }
}

/// The messages `m` that a table `s` has found: it comes first.
pub(super) fn messages_found(postgres: bool) -> &'static str {
    // SQLite takes CROSS for an order, where PostgreSQL has no use for one.
    if postgres { " JOIN message m ON m.id = s.found" } else { " CROSS JOIN message m ON m.id = s.found" }
}

/// A list of numbers to look into: what stands behind IN, and its bound value.
pub(super) fn list_of_numbers(postgres: bool, numbers: &[i64]) -> (&'static str, Value) {
    let text = numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    if postgres {
        ("(SELECT unnest(CAST($ AS BIGINT[])))", Value::Text(format!("{{{text}}}")))
    } else {
        ("(SELECT value FROM json_each($))", Value::Text(format!("[{text}]")))
    }
}

/// Makes messages findable, at most [`TOGETHER`] of them.
pub(super) async fn insert_search_text(tx: &mut Tx, entries: &[&IndexEntry]) -> Result<()> {
    const COLUMNS: &str = "rowid, subject, sender, recipients, body, attachments";
    static SQLITE: LazyLock<RowStatement> = LazyLock::new(|| {
        RowStatement::new(6, |rows| format!("INSERT INTO message_search ({COLUMNS}) VALUES {rows}"))
    });
    static POSTGRES: LazyLock<RowStatement> = LazyLock::new(|| {
        RowStatement::new(2, |rows| {
            format!(
                "INSERT INTO message_search (message, document) SELECT message, CAST(words AS tsvector) \
                 FROM (VALUES {rows}) AS entry (message, words) \
                 ON CONFLICT (message) DO UPDATE SET document = excluded.document"
            )
        })
    });
    let at_once = if entries.len() == TOGETHER { TOGETHER } else { 1 };
    let sql = if matches!(tx, Tx::Sqlite(_)) { SQLITE.of(tx, at_once) } else { POSTGRES.of(tx, at_once) };
    for entries in entries.chunks(at_once) {
        match tx {
            Tx::Sqlite(transaction) => {
                let mut query = sqlx::query::<Sqlite>(sql);
                for entry in entries {
                    let IndexEntry { subject, sender, recipients, body, attachment_names, .. } = entry;
                    let columns = [subject, sender, recipients, body, attachment_names];
                    query = query.bind(entry.message.0);
                    query = columns.into_iter().fold(query, |query, words| query.bind(words.line()));
                }
                query.execute(&mut **transaction).await?;
            }
            Tx::Postgres(transaction) => {
                let mut query = sqlx::query::<Postgres>(sql);
                for entry in entries {
                    query = query.bind(entry.message.0).bind(search_words::document(entry));
                }
                query.execute(&mut **transaction).await?;
            }
        }
    }
    Ok(())
}

/// Forgets the words of messages, which must have been made findable. Comes before they go.
pub(super) async fn delete_search_text(tx: &mut Tx, messages: &[i64]) -> Result<()> {
    match tx {
        Tx::Sqlite(transaction) => {
            for message in messages {
                sqlx::query::<Sqlite>("DELETE FROM message_search WHERE rowid = $1")
                    .bind(message)
                    .execute(&mut **transaction)
                    .await?;
            }
        }
        Tx::Postgres(transaction) => {
            sqlx::query::<Postgres>("DELETE FROM message_search WHERE message = ANY($1)")
                .bind(messages)
                .execute(&mut **transaction)
                .await?;
        }
    }
    Ok(())
}

/// Forgets the words of every message of an account. Comes before its messages go.
pub(super) async fn delete_search_text_of(tx: &mut Tx, account: i64) -> Result<()> {
    match tx {
        Tx::Sqlite(transaction) => {
            sqlx::query::<Sqlite>(
                "DELETE FROM message_search WHERE rowid IN \
                 (SELECT id FROM message WHERE account = $1 AND indexed)",
            )
            .bind(account)
            .execute(&mut **transaction)
            .await?;
        }
        Tx::Postgres(transaction) => {
            sqlx::query::<Postgres>(
                "DELETE FROM message_search WHERE message IN (SELECT id FROM message WHERE account = $1)",
            )
            .bind(account)
            .execute(&mut **transaction)
            .await?;
        }
    }
    Ok(())
}

macro_rules! concat_claim {
    ($lock:literal) => {
        concat!(
            "WITH busy AS (SELECT address, COUNT(*) AS checks FROM account WHERE lease_until > $1 GROUP BY address), \
             waiting AS (SELECT id, address, ROW_NUMBER() OVER (PARTITION BY address ORDER BY next_due, id) AS place \
             FROM account WHERE next_due <= $1 AND enabled AND removed_at IS NULL \
             AND (lease_until IS NULL OR lease_until <= $1)), \
             due AS (SELECT account.id FROM account JOIN waiting ON waiting.id = account.id \
             LEFT JOIN busy ON busy.address = waiting.address \
             WHERE waiting.place + COALESCE(busy.checks, 0) <= $5 AND next_due <= $1 \
             AND (lease_until IS NULL OR lease_until <= $1) ORDER BY next_due, account.id LIMIT $2",
            $lock,
            ") UPDATE account SET lease_owner = $3, lease_until = $4, lease_epoch = lease_epoch + 1, \
             requested = FALSE WHERE id IN (SELECT id FROM due) RETURNING id, lease_epoch, failures"
        )
    };
}
/// Claims due accounts: `$1` now, `$2` how many, `$3` node, `$4` lease end, `$5` how many of one server at once.
pub(super) const CLAIM_DUE_SQLITE: &str = concat_claim!("");
/// The same; rows that another node is claiming right now are passed over instead of waited for.
pub(super) const CLAIM_DUE_POSTGRES: &str = concat_claim!(" FOR UPDATE OF account SKIP LOCKED");

/// Keeps every other first person out until this transaction ends.
pub(super) async fn lock_persons(tx: &mut Tx) -> Result<()> {
    if let Tx::Postgres(transaction) = tx {
        sqlx::query::<Postgres>("LOCK TABLE person IN EXCLUSIVE MODE").execute(&mut **transaction).await?;
    }
    // SQLite: BEGIN IMMEDIATE did.
    Ok(())
}
