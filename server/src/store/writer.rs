//! Storing what a check or an import brought: messages and progress in one transaction, or nothing at all. What is new
//! stands in [`super::place`].

use super::batch::{Batch, MessageRef, StoredBatch};
use super::blobs::NewBlob;
use super::checks::fence;
use super::connection::{Tx, in_tx};
use super::mailboxes::MailboxId;
use super::place::{Incoming, Target, place};
use super::revision::{Changed, bump};
use super::{Lease, Result, Store, StoreError, number, quarantine};
use crate::failpoint;
use model::Timestamp;

impl Store {
    /// Makes a batch durable. After it returned, and not before, its messages may be deleted on the server.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where somebody else holds the account; whatever the error, nothing was stored.
    pub async fn store_batch(&self, lease: &Lease, mut batch: Batch, now: Timestamp) -> Result<StoredBatch> {
        let raws = batch.messages.iter_mut().map(|message| std::mem::take(&mut message.raw)).collect();
        let blobs = self.blobs.prepare(raws, &self.db).await?;
        let incoming =
            batch.messages.into_iter().zip(blobs).map(|(message, blob)| Incoming { message, blob });
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        let target = open(&mut tx, lease, batch.mailbox, batch.uid_validity, batch.next_uid, now).await?;
        let mut stored = StoredBatch::default();
        for incoming in incoming {
            let placed = match self.take(&mut tx, &target, &incoming).await {
                Err(StoreError::Database(source)) if StoreError::about_the_value(&source) => {
                    let (key, size) = (incoming.message.key, incoming.blob.raw_len);
                    return Err(StoreError::Refused { key, size, source });
                }
                placed => placed?,
            };
            stored.messages.push(placed);
            if target.quarantine {
                quarantine::release(&mut tx, &target, &incoming.message.key).await?;
            }
        }
        for quarantined in &batch.quarantined {
            stored.held += u64::from(quarantine::hold(&mut tx, &target, quarantined).await?);
        }
        let new = stored.messages.iter().filter(|message| message.is_new).count() as u64;
        if new > 0 {
            add_to_counters(&mut tx, target.account, new).await?;
            bump(&mut tx, Changed::Both).await?;
        }
        failpoint::hit("commit");
        tx.commit().await?;
        failpoint::hit("committed");
        Ok(stored)
    }

    async fn take(&self, tx: &mut Tx, target: &Target, incoming: &Incoming) -> Result<MessageRef> {
        let placed = place(tx, target, incoming).await?;
        if placed.is_new {
            self.keep(tx, &incoming.blob).await?;
        }
        Ok(placed)
    }

    /// Writes the row of a blob, which may be there already: two messages can be the same bytes.
    async fn keep(&self, tx: &mut Tx, blob: &NewBlob) -> Result<()> {
        // An update that changes nothing keeps the row from being removed before this commit.
        const SQL: &str = "INSERT INTO blob (hash, codec, raw_len, data) VALUES ($1, $2, $3, $4) \
                           ON CONFLICT (hash) DO UPDATE SET raw_len = excluded.raw_len";
        if blob.data.is_none() {
            self.blobs.ensure_file(&blob.hash)?;
        }
        in_tx!(tx, connection => {
            sqlx::query(SQL)
                .bind(blob.hash.as_bytes().as_slice())
                .bind(blob.codec)
                .bind(number(blob.raw_len))
                .bind(blob.data.as_deref())
                .execute(connection)
                .await?;
        });
        Ok(())
    }
}

/// Moves the mailbox to the batch's epoch and progress, and looks at what makes a difference below.
async fn open(
    tx: &mut Tx,
    lease: &Lease,
    mailbox: MailboxId,
    uid_validity: Option<u32>,
    next_uid: Option<u32>,
    now: Timestamp,
) -> Result<Target> {
    const MOVE: &str = "UPDATE mailbox SET \
                        next_uid = CASE WHEN CAST($1 AS BIGINT) IS NULL OR uid_validity = $1 \
                        THEN COALESCE($2, next_uid) ELSE COALESCE($2, 1) END, \
                        uid_validity = COALESCE($1, uid_validity) WHERE id = $3 AND account = $4";
    // Two ranges of the index rather than a walk through all of it.
    const LOOK: &str = "SELECT EXISTS (SELECT 1 FROM message WHERE mailbox = $1 AND uid IS NOT NULL \
                        AND uid_validity < $2) OR EXISTS (SELECT 1 FROM message WHERE mailbox = $1 \
                        AND uid IS NOT NULL AND uid_validity > $2) \
                        OR EXISTS (SELECT 1 FROM message WHERE mailbox = $1 AND uid IS NOT NULL \
                        AND uid_validity IS NULL), \
                        EXISTS (SELECT 1 FROM message WHERE mailbox = $1 AND by_name), \
                        EXISTS (SELECT 1 FROM quarantine WHERE mailbox = $1)";
    let uid_validity = uid_validity.map(i64::from);
    let rows = in_tx!(&mut *tx, connection => {
        sqlx::query(MOVE)
            .bind(uid_validity)
            .bind(next_uid.map(i64::from))
            .bind(mailbox.0)
            .bind(lease.account.0)
            .execute(connection)
            .await?
            .rows_affected()
    });
    if rows != 1 {
        return Err(StoreError::Corrupt(format!("mailbox {} is not one of this account", mailbox.0)));
    }
    let (older_epochs, by_name, quarantine): (bool, bool, bool) = in_tx!(&mut *tx, connection => {
        sqlx::query_as(LOOK)
            .bind(mailbox.0)
            .bind(uid_validity.unwrap_or(0))
            .fetch_one(connection)
            .await?
    });
    if let Some(epoch) = uid_validity.filter(|_| quarantine) {
        quarantine::forget_older(tx, mailbox, epoch).await?;
    }
    Ok(Target {
        account: lease.account.0,
        mailbox: mailbox.0,
        uid_validity,
        older_epochs: older_epochs && uid_validity.is_some(),
        by_name,
        quarantine,
        now: now.0,
    })
}

async fn add_to_counters(tx: &mut Tx, account: i64, new: u64) -> Result<()> {
    const SQL: &str = "UPDATE account SET messages = messages + $1, unread = unread + $1, \
                       to_index = to_index + $1 WHERE id = $2";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(number(new)).bind(account).execute(connection).await?;
    });
    Ok(())
}
