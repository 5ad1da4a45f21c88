//! Where the processes of one database listen. Deliberately absent: what that means (see `checks::listeners`).

use super::connection::with_pool;
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
        with_pool!(self, pool => {
            sqlx::query(SQL).bind(node).bind(address).bind(now.0).execute(pool).await?;
        });
        with_pool!(self, pool => {
            sqlx::query(FORGET).bind(forgotten.0).execute(pool).await?;
        });
        Ok(())
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
        with_pool!(self, pool => {
            sqlx::query(SQL).bind(node).execute(pool).await?;
        });
        Ok(())
    }
}
