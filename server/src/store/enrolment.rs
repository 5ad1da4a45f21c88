//! How agents become known: the key that this server proves to them, and codes that are good once. Deliberately absent:
//! making keys and codes.

use super::agents::{Said, StoredAgent, connector_name, tell};
use super::audit::record;
use super::connection::{in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Result, Store, StoreError};
use model::{Actor, AgentId, AuditAction, Change, ConnectorId, Deed, Noun, Timestamp};

/// Codes of one connector that are good at once.
const MOST_CODES: i64 = 20;

impl Store {
    /// The key that this server proves to agents, sealed; `None` before the first one.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn hub_key(&self) -> Result<Option<Vec<u8>>> {
        const SQL: &str = "SELECT sealed FROM hub_key WHERE id = 1";
        Ok(with_pool!(self, pool => sqlx::query_scalar(SQL).fetch_optional(pool).await?))
    }

    /// Keeps that key unless another process was faster. Returns the one that counts.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn insert_hub_key(&self, sealed: &[u8]) -> Result<Vec<u8>> {
        const INSERT: &str = "INSERT INTO hub_key (id, sealed) VALUES (1, $1) ON CONFLICT DO NOTHING";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(INSERT).bind(sealed).execute(connection).await?;
        });
        tx.commit().await?;
        self.hub_key().await?.ok_or_else(|| StoreError::Corrupt("there is no hub key".to_owned()))
    }

    /// Puts the same key, sealed anew, in the place of `before`.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn reseal_hub_key(&self, before: &[u8], sealed: &[u8]) -> Result<bool> {
        const SQL: &str = "UPDATE hub_key SET sealed = $1 WHERE id = 1 AND sealed = $2";
        let mut tx = self.begin().await?;
        let rows = in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(sealed).bind(before).execute(connection).await?.rows_affected()
        });
        tx.commit().await?;
        Ok(rows == 1)
    }

    /// Remembers a code by its hash until it is used or `until`. False where the connector has too many of them.
    ///
    /// # Errors
    /// Where the database does not answer or there is no such connector.
    pub async fn insert_enrolment(
        &self,
        connector: ConnectorId,
        code_hash: &str,
        until: Timestamp,
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        const FORGET: &str = "DELETE FROM enrolment WHERE until <= $1";
        const COUNT: &str = "SELECT COUNT(*) FROM enrolment WHERE connector = $1";
        const INSERT: &str = "INSERT INTO enrolment (code_hash, connector, until) VALUES ($1, $2, $3)";
        let mut tx = self.begin().await?;
        let waiting: i64 = in_tx!(&mut tx, connection => {
            sqlx::query(FORGET).bind(now.0).execute(&mut *connection).await?;
            sqlx::query_scalar(COUNT).bind(connector.0).fetch_one(connection).await?
        });
        if waiting >= MOST_CODES {
            return Ok(false);
        }
        in_tx!(&mut tx, connection => {
            let query = sqlx::query(INSERT).bind(code_hash).bind(connector.0).bind(until.0);
            query.execute(connection).await?;
        });
        let name = connector_name(&mut tx, connector.0).await?;
        let deed = Deed::new(AuditAction::EnrolmentCreated, Noun::Connector, Some(connector.0), &name);
        record(&mut tx, by, &deed, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Lets an agent be known by `key`, for a code that is good; it is good no more then. `None` where it is not.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn enrol_agent(
        &self,
        code_hash: &str,
        key: &str,
        said: Said<'_>,
        now: Timestamp,
    ) -> Result<Option<StoredAgent>> {
        const USE: &str = "DELETE FROM enrolment WHERE code_hash = $1 AND until > $2 RETURNING connector";
        const INSERT: &str = "INSERT INTO agent (connector, public_key, host, version, allows, address, enrolled) \
                              VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
        let mut tx = self.begin().await?;
        let connector: Option<i64> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(USE).bind(code_hash).bind(now.0).fetch_optional(connection).await?
        });
        let Some(connector) = connector else { return Ok(None) };
        let agent: i64 = in_tx!(&mut tx, connection => {
            let query = sqlx::query_scalar(INSERT).bind(connector).bind(key).bind(said.host).bind(said.version);
            query.bind(said.allows).bind(said.address).bind(now.0).fetch_one(connection).await?
        });
        let changes = vec![Change::set("agent", &said.host), Change::set("key", &key)];
        let by = Actor::Nobody { address: said.address.to_owned() };
        tell(&mut tx, AuditAction::AgentEnrolled, connector, changes, &by, now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        self.find_agent(AgentId(agent)).await
    }
}
