//! Deleting on the server, as the database sees it: what may be deleted, that it was asked for, that it was done and
//! why. Deliberately absent: deciding whether (see `checks`), deleting anything here, and reading receipts.

use super::checks::fence;
use super::connection::{in_tx, with_pool};
use super::mailboxes::MailboxId;
use super::messages::key_of;
use super::revision::{Changed, bump};
use super::{Lease, Result, Store, blobs, count, fold};
use model::{MessageId, MessageKey, Timestamp};

/// A durable message and its server's name for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its number here.
    pub message: MessageId,
    /// Its name there.
    pub key: MessageKey,
    /// Its bytes.
    pub size: u64,
    /// What they are.
    pub hash: blake3::Hash,
}

impl Store {
    /// What is durable here since `since` or longer and, as far as is known, still on the server: in this UIDVALIDITY,
    /// or without a UID where there is none (POP3). What was sent off already is among it whatever its age. Never what
    /// is quarantined, never by an older UID, never by a UID that was found by name.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn deletable(
        &self,
        mailbox: MailboxId,
        uid_validity: Option<u32>,
        since: Timestamp,
    ) -> Result<Vec<StoredKey>> {
        const BY_UID: &str = "SELECT m.id, uid, uidl, occurrence, size, b.hash FROM message m \
                              JOIN blob b ON b.id = m.blob WHERE mailbox = $1 AND uid_validity = $3 AND uid IS NOT NULL AND NOT by_name \
                              AND (state = 'delete_sent' OR (state = 'stored' AND state_at <= $2)) \
                              AND m.id NOT IN (SELECT message FROM quarantine WHERE mailbox = $1 \
                              AND message IS NOT NULL) ORDER BY uid";
        const WITHOUT_UID: &str = "SELECT m.id, uid, uidl, occurrence, size, b.hash FROM message m \
                                   JOIN blob b ON b.id = m.blob WHERE mailbox = $1 AND uid IS NULL \
                                   AND (state = 'delete_sent' OR (state = 'stored' AND state_at <= $2)) \
                                   AND m.id NOT IN (SELECT message FROM quarantine WHERE mailbox = $1 \
                                   AND message IS NOT NULL) ORDER BY m.id";
        type Row = (i64, Option<i64>, Option<String>, Option<i64>, i64, Vec<u8>);
        let rows: Vec<Row> = with_pool!(self, pool => match uid_validity {
            Some(uid_validity) => {
                let query = sqlx::query_as(BY_UID).bind(mailbox.0).bind(since.0);
                query.bind(i64::from(uid_validity)).fetch_all(pool).await?
            }
            None => sqlx::query_as(WITHOUT_UID).bind(mailbox.0).bind(since.0).fetch_all(pool).await?,
        });
        let stored = rows.into_iter().map(|(id, uid, uidl, occurrence, size, hash)| {
            let key = key_of(uid, uidl, occurrence);
            Ok(StoredKey { message: MessageId(id), key, size: count(size), hash: blobs::hash_of(&hash)? })
        });
        stored.collect()
    }

    /// The messages of a mailbox whose deletion was asked for and not confirmed.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn delete_sent(&self, mailbox: MailboxId) -> Result<Vec<MessageId>> {
        const SQL: &str = "SELECT id FROM message WHERE mailbox = $1 AND state = 'delete_sent' ORDER BY id";
        let ids: Vec<i64> =
            with_pool!(self, pool => sqlx::query_scalar(SQL).bind(mailbox.0).fetch_all(pool).await?);
        Ok(ids.into_iter().map(MessageId).collect())
    }

    /// Takes from these messages the names that their POP3 server gave to others; they stay as they are, and what has the
    /// name now is new.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn unname(&self, lease: &Lease, ids: &[MessageId]) -> Result<()> {
        const SQL: &str = "UPDATE message SET uidl = NULL, occurrence = NULL \
                           WHERE id = $1 AND account = $2 AND state = 'stored'";
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        for id in ids {
            in_tx!(&mut tx, connection => {
                sqlx::query(SQL).bind(id.0).bind(lease.account.0).execute(connection).await?;
            });
        }
        tx.commit().await
    }

    /// Records that the deletion of these messages, `days` after they became durable, is being asked for: comes before the
    /// server hears of it. False, and nothing recorded, where the account does not want that (any more): it is paused, keeps
    /// the copies, or keeps them longer.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing was recorded then.
    pub async fn mark_delete_sent(
        &self,
        lease: &Lease,
        ids: &[MessageId],
        days: u32,
        now: Timestamp,
    ) -> Result<bool> {
        const WANTED: &str = "SELECT EXISTS (SELECT 1 FROM account WHERE id = $1 AND enabled AND NOT keep_copy \
                              AND COALESCE(delete_after_days, 0) <= $2)";
        const SQL: &str = "UPDATE message SET state = 'delete_sent', state_at = $1 \
                           WHERE id = $2 AND account = $3 AND state = 'stored'";
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        let wanted: bool = in_tx!(&mut tx, connection => {
            let query = sqlx::query_scalar(WANTED).bind(lease.account.0).bind(i64::from(days));
            query.fetch_one(connection).await?
        });
        if !wanted {
            return Ok(false);
        }
        for id in ids {
            in_tx!(&mut tx, connection => {
                sqlx::query(SQL).bind(now.0).bind(id.0).bind(lease.account.0).execute(connection).await?;
            });
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Records that the server confirmed the deletion of these messages, with a receipt for each.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing was recorded then.
    pub async fn mark_deleted(
        &self,
        lease: &Lease,
        ids: &[MessageId],
        reason: &str,
        now: Timestamp,
    ) -> Result<()> {
        const RECEIPT: &str = "INSERT INTO receipt (account, message, folder, uid_validity, uid, uidl, occurrence, \
                               size, blake3, reason, at) SELECT m.account, m.id, b.name, m.uid_validity, m.uid, \
                               m.uidl, m.occurrence, m.size, h.hash, CAST($1 AS TEXT), CAST($2 AS BIGINT) \
                               FROM message m JOIN mailbox b ON b.id = m.mailbox JOIN blob h ON h.id = m.blob \
                               WHERE m.id = $3 AND m.account = $4 AND m.state <> 'deleted'";
        const STATE: &str =
            "UPDATE message SET state = 'deleted', state_at = $1 WHERE id = $2 AND account = $3";
        let reason = fold::stored(reason, 1000);
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        for id in ids {
            in_tx!(&mut tx, connection => {
                let query = sqlx::query(RECEIPT).bind(&reason).bind(now.0).bind(id.0);
                query.bind(lease.account.0).execute(connection).await?;
            });
            in_tx!(&mut tx, connection => {
                sqlx::query(STATE).bind(now.0).bind(id.0).bind(lease.account.0).execute(connection).await?;
            });
        }
        bump(&mut tx, Changed::Messages).await?;
        tx.commit().await
    }
}
