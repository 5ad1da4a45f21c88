//! Where the SQL of the two databases differs, but for the rows of blobs (see `blob_rows`).

use super::connection::Tx;
use super::rows::{RowStatement, TOGETHER};
use super::search::IndexEntry;
use super::{Result, fold};
use sqlx::{Postgres, Sqlite};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The condition that keeps the messages `m` that contain words; `$` stands for the bind's number.
pub(super) fn search_condition(postgres: bool) -> &'static str {
    if postgres {
        "m.id IN (SELECT s.message FROM message_search s WHERE s.document @@ CAST($ AS tsquery))"
    } else {
        "m.id IN (SELECT rowid FROM message_search WHERE message_search MATCH $)"
    }
}

/// The words of a search in the database's own notation. Words are letters and digits alone (see [`fold::Words`]),
/// so nothing a person types is read as syntax. `None` where there are no words.
pub(super) fn search_expression(postgres: bool, text: &str) -> Option<String> {
    let words = fold::Words::from(text);
    let words: Vec<&str> = words.each().collect();
    let (last, others) = words.split_last()?;
    Some(if postgres {
        let all = others.iter().map(|word| format!("'{word}'"));
        all.chain([format!("'{last}':*")]).collect::<Vec<_>>().join(" & ")
    } else {
        let all = others.iter().map(|word| format!("\"{word}\""));
        all.chain([format!("\"{last}\"*")]).collect::<Vec<_>>().join(" ")
    })
}

/// A tsvector is limited to 1 MB; this leaves room for what it adds to each word.
const LARGEST_DOCUMENT: usize = 512 * 1024;

/// Makes messages findable, at most [`TOGETHER`] of them.
pub(super) async fn insert_search_text(tx: &mut Tx, entries: &[&IndexEntry]) -> Result<()> {
    const COLUMNS: &str = "rowid, subject, addresses, body, attachments";
    static SQLITE: LazyLock<RowStatement> = LazyLock::new(|| {
        RowStatement::new(5, |rows| format!("INSERT INTO message_search ({COLUMNS}) VALUES {rows}"))
    });
    static POSTGRES: LazyLock<RowStatement> = LazyLock::new(|| {
        RowStatement::new(2, |rows| {
            format!(
                "INSERT INTO message_search (message, document) SELECT message, array_to_tsvector(words) \
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
                    let IndexEntry { subject, addresses, body, attachment_names, .. } = entry;
                    let columns = [subject, addresses, body, attachment_names];
                    query = query.bind(entry.message.0);
                    query = columns.into_iter().fold(query, |query, words| query.bind(words.line()));
                }
                query.execute(&mut **transaction).await?;
            }
            Tx::Postgres(transaction) => {
                let mut query = sqlx::query::<Postgres>(sql);
                for entry in entries {
                    query = query.bind(entry.message.0).bind(lexemes(entry));
                }
                query.execute(&mut **transaction).await?;
            }
        }
    }
    Ok(())
}

/// Each word once, as far as there is room.
fn lexemes(entry: &IndexEntry) -> Vec<&str> {
    // The head of a message comes first, so that a body without end cannot crowd it out.
    let all = [&entry.subject, &entry.addresses, &entry.attachment_names, &entry.body];
    let (mut room, mut seen) = (LARGEST_DOCUMENT, HashSet::new());
    let fits = |word: &&str| {
        room = room.saturating_sub(word.len() + 8);
        room > 0
    };
    all.into_iter().flat_map(fold::Words::each).filter(|word| seen.insert(*word)).take_while(fits).collect()
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
