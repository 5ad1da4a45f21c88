//! Accounts that want to hear of new mail at once. Deliberately absent: waiting for it.

use super::connection::with_pool;
use super::{Result, Store};
use model::AccountId;
use model::mailbox::INBOX;

/// Where a connection that waits leads: it is opened anew where this changes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct WayToWatch {
    address: String,
    port: i64,
    security: String,
    skip_certificate: bool,
    authority: Option<String>,
    pinned: Option<String>,
    credential: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    folders: String,
    #[sqlx(flatten)]
    way: WayToWatch,
}

impl Store {
    /// Up to `limit` accounts marked *Instant* that fetch their INBOX by IMAP on a schedule, and whose last check went
    /// well: what an ordinary check cannot do, waiting cannot either.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn accounts_to_watch(&self, limit: u32) -> Result<Vec<(AccountId, WayToWatch)>> {
        const SQL: &str = "SELECT id, folders, address, port, security, skip_certificate, authority, pinned, credential \
                           FROM account \
                           WHERE instant AND enabled AND automatic_check AND removed_at IS NULL \
                           AND protocol = 'imap' AND failure_stage IS NULL AND last_success IS NOT NULL \
                           AND credential IS NOT NULL ORDER BY id LIMIT $1";
        let rows: Vec<Row> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(i64::from(limit)).fetch_all(pool).await?);
        let with_inbox = rows.into_iter().filter(|row| row.folders.split('\n').any(|folder| folder == INBOX));
        Ok(with_inbox.map(|row| (AccountId(row.id), row.way)).collect())
    }
}
