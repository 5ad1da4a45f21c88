//! What is known about a mailbox on a server: its epoch, its progress, and the names of the messages that are here.

use super::connection::{in_tx, with_pool};
use super::{Result, Store, StoreError, count, small};
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

impl Known {
    /// Of a mailbox that was never opened.
    pub const NOTHING: Self = Self { mailbox: MailboxId(0), uid_validity: None, next_uid: 1 };
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
    /// What its server listed as its size when it was fetched; `None` where nobody noted it.
    pub listed_size: Option<u64>,
}

/// Number, UIDVALIDITY and progress.
type Row = (i64, Option<i64>, i64);

const FIND: &str = "SELECT id, uid_validity, next_uid FROM mailbox WHERE account = $1 AND name = $2";

impl Store {
    /// What is known about the account's mailbox of that name, which is made where it is new.
    ///
    /// # Errors
    /// Where the database does not answer or there is no such account.
    pub async fn known_mailbox(&self, account: AccountId, name: &str) -> Result<Known> {
        const INSERT: &str = "INSERT INTO mailbox (account, name) VALUES ($1, $2) \
                              ON CONFLICT (account, name) DO UPDATE SET name = excluded.name \
                              RETURNING id, uid_validity, next_uid";
        if let Some(known) = self.find_mailbox(account, name).await? {
            return Ok(known);
        }
        let mut tx = self.begin().await?;
        let row: Row = in_tx!(&mut tx, connection => {
            sqlx::query_as(INSERT).bind(account.0).bind(name).fetch_one(connection).await?
        });
        tx.commit().await?;
        Ok(known(row))
    }

    /// The UIDs from `from` on, within one UIDVALIDITY, that are stored or quarantined; ascending. Without `by_name`
    /// those are left out that were found by name alone and whose bytes were never seen under that UID.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn known_uids(
        &self,
        mailbox: MailboxId,
        uid_validity: u32,
        from: u32,
        by_name: bool,
    ) -> Result<Vec<u32>> {
        const SQL: &str = "SELECT uid FROM message WHERE mailbox = $1 AND uid_validity = $2 AND uid >= $3 \
                           AND ($4 OR NOT by_name) UNION SELECT uid FROM quarantine \
                           WHERE mailbox = $1 AND uid_validity = $2 AND uid >= $3 AND held ORDER BY uid";
        let uids: Vec<i64> = with_pool!(self, pool => {
            sqlx::query_scalar(SQL)
                .bind(mailbox.0)
                .bind(i64::from(uid_validity))
                .bind(i64::from(from))
                .bind(by_name)
                .fetch_all(pool)
                .await?
        });
        Ok(uids.into_iter().map(small).collect())
    }

    /// True where messages of a mailbox have a UID that was found by name alone.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn has_uids_by_name(&self, mailbox: MailboxId) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM message WHERE mailbox = $1 AND by_name)";
        Ok(with_pool!(self, pool => sqlx::query_scalar(SQL).bind(mailbox.0).fetch_one(pool).await?))
    }

    /// What is known about the account's mailbox of that name; `None` where it was never opened.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_mailbox(&self, account: AccountId, name: &str) -> Result<Option<Known>> {
        let row: Option<Row> = with_pool!(self, pool => {
            sqlx::query_as(FIND).bind(account.0).bind(name).fetch_optional(pool).await?
        });
        Ok(row.map(known))
    }

    /// The UIDLs that are known here, without those that we deleted: a server may give those again to new messages.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn known_uidls(&self, mailbox: MailboxId) -> Result<Vec<KnownUidl>> {
        const SQL: &str = "SELECT id AS message, uidl, occurrence, state, listed_size FROM message \
                           WHERE mailbox = $1 AND uidl IS NOT NULL AND state <> 'deleted' \
                           UNION ALL SELECT NULL, uidl, occurrence, 'stored', NULL FROM quarantine \
                           WHERE mailbox = $1 AND uidl IS NOT NULL AND held ORDER BY uidl, occurrence";
        type Row = (Option<i64>, String, i64, String, Option<i64>);
        let rows: Vec<Row> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(mailbox.0).fetch_all(pool).await?);
        rows.into_iter()
            .map(|(message, uidl, occurrence, state, listed)| {
                Ok(KnownUidl {
                    message: message.map(MessageId),
                    occurrence: small(occurrence),
                    listed_size: listed.map(count),
                    state: MessageState::from_id(&state)
                        .ok_or_else(|| StoreError::Corrupt(format!("state of the message {uidl}")))?,
                    uidl,
                })
            })
            .collect()
    }
}

fn known((id, uid_validity, next_uid): Row) -> Known {
    Known { mailbox: MailboxId(id), uid_validity: uid_validity.map(small), next_uid: small(next_uid).max(1) }
}
