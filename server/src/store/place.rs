//! The rules that tell a new message from one that is here already, under the same name or under an older one.

use super::batch::{MessageRef, NewMessage};
use super::blobs::Blob;
use super::connection::{Tx, in_tx};
use super::rows::{RowStatement, TOGETHER};
use super::{Result, StoreError, fold, number};
use model::{MessageId, MessageKey};
use std::sync::LazyLock;

/// Longest key that a column sorts and filters by, in characters.
const KEY: usize = 250;

/// A message of a batch beside its blob.
pub(super) struct Incoming {
    pub(super) message: NewMessage,
    pub(super) blob: Blob,
    /// Under which number its blob is in the database; before that is known, one that no blob has.
    pub(super) number: i64,
}

/// The mailbox during one transaction.
pub(super) struct Target {
    pub(super) account: i64,
    pub(super) mailbox: i64,
    pub(super) uid_validity: Option<i64>,
    /// Messages are here whose server's name for them means nothing (any more), one of which may be the incoming one.
    pub(super) nameless: bool,
    /// Messages are here that got their UID by name.
    pub(super) by_name: bool,
    pub(super) quarantine: bool,
    pub(super) now: i64,
}

/// Finds the row of a message, or writes it where the message is new.
pub(super) async fn place(tx: &mut Tx, target: &Target, incoming: &Incoming) -> Result<MessageRef> {
    let blob = incoming.number;
    let known = match &incoming.message.key {
        MessageKey::Uid(_) if target.uid_validity.is_none() => {
            return Err(StoreError::Corrupt("a UID without its UIDVALIDITY".to_owned()));
        }
        MessageKey::Uid(uid) if target.by_name && settle_name(tx, target, *uid, blob).await? => {
            with_uid(tx, target, *uid).await?
        }
        // Without these the unique index alone tells, after the attempt to insert.
        MessageKey::Uid(_) if !target.nameless => None,
        MessageKey::Uid(uid) => match with_uid(tx, target, *uid).await? {
            Some(id) => Some(id),
            None => rematch(tx, target, *uid, blob).await?,
        },
        MessageKey::Uidl { uidl, occurrence } => {
            unname_other(tx, target, uidl, *occurrence, blob).await?;
            let listed = incoming.message.listed_size;
            // As above: the index tells where no message is without a name.
            if !target.nameless {
                None
            } else if let Some(id) = with_uidl(tx, target, uidl, *occurrence, listed).await? {
                Some(id)
            } else {
                name(tx, target, uidl, *occurrence, listed, blob).await?
            }
        }
        MessageKey::Unnamed => with_bytes(tx, target, blob).await?,
    };
    if let Some(id) = known {
        return Ok(MessageRef { id: MessageId(id), is_new: false });
    }
    if let Some(id) = insert(tx, target, std::slice::from_ref(incoming)).await?.into_iter().flatten().next() {
        return Ok(MessageRef { id: MessageId(id), is_new: true });
    }
    let taken = match &incoming.message.key {
        MessageKey::Uid(uid) => with_uid(tx, target, *uid).await?,
        MessageKey::Uidl { uidl, occurrence } => {
            let listed = incoming.message.listed_size;
            with_uidl(tx, target, uidl, *occurrence, listed).await?
        }
        MessageKey::Unnamed => None,
    };
    let id = taken.ok_or_else(|| StoreError::Corrupt("a name is taken by no message".to_owned()))?;
    Ok(MessageRef { id: MessageId(id), is_new: false })
}

/// Writes what is plainly new of `incoming`, [`TOGETHER`] messages a statement; `None` for each that has to be looked at
/// alone, by [`place`].
pub(super) async fn place_together(
    tx: &mut Tx,
    target: &Target,
    incoming: &[Incoming],
) -> Result<Vec<Option<MessageRef>>> {
    let mut placed = vec![None; incoming.len()];
    // Here a new row is not all that a message may come to.
    let plain = |incoming: &Incoming| match incoming.message.key {
        MessageKey::Uid(_) => target.uid_validity.is_some() && !target.nameless && !target.by_name,
        // Whether its UIDL names another message is looked at where the name is taken.
        MessageKey::Uidl { .. } => !target.nameless,
        MessageKey::Unnamed => false,
    };
    for (incoming, placed) in incoming.chunks_exact(TOGETHER).zip(placed.chunks_exact_mut(TOGETHER)) {
        if incoming.iter().all(plain) {
            for (id, placed) in insert(tx, target, incoming).await?.into_iter().zip(placed) {
                *placed = id.map(|id| MessageRef { id: MessageId(id), is_new: true });
            }
        }
    }
    Ok(placed)
}

/// Writes one row or [`TOGETHER`] of them: their numbers, `None` where the server's name for one is taken.
async fn insert(tx: &mut Tx, target: &Target, incoming: &[Incoming]) -> Result<Vec<Option<i64>>> {
    static INSERTION: LazyLock<RowStatement> = LazyLock::new(insertion);
    let sql = INSERTION.of(tx, incoming.len());
    let rows: Vec<Written> = in_tx!(tx, connection => {
        let mut query = sqlx::query_as(sql);
        for incoming in incoming {
            let Incoming { message, blob, .. } = incoming;
            let (uid, uidl, occurrence) = columns(&message.key);
            let sender = format!("{} {}", message.sender.name, message.sender.address);
            query = query
                .bind(target.account)
                .bind(target.mailbox)
                .bind(target.uid_validity.filter(|_| uid.is_some()))
                .bind(uid)
                .bind(uidl)
                .bind(occurrence)
                .bind(incoming.number)
                .bind(number(blob.raw_len))
                .bind(message.received.0)
                .bind(target.now)
                .bind(fold::stored(&message.sender.name, 300))
                .bind(fold::stored(&message.sender.address, 320))
                .bind(fold::key(&sender, KEY))
                .bind(fold::stored(&message.subject, 1000))
                .bind(fold::key(&message.subject, KEY))
                .bind(message.internet_message_id.as_deref().map(|id| fold::stored(id, 1000)))
                .bind(message.listed_size.map(number));
        }
        query.fetch_all(connection).await?
    });
    // In which order a statement returns its rows is up to the database: a row is told by its name. Of two messages of
    // one name one was written.
    let mut ids = vec![None; incoming.len()];
    for (id, uid, uidl, occurrence) in rows {
        let name = (uid, uidl.as_deref(), occurrence);
        let of_it = incoming.iter().zip(&mut ids);
        let mut of_it = of_it.filter(|(incoming, id)| id.is_none() && columns(&incoming.message.key) == name);
        if let Some((_, slot)) = of_it.next() {
            *slot = Some(id);
        }
    }
    Ok(ids)
}

/// Number, UID, UIDL and occurrence of a row.
type Written = (i64, Option<i64>, Option<String>, Option<i64>);

fn insertion() -> RowStatement {
    const COLUMNS: &str = "account, mailbox, uid_validity, uid, uidl, occurrence, blob, size, received, state_at, \
                           sender_name, sender_address, sender_key, subject, subject_key, internet_message_id, \
                           listed_size";
    RowStatement::new(COLUMNS.split(',').count(), |rows| {
        format!(
            "INSERT INTO message ({COLUMNS}) VALUES {rows} ON CONFLICT DO NOTHING \
             RETURNING id, uid, uidl, occurrence"
        )
    })
}

/// A message that got its UID by Message-ID, size and date shows its bytes at last. True where they are the ones that
/// are here; otherwise the old message loses that UID.
async fn settle_name(tx: &mut Tx, target: &Target, uid: u32, blob: i64) -> Result<bool> {
    const CONFIRM: &str = "UPDATE message SET by_name = FALSE WHERE mailbox = $1 AND uid_validity = $2 AND uid = $3 \
                           AND by_name AND blob = $4";
    const TAKE: &str = "UPDATE message SET by_name = FALSE, uid_validity = NULL WHERE mailbox = $1 \
                        AND uid_validity = $2 AND uid = $3 AND by_name AND blob <> $4";
    let mut settled = [0, 0];
    for (sql, rows) in [CONFIRM, TAKE].into_iter().zip(&mut settled) {
        *rows = in_tx!(&mut *tx, connection => {
            sqlx::query(sql)
                .bind(target.mailbox)
                .bind(target.uid_validity)
                .bind(i64::from(uid))
                .bind(blob)
                .execute(connection)
                .await?
                .rows_affected()
        });
    }
    Ok(settled == [1, 0])
}

/// After the UIDVALIDITY changed, or the account went elsewhere: gives the new UID to a message of an older epoch, or without
/// any name, with the same bytes, which is on the server after all. Elsewhere its days until it is deleted begin now. `None`
/// where there is none.
async fn rematch(tx: &mut Tx, target: &Target, uid: u32, blob: i64) -> Result<Option<i64>> {
    const SQL: &str = "UPDATE message SET uid_validity = $1, uid = $2, by_name = FALSE, \
                       state_at = CASE WHEN state = 'stored' AND uid_validity IS NOT NULL THEN state_at \
                       ELSE CAST($3 AS BIGINT) END, state = 'stored' \
                       WHERE id = (SELECT id FROM message WHERE mailbox = $4 AND blob = $5 \
                       AND (uid IS NOT NULL AND (uid_validity IS NULL OR uid_validity <> $1) \
                       OR uid IS NULL AND uidl IS NULL AND state <> 'deleted') \
                       ORDER BY CASE WHEN state = 'deleted' THEN 1 ELSE 0 END, id LIMIT 1) RETURNING id";
    Ok(in_tx!(tx, connection => {
        sqlx::query_scalar(SQL)
            .bind(target.uid_validity)
            .bind(i64::from(uid))
            .bind(target.now)
            .bind(target.mailbox)
            .bind(blob)
            .fetch_optional(connection)
            .await?
    }))
}

/// The same on POP3: gives the UIDL to a message that has no name on a server and these bytes. `None` where there is none.
async fn name(
    tx: &mut Tx,
    target: &Target,
    uidl: &str,
    occurrence: u32,
    listed: Option<u64>,
    blob: i64,
) -> Result<Option<i64>> {
    const SQL: &str = "UPDATE message SET uid = NULL, uidl = $1, occurrence = $2, listed_size = $3, state = 'stored', \
                       state_at = $4 \
                       WHERE id = (SELECT id FROM message WHERE mailbox = $5 AND blob = $6 AND uid_validity IS NULL \
                       AND uidl IS NULL AND state <> 'deleted' ORDER BY id LIMIT 1) RETURNING id";
    Ok(in_tx!(tx, connection => {
        sqlx::query_scalar(SQL)
            .bind(uidl)
            .bind(i64::from(occurrence))
            .bind(listed.map(number))
            .bind(target.now)
            .bind(target.mailbox)
            .bind(blob)
            .fetch_optional(connection)
            .await?
    }))
}

/// A POP3 server may give the UIDL of a message that is gone to another one. Other bytes under a known UIDL are
/// another message: the old one keeps its bytes here and loses its name.
async fn unname_other(tx: &mut Tx, target: &Target, uidl: &str, occurrence: u32, blob: i64) -> Result<()> {
    const SQL: &str = "UPDATE message SET uidl = NULL, occurrence = NULL WHERE mailbox = $1 AND uidl = $2 \
                       AND occurrence = $3 AND state <> 'deleted' AND blob <> $4";
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(target.mailbox)
            .bind(uidl)
            .bind(i64::from(occurrence))
            .bind(blob)
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

/// The message of this name, which has these bytes: what its server lists of it now is noted.
async fn with_uidl(
    tx: &mut Tx,
    target: &Target,
    uidl: &str,
    occurrence: u32,
    listed: Option<u64>,
) -> Result<Option<i64>> {
    const SQL: &str = "UPDATE message SET listed_size = COALESCE($4, listed_size) WHERE mailbox = $1 AND uidl = $2 \
                       AND occurrence = $3 AND state <> 'deleted' RETURNING id";
    Ok(in_tx!(tx, connection => {
        let query = sqlx::query_scalar(SQL).bind(target.mailbox).bind(uidl);
        query.bind(i64::from(occurrence)).bind(listed.map(number)).fetch_optional(connection).await?
    }))
}

/// The same bytes in the mailbox, not deleted on the server: all that tells whether a message without a name is here.
async fn with_bytes(tx: &mut Tx, target: &Target, blob: i64) -> Result<Option<i64>> {
    const SQL: &str = "SELECT id FROM message WHERE blob = $1 AND mailbox = $2 AND state <> 'deleted' \
                       ORDER BY id LIMIT 1";
    Ok(in_tx!(tx, connection => {
        sqlx::query_scalar(SQL)
            .bind(blob)
            .bind(target.mailbox)
            .fetch_optional(connection)
            .await?
    }))
}

/// `uid`, `uidl` and `occurrence` of a key.
pub(super) fn columns(key: &MessageKey) -> (Option<i64>, Option<&str>, Option<i64>) {
    match key {
        MessageKey::Uid(uid) => (Some(i64::from(*uid)), None, None),
        MessageKey::Uidl { uidl, occurrence } => (None, Some(uidl), Some(i64::from(*occurrence))),
        MessageKey::Unnamed => (None, None, None),
    }
}
