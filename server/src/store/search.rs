//! Making messages findable after they are durable. Deliberately absent: reading MIME (who calls brings the text) and
//! searching (see `message_list`).

use super::connection::{Tx, in_tx, with_pool};
use super::conversations::{self, Belonging, Kin};
use super::fold::Words;
use super::messages::{Changes, apply, lock_accounts_of};
use super::revision::{Changed, bump};
use super::rows::{RowStatement, TOGETHER};
use super::{Result, Store, count, dialect, fold};
use model::{AccountId, MessageId};
use std::collections::HashMap;
use std::sync::LazyLock;

/// Characters of a preview.
const PREVIEW: usize = 200;

/// What a message says, for the list and for the search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    /// Which message.
    pub message: MessageId,
    /// The first words of its text.
    pub preview: String,
    /// Attachments, without inline images.
    pub attachments: u32,
    /// Its subject.
    pub subject: Words,
    /// Names and addresses of who it says it is from: From, Sender and Reply-To.
    pub sender: Words,
    /// Names and addresses of who it says it is for: To, Cc and Bcc.
    pub recipients: Words,
    /// Its text.
    pub body: Words,
    /// The names of its attachments.
    pub attachment_names: Words,
    /// Which messages it belongs to.
    pub kin: Kin,
}

impl Default for IndexEntry {
    /// A message without any text, to be completed.
    fn default() -> Self {
        Self {
            message: MessageId(0),
            preview: String::new(),
            attachments: 0,
            subject: Words::default(),
            sender: Words::default(),
            recipients: Words::default(),
            body: Words::default(),
            attachment_names: Words::default(),
            kin: Kin::default(),
        }
    }
}

impl Store {
    /// Up to `limit` messages below `below` that cannot be found yet, newest first, each with the size of its bytes.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn pending(&self, below: MessageId, limit: u32) -> Result<Vec<(MessageId, u64)>> {
        const SQL: &str =
            "SELECT id, size FROM message WHERE NOT indexed AND id < $1 ORDER BY id DESC LIMIT $2";
        let rows: Vec<(i64, i64)> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(below.0).bind(i64::from(limit)).fetch_all(pool).await?
        });
        Ok(rows.into_iter().map(|(id, size)| (MessageId(id), count(size))).collect())
    }

    /// Makes messages findable. One that is so already, or gone, is passed over.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn index(&self, entries: &[IndexEntry]) -> Result<()> {
        const COUNT: &str = "UPDATE account SET to_index = to_index + $1 WHERE id = $2";
        let mut tx = self.begin().await?;
        let ids: Vec<MessageId> = entries.iter().map(|entry| entry.message).collect();
        lock_accounts_of(&mut tx, &ids).await?;
        let belonging = conversations::joined(&mut tx, entries).await?;
        let mut changes = Changes::new();
        let many = entries.chunks_exact(TOGETHER);
        let rest = many.remainder().chunks(1);
        for entries in many.chain(rest) {
            let marked = mark(&mut tx, entries, &belonging).await?;
            let marked: Vec<(&IndexEntry, i64)> =
                entries.iter().filter_map(|entry| Some((entry, *marked.get(&entry.message.0)?))).collect();
            let (entries, accounts): (Vec<_>, Vec<_>) = marked.into_iter().unzip();
            dialect::insert_search_text(&mut tx, &entries).await?;
            for account in accounts {
                *changes.entry(account).or_default() -= 1;
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        apply(&mut tx, COUNT, changes).await?;
        bump(&mut tx, Changed::Both).await?;
        tx.commit().await
    }

    /// How many messages, of one account or of all, cannot be found yet.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn count_pending(&self, account: Option<AccountId>) -> Result<u64> {
        const OF_ALL: &str = "SELECT CAST(COALESCE(SUM(to_index), 0) AS BIGINT) FROM account";
        const OF_ONE: &str = "SELECT CAST(COALESCE(SUM(to_index), 0) AS BIGINT) FROM account WHERE id = $1";
        let pending: i64 = with_pool!(self, pool => match account {
            Some(account) => sqlx::query_scalar(OF_ONE).bind(account.0).fetch_one(pool).await?,
            None => sqlx::query_scalar(OF_ALL).fetch_one(pool).await?,
        });
        Ok(count(pending))
    }
}

/// Notes what lists show of one message or of [`TOGETHER`]: the account of each that was not found before, by its number.
async fn mark(tx: &mut Tx, entries: &[IndexEntry], belonging: &Belonging) -> Result<HashMap<i64, i64>> {
    static MARKING: LazyLock<RowStatement> = LazyLock::new(marking);
    let sql = MARKING.of(tx, entries.len());
    let marked: Vec<(i64, i64)> = in_tx!(tx, connection => {
        let mut query = sqlx::query_as(sql);
        for entry in entries {
            query = query
                .bind(entry.message.0)
                .bind(fold::stored(&entry.preview, PREVIEW))
                .bind(i64::from(entry.attachments))
                .bind(entry.kin.own())
                .bind(entry.kin.topic())
                .bind(belonging.get(&entry.message.0).copied());
        }
        query.fetch_all(connection).await?
    });
    Ok(marked.into_iter().collect())
}

fn marking() -> RowStatement {
    RowStatement::new(6, |rows| {
        format!(
            "WITH entry (message, preview, attachments, named, topic, conversation) AS (VALUES {rows}) UPDATE message \
             SET preview = entry.preview, attachments = entry.attachments, named = entry.named, topic = entry.topic, \
             conversation = entry.conversation, indexed = TRUE FROM entry \
             WHERE message.id = entry.message AND NOT message.indexed RETURNING message.id, message.account"
        )
    })
}
