//! Browsers that are signed in, under hashed ids: who reads the database cannot take one over. Deliberately absent:
//! ids in the clear, cookies, what a session holds.

use super::connection::{in_tx, with_pool};
use super::{Result, Store};
use model::Timestamp;

impl Store {
    /// Makes a session; false where the id exists.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn create_web_session(
        &self,
        id_hash: &[u8; 32],
        data: &str,
        expires: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "INSERT INTO web_session (id_hash, data, expires) VALUES ($1, $2, $3) \
                           ON CONFLICT (id_hash) DO NOTHING";
        Ok(self.write_web_session(SQL, id_hash, data, expires).await? > 0)
    }

    /// Makes a session or replaces what it holds.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn save_web_session(&self, id_hash: &[u8; 32], data: &str, expires: Timestamp) -> Result<()> {
        const SQL: &str = "INSERT INTO web_session (id_hash, data, expires) VALUES ($1, $2, $3) \
                           ON CONFLICT (id_hash) DO UPDATE SET data = excluded.data, expires = excluded.expires";
        self.write_web_session(SQL, id_hash, data, expires).await?;
        Ok(())
    }

    /// What a session holds and until when; `None` where there is none or its time is over.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn load_web_session(
        &self,
        id_hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<(String, Timestamp)>> {
        const SQL: &str = "SELECT data, expires FROM web_session WHERE id_hash = $1 AND expires > $2";
        let row: Option<(String, i64)> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(id_hash.as_slice()).bind(now.0).fetch_optional(pool).await?
        });
        Ok(row.map(|(data, expires)| (data, Timestamp(expires))))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn delete_web_session(&self, id_hash: &[u8; 32]) -> Result<()> {
        const SQL: &str = "DELETE FROM web_session WHERE id_hash = $1";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(id_hash.as_slice()).execute(connection).await?;
        });
        tx.commit().await
    }

    /// Forgets every session whose time is over.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn delete_expired_web_sessions(&self, now: Timestamp) -> Result<()> {
        const SQL: &str = "DELETE FROM web_session WHERE expires <= $1";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(now.0).execute(connection).await?;
        });
        tx.commit().await
    }

    async fn write_web_session(
        &self,
        sql: &'static str,
        id_hash: &[u8; 32],
        data: &str,
        expires: Timestamp,
    ) -> Result<u64> {
        let mut tx = self.begin().await?;
        let rows = in_tx!(&mut tx, connection => {
            sqlx::query(sql)
                .bind(id_hash.as_slice())
                .bind(data)
                .bind(expires.0)
                .execute(connection)
                .await?
                .rows_affected()
        });
        tx.commit().await?;
        Ok(rows)
    }
}
