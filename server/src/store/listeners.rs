//! Where the processes of one database listen. Deliberately absent: what that means (see `checks::listeners`).

use super::connection::{in_tx, with_pool};
use super::{Result, Store};
use model::Timestamp;

impl Store {
    /// Writes down that `node` listens at `address`, and forgets who has said nothing since `forgotten`.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn announce_listener(
        &self,
        node: &str,
        address: &str,
        now: Timestamp,
        forgotten: Timestamp,
    ) -> Result<()> {
        const SQL: &str = "INSERT INTO listener (node, address, seen) VALUES ($1, $2, $3) \
                           ON CONFLICT (node, address) DO UPDATE SET seen = excluded.seen";
        const FORGET: &str = "DELETE FROM listener WHERE seen < $1";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(node).bind(address).bind(now.0).execute(&mut *connection).await?;
            sqlx::query(FORGET).bind(forgotten.0).execute(connection).await?;
        });
        tx.commit().await
    }

    /// Who has said since `since` that it listens, and where: node and address.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn listeners(&self, since: Timestamp) -> Result<Vec<(String, String)>> {
        const SQL: &str = "SELECT node, address FROM listener WHERE seen >= $1 ORDER BY node, address";
        Ok(with_pool!(self, pool => sqlx::query_as(SQL).bind(since.0).fetch_all(pool).await?))
    }

    /// Forgets where `node` listens.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn withdraw_listeners(&self, node: &str) -> Result<()> {
        const SQL: &str = "DELETE FROM listener WHERE node = $1";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(node).execute(connection).await?;
        });
        tx.commit().await
    }
}
