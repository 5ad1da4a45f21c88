//! Single messages: what is known of one, its raw bytes, whether it was read. Deliberately absent: the report (see
//! `message_list`), storing (see `writer`), MIME.

use super::blobs::{self, Blob, Kept, Part};
use super::connection::{Tx, in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Result, Store, StoreError, count, small};

use model::{AccountId, Address, Marks, MessageId, MessageKey, MessageState, MessageSummary, Timestamp};
use std::collections::BTreeSet;

/// Everything the database knows of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// The row of the list.
    pub summary: MessageSummary,
    /// The UIDVALIDITY of its UID.
    pub uid_validity: Option<u32>,
    /// How its server names it.
    pub key: MessageKey,
    /// Its Message-ID, as in its header.
    pub internet_message_id: Option<String>,
    /// BLAKE3 of its raw bytes, in hex.
    pub blake3: String,
    /// Where else it is.
    pub state: MessageState,
}

/// The columns of [`MessageRow`], without its score.
macro_rules! message_columns {
    () => {
        "m.id, m.account, a.name AS account_name, a.name_key AS account_key, b.name AS folder, m.sender_name, \
         m.sender_address, m.sender_key, m.subject, m.subject_key, m.preview, m.attachments, m.size, m.received, \
         m.unread, m.flagged, m.uid_validity, m.uid, m.uidl, m.occurrence, m.internet_message_id, h.hash, m.state"
    };
}
/// What belongs to a message `m`. LEFT JOIN, so that SQLite finds the messages first and looks the others up; every
/// message has them all.
macro_rules! beside_messages {
    () => {
        " LEFT JOIN account a ON a.id = m.account LEFT JOIN mailbox b ON b.id = m.mailbox \
         LEFT JOIN blob h ON h.id = m.blob "
    };
}
/// A whole statement over messages, which ends with `$rest`.
macro_rules! select_messages {
    ($rest:literal) => {
        concat!("SELECT ", message_columns!(), " FROM message m", beside_messages!(), $rest)
    };
}

/// See [`message_columns`].
pub(super) const MESSAGE_COLUMNS: &str = message_columns!();
/// See [`beside_messages`].
pub(super) const BESIDE_MESSAGES: &str = beside_messages!();

#[derive(sqlx::FromRow)]
pub(super) struct MessageRow {
    pub(super) id: i64,
    account: i64,
    account_name: String,
    pub(super) account_key: String,
    folder: String,
    sender_name: String,
    sender_address: String,
    pub(super) sender_key: String,
    subject: String,
    pub(super) subject_key: String,
    preview: String,
    pub(super) attachments: i64,
    pub(super) size: i64,
    pub(super) received: i64,
    unread: bool,
    flagged: bool,
    uid_validity: Option<i64>,
    uid: Option<i64>,
    uidl: Option<String>,
    occurrence: Option<i64>,
    internet_message_id: Option<String>,
    hash: Vec<u8>,
    state: String,
    /// How well it answers a search, where that was asked for.
    #[sqlx(default)]
    pub(super) score: i64,
}

#[derive(sqlx::FromRow)]
struct BlobRow {
    hash: Vec<u8>,
    codec: i64,
    raw_len: i64,
    data: Option<Vec<u8>>,
    pack: Option<String>,
    part_offset: Option<i64>,
    part_length: Option<i64>,
}

impl Store {
    /// The message with this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_message(&self, id: MessageId) -> Result<Option<MessageRecord>> {
        const SQL: &str = select_messages!("WHERE m.id = $1");
        let row: Option<MessageRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        let Some(mut record) = row.map(MessageRow::into_record).transpose()? else { return Ok(None) };
        self.with_tags(std::slice::from_mut(&mut record.summary)).await?;
        Ok(Some(record))
    }

    /// The messages of an account, newest first; all of them without a limit.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn messages_of(&self, account: AccountId, limit: Option<u32>) -> Result<Vec<MessageRecord>> {
        const SQL: &str =
            select_messages!("WHERE m.account = $1 ORDER BY m.received DESC, m.id DESC LIMIT $2");
        let limit = limit.map_or(i64::MAX, i64::from);
        let rows: Vec<MessageRow> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(account.0).bind(limit).fetch_all(pool).await?
        });
        rows.into_iter().map(MessageRow::into_record).collect()
    }

    /// Up to `limit` messages stored after `after`, of one account or of all, in the order in which they were stored.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn messages_after(
        &self,
        account: Option<AccountId>,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<MessageRecord>> {
        const OF_ALL: &str = select_messages!("WHERE m.id > $1 ORDER BY m.id LIMIT $2");
        const OF_ONE: &str = select_messages!("WHERE m.id > $1 AND m.account = $3 ORDER BY m.id LIMIT $2");
        let rows: Vec<MessageRow> = with_pool!(self, pool => {
            let query = sqlx::query_as(if account.is_some() { OF_ONE } else { OF_ALL });
            let query = query.bind(after.0).bind(i64::from(limit));
            match account {
                Some(account) => query.bind(account.0),
                None => query,
            }
            .fetch_all(pool)
            .await?
        });
        rows.into_iter().map(MessageRow::into_record).collect()
    }

    /// The exact bytes of a message as they came in.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where they are not the bytes that were stored.
    pub async fn raw_message(&self, id: MessageId) -> Result<Option<Vec<u8>>> {
        const SQL: &str = "SELECT b.hash, b.codec, b.raw_len, b.data, b.pack, b.part_offset, b.part_length FROM message m \
                           JOIN blob b ON b.id = m.blob WHERE m.id = $1";
        let row: Option<BlobRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        let Some(row) = row else { return Ok(None) };
        let (offset, length) = (row.part_offset.unwrap_or(0), row.part_length.unwrap_or(0));
        let stored = Blob {
            hash: blobs::hash_of(&row.hash)?,
            codec: row.codec,
            raw_len: count(row.raw_len),
            kept: match (row.data, row.pack) {
                (Some(data), _) => Kept::Row(data),
                (None, Some(pack)) => Kept::Part(Part { pack, offset: count(offset), length: count(length) }),
                (None, None) => Kept::File,
            },
        };
        self.blobs.read(stored).await.map(Some)
    }

    /// Marks messages as unread or read here, and returns those that changed. What is marked so already, or gone, is passed
    /// over.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_unread(&self, ids: &[MessageId], unread: bool) -> Result<Vec<MessageId>> {
        const FLAG: &str = "UPDATE message SET unread = $1 WHERE id = $2 AND unread <> $1 RETURNING account";
        const COUNT: &str = "UPDATE account SET unread = unread + $1 WHERE id = $2";
        let mut tx = self.begin().await?;
        lock_accounts_of(&mut tx, ids).await?;
        let mut counts = Changes::new();
        let mut changed = Vec::new();
        for id in ids {
            let account: Option<i64> = in_tx!(&mut tx, connection => {
                sqlx::query_scalar(FLAG).bind(unread).bind(id.0).fetch_optional(connection).await?
            });
            if let Some(account) = account {
                changed.push(*id);
                *counts.entry(account).or_default() += if unread { 1 } else { -1 };
            }
        }
        if counts.is_empty() {
            return Ok(changed);
        }
        apply(&mut tx, COUNT, counts).await?;
        bump(&mut tx, Changed::Both).await?;
        tx.commit().await?;
        Ok(changed)
    }
}

/// By how much a counter of each account changes.
pub(super) type Changes = std::collections::BTreeMap<i64, i64>;

/// Runs `sql` (`$1` the change, `$2` the account) for each account.
pub(super) async fn apply(tx: &mut Tx, sql: &'static str, changes: Changes) -> Result<()> {
    for (account, change) in changes {
        in_tx!(&mut *tx, connection => {
            sqlx::query(sql).bind(change).bind(account).execute(connection).await?;
        });
    }
    Ok(())
}

/// Takes the accounts of these messages before the messages themselves, in order, as every other writer does:
/// otherwise two of them could wait for each other.
pub(super) async fn lock_accounts_of(tx: &mut Tx, ids: &[MessageId]) -> Result<()> {
    const LOCK: &str = "UPDATE account SET unread = unread + $1 WHERE id = $2";
    if matches!(tx, Tx::Sqlite(_)) {
        return Ok(());
    }
    let accounts = accounts_of(tx, ids).await?.into_iter().map(|account| (account, 0)).collect();
    apply(tx, LOCK, accounts).await
}

/// The accounts that messages belong to.
pub(super) async fn accounts_of(tx: &mut Tx, ids: &[MessageId]) -> Result<BTreeSet<i64>> {
    const FIND: &str = "SELECT account FROM message WHERE id = $1";
    let mut accounts = BTreeSet::new();
    for id in ids {
        let account: Option<i64> = in_tx!(&mut *tx, connection => {
            sqlx::query_scalar(FIND).bind(id.0).fetch_optional(connection).await?
        });
        accounts.extend(account);
    }
    Ok(accounts)
}

/// How the server names a message, from its three columns.
pub(super) fn key_of(uid: Option<i64>, uidl: Option<String>, occurrence: Option<i64>) -> MessageKey {
    match (uid, uidl) {
        (Some(uid), _) => MessageKey::Uid(small(uid)),
        (None, Some(uidl)) => MessageKey::Uidl { uidl, occurrence: small(occurrence.unwrap_or(0)) },
        (None, None) => MessageKey::Unnamed,
    }
}

impl MessageRow {
    pub(super) fn into_summary(self) -> MessageSummary {
        MessageSummary {
            id: MessageId(self.id),
            account: AccountId(self.account),
            account_name: self.account_name,
            folder: self.folder,
            sender: Address { name: self.sender_name, address: self.sender_address },
            subject: self.subject,
            preview: self.preview,
            attachments: small(self.attachments),
            size: count(self.size),
            received: Timestamp(self.received),
            unread: self.unread,
            flagged: self.flagged,
            tags: Vec::new(),
            marks: Marks::default(),
        }
    }

    fn into_record(mut self) -> Result<MessageRecord> {
        let state = MessageState::from_id(&self.state)
            .ok_or_else(|| StoreError::Corrupt(format!("state of message {}", self.id)))?;
        Ok(MessageRecord {
            uid_validity: self.uid_validity.map(small),
            key: key_of(self.uid, self.uidl.take(), self.occurrence),
            internet_message_id: self.internet_message_id.take(),
            blake3: blobs::hash_of(&self.hash)?.to_hex().to_string(),
            state,
            summary: self.into_summary(),
        })
    }
}
