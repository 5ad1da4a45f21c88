//! Where the mail of an account comes from: which server, by which protocol and way, in whose name. What one server calls
//! its messages means nothing to another, nor to the same one in another name.

use super::checks::fence;
use super::connection::{in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Lease, Result, Store};
use model::AccountId;

impl Store {
    /// True where the account was fetched from elsewhere so far.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn has_moved(&self, account: AccountId, origin: &str) -> Result<bool> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM account WHERE id = $1 AND origin <> $2)";
        Ok(with_pool!(self, pool => {
            sqlx::query_scalar(SQL).bind(account.0).bind(origin).fetch_one(pool).await?
        }))
    }

    /// From now on the account is fetched from `origin`. Where it was fetched from elsewhere so far, every message loses the
    /// name that it had there, and progress begins again: what is on the new server as well is told by its bytes, what is
    /// not stays here, and neither is deleted there by an old name.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn fetch_from(&self, lease: &Lease, origin: &str) -> Result<()> {
        const KNOWN: &str = "SELECT origin FROM account WHERE id = $1";
        const NOTE: &str = "UPDATE account SET origin = $2 WHERE id = $1";
        const FORGET: [&str; 5] = [
            "UPDATE message SET uid_validity = NULL, by_name = FALSE, told_unread = NULL, told_flagged = NULL \
             WHERE account = $1 AND uid_validity IS NOT NULL",
            "UPDATE message SET uidl = NULL, occurrence = NULL, listed_size = NULL \
             WHERE account = $1 AND uidl IS NOT NULL AND state <> 'deleted'",
            // Nobody will hear whether the old server did it.
            "UPDATE message SET state = 'stored' WHERE account = $1 AND state = 'delete_sent'",
            "DELETE FROM quarantine WHERE mailbox IN (SELECT id FROM mailbox WHERE account = $1)",
            "UPDATE mailbox SET uid_validity = NULL, next_uid = 1, highest_modseq = NULL, modseq_uid_validity = NULL, \
             marks_modseq = NULL, marks_uid_validity = NULL, marks_next_uid = NULL, compared_messages = NULL, \
             compared_uid_validity = NULL, compared_next_uid = NULL WHERE account = $1",
        ];
        const FORGET_LOOKS: &str =
            "UPDATE message SET uid = NULL WHERE account = $1 AND uid IS NOT NULL AND state <> 'deleted'";
        let known: Option<Option<String>> = with_pool!(self, pool => {
            sqlx::query_scalar(KNOWN).bind(lease.account.0).fetch_optional(pool).await?
        });
        let known = known.flatten();
        if known.as_deref() == Some(origin) {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        if let Some(known) = known {
            // A mail to two people looks the same in both mailboxes and is not: bytes alone tell there.
            let looks = (user_name(&known) != user_name(origin)).then_some(FORGET_LOOKS);
            for sql in FORGET.into_iter().chain(looks) {
                in_tx!(&mut tx, connection => {
                    sqlx::query(sql).bind(lease.account.0).execute(connection).await?;
                });
            }
            bump(&mut tx, Changed::Messages).await?;
        }
        in_tx!(&mut tx, connection => {
            sqlx::query(NOTE).bind(lease.account.0).bind(origin).execute(connection).await?;
        });
        tx.commit().await
    }
}

/// The last part of an origin.
fn user_name(origin: &str) -> Option<&str> {
    origin.splitn(4, ' ').nth(3)
}
