//! A number for each kind of thing that open pages show, moved on by every transaction that changes it: how one process
//! learns what another one stored.

use super::connection::{Tx, in_tx};
use super::{Result, Store, with_pool};

/// How often accounts (and their state), messages, parameters and reports have changed; two that are equal mean nothing changed
/// between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Revision {
    /// Changes of accounts, credentials and the state of checks.
    pub accounts: i64,
    /// Changes of messages.
    pub messages: i64,
    /// Changes of system parameters.
    pub parameters: i64,
    /// Changes of schedules and written reports.
    pub reports: i64,
}

/// What a transaction changed.
#[derive(Clone, Copy)]
pub(super) enum Changed {
    Accounts,
    Messages,
    Both,
    Parameters,
    Reports,
}

impl Store {
    /// How often things have changed so far, by whatever process.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn revision(&self) -> Result<Revision> {
        const SQL: &str = "SELECT accounts, messages, parameters, reports FROM revision WHERE id = 1";
        Ok(with_pool!(self, pool => sqlx::query_as(SQL).fetch_one(pool).await?))
    }
}

/// Counts the change. Comes last in a transaction: every writer waits at this row.
pub(super) async fn bump(tx: &mut Tx, changed: Changed) -> Result<()> {
    const SQL: &str = "UPDATE revision SET accounts = accounts + $1, messages = messages + $2, \
                       parameters = parameters + $3, reports = reports + $4 WHERE id = 1";
    let (accounts, messages, parameters, reports) = match changed {
        Changed::Accounts => (1_i64, 0_i64, 0_i64, 0_i64),
        Changed::Messages => (0, 1, 0, 0),
        Changed::Both => (1, 1, 0, 0),
        Changed::Parameters => (0, 0, 1, 0),
        Changed::Reports => (0, 0, 0, 1),
    };
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(accounts).bind(messages).bind(parameters).bind(reports).execute(connection).await?;
    });
    Ok(())
}
