//! Network Connectors, and which accounts go through them. Deliberately absent: connecting (see `connectors`), and the
//! secrets that proxies want, which are credentials like any other.

use super::agents::StoredAgent;
use super::audit::record;
use super::connection::{Tx, in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Removal, Result, Store, StoreError, small};
use model::audit::changes;
use model::{
    AccountId, AccountUse, Actor, AgentSummary, AuditAction, Change, ConnectorId, ConnectorKind,
    ConnectorSettings, ConnectorSummary, CredentialId, Deed, Noun, Parameter, Timestamp,
};
use std::collections::HashMap;

#[derive(sqlx::FromRow)]
struct ConnectorRow {
    id: i64,
    name: String,
    kind: String,
    address: String,
    port: i64,
    tls: bool,
    credential: Option<i64>,
    credential_name: Option<String>,
    host_key: String,
    most_streams: i64,
    enabled: bool,
    used_by: i64,
    is_default: bool,
    inherited_by: i64,
}

/// Connectors, followed by `$rest`; `$1` is the parameter that names the default.
macro_rules! select_connectors {
    ($rest:literal) => {
        concat!(
            "SELECT k.id, k.name, k.kind, k.address, k.port, k.tls, k.credential, c.name AS credential_name, k.host_key, k.most_streams, k.enabled, \
             (SELECT COUNT(*) FROM account a WHERE a.connector = k.id AND a.removed_at IS NULL) AS used_by, \
             p.value IS NOT NULL AS is_default, \
             (SELECT COUNT(*) FROM account a WHERE p.value IS NOT NULL AND a.use_connector AND a.connector IS NULL \
             AND a.removed_at IS NULL) AS inherited_by \
             FROM connector k LEFT JOIN credential c ON c.id = k.credential \
             LEFT JOIN parameter p ON p.id = $1 AND p.value = k.name ",
            $rest
        )
    };
}

/// Accounts that go through `$2`, by its number or as the default by its name `$4`, and failed for one of these causes are
/// due at `$1`.
macro_rules! hasten_accounts {
    ($causes:literal) => {
        concat!(
            "UPDATE account SET next_due = $1 WHERE next_due > $1 AND failures > 0 AND use_connector AND failure_cause IN (",
            $causes,
            ") AND (connector = $2 OR connector IS NULL AND EXISTS \
             (SELECT 1 FROM parameter WHERE id = $3 AND value = $4))"
        )
    };
}
pub(super) use hasten_accounts;

/// Whatever a connector stood in the way of is tried with what it is now.
const HASTEN: &str = hasten_accounts!(
    "'connector_offline', 'connector_refused', 'connect_timeout', 'network_unreachable', 'cert_pin_changed'"
);

/// What came of saving a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SavedConnector {
    /// It is stored under this number.
    Saved(ConnectorId),
    /// Another one has this name.
    NameTaken,
    /// There is no such connector.
    Absent,
}

impl Store {
    /// All connectors by name, in whatever case.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_connectors(&self) -> Result<Vec<ConnectorSummary>> {
        const SQL: &str = select_connectors!("ORDER BY k.id");
        let rows: Vec<ConnectorRow> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(Parameter::NetworkConnector.id()).fetch_all(pool).await?
        });
        self.with_uses(rows).await
    }

    /// The connector with this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_connector(&self, id: ConnectorId) -> Result<Option<ConnectorSummary>> {
        const SQL: &str = select_connectors!("WHERE k.id = $2");
        let rows: Vec<ConnectorRow> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(Parameter::NetworkConnector.id()).bind(id.0).fetch_all(pool).await?
        });
        Ok(self.with_uses(rows).await?.pop())
    }

    /// The connector with this name.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_connector_by_name(&self, name: &str) -> Result<Option<ConnectorSummary>> {
        const SQL: &str = select_connectors!("WHERE k.name = $2");
        // No name has such a character, and PostgreSQL takes none.
        if name.contains('\0') {
            return Ok(None);
        }
        let rows: Vec<ConnectorRow> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(Parameter::NetworkConnector.id()).bind(name).fetch_all(pool).await?
        });
        Ok(self.with_uses(rows).await?.pop())
    }

    /// The connector that is the default now.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn default_connector(&self) -> Result<Option<ConnectorSummary>> {
        const SQL: &str = select_connectors!("WHERE p.value IS NOT NULL");
        let rows: Vec<ConnectorRow> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(Parameter::NetworkConnector.id()).fetch_all(pool).await?
        });
        Ok(self.with_uses(rows).await?.pop())
    }

    async fn with_uses(&self, rows: Vec<ConnectorRow>) -> Result<Vec<ConnectorSummary>> {
        const USES: &str = "SELECT connector, id, name, skip_certificate FROM account WHERE connector IS NOT NULL AND removed_at IS NULL ORDER BY id";
        let uses: Vec<(i64, i64, String, bool)> = if rows.iter().any(|row| row.used_by > 0) {
            with_pool!(self, pool => sqlx::query_as(USES).fetch_all(pool).await?)
        } else {
            Vec::new()
        };
        let mut by_connector: HashMap<i64, Vec<AccountUse>> = HashMap::new();
        for (connector, id, name, skips) in uses {
            by_connector.entry(connector).or_default().push(AccountUse { id: AccountId(id), name, skips });
        }
        let mut agents: HashMap<ConnectorId, Vec<AgentSummary>> = HashMap::new();
        if rows.iter().any(|row| row.kind == ConnectorKind::Agent.id()) {
            for StoredAgent { connector, agent, .. } in self.list_agents().await? {
                agents.entry(connector).or_default().push(agent);
            }
        }
        let mut connectors = Vec::with_capacity(rows.len());
        for row in rows {
            let mut accounts = by_connector.remove(&row.id).unwrap_or_default();
            accounts.sort_by_cached_key(|account| account.name.to_lowercase());
            accounts.truncate(ConnectorSummary::SHOWN);
            let agents = agents.remove(&ConnectorId(row.id)).unwrap_or_default();
            connectors.push(row.into_summary(accounts, agents)?);
        }
        // Here rather than in SQL, where the two databases would disagree.
        connectors.sort_by_cached_key(|connector| connector.settings.name.to_lowercase());
        Ok(connectors)
    }

    /// Adds a connector, or changes the one with this number. Where that was the default under its old name, it is so
    /// under the new one.
    ///
    /// # Errors
    /// Where the database does not answer or the credential does not exist.
    pub async fn save_connector(
        &self,
        id: Option<ConnectorId>,
        settings: &ConnectorSettings,
        by: &Actor,
        now: Timestamp,
    ) -> Result<SavedConnector> {
        const TAKEN: &str = "SELECT EXISTS (SELECT 1 FROM connector WHERE name = $1 AND id <> $2)";
        const INSERT: &str = "INSERT INTO connector (name, kind, address, port, tls, credential, host_key, most_streams, enabled, created) \
                              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";
        const UPDATE: &str = "UPDATE connector SET name = $1, kind = $2, address = $3, port = $4, tls = $5, \
                              credential = $6, host_key = $7, most_streams = $8, enabled = $9 WHERE id = $10 RETURNING id";
        const RENAME: &str = "UPDATE parameter SET value = $1 WHERE id = $2 AND value = $3";
        let before = match id {
            Some(id) => match self.find_connector(id).await? {
                Some(before) => Some(before),
                None => return Ok(SavedConnector::Absent),
            },
            None => None,
        };
        let mut tx = self.begin().await?;
        let taken: bool = in_tx!(&mut tx, connection => {
            let query = sqlx::query_scalar(TAKEN).bind(&settings.name);
            query.bind(id.map_or(0, |id| id.0)).fetch_one(connection).await?
        });
        if taken {
            return Ok(SavedConnector::NameTaken);
        }
        let saved: i64 = in_tx!(&mut tx, connection => {
            let query = sqlx::query_scalar(if id.is_some() { UPDATE } else { INSERT })
                .bind(&settings.name)
                .bind(settings.kind.id())
                .bind(&settings.address)
                .bind(i64::from(settings.port))
                .bind(settings.tls)
                .bind(settings.credential.map(|credential| credential.0))
                .bind(&settings.host_key)
                .bind(i64::from(settings.most_streams))
                .bind(settings.enabled);
            query.bind(id.map_or(now.0, |id| id.0)).fetch_one(connection).await?
        });
        if let Some(before) = &before {
            in_tx!(&mut tx, connection => {
                let query = sqlx::query(RENAME).bind(&settings.name).bind(Parameter::NetworkConnector.id());
                query.bind(&before.settings.name).execute(connection).await?;
            });
        }
        let credential = credential_name(&mut tx, settings.credential).await?;
        let was = before.as_ref().map(|before| fields(&before.settings, before.credential_name.as_deref()));
        let changed = changes(&was.unwrap_or_default(), &fields(settings, credential.as_deref()));
        if !changed.is_empty() {
            let action =
                if id.is_some() { AuditAction::ConnectorChanged } else { AuditAction::ConnectorCreated };
            let deed = Deed::new(action, Noun::Connector, Some(saved), &settings.name).with(changed);
            record(&mut tx, by, &deed, now).await?;
            hasten(&mut tx, HASTEN, ConnectorId(saved), &settings.name, now).await?;
        }
        bump(&mut tx, Changed::Accounts).await?;
        bump(&mut tx, Changed::Parameters).await?;
        tx.commit().await?;
        Ok(SavedConnector::Saved(ConnectorId(saved)))
    }

    /// Makes the accounts due that failed for a connector which this credential lets in: it is another one now.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn hasten_accounts_behind(&self, credential: CredentialId, now: Timestamp) -> Result<()> {
        let connectors = self.list_connectors().await?;
        let mut tx = self.begin().await?;
        let mut due = 0;
        for connector in connectors.iter().filter(|it| it.settings.credential == Some(credential)) {
            due += hasten(&mut tx, HASTEN, connector.id, &connector.settings.name, now).await?;
        }
        if due > 0 {
            bump(&mut tx, Changed::Accounts).await?;
        }
        tx.commit().await
    }

    /// Removes a connector that nobody goes through; with `replacement`, whoever does goes through that one from then on.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn remove_connector(
        &self,
        id: ConnectorId,
        replacement: Option<&ConnectorSummary>,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Removal> {
        const MOVE: &str = "UPDATE account SET connector = $1 WHERE connector = $2";
        const RENAME: &str = "UPDATE parameter SET value = $1 WHERE id = $2 AND value = $3";
        const USED: &str = "SELECT EXISTS (SELECT 1 FROM account WHERE connector = $1 AND removed_at IS NULL) \
                            OR EXISTS (SELECT 1 FROM parameter WHERE id = $2 AND value = $3)";
        const FORGET: &str = "UPDATE account SET connector = NULL WHERE connector = $1";
        const DELETE: &str = "DELETE FROM connector WHERE id = $1";
        let Some(doomed) = self.find_connector(id).await? else { return Ok(Removal::Absent) };
        let name = doomed.settings.name;
        let mut tx = self.begin().await?;
        let mut told = Vec::new();
        if let Some(other) = replacement {
            in_tx!(&mut tx, connection => {
                sqlx::query(MOVE).bind(other.id.0).bind(id.0).execute(&mut *connection).await?;
                let query = sqlx::query(RENAME).bind(&other.settings.name);
                query.bind(Parameter::NetworkConnector.id()).bind(&name).execute(connection).await?;
            });
            told.push(Change::set("replaced_by", &other.settings.name));
        }
        let used: bool = in_tx!(&mut tx, connection => {
            let query = sqlx::query_scalar(USED).bind(id.0).bind(Parameter::NetworkConnector.id());
            query.bind(&name).fetch_one(connection).await?
        });
        if used {
            return Ok(Removal::InUse);
        }
        // Accounts that were removed and left their messages here still name it.
        for sql in [FORGET, DELETE] {
            in_tx!(&mut tx, connection => {
                sqlx::query(sql).bind(id.0).execute(connection).await?;
            });
        }
        let deed = Deed::new(AuditAction::ConnectorRemoved, Noun::Connector, Some(id.0), &name).with(told);
        record(&mut tx, by, &deed, now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        bump(&mut tx, Changed::Parameters).await?;
        tx.commit().await?;
        Ok(Removal::Removed)
    }
}

/// Does what [`hasten_accounts`] says, and tells how many there were.
pub(super) async fn hasten(
    tx: &mut Tx,
    sql: &'static str,
    connector: ConnectorId,
    name: &str,
    now: Timestamp,
) -> Result<u64> {
    Ok(in_tx!(tx, connection => {
        let query = sqlx::query(sql).bind(now.0).bind(connector.0).bind(Parameter::NetworkConnector.id());
        query.bind(name).execute(connection).await?.rows_affected()
    }))
}

async fn credential_name(tx: &mut Tx, credential: Option<CredentialId>) -> Result<Option<String>> {
    const SQL: &str = "SELECT name FROM credential WHERE id = $1";
    let Some(credential) = credential else { return Ok(None) };
    Ok(in_tx!(tx, connection => sqlx::query_scalar(SQL).bind(credential.0).fetch_optional(connection).await?))
}

/// The fields of a connector, as the audit tells them.
fn fields(settings: &ConnectorSettings, credential: Option<&str>) -> Vec<(&'static str, Option<String>)> {
    let yes_no = |yes: bool| Some(if yes { "yes" } else { "no" }.to_owned());
    vec![
        ("name", Some(settings.name.clone())),
        ("kind", Some(settings.kind.id().to_owned())),
        ("address", Some(settings.address.clone()).filter(|address| !address.is_empty())),
        ("port", Some(settings.port.to_string()).filter(|_| settings.port > 0)),
        ("tls", yes_no(settings.tls)),
        ("credential", credential.map(str::to_owned)),
        ("host_key", Some(settings.host_key.clone()).filter(|host_key| !host_key.is_empty())),
        ("most_streams", Some(settings.most_streams.to_string())),
        ("enabled", yes_no(settings.enabled)),
    ]
}

impl ConnectorRow {
    fn into_summary(self, accounts: Vec<AccountUse>, agents: Vec<AgentSummary>) -> Result<ConnectorSummary> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("connector {}: {what}", self.id));
        Ok(ConnectorSummary {
            id: ConnectorId(self.id),
            credential_name: self.credential_name,
            used_by: small(self.used_by),
            accounts,
            is_default: self.is_default,
            inherited_by: small(self.inherited_by),
            agents,
            streams: 0,
            bytes: 0,
            settings: ConnectorSettings {
                kind: ConnectorKind::from_id(&self.kind).ok_or_else(|| corrupt("kind"))?,
                port: u16::try_from(self.port).map_err(|_| corrupt("port"))?,
                name: self.name,
                address: self.address,
                tls: self.tls,
                credential: self.credential.map(CredentialId),
                host_key: self.host_key,
                most_streams: small(self.most_streams),
                enabled: self.enabled,
            },
        })
    }
}
