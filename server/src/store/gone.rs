//! Dropping here what left its server long ago, for accounts that want that. Deliberately absent: finding out what left
//! (see `vanished`), and the mail servers.

use super::audit::record;
use super::checks::fence;
use super::connection::{Tx, in_tx};
use super::revision::{Changed, bump};
use super::statement::{Statement, bound};
use super::{Lease, Result, Store, dialect, number};
use model::{Actor, AuditAction, Change, Deed, Noun, Timestamp};

/// Messages that are dropped in one transaction.
const AT_ONCE: i64 = 2000;

/// Number, blob, unread, indexed.
type Row = (i64, i64, bool, bool);

impl Store {
    /// Drops the messages of an account that left their server at `before` or earlier, with their search entries and every
    /// blob that no other message needs, and records it. What is in quarantine stays. Returns how many went.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account.
    pub async fn drop_gone(&self, lease: &Lease, before: Timestamp, now: Timestamp) -> Result<u64> {
        let mut dropped = 0;
        loop {
            let mut tx = self.begin().await?;
            fence(&mut tx, lease).await?;
            let rows = doomed(&mut tx, lease, before).await?;
            if rows.is_empty() {
                return Ok(dropped);
            }
            self.delete(&mut tx, &rows).await?;
            count_out(&mut tx, lease, &rows).await?;
            tell(&mut tx, lease, rows.len(), now).await?;
            bump(&mut tx, Changed::Both).await?;
            tx.commit().await?;
            dropped += rows.len() as u64;
        }
    }

    async fn delete(&self, tx: &mut Tx, rows: &[Row]) -> Result<()> {
        let postgres = self.is_postgres();
        let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
        let indexed: Vec<i64> = rows.iter().filter(|row| row.3).map(|(id, ..)| *id).collect();
        dialect::delete_search_text(tx, &indexed).await?;
        let blobs: Vec<i64> = rows.iter().map(|(_, blob, ..)| *blob).collect();
        let (list, ids) = dialect::list_of_numbers(postgres, &ids);
        let (blob_list, blobs) = dialect::list_of_numbers(postgres, &blobs);
        // Blobs come before the messages that need them: the foreign key is checked at the commit.
        let mut unneeded = Statement::default();
        unneeded.push("DELETE FROM blob WHERE id IN ", []);
        unneeded.push(blob_list, [blobs]);
        unneeded.push(
            " AND NOT EXISTS (SELECT 1 FROM message other WHERE other.blob = blob.id AND other.id NOT IN ",
            [],
        );
        unneeded.push(list, [ids.clone()]);
        unneeded.push(")", []);
        let mut messages = Statement::default();
        messages.push("DELETE FROM message WHERE id IN ", []);
        messages.push(list, [ids]);
        for statement in [unneeded, messages] {
            in_tx!(&mut *tx, connection => {
                bound!(statement, sqlx::query).execute(connection).await?;
            });
        }
        Ok(())
    }
}

async fn doomed(tx: &mut Tx, lease: &Lease, before: Timestamp) -> Result<Vec<Row>> {
    const SQL: &str = "SELECT id, blob, unread, indexed FROM message \
                       WHERE mailbox IN (SELECT id FROM mailbox WHERE account = $1) AND state = 'gone' \
                       AND state_at <= $2 AND id NOT IN (SELECT message FROM quarantine \
                       WHERE message IS NOT NULL AND mailbox IN (SELECT id FROM mailbox WHERE account = $1)) \
                       LIMIT $3";
    Ok(in_tx!(tx, connection => {
        sqlx::query_as(SQL).bind(lease.account.0).bind(before.0).bind(AT_ONCE).fetch_all(connection).await?
    }))
}

async fn count_out(tx: &mut Tx, lease: &Lease, rows: &[Row]) -> Result<()> {
    const SQL: &str = "UPDATE account SET messages = messages - $1, unread = unread - $2, \
                       to_index = to_index - $3 WHERE id = $4";
    let counted = |which: fn(&Row) -> bool| number(rows.iter().filter(|row| which(row)).count() as u64);
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(counted(|_| true))
            .bind(counted(|row| row.2))
            .bind(counted(|row| !row.3))
            .bind(lease.account.0)
            .execute(connection)
            .await?;
    });
    Ok(())
}

async fn tell(tx: &mut Tx, lease: &Lease, dropped: usize, now: Timestamp) -> Result<()> {
    const NAME: &str = "SELECT name FROM account WHERE id = $1";
    let name: String = in_tx!(&mut *tx, connection => sqlx::query_scalar(NAME).bind(lease.account.0).fetch_one(connection).await?);
    let deed = Deed::new(AuditAction::GoneDropped, Noun::Account, Some(lease.account.0), &name);
    let deed = deed.with(vec![Change::set("messages_dropped", &dropped)]);
    record(tx, &Actor::System, &deed, now).await
}
