//! Removing an account, with or without its messages. Nothing here concerns the mail server.

use super::accounts::{deed, held};
use super::audit::{record, record_deletions};
use super::connection::{Tx, in_tx};
use super::revision::{Changed, bump};
use super::{Result, Store, dialect};
use model::audit::{AccountFields, changes};
use model::{AccountId, Actor, AuditAction, Change, Timestamp};

/// What came of removing something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is gone.
    Removed,
    /// Somebody needs it now; nothing changed.
    InUse,
    /// There was nothing to remove.
    Absent,
}

impl Store {
    /// Removes an account that is not being checked. Its messages stay readable where `keep_messages`; otherwise
    /// they go with their search entries and every blob that no other message needs (files go with the next sweep).
    /// Receipts stay: they prove what was deleted on the server.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn remove_account(
        &self,
        id: AccountId,
        keep_messages: bool,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Removal> {
        let mut tx = self.begin().await?;
        let Some(lease_until) = lock_lease(&mut tx, id).await? else { return Ok(Removal::Absent) };
        if lease_until.is_some_and(|until| until > now.0) {
            return Ok(Removal::InUse);
        }
        record_deletions(&mut tx, id, now).await?;
        if let Some(account) = held(&mut tx, id, now).await? {
            let mut gone = changes(
                &account.settings.fields(&account.credential_name, account.connector_name.as_deref()),
                &Vec::new(),
            );
            let left = if keep_messages { account.messages } else { 0 };
            gone.push(Change::between("messages", &account.messages, &left));
            record(&mut tx, by, &deed(AuditAction::AccountRemoved, &account).with(gone), now).await?;
        }
        if keep_messages {
            retire(&mut tx, id, now).await?;
        } else {
            delete(&mut tx, id).await?;
        }
        bump(&mut tx, Changed::Both).await?;
        tx.commit().await?;
        Ok(Removal::Removed)
    }
}

/// Until when somebody holds the account, which stays as it is until this transaction ends. `None`: no such account.
async fn lock_lease(tx: &mut Tx, id: AccountId) -> Result<Option<Option<i64>>> {
    // An update that changes nothing locks the row on both databases.
    const SQL: &str = "UPDATE account SET lease_until = lease_until WHERE id = $1 AND removed_at IS NULL \
                       RETURNING lease_until";
    let row: Option<(Option<i64>,)> =
        in_tx!(tx, connection => sqlx::query_as(SQL).bind(id.0).fetch_optional(connection).await?);
    Ok(row.map(|(until,)| until))
}

/// Ends the account and frees its name and credential; an old lease is worth nothing any more.
async fn retire(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<()> {
    const SQL: &str = "UPDATE account SET removed_at = $1, enabled = FALSE, next_due = NULL, credential = NULL, \
                       lease_owner = NULL, lease_until = NULL, lease_epoch = lease_epoch + 1 WHERE id = $2";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(now.0).bind(id.0).execute(connection).await?;
    });
    Ok(())
}

/// Deletes the account and what it holds, from the leaves up. Blobs come before the messages that tell which they
/// are: the foreign key is checked at the commit.
async fn delete(tx: &mut Tx, id: AccountId) -> Result<()> {
    const STEPS: [&str; 4] = [
        "DELETE FROM blob WHERE id IN (SELECT m.blob FROM message m WHERE m.account = $1) AND NOT EXISTS \
         (SELECT 1 FROM message other WHERE other.blob = blob.id AND other.account <> $1)",
        "DELETE FROM message WHERE account = $1",
        "DELETE FROM mailbox WHERE account = $1",
        "DELETE FROM account WHERE id = $1",
    ];
    dialect::delete_search_text_of(tx, id.0).await?;
    for sql in STEPS {
        in_tx!(&mut *tx, connection => {
            sqlx::query(sql).bind(id.0).execute(connection).await?;
        });
    }
    Ok(())
}
