//! What is known about a mailbox on a server: its epoch, its progress, and the names of the messages that are here.

use super::connection::{in_tx, with_pool};
use super::{Result, Store, StoreError, small};
use model::{AccountId, MessageId, MessageState};

/// The number of a mailbox of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxId(pub i64);

/// How far a mailbox has been fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// Its number here.
    pub mailbox: MailboxId,
    /// The UIDVALIDITY of the last batch; `None` before the first, and for POP3.
    pub uid_validity: Option<u32>,
    /// Every UID below this one is stored or quarantined; 1 at first.
    pub next_uid: u32,
}

/// A POP3 message that is known here and was not deleted on its server by us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownUidl {
    /// The message; `None` where it is quarantined.
    pub message: Option<MessageId>,
    /// As the server wrote it.
    pub uidl: String,
    /// 0 for the first message of that UIDL.
    pub occurrence: u32,
    /// Where else it is.
    pub state: MessageState,
}

impl Store {
    /// What is known about the account's mailbox of that name, which is made where it is new.
    ///
    /// # Errors
    /// Where the database does not answer or there is no such account.
    pub async fn known_mailbox(&self, account: AccountId, name: &str) -> Result<Known> {
        const FIND: &str = "SELECT id, uid_validity, next_uid FROM mailbox WHERE account = $1 AND name = $2";
        const INSERT: &str = "INSERT INTO mailbox (account, name) VALUES ($1, $2) \
                              ON CONFLICT (account, name) DO UPDATE SET name = excluded.name \
                              RETURNING id, uid_validity, next_uid";
        type Row = (i64, Option<i64>, i64);
        let found: Option<Row> = with_pool!(self, pool => {
            sqlx::query_as(FIND).bind(account.0).bind(name).fetch_optional(pool).await?
        });
        let (id, uid_validity, next_uid): Row = if let Some(row) = found {
            row
        } else {
            let mut tx = self.begin().await?;
            let row = in_tx!(&mut tx, connection => {
                sqlx::query_as(INSERT).bind(account.0).bind(name).fetch_one(connection).await?
            });
            tx.commit().await?;
            row
        };
        Ok(Known {
            mailbox: MailboxId(id),
            uid_validity: uid_validity.map(small),
            next_uid: small(next_uid).max(1),
        })
    }

    /// The UIDs from `from` on, within one UIDVALIDITY, that are stored or quarantined; ascending.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn known_uids(&self, mailbox: MailboxId, uid_validity: u32, from: u32) -> Result<Vec<u32>> {
        const SQL: &str = "SELECT uid FROM message WHERE mailbox = $1 AND uid_validity = $2 AND uid >= $3 \
                           UNION SELECT uid FROM quarantine \
                           WHERE mailbox = $1 AND uid_validity = $2 AND uid >= $3 ORDER BY uid";
        let uids: Vec<i64> = with_pool!(self, pool => {
            sqlx::query_scalar(SQL)
                .bind(mailbox.0)
                .bind(i64::from(uid_validity))
                .bind(i64::from(from))
                .fetch_all(pool)
                .await?
        });
        Ok(uids.into_iter().map(small).collect())
    }

    /// The UIDLs that are known here, without those that we deleted: a server may give those again to new messages.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn known_uidls(&self, mailbox: MailboxId) -> Result<Vec<KnownUidl>> {
        const SQL: &str = "SELECT id AS message, uidl, occurrence, state FROM message \
                           WHERE mailbox = $1 AND uidl IS NOT NULL AND state <> 'deleted' \
                           UNION ALL SELECT NULL, uidl, occurrence, 'stored' FROM quarantine \
                           WHERE mailbox = $1 AND uidl IS NOT NULL ORDER BY uidl, occurrence";
        let rows: Vec<(Option<i64>, String, i64, String)> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(mailbox.0).fetch_all(pool).await?);
        rows.into_iter()
            .map(|(message, uidl, occurrence, state)| {
                Ok(KnownUidl {
                    message: message.map(MessageId),
                    occurrence: small(occurrence),
                    state: MessageState::from_id(&state)
                        .ok_or_else(|| StoreError::Corrupt(format!("state of the message {uidl}")))?,
                    uidl,
                })
            })
            .collect()
    }
}
