//! What somebody searched for lately, and who wrote lately: what a search box suggests.

use super::connection::{in_tx, with_pool};
use super::message_list::containing;
use super::statement::{Statement, Value, bound};
use super::{Result, Store};
use model::{Address, PersonId, Timestamp};

/// Searches that are remembered of each person.
const REMEMBERED: i64 = 20;
/// Messages, newest first, whose senders are suggested.
const NEWEST: i64 = 5000;

impl Store {
    /// Remembers a search of `person`, and forgets the oldest beyond twenty.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn remember_search(&self, person: PersonId, text: &str, now: Timestamp) -> Result<()> {
        const KEEP: &str = "INSERT INTO recent_search (person, text, at) VALUES ($1, $2, $3) \
                            ON CONFLICT (person, text) DO UPDATE SET at = excluded.at";
        const FORGET: &str = "DELETE FROM recent_search WHERE person = $1 AND text NOT IN \
                              (SELECT text FROM recent_search WHERE person = $1 ORDER BY at DESC, text LIMIT $2)";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(KEEP).bind(person.0).bind(text).bind(now.0).execute(connection).await?;
        });
        in_tx!(&mut tx, connection => {
            sqlx::query(FORGET).bind(person.0).bind(REMEMBERED).execute(connection).await?;
        });
        tx.commit().await
    }

    /// What `person` searched for, newest first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn recent_searches(&self, person: PersonId) -> Result<Vec<String>> {
        const SQL: &str = "SELECT text FROM recent_search WHERE person = $1 ORDER BY at DESC, text";
        Ok(with_pool!(self, pool => sqlx::query_scalar(SQL).bind(person.0).fetch_all(pool).await?))
    }

    /// Who among the senders of the newest 5,000 messages has `part` in name or address; the latest first, at most
    /// `limit` of them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn recent_senders(&self, part: &str, limit: u32) -> Result<Vec<Address>> {
        let Some(pattern) = containing(part) else { return Ok(Vec::new()) };
        let mut statement = Statement::default();
        statement.push(
            "SELECT MAX(sender_name), sender_address FROM (SELECT sender_name, sender_address, sender_key, received \
             FROM message ORDER BY received DESC, id DESC LIMIT $) AS newest \
             WHERE sender_address <> '' AND sender_key LIKE $ ESCAPE '\\' \
             GROUP BY sender_address ORDER BY MAX(received) DESC LIMIT $",
            [Value::Number(NEWEST), pattern, Value::Number(i64::from(limit))],
        );
        let rows: Vec<(String, String)> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|(name, address)| Address { name, address }).collect())
    }

    /// The names of folders, in the order of the alphabet, each once.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn folder_names(&self) -> Result<Vec<String>> {
        const SQL: &str = "SELECT DISTINCT name FROM mailbox ORDER BY name LIMIT 1000";
        Ok(with_pool!(self, pool => sqlx::query_scalar(SQL).fetch_all(pool).await?))
    }

    /// The names of accounts, in the order of the alphabet.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn account_names(&self) -> Result<Vec<String>> {
        const SQL: &str = "SELECT name FROM account WHERE removed_at IS NULL ORDER BY name_key LIMIT 1000";
        Ok(with_pool!(self, pool => sqlx::query_scalar(SQL).fetch_all(pool).await?))
    }
}
