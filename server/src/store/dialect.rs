//! The only place where the SQL of the two databases differs.

use super::connection::Tx;
use super::{Result, fold};
use sqlx::{Postgres, Sqlite};

/// The condition that keeps the messages `m` that contain words; `$` stands for the bind's number.
pub(super) fn search_condition(postgres: bool) -> &'static str {
    if postgres {
        "m.id IN (SELECT s.message FROM message_search s WHERE s.document @@ CAST($ AS tsquery))"
    } else {
        "m.id IN (SELECT rowid FROM message_search WHERE message_search MATCH $)"
    }
}

/// The words of a search in the database's own notation. Words are letters and digits alone (see [`fold::words`]),
/// so nothing a person types is read as syntax. `None` where there are no words.
pub(super) fn search_expression(postgres: bool, text: &str) -> Option<String> {
    let words = fold::words(text);
    let (last, others) = words.split_last()?;
    Some(if postgres {
        let all = others.iter().map(|word| format!("'{word}'"));
        all.chain([format!("'{last}':*")]).collect::<Vec<_>>().join(" & ")
    } else {
        let all = others.iter().map(|word| format!("\"{word}\""));
        all.chain([format!("\"{last}\"*")]).collect::<Vec<_>>().join(" ")
    })
}

/// The folded words of a message by where they stood.
pub(super) struct SearchText {
    pub(super) subject: Vec<String>,
    pub(super) addresses: Vec<String>,
    pub(super) body: Vec<String>,
    pub(super) attachments: Vec<String>,
}

/// A tsvector is limited to 1 MB; this leaves room for what it adds to each word.
const LARGEST_DOCUMENT: usize = 512 * 1024;

/// Makes a message findable.
pub(super) async fn insert_search_text(tx: &mut Tx, message: i64, text: SearchText) -> Result<()> {
    match tx {
        Tx::Sqlite(transaction) => {
            sqlx::query::<Sqlite>(
                "INSERT INTO message_search (rowid, subject, addresses, body, attachments) \
                 VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(message)
            .bind(text.subject.join(" "))
            .bind(text.addresses.join(" "))
            .bind(text.body.join(" "))
            .bind(text.attachments.join(" "))
            .execute(&mut **transaction)
            .await?;
        }
        Tx::Postgres(transaction) => {
            // The head of a message comes first, so that a body without end cannot crowd it out.
            let all = [text.subject, text.addresses, text.attachments, text.body].concat();
            let mut room = LARGEST_DOCUMENT;
            let mut words: Vec<String> = Vec::new();
            let mut seen = std::collections::HashSet::new();
            for word in all {
                let cost = word.len() + 8;
                if seen.contains(&word) {
                    continue;
                }
                if cost > room {
                    break;
                }
                room -= cost;
                seen.insert(word.clone());
                words.push(word);
            }
            sqlx::query::<Postgres>(
                "INSERT INTO message_search (message, document) VALUES ($1, array_to_tsvector($2)) \
                 ON CONFLICT (message) DO UPDATE SET document = excluded.document",
            )
            .bind(message)
            .bind(words)
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
            "WITH due AS (SELECT id FROM account WHERE next_due <= $1 AND enabled AND removed_at IS NULL \
             AND (lease_until IS NULL OR lease_until <= $1) ORDER BY next_due, id LIMIT $2",
            $lock,
            ") UPDATE account SET lease_owner = $3, lease_until = $4, lease_epoch = lease_epoch + 1, \
             requested = FALSE WHERE id IN (SELECT id FROM due) RETURNING id, lease_epoch, failures"
        )
    };
}
/// Claims due accounts: `$1` now, `$2` how many, `$3` node, `$4` lease end.
pub(super) const CLAIM_DUE_SQLITE: &str = concat_claim!("");
/// The same; rows that another node is claiming right now are passed over instead of waited for.
pub(super) const CLAIM_DUE_POSTGRES: &str = concat_claim!(" FOR UPDATE SKIP LOCKED");

/// Keeps every other first person out until this transaction ends.
pub(super) async fn lock_persons(tx: &mut Tx) -> Result<()> {
    if let Tx::Postgres(transaction) = tx {
        sqlx::query::<Postgres>("LOCK TABLE person IN EXCLUSIVE MODE").execute(&mut **transaction).await?;
    }
    // SQLite: BEGIN IMMEDIATE did.
    Ok(())
}
