//! Making messages findable after they are durable. Deliberately absent: reading MIME (who calls brings the text) and
//! searching (see `message_list`).

use super::connection::{in_tx, with_pool};
use super::messages::{Changes, apply, lock_accounts_of};
use super::revision::{Changed, bump};
use super::{Result, Store, count, dialect, fold};
use model::{AccountId, MessageId};

/// Text above this is not searched.
const LARGEST_TEXT: usize = 256 * 1024;
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
    pub subject: String,
    /// Names and addresses of everybody in its header.
    pub addresses: String,
    /// Its text.
    pub body: String,
    /// The names of its attachments.
    pub attachment_names: String,
}

impl Default for IndexEntry {
    /// A message without any text, to be completed.
    fn default() -> Self {
        Self {
            message: MessageId(0),
            preview: String::new(),
            attachments: 0,
            subject: String::new(),
            addresses: String::new(),
            body: String::new(),
            attachment_names: String::new(),
        }
    }
}

impl Store {
    /// Up to `limit` messages that cannot be found yet, newest first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn pending(&self, limit: u32) -> Result<Vec<MessageId>> {
        const SQL: &str = "SELECT id FROM message WHERE NOT indexed ORDER BY id DESC LIMIT $1";
        let ids: Vec<i64> = with_pool!(self, pool => {
            sqlx::query_scalar(SQL).bind(i64::from(limit)).fetch_all(pool).await?
        });
        Ok(ids.into_iter().map(MessageId).collect())
    }

    /// Makes messages findable. One that is so already, or gone, is passed over.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn index(&self, entries: &[IndexEntry]) -> Result<()> {
        const MARK: &str = "UPDATE message SET preview = $1, attachments = $2, indexed = TRUE \
                            WHERE id = $3 AND NOT indexed RETURNING account";
        const COUNT: &str = "UPDATE account SET to_index = to_index + $1 WHERE id = $2";
        let mut tx = self.begin().await?;
        let ids: Vec<MessageId> = entries.iter().map(|entry| entry.message).collect();
        lock_accounts_of(&mut tx, &ids).await?;
        let mut changes = Changes::new();
        for entry in entries {
            let account: Option<i64> = in_tx!(&mut tx, connection => {
                sqlx::query_scalar(MARK)
                    .bind(fold::stored(&entry.preview, PREVIEW))
                    .bind(i64::from(entry.attachments))
                    .bind(entry.message.0)
                    .fetch_optional(connection)
                    .await?
            });
            if let Some(account) = account {
                dialect::insert_search_text(&mut tx, entry.message.0, entry.into()).await?;
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

impl From<&IndexEntry> for dialect::SearchText {
    fn from(entry: &IndexEntry) -> Self {
        let words = |text: &str| fold::words(fold::beginning(text, LARGEST_TEXT));
        Self {
            subject: words(&entry.subject),
            addresses: words(&entry.addresses),
            body: words(&entry.body),
            attachments: words(&entry.attachment_names),
        }
    }
}
