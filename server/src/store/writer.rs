//! Storing what a check or an import brought: messages and progress in one transaction, or nothing at all. What is new
//! stands in [`super::place`].

use super::batch::{Batch, MessageRef, StoredBatch};
use super::blob_rows::keep_blobs;
use super::blobs::Blob;
use super::checks::fence;
use super::connection::{Tx, in_tx};
use super::mailboxes::MailboxId;
use super::place::{Incoming, Target, place, place_together};
use super::revision::{Changed, bump};
use super::rows::TOGETHER;
use super::{Lease, Result, Store, StoreError, number, quarantine};
use crate::failpoint;
use model::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// How a batch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Many messages a statement.
    Together,
    /// So that what the database does not take is known by name.
    OneByOne,
}

impl Store {
    /// Makes a batch durable. After it returned, and not before, its messages may be deleted on the server.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where somebody else holds the account; whatever the error, nothing was stored.
    pub async fn store_batch(&self, lease: &Lease, mut batch: Batch, now: Timestamp) -> Result<StoredBatch> {
        let raws = batch.messages.iter_mut().map(|message| std::mem::take(&mut message.raw)).collect();
        let blobs = self.blobs.prepare(raws, &self.db).await?;
        let messages = std::mem::take(&mut batch.messages);
        let incoming = messages.into_iter().zip(blobs);
        let mut incoming: Vec<Incoming> =
            incoming.map(|(message, blob)| Incoming { message, blob, number: 0 }).collect();
        match self.write(lease, &batch, &mut incoming, Care::Together, now).await {
            // Of many in one statement nobody says which one the database did not take.
            Err(StoreError::Database(source)) if StoreError::about_the_value(&source) => {
                self.write(lease, &batch, &mut incoming, Care::OneByOne, now).await
            }
            written => written,
        }
    }

    async fn write(
        &self,
        lease: &Lease,
        batch: &Batch,
        incoming: &mut [Incoming],
        care: Care,
        now: Timestamp,
    ) -> Result<StoredBatch> {
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        let target = open(&mut tx, lease, batch.mailbox, batch.uid_validity, batch.next_uid, now).await?;
        let together = match care {
            Care::Together => {
                self.keep(&mut tx, incoming).await?;
                place_together(&mut tx, &target, incoming).await?
            }
            Care::OneByOne => vec![None; incoming.len()],
        };
        let mut stored = StoredBatch::default();
        for (incoming, placed) in incoming.iter_mut().zip(together) {
            let placed = match placed {
                Some(placed) => placed,
                None => self.take(&mut tx, &target, incoming, care).await?,
            };
            stored.messages.push(placed);
            if target.quarantine {
                quarantine::release(&mut tx, &target, &incoming.message.key).await?;
            }
        }
        // Not before all are placed: what one message does not need may be the bytes of the next.
        for (incoming, _) in incoming.iter().zip(&stored.messages).filter(|(_, placed)| !placed.is_new) {
            let_go(&mut tx, incoming.number).await?;
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

    /// One message alone.
    async fn take(
        &self,
        tx: &mut Tx,
        target: &Target,
        incoming: &mut Incoming,
        care: Care,
    ) -> Result<MessageRef> {
        let placing = async {
            if care == Care::OneByOne {
                self.keep(tx, std::slice::from_mut(incoming)).await?;
            }
            place(tx, target, incoming).await
        };
        match placing.await {
            Err(StoreError::Database(source))
                if care == Care::OneByOne && StoreError::about_the_value(&source) =>
            {
                let (key, size) = (incoming.message.key.clone(), incoming.blob.raw_len);
                Err(StoreError::Refused { key, size, source })
            }
            placed => placed,
        }
    }

    /// Writes the rows of blobs, each once, in the order of their hashes: pages near each other are touched together, and
    /// no two transactions wait for each other. Two messages can be the same bytes, which may be here already.
    async fn keep(&self, tx: &mut Tx, incoming: &mut [Incoming]) -> Result<()> {
        let blobs: BTreeMap<[u8; 32], &Blob> =
            incoming.iter().map(|incoming| (*incoming.blob.hash.as_bytes(), &incoming.blob)).collect();
        let blobs: Vec<&Blob> = blobs.into_values().collect();
        let many = blobs.chunks_exact(TOGETHER);
        let rest = many.remainder().chunks(1);
        let mut numbers = HashMap::new();
        for blobs in many.chain(rest) {
            for blob in blobs {
                blob.part().map_or(Ok(()), |part| self.blobs.ensure_file(part))?;
            }
            numbers.extend(keep_blobs(tx, blobs).await?);
        }
        for incoming in incoming {
            let number = numbers.get(incoming.blob.hash.as_bytes().as_slice());
            incoming.number =
                *number.ok_or_else(|| StoreError::Corrupt("a blob without its number".to_owned()))?;
        }
        Ok(())
    }
}

/// A message that turned out to be here may be so with other bytes, which then nobody needs.
async fn let_go(tx: &mut Tx, blob: i64) -> Result<()> {
    const SQL: &str = "DELETE FROM blob WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM message WHERE blob = $1)";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(blob).execute(connection).await?;
    });
    Ok(())
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
                        AND uid IS NOT NULL AND uid_validity > $2), \
                        EXISTS (SELECT 1 FROM message WHERE mailbox = $1 AND uid_validity IS NULL AND uidl IS NULL), \
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
    let (older_epochs, nameless, by_name, quarantine): (bool, bool, bool, bool) = in_tx!(&mut *tx, connection => {
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
        nameless: nameless || (older_epochs && uid_validity.is_some()),
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
