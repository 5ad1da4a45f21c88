//! What people put on messages here: a flag, and tags of their own. A tag is there as long as a message has it.

use super::connection::{Tx, in_tx, with_pool};
use super::messages::lock_accounts_of;
use super::revision::{Changed, bump};
use super::search_condition::TAG_KEY;
use super::statement::{Statement, bound};
use super::{Result, Store, dialect, fold};
use model::{MessageId, MessageSummary};
use std::collections::HashMap;

/// Names that are suggested.
const SUGGESTED: i64 = 500;

impl Store {
    /// Puts a flag on messages, or takes it off, and returns those that changed. What is so already, or gone, is passed over.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_flagged(&self, ids: &[MessageId], flagged: bool) -> Result<Vec<MessageId>> {
        const SQL: &str = "UPDATE message SET flagged = $1 WHERE id = $2 AND flagged <> $1";
        let mut tx = self.begin().await?;
        lock_accounts_of(&mut tx, ids).await?;
        let mut changed = Vec::new();
        for id in ids {
            let rows = in_tx!(&mut tx, connection => {
                sqlx::query(SQL).bind(flagged).bind(id.0).execute(connection).await?.rows_affected()
            });
            changed.extend((rows > 0).then_some(*id));
        }
        finish(tx, changed).await
    }

    /// Puts a tag on messages, and returns those that changed. One that has it already, or is gone, is passed over; names that differ in case or accents
    /// alone are one tag, written as it was first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn add_tag(&self, ids: &[MessageId], name: &str) -> Result<Vec<MessageId>> {
        const NAME: &str = "INSERT INTO tag (name, name_key) VALUES ($1, $2) ON CONFLICT (name_key) \
                            DO UPDATE SET name_key = excluded.name_key RETURNING id";
        const PUT: &str = "INSERT INTO message_tag (message, tag) SELECT id, $1 FROM message WHERE id = $2 \
                           ON CONFLICT DO NOTHING";
        let mut tx = self.begin().await?;
        lock_accounts_of(&mut tx, ids).await?;
        let key = fold::key(name, TAG_KEY);
        let tag: i64 = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(NAME).bind(name).bind(&key).fetch_one(connection).await?
        });
        let mut changed = Vec::new();
        for id in ids {
            let rows = in_tx!(&mut tx, connection => {
                sqlx::query(PUT).bind(tag).bind(id.0).execute(connection).await?.rows_affected()
            });
            changed.extend((rows > 0).then_some(*id));
        }
        forget_unused(&mut tx, &key).await?;
        finish(tx, changed).await
    }

    /// Takes a tag off messages, returns those that changed, and forgets it where no other message has it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn remove_tag(&self, ids: &[MessageId], name: &str) -> Result<Vec<MessageId>> {
        const TAKE: &str = "DELETE FROM message_tag WHERE message = $1 \
                            AND tag = (SELECT id FROM tag WHERE name_key = $2)";
        let mut tx = self.begin().await?;
        lock_accounts_of(&mut tx, ids).await?;
        let key = fold::key(name, TAG_KEY);
        let mut changed = Vec::new();
        for id in ids {
            let rows = in_tx!(&mut tx, connection => {
                sqlx::query(TAKE).bind(id.0).bind(&key).execute(connection).await?.rows_affected()
            });
            changed.extend((rows > 0).then_some(*id));
        }
        forget_unused(&mut tx, &key).await?;
        finish(tx, changed).await
    }

    /// The names of tags, in the order of the alphabet; 500 at most.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn tag_names(&self) -> Result<Vec<String>> {
        const SQL: &str = "SELECT name FROM tag ORDER BY name_key LIMIT $1";
        Ok(with_pool!(self, pool => sqlx::query_scalar(SQL).bind(SUGGESTED).fetch_all(pool).await?))
    }

    /// Puts the tags of `rows` into them.
    pub(super) async fn with_tags(&self, rows: &mut [MessageSummary]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = rows.iter().map(|row| row.id.0).collect();
        let (list, value) = dialect::list_of_numbers(self.is_postgres(), &ids);
        let mut statement = Statement::default();
        statement.push(
            "SELECT t.message, g.name FROM message_tag t JOIN tag g ON g.id = t.tag WHERE t.message IN ",
            [],
        );
        statement.push(list, [value]);
        statement.push(" ORDER BY g.name_key", []);
        let tags: Vec<(i64, String)> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        let mut of: HashMap<i64, Vec<String>> = HashMap::new();
        for (message, name) in tags {
            of.entry(message).or_default().push(name);
        }
        for row in rows {
            row.tags = of.remove(&row.id.0).unwrap_or_default();
        }
        Ok(())
    }
}

/// A tag that no message has is none.
async fn forget_unused(tx: &mut Tx, key: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM tag WHERE name_key = $1 \
                       AND NOT EXISTS (SELECT 1 FROM message_tag WHERE message_tag.tag = tag.id)";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(key).execute(connection).await?;
    });
    Ok(())
}

async fn finish(mut tx: Tx, changed: Vec<MessageId>) -> Result<Vec<MessageId>> {
    if !changed.is_empty() {
        bump(&mut tx, Changed::Messages).await?;
    }
    tx.commit().await?;
    Ok(changed)
}
