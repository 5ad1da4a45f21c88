//! Storing what a check or an import brought: messages and progress in one transaction, or nothing at all. The rules
//! that tell a new message from one that is here already stand in [`place`].

use super::blobs::NewBlob;
use super::checks::fence;
use super::connection::{Tx, in_tx};
use super::mailboxes::MailboxId;
use super::revision::{Changed, bump};
use super::{Lease, Result, Store, StoreError, fold, number};
use model::{Address, MessageId, MessageKey, Timestamp};

/// Longest key that a column sorts and filters by, in characters.
const KEY: usize = 250;

/// A message as it came in, with what lists show of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// How its server names it; [`MessageKey::Unnamed`] where it was imported.
    pub key: MessageKey,
    /// The exact bytes.
    pub raw: Vec<u8>,
    /// INTERNALDATE, or when it was fetched.
    pub received: Timestamp,
    /// Who it says it is from.
    pub sender: Address,
    /// Its subject, decoded.
    pub subject: String,
    /// Its Message-ID.
    pub internet_message_id: Option<String>,
}

/// A message that stays on its server because it cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// How its server names it.
    pub key: MessageKey,
    /// Why, in one sentence.
    pub reason: String,
    /// What the server says of its size.
    pub size: u64,
}

/// What becomes durable together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Where it came from.
    pub mailbox: MailboxId,
    /// The epoch of its UIDs; `None` for POP3 and imports, which leave the mailbox's epoch alone.
    pub uid_validity: Option<u32>,
    /// Complete messages.
    pub messages: Vec<NewMessage>,
    /// Messages to be left where they are.
    pub quarantined: Vec<Quarantined>,
    /// From now on every UID below this one is done; `None` where that did not change.
    pub next_uid: Option<u32>,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredBatch {
    /// One for each message of the batch, in its order.
    pub messages: Vec<MessageRef>,
}

/// What became of one message of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRef {
    /// Its number here.
    pub id: MessageId,
    /// False where it was here already, under this name or an older one.
    pub is_new: bool,
}

/// A message of a batch beside its blob.
struct Incoming {
    message: NewMessage,
    blob: NewBlob,
}

/// The mailbox during one transaction.
struct Target {
    account: i64,
    mailbox: i64,
    uid_validity: Option<i64>,
    /// Messages of an older UIDVALIDITY are here, one of which may be the incoming one.
    older_epochs: bool,
    quarantine: bool,
    now: i64,
}

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
            let placed = place(&mut tx, &target, &incoming).await?;
            if placed.is_new {
                self.keep(&mut tx, &incoming.blob).await?;
            }
            stored.messages.push(placed);
            if target.quarantine {
                release(&mut tx, &target, &incoming.message.key).await?;
            }
        }
        for quarantined in &batch.quarantined {
            quarantine(&mut tx, &target, quarantined).await?;
        }
        let new = stored.messages.iter().filter(|message| message.is_new).count() as u64;
        if new > 0 {
            add_to_counters(&mut tx, target.account, new).await?;
            bump(&mut tx, Changed::Both).await?;
        }
        tx.commit().await?;
        Ok(stored)
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
                        AND uid IS NOT NULL AND uid_validity > $2), \
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
    let (older_epochs, quarantine): (bool, bool) = in_tx!(tx, connection => {
        sqlx::query_as(LOOK)
            .bind(mailbox.0)
            .bind(uid_validity.unwrap_or(0))
            .fetch_one(connection)
            .await?
    });
    Ok(Target {
        account: lease.account.0,
        mailbox: mailbox.0,
        uid_validity,
        older_epochs: older_epochs && uid_validity.is_some(),
        quarantine,
        now: now.0,
    })
}

/// Finds the row of a message, or writes it where the message is new.
async fn place(tx: &mut Tx, target: &Target, incoming: &Incoming) -> Result<MessageRef> {
    let blob = &incoming.blob;
    let known = match &incoming.message.key {
        MessageKey::Uid(_) if target.uid_validity.is_none() => {
            return Err(StoreError::Corrupt("a UID without its UIDVALIDITY".to_owned()));
        }
        // Without older epochs the unique index alone tells, after the attempt to insert.
        MessageKey::Uid(_) if !target.older_epochs => None,
        MessageKey::Uid(uid) => match with_uid(tx, target, *uid).await? {
            Some(id) => Some(id),
            None => rematch(tx, target, *uid, blob).await?,
        },
        MessageKey::Uidl { uidl, occurrence } => {
            unname_other(tx, target, uidl, *occurrence, blob).await?;
            None
        }
        MessageKey::Unnamed => with_bytes(tx, target, blob).await?,
    };
    if let Some(id) = known {
        return Ok(MessageRef { id: MessageId(id), is_new: false });
    }
    if let Some(id) = insert(tx, target, incoming).await? {
        return Ok(MessageRef { id: MessageId(id), is_new: true });
    }
    let taken = match &incoming.message.key {
        MessageKey::Uid(uid) => with_uid(tx, target, *uid).await?,
        MessageKey::Uidl { uidl, occurrence } => with_uidl(tx, target, uidl, *occurrence).await?,
        MessageKey::Unnamed => None,
    };
    let id = taken.ok_or_else(|| StoreError::Corrupt("a name is taken by no message".to_owned()))?;
    Ok(MessageRef { id: MessageId(id), is_new: false })
}

/// `None` where the server's name for it is taken.
async fn insert(tx: &mut Tx, target: &Target, incoming: &Incoming) -> Result<Option<i64>> {
    const SQL: &str = "INSERT INTO message (account, mailbox, uid_validity, uid, uidl, occurrence, blake3, size, \
                       received, state_at, sender_name, sender_address, sender_key, subject, subject_key, \
                       internet_message_id) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) \
                       ON CONFLICT DO NOTHING RETURNING id";
    let Incoming { message, blob } = incoming;
    let (uid, uidl, occurrence) = columns(&message.key);
    let sender = format!("{} {}", message.sender.name, message.sender.address);
    Ok(in_tx!(tx, connection => {
        sqlx::query_scalar(SQL)
            .bind(target.account)
            .bind(target.mailbox)
            .bind(target.uid_validity.filter(|_| uid.is_some()))
            .bind(uid)
            .bind(uidl)
            .bind(occurrence)
            .bind(blob.hash.as_bytes().as_slice())
            .bind(number(blob.raw_len))
            .bind(message.received.0)
            .bind(target.now)
            .bind(fold::stored(&message.sender.name, 300))
            .bind(fold::stored(&message.sender.address, 320))
            .bind(fold::key(&sender, KEY))
            .bind(fold::stored(&message.subject, 1000))
            .bind(fold::key(&message.subject, KEY))
            .bind(message.internet_message_id.as_deref().map(|id| fold::stored(id, 1000)))
            .fetch_optional(connection)
            .await?
    }))
}

/// After the UIDVALIDITY changed: gives the new UID to a message of an older epoch with the same bytes, which is on
/// the server after all. `None` where there is none.
async fn rematch(tx: &mut Tx, target: &Target, uid: u32, blob: &NewBlob) -> Result<Option<i64>> {
    const SQL: &str = "UPDATE message SET uid_validity = $1, uid = $2, state = 'stored', state_at = $3 \
                       WHERE id = (SELECT id FROM message WHERE mailbox = $4 AND blake3 = $5 \
                       AND uid IS NOT NULL AND uid_validity <> $1 \
                       ORDER BY CASE WHEN state = 'deleted' THEN 1 ELSE 0 END, id LIMIT 1) RETURNING id";
    Ok(in_tx!(tx, connection => {
        sqlx::query_scalar(SQL)
            .bind(target.uid_validity)
            .bind(i64::from(uid))
            .bind(target.now)
            .bind(target.mailbox)
            .bind(blob.hash.as_bytes().as_slice())
            .fetch_optional(connection)
            .await?
    }))
}

/// A POP3 server may give the UIDL of a message that is gone to another one. Other bytes under a known UIDL are
/// another message: the old one keeps its bytes here and loses its name.
async fn unname_other(
    tx: &mut Tx,
    target: &Target,
    uidl: &str,
    occurrence: u32,
    blob: &NewBlob,
) -> Result<()> {
    const SQL: &str = "UPDATE message SET uidl = NULL, occurrence = NULL WHERE mailbox = $1 AND uidl = $2 \
                       AND occurrence = $3 AND state <> 'deleted' AND blake3 <> $4";
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(target.mailbox)
            .bind(uidl)
            .bind(i64::from(occurrence))
            .bind(blob.hash.as_bytes().as_slice())
            .execute(connection)
            .await?;
    });
    Ok(())
}

async fn with_uid(tx: &mut Tx, target: &Target, uid: u32) -> Result<Option<i64>> {
    const SQL: &str = "SELECT id FROM message WHERE mailbox = $1 AND uid_validity = $2 AND uid = $3";
    Ok(in_tx!(tx, connection => {
        let query = sqlx::query_scalar(SQL).bind(target.mailbox).bind(target.uid_validity);
        query.bind(i64::from(uid)).fetch_optional(connection).await?
    }))
}

async fn with_uidl(tx: &mut Tx, target: &Target, uidl: &str, occurrence: u32) -> Result<Option<i64>> {
    const SQL: &str = "SELECT id FROM message WHERE mailbox = $1 AND uidl = $2 AND occurrence = $3 \
                       AND state <> 'deleted'";
    Ok(in_tx!(tx, connection => {
        let query = sqlx::query_scalar(SQL).bind(target.mailbox).bind(uidl);
        query.bind(i64::from(occurrence)).fetch_optional(connection).await?
    }))
}

/// The same bytes in the mailbox, not deleted on the server: all that tells whether a message without a name is here.
async fn with_bytes(tx: &mut Tx, target: &Target, blob: &NewBlob) -> Result<Option<i64>> {
    const SQL: &str = "SELECT id FROM message WHERE blake3 = $1 AND mailbox = $2 AND state <> 'deleted' \
                       ORDER BY id LIMIT 1";
    Ok(in_tx!(tx, connection => {
        sqlx::query_scalar(SQL)
            .bind(blob.hash.as_bytes().as_slice())
            .bind(target.mailbox)
            .fetch_optional(connection)
            .await?
    }))
}

async fn quarantine(tx: &mut Tx, target: &Target, quarantined: &Quarantined) -> Result<()> {
    const SQL: &str = "INSERT INTO quarantine (mailbox, uid_validity, uid, uidl, occurrence, reason, size, at) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    release(tx, target, &quarantined.key).await?;
    let (uid, uidl, occurrence) = columns(&quarantined.key);
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(target.mailbox)
            .bind(target.uid_validity.filter(|_| uid.is_some()))
            .bind(uid)
            .bind(uidl)
            .bind(occurrence)
            .bind(fold::stored(&quarantined.reason, 1000))
            .bind(number(quarantined.size))
            .bind(target.now)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Takes a message out of quarantine.
async fn release(tx: &mut Tx, target: &Target, key: &MessageKey) -> Result<()> {
    const BY_UID: &str = "DELETE FROM quarantine WHERE mailbox = $1 AND uid_validity = $2 AND uid = $3";
    const BY_UIDL: &str = "DELETE FROM quarantine WHERE mailbox = $1 AND uidl = $2 AND occurrence = $3";
    in_tx!(tx, connection => match key {
        MessageKey::Uid(uid) => {
            let query = sqlx::query(BY_UID).bind(target.mailbox).bind(target.uid_validity);
            query.bind(i64::from(*uid)).execute(connection).await?;
        }
        MessageKey::Uidl { uidl, occurrence } => {
            let query = sqlx::query(BY_UIDL).bind(target.mailbox).bind(uidl);
            query.bind(i64::from(*occurrence)).execute(connection).await?;
        }
        // Nothing tells one without a name from another.
        MessageKey::Unnamed => {}
    });
    Ok(())
}

async fn add_to_counters(tx: &mut Tx, account: i64, new: u64) -> Result<()> {
    const SQL: &str = "UPDATE account SET messages = messages + $1, unread = unread + $1, \
                       to_index = to_index + $1 WHERE id = $2";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(number(new)).bind(account).execute(connection).await?;
    });
    Ok(())
}

/// `uid`, `uidl` and `occurrence` of a key.
fn columns(key: &MessageKey) -> (Option<i64>, Option<&str>, Option<i64>) {
    match key {
        MessageKey::Uid(uid) => (Some(i64::from(*uid)), None, None),
        MessageKey::Uidl { uidl, occurrence } => (None, Some(uidl), Some(i64::from(*occurrence))),
        MessageKey::Unnamed => (None, None, None),
    }
}
