//! Agents: who is known, by which key, and which process has them. Deliberately absent: proving keys (see
//! `connector::noise`), and connections (see `connectors`).

use super::audit::record;
use super::connection::{Tx, in_tx, with_pool};
use super::connectors::{hasten, hasten_accounts};
use super::revision::{Changed, bump};
use super::{Result, Store};
use model::{Actor, AgentId, AgentSummary, AuditAction, Change, ConnectorId, Deed, Noun, Timestamp};

/// How long after a sign of life an agent counts as connected, in milliseconds, where its process cannot be asked.
pub const SEEN_FOR: i64 = 60_000;
/// How long the use of a revoked key is not recorded again, in milliseconds.
const REFUSED_AGAIN: i64 = 60 * 60 * 1000;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    connector: i64,
    connector_name: String,
    enabled: bool,
    host: String,
    version: String,
    allows: String,
    address: String,
    enrolled: i64,
    since: Option<i64>,
    seen: Option<i64>,
    renewal_asked: Option<i64>,
    revoked: Option<i64>,
    refused: Option<i64>,
}

/// Agents, followed by `$rest`.
macro_rules! select_agents {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.connector, k.name AS connector_name, k.enabled, a.host, a.version, a.allows, a.address, \
             a.enrolled, a.since, a.seen, a.renewal_asked, a.revoked, a.refused \
             FROM agent a JOIN connector k ON k.id = a.connector ",
            $rest
        )
    };
}

/// An agent, and what it serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAgent {
    /// The connector.
    pub connector: ConnectorId,
    /// Its name.
    pub connector_name: String,
    /// Whether it lets anybody through.
    pub enabled: bool,
    /// The agent.
    pub agent: AgentSummary,
}

/// What an agent says of itself, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<'a> {
    /// The name of its machine.
    pub host: &'a str,
    /// Its version.
    pub version: &'a str,
    /// What it lets through.
    pub allows: &'a str,
    /// Where it comes from.
    pub address: &'a str,
}

impl Store {
    /// The agent with this key, revoked or not.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_agent_by_key(&self, key: &str) -> Result<Option<StoredAgent>> {
        const SQL: &str = select_agents!("WHERE a.public_key = $1");
        let row: Option<Row> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(key).fetch_optional(pool).await?
        });
        Ok(row.map(Row::into_agent))
    }

    /// The agent with this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_agent(&self, id: AgentId) -> Result<Option<StoredAgent>> {
        const SQL: &str = select_agents!("WHERE a.id = $1");
        let row: Option<Row> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?
        });
        Ok(row.map(Row::into_agent))
    }

    /// All agents, those that were revoked last.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_agents(&self) -> Result<Vec<StoredAgent>> {
        const SQL: &str = select_agents!("ORDER BY a.revoked IS NOT NULL, a.id");
        let rows: Vec<Row> = with_pool!(self, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
        Ok(rows.into_iter().map(Row::into_agent).collect())
    }

    /// An agent has connected to the process `node`; false where it was revoked meanwhile. Recorded, where `tells` that,
    /// if it comes from elsewhere than before: that is what a stolen key looks like.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn agent_connected(
        &self,
        known: &StoredAgent,
        node: &str,
        said: Said<'_>,
        tells: bool,
        now: Timestamp,
    ) -> Result<bool> {
        const CONNECT: &str = "UPDATE agent SET node = $1, since = $2, seen = $2, host = $3, version = $4, allows = $5, \
                               address = $6 WHERE id = $7 AND revoked IS NULL";
        let mut tx = self.begin().await?;
        let connected = in_tx!(&mut tx, connection => {
            let query = sqlx::query(CONNECT).bind(node).bind(now.0).bind(said.host).bind(said.version);
            query.bind(said.allows).bind(said.address).bind(known.agent.id.0).execute(connection).await?.rows_affected()
        });
        if connected == 0 {
            return Ok(false);
        }
        if tells && known.agent.address != said.address {
            let mut changes = vec![Change::set("agent", &said.host)];
            changes.push(Change::between("address", known.agent.address.as_str(), said.address));
            let by = Actor::Nobody { address: said.address.to_owned() };
            tell(&mut tx, AuditAction::AgentMoved, known.connector.0, changes, &by, now).await?;
        }
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Somebody came with the key of an agent that was connected and alive.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn agent_displaced(&self, known: &StoredAgent, address: &str, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let by = Actor::Nobody { address: address.to_owned() };
        let changes = vec![Change::set("agent", &known.agent.host)];
        tell(&mut tx, AuditAction::AgentDisplaced, known.connector.0, changes, &by, now).await?;
        tx.commit().await
    }

    /// Accounts that go through a connector and whose connection broke or was not had are due now: an agent of it came.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn hasten_accounts_through(&self, known: &StoredAgent, now: Timestamp) -> Result<()> {
        const SQL: &str =
            hasten_accounts!("'connector_offline', 'connection_lost', 'timeout', 'connect_timeout'");
        let mut tx = self.begin().await?;
        if hasten(&mut tx, SQL, known.connector, &known.connector_name, now).await? > 0 {
            bump(&mut tx, Changed::Accounts).await?;
        }
        tx.commit().await
    }

    /// An agent is still there.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn agent_seen(&self, id: AgentId, node: &str, now: Timestamp) -> Result<()> {
        const SQL: &str = "UPDATE agent SET seen = $1 WHERE id = $2 AND node = $3";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(now.0).bind(id.0).bind(node).execute(connection).await?;
        });
        tx.commit().await
    }

    /// The connection of an agent that began at `since` has ended; where it has another one, that stays.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn agent_gone(&self, id: AgentId, node: &str, since: Timestamp, now: Timestamp) -> Result<()> {
        const SQL: &str = "UPDATE agent SET seen = $1, since = NULL, node = NULL WHERE id = $2 AND node = $3 AND since = $4";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            let query = sqlx::query(SQL).bind(now.0).bind(id.0).bind(node).bind(since.0);
            query.execute(connection).await?;
        });
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await
    }

    /// Somebody wants an agent to have another key. False where there is none that could.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn ask_agent_for_new_key(&self, id: AgentId, by: &Actor, now: Timestamp) -> Result<bool> {
        const SQL: &str =
            "UPDATE agent SET renewal_asked = $1 WHERE id = $2 AND revoked IS NULL RETURNING host";
        self.change_agent(SQL, id, AuditAction::AgentRenewalAsked, by, now).await
    }

    /// An agent has another key.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn renew_agent(&self, id: AgentId, key: &str, now: Timestamp) -> Result<bool> {
        const SQL: &str = "UPDATE agent SET public_key = $1, renewal_asked = NULL WHERE id = $2 AND revoked IS NULL \
                           AND renewal_asked IS NOT NULL RETURNING connector, host";
        let mut tx = self.begin().await?;
        let row: Option<(i64, String)> = in_tx!(&mut tx, connection => {
            sqlx::query_as(SQL).bind(key).bind(id.0).fetch_optional(connection).await?
        });
        let Some((connector, host)) = row else { return Ok(false) };
        let changes = vec![Change::set("agent", &host), Change::set("key", &key)];
        tell(&mut tx, AuditAction::AgentRenewed, connector, changes, &Actor::System, now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// An agent is not let in any more. False where there is none, or it was not before either.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn revoke_agent(&self, id: AgentId, by: &Actor, now: Timestamp) -> Result<bool> {
        const SQL: &str = "UPDATE agent SET revoked = $1, node = NULL, since = NULL, renewal_asked = NULL \
                           WHERE id = $2 AND revoked IS NULL RETURNING host";
        self.change_agent(SQL, id, AuditAction::AgentRevoked, by, now).await
    }

    async fn change_agent(
        &self,
        sql: &'static str,
        id: AgentId,
        action: AuditAction,
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        const CONNECTOR: &str = "SELECT connector FROM agent WHERE id = $1";
        let mut tx = self.begin().await?;
        let host: Option<String> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(sql).bind(now.0).bind(id.0).fetch_optional(connection).await?
        });
        let Some(host) = host else { return Ok(false) };
        let connector: i64 = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(CONNECTOR).bind(id.0).fetch_one(connection).await?
        });
        tell(&mut tx, action, connector, vec![Change::set("agent", &host)], by, now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The key of a revoked agent was used; recorded once an hour.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn agent_refused(&self, known: &StoredAgent, address: &str, now: Timestamp) -> Result<()> {
        const SQL: &str = "UPDATE agent SET refused = $1 WHERE id = $2";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(now.0).bind(known.agent.id.0).execute(connection).await?;
        });
        let told = known.agent.refused.is_some_and(|before| now.0 - before.0 < REFUSED_AGAIN);
        if !told {
            let by = Actor::Nobody { address: address.to_owned() };
            let changes = vec![Change::set("agent", &known.agent.host)];
            tell(&mut tx, AuditAction::AgentRefused, known.connector.0, changes, &by, now).await?;
            bump(&mut tx, Changed::Accounts).await?;
        }
        tx.commit().await
    }
}

pub(super) async fn tell(
    tx: &mut Tx,
    action: AuditAction,
    connector: i64,
    changes: Vec<Change>,
    by: &Actor,
    now: Timestamp,
) -> Result<()> {
    let name = connector_name(tx, connector).await?;
    record(tx, by, &Deed::new(action, Noun::Connector, Some(connector), &name).with(changes), now).await
}

pub(super) async fn connector_name(tx: &mut Tx, connector: i64) -> Result<String> {
    const SQL: &str = "SELECT name FROM connector WHERE id = $1";
    Ok(in_tx!(tx, connection => sqlx::query_scalar(SQL).bind(connector).fetch_one(connection).await?))
}

impl Row {
    fn into_agent(self) -> StoredAgent {
        StoredAgent {
            connector: ConnectorId(self.connector),
            connector_name: self.connector_name,
            enabled: self.enabled,
            agent: AgentSummary {
                id: AgentId(self.id),
                host: self.host,
                version: self.version,
                allows: self.allows,
                address: self.address,
                enrolled: Timestamp(self.enrolled),
                since: self.since.map(Timestamp),
                seen: self.seen.map(Timestamp),
                revoked: self.revoked.map(Timestamp),
                refused: self.refused.map(Timestamp),
                renewing: self.renewal_asked.is_some(),
                latency: None,
                streams: 0,
            },
        }
    }
}
