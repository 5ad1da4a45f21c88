//! What happens here when a server gives its UIDs anew (another UIDVALIDITY, or a UIDNEXT that went back): nothing is
//! deleted, and messages get their new UIDs where they can be told. Deliberately absent: telling which is which (see
//! `checks::rematch`); the writer tells by bytes what nobody could tell by name.

use super::checks::fence;
use super::connection::{in_tx, with_pool};
use super::mailboxes::MailboxId;
use super::{Lease, Result, Store, count};
use model::{AccountId, MessageId, Timestamp, Uid, UidValidity};

/// A stored message whose UID means nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OlderMessage {
    /// Its number here.
    pub id: MessageId,
    /// Its Message-ID, as in its header.
    pub internet_message_id: Option<String>,
    /// Raw bytes.
    pub size: u64,
    /// INTERNALDATE.
    pub received: Timestamp,
}

impl Store {
    /// The messages of a mailbox whose UIDs are not of this epoch, without those that we deleted on the server.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn older_messages(
        &self,
        mailbox: MailboxId,
        uid_validity: UidValidity,
    ) -> Result<Vec<OlderMessage>> {
        const SQL: &str = "SELECT id, internet_message_id, size, received FROM message WHERE mailbox = $1 \
                           AND uid IS NOT NULL AND (uid_validity IS NULL OR uid_validity <> $2) \
                           AND state <> 'deleted' ORDER BY id";
        let rows: Vec<(i64, Option<String>, i64, i64)> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(mailbox.0).bind(i64::from(uid_validity)).fetch_all(pool).await?
        });
        let older = rows.into_iter().map(|(id, internet_message_id, size, received)| OlderMessage {
            id: MessageId(id),
            internet_message_id,
            size: count(size),
            received: Timestamp(received),
        });
        Ok(older.collect())
    }

    /// Gives messages of older epochs the UIDs of this one, found by name alone: none of them is deleted on the server
    /// before its bytes have been seen under that UID.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn assign_uids(
        &self,
        lease: &Lease,
        mailbox: MailboxId,
        uid_validity: UidValidity,
        pairs: &[(MessageId, Uid)],
    ) -> Result<()> {
        const SQL: &str = "UPDATE message SET uid_validity = $1, uid = $2, by_name = TRUE, state = 'stored' \
                           WHERE id = $3 AND mailbox = $4 AND account = $5";
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        for (message, uid) in pairs {
            in_tx!(&mut tx, connection => {
                sqlx::query(SQL)
                    .bind(i64::from(uid_validity))
                    .bind(i64::from(*uid))
                    .bind(message.0)
                    .bind(mailbox.0)
                    .bind(lease.account.0)
                    .execute(connection)
                    .await?;
            });
        }
        tx.commit().await
    }

    /// After everything was fetched under its UID: what has a UID by name alone is not on the server under it.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn forget_names(&self, lease: &Lease, mailbox: MailboxId) -> Result<()> {
        const SQL: &str = "UPDATE message SET uid_validity = NULL, by_name = FALSE \
                           WHERE mailbox = $1 AND account = $2 AND by_name";
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(mailbox.0).bind(lease.account.0).execute(connection).await?;
        });
        tx.commit().await
    }

    /// True where progress passed over messages that are wanted now: those since `since` (`None`: all).
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn passed_over(&self, account: AccountId, since: Option<Timestamp>) -> Result<bool> {
        const SQL: &str = "SELECT fetched_since FROM account WHERE id = $1";
        let row: Option<Option<i64>> =
            with_pool!(self, pool => sqlx::query_scalar(SQL).bind(account.0).fetch_optional(pool).await?);
        Ok(row.flatten().map(Timestamp) > since)
    }

    /// From now on only messages since `since` (`None`: all) are fetched. Where an earlier check passed over some of
    /// these, progress begins again: what is here is listed and passed over.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn fetch_since(&self, lease: &Lease, since: Option<Timestamp>) -> Result<()> {
        const NOTE: &str = "UPDATE account SET fetched_since = $2 WHERE id = $1 AND \
                            COALESCE(fetched_since, -1) <> COALESCE(CAST($2 AS BIGINT), -1)";
        const GO_BACK: &str = "UPDATE mailbox SET next_uid = 1 WHERE account = $1 AND next_uid > 1";
        let passed_over = self.passed_over(lease.account, since).await?;
        if !passed_over && since.is_none() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        if passed_over {
            in_tx!(&mut tx, connection => {
                sqlx::query(GO_BACK).bind(lease.account.0).execute(connection).await?;
            });
        }
        in_tx!(&mut tx, connection => {
            let since = since.map(|since| since.0);
            sqlx::query(NOTE).bind(lease.account.0).bind(since).execute(connection).await?;
        });
        tx.commit().await
    }

    /// Takes the meaning from every UID that is known of a mailbox: the server counts anew without saying so. Progress
    /// begins again; the messages stay.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn void_uids(&self, lease: &Lease, mailbox: MailboxId) -> Result<()> {
        const STEPS: [&str; 3] = [
            "UPDATE message SET uid_validity = NULL, by_name = FALSE WHERE mailbox = $1 AND account = $2 \
             AND uid IS NOT NULL AND uid_validity IS NOT NULL",
            "DELETE FROM quarantine WHERE uid IS NOT NULL \
             AND mailbox IN (SELECT id FROM mailbox WHERE id = $1 AND account = $2)",
            "UPDATE mailbox SET next_uid = 1, marks_uid_validity = NULL, compared_uid_validity = NULL \
             WHERE id = $1 AND account = $2",
        ];
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        for sql in STEPS {
            in_tx!(&mut tx, connection => {
                sqlx::query(sql).bind(mailbox.0).bind(lease.account.0).execute(connection).await?;
            });
        }
        tx.commit().await
    }
}
