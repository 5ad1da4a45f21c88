//! Who checks which account now, and how checks went. A lease ends by itself; its epoch fences off whoever wakes up
//! late. Deliberately absent: when the next check is due (see `scheduler`) and what a check does.

use super::account_rows::failure;
use super::audit::record_deletions;
use super::connection::{Db, Tx, in_tx, with_pool};
use super::credential_rows::note_use;
use super::health::write_shown;
use super::revision::{Changed, bump};
use super::{Result, Store, StoreError, count, dialect, fold, number, small};
use model::health::ServerShown;
use model::{AccountId, CheckFailure, CheckOutcome, CheckTrigger, FinishedCheck, Timestamp};

/// Checks of one server that are claimed at once, by all nodes together: those beyond wait for a place with that server
/// anyway, and would keep accounts of other servers from being claimed.
const OF_ONE_SERVER: i64 = 32;

/// The right to check one account, until it ends or is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Which account.
    pub account: AccountId,
    /// Rises with every claim; what an older one writes is refused.
    pub epoch: i64,
    /// Checks that failed in a row so far.
    pub failures: u32,
}

/// What came of asking for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is ours.
    Claimed(Lease),
    /// Somebody else holds it.
    Busy,
    /// There is no such account.
    Absent,
}

#[derive(sqlx::FromRow)]
struct CheckRow {
    check_trigger: String,
    started: i64,
    finished: i64,
    outcome: String,
    failure_stage: Option<String>,
    failure_cause: Option<String>,
    failure_error: Option<String>,
    failure_reply: Option<String>,
    new_messages: i64,
    deleted: i64,
    quarantined: i64,
    bytes: i64,
    stages: Option<String>,
}

impl Store {
    /// Claims up to `limit` enabled accounts that are due and free, longest due first, for `ttl_ms` milliseconds.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn claim_due(&self, node: &str, now: Timestamp, ttl_ms: i64, limit: u32) -> Result<Vec<Lease>> {
        let sql = match self.db {
            Db::Sqlite { .. } => dialect::CLAIM_DUE_SQLITE,
            Db::Postgres(_) => dialect::CLAIM_DUE_POSTGRES,
        };
        let mut tx = self.begin().await?;
        let rows: Vec<(i64, i64, i64)> = in_tx!(&mut tx, connection => {
            sqlx::query_as(sql)
                .bind(now.0)
                .bind(i64::from(limit))
                .bind(node)
                .bind(now.plus_milliseconds(ttl_ms).0)
                .bind(OF_ONE_SERVER)
                .fetch_all(connection)
                .await?
        });
        if !rows.is_empty() {
            bump(&mut tx, Changed::Accounts).await?;
        }
        tx.commit().await?;
        Ok(rows.into_iter().map(lease).collect())
    }

    /// Claims one account, due or not, enabled or not: whether it may be contacted is for the caller to say.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn claim_account(
        &self,
        id: AccountId,
        node: &str,
        now: Timestamp,
        ttl_ms: i64,
    ) -> Result<Claim> {
        const CLAIM: &str = "UPDATE account SET lease_owner = $1, lease_until = $2, lease_epoch = lease_epoch + 1, \
                             requested = FALSE WHERE id = $3 AND removed_at IS NULL \
                             AND (lease_until IS NULL OR lease_until <= $4) \
                             RETURNING id, lease_epoch, failures";
        const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM account WHERE id = $1 AND removed_at IS NULL)";
        let mut tx = self.begin().await?;
        let row: Option<(i64, i64, i64)> = in_tx!(&mut tx, connection => {
            sqlx::query_as(CLAIM)
                .bind(node)
                .bind(now.plus_milliseconds(ttl_ms).0)
                .bind(id.0)
                .bind(now.0)
                .fetch_optional(connection)
                .await?
        });
        if let Some(row) = row {
            bump(&mut tx, Changed::Accounts).await?;
            tx.commit().await?;
            return Ok(Claim::Claimed(lease(row)));
        }
        let exists: bool = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(EXISTS).bind(id.0).fetch_one(connection).await?
        });
        Ok(if exists { Claim::Busy } else { Claim::Absent })
    }

    /// Prolongs one lease; one that ended already stays ended.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn renew_lease(&self, lease: &Lease, now: Timestamp, ttl_ms: i64) -> Result<()> {
        const SQL: &str =
            "UPDATE account SET lease_until = $1 WHERE id = $2 AND lease_epoch = $3 AND lease_until > $4";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL)
                .bind(now.plus_milliseconds(ttl_ms).0)
                .bind(lease.account.0)
                .bind(lease.epoch)
                .bind(now.0)
                .execute(connection)
                .await?;
        });
        tx.commit().await
    }

    /// The nodes that hold a lease, ended or not.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn lease_owners(&self) -> Result<Vec<String>> {
        const SQL: &str = "SELECT DISTINCT lease_owner FROM account WHERE lease_owner IS NOT NULL";
        Ok(with_pool!(self, pool => sqlx::query_scalar(SQL).fetch_all(pool).await?))
    }

    /// Gives back one lease without a word about how it went; one that was lost already is passed over.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn release_lease(&self, lease: &Lease) -> Result<()> {
        const SQL: &str = "UPDATE account SET lease_owner = NULL, lease_until = NULL \
                           WHERE id = $1 AND lease_epoch = $2 AND lease_until IS NOT NULL";
        let mut tx = self.begin().await?;
        let rows = in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(lease.account.0).bind(lease.epoch).execute(connection).await?.rows_affected()
        });
        if rows > 0 {
            bump(&mut tx, Changed::Accounts).await?;
        }
        tx.commit().await
    }

    /// Gives back every lease that this node holds; what it was checking stays due.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn release_leases(&self, node: &str) -> Result<()> {
        const SQL: &str = "UPDATE account SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = $1";
        let mut tx = self.begin().await?;
        let rows = in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(node).execute(connection).await?.rows_affected()
        });
        if rows > 0 {
            bump(&mut tx, Changed::Accounts).await?;
        }
        tx.commit().await
    }

    /// Ends a check: frees the lease, writes how it went and what the server showed, and plans the next one unless somebody asked for one
    /// meanwhile. False, and nothing written, where the lease was lost.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn finish_check(
        &self,
        lease: &Lease,
        check: &FinishedCheck,
        shown: Option<&ServerShown>,
        next_due: Option<Timestamp>,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        if !write_state(&mut tx, lease, check, next_due).await? {
            return Ok(false);
        }
        write_history(&mut tx, lease.account, check).await?;
        if let Some(shown) = shown {
            write_shown(&mut tx, lease.account, shown, check.finished).await?;
        }
        note_use(&mut tx, lease.account, check).await?;
        record_deletions(&mut tx, lease.account, check.finished).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The last checks of an account, newest first, each with the time at which it ended.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_checks(
        &self,
        account: AccountId,
        limit: u32,
    ) -> Result<Vec<(Timestamp, FinishedCheck)>> {
        const SQL: &str = "SELECT check_trigger, started, finished, outcome, failure_stage, failure_cause, \
                           failure_error, failure_reply, new_messages, deleted, quarantined, bytes, stages \
                           FROM check_history WHERE account = $1 ORDER BY id DESC LIMIT $2";
        let rows: Vec<CheckRow> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(account.0).bind(i64::from(limit)).fetch_all(pool).await?
        });
        rows.into_iter().map(|row| Ok((Timestamp(row.finished), row.into_check()?))).collect()
    }

    /// Forgets checks that ended before `before`.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn prune_checks(&self, before: Timestamp) -> Result<()> {
        const SQL: &str = "DELETE FROM check_history WHERE finished < $1";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(before.0).execute(connection).await?;
        });
        tx.commit().await
    }
}

/// Makes the account ours for the rest of this transaction, or fails with [`StoreError::LeaseLost`]. Comes first in
/// every transaction of a check, so that all of them take their locks in one order.
pub(super) async fn fence(tx: &mut Tx, lease: &Lease) -> Result<()> {
    const SQL: &str = "UPDATE account SET lease_epoch = lease_epoch \
                       WHERE id = $1 AND lease_epoch = $2 AND lease_until IS NOT NULL";
    let rows = in_tx!(tx, connection => {
        sqlx::query(SQL).bind(lease.account.0).bind(lease.epoch).execute(connection).await?.rows_affected()
    });
    if rows == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

async fn write_state(
    tx: &mut Tx,
    lease: &Lease,
    check: &FinishedCheck,
    next_due: Option<Timestamp>,
) -> Result<bool> {
    const SQL: &str = "UPDATE account SET lease_owner = NULL, lease_until = NULL, \
                       next_due = CASE WHEN requested THEN next_due ELSE CAST($1 AS BIGINT) END, \
                       requested = FALSE, last_check = $2, last_success = COALESCE($3, last_success), \
                       failures = CASE WHEN $4 THEN failures + 1 WHEN $5 THEN 0 ELSE failures END, \
                       failure_stage = $6, failure_cause = $7, failure_error = $8, failure_reply = $9 \
                       WHERE id = $10 AND lease_epoch = $11 AND lease_until IS NOT NULL";
    let succeeded = check.outcome == CheckOutcome::Ok;
    let [stage, cause, error, reply] = failure_columns(check.failure.as_ref());
    let rows = in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(next_due.map(|due| due.0))
            .bind(check.finished.0)
            .bind(succeeded.then_some(check.finished.0))
            .bind(check.outcome == CheckOutcome::Failed)
            .bind(succeeded)
            .bind(stage)
            .bind(cause)
            .bind(error)
            .bind(reply)
            .bind(lease.account.0)
            .bind(lease.epoch)
            .execute(connection)
            .await?
            .rows_affected()
    });
    Ok(rows == 1)
}

async fn write_history(tx: &mut Tx, account: AccountId, check: &FinishedCheck) -> Result<()> {
    const SQL: &str = "INSERT INTO check_history (account, check_trigger, started, finished, outcome, \
                       failure_stage, failure_cause, failure_error, failure_reply, new_messages, deleted, \
                       quarantined, bytes, stages) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let [stage, cause, error, reply] = failure_columns(check.failure.as_ref());
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(account.0)
            .bind(trigger_id(check.trigger))
            .bind(check.started.0)
            .bind(check.finished.0)
            .bind(outcome_id(check.outcome))
            .bind(stage)
            .bind(cause)
            .bind(error)
            .bind(reply)
            .bind(number(check.new))
            .bind(number(check.deleted))
            .bind(number(check.quarantined))
            .bind(number(check.bytes))
            .bind(serde_json::to_string(&check.stages).ok())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Stage, cause, sentence and server's words of a failure, as columns.
fn failure_columns(failure: Option<&CheckFailure>) -> [Option<String>; 4] {
    let Some(failure) = failure else { return [None, None, None, None] };
    [
        Some(failure.stage.id().to_owned()),
        failure.cause.map(|cause| cause.id().to_owned()),
        Some(fold::stored(&failure.error, 2000)),
        failure.server_reply.as_deref().map(|reply| fold::stored(reply, 500)),
    ]
}

fn lease((account, epoch, failures): (i64, i64, i64)) -> Lease {
    Lease { account: AccountId(account), epoch, failures: small(failures) }
}

fn trigger_id(trigger: CheckTrigger) -> &'static str {
    match trigger {
        CheckTrigger::Schedule => "schedule",
        CheckTrigger::Person => "person",
    }
}

fn outcome_id(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Ok => "ok",
        CheckOutcome::Failed => "failed",
        CheckOutcome::Busy => "busy",
    }
}

impl CheckRow {
    fn into_check(self) -> Result<FinishedCheck> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("a check's {what}"));
        Ok(FinishedCheck {
            trigger: [CheckTrigger::Schedule, CheckTrigger::Person]
                .into_iter()
                .find(|trigger| trigger_id(*trigger) == self.check_trigger)
                .ok_or_else(|| corrupt("trigger"))?,
            started: Timestamp(self.started),
            finished: Timestamp(self.finished),
            outcome: [CheckOutcome::Ok, CheckOutcome::Failed, CheckOutcome::Busy]
                .into_iter()
                .find(|outcome| outcome_id(*outcome) == self.outcome)
                .ok_or_else(|| corrupt("outcome"))?,
            failure: failure(
                self.failure_stage.as_deref(),
                self.failure_cause.as_deref(),
                self.failure_error,
                self.failure_reply,
            ),
            new: count(self.new_messages),
            deleted: count(self.deleted),
            quarantined: count(self.quarantined),
            bytes: count(self.bytes),
            // A stage of a later version is no reason not to show the check.
            stages: self.stages.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        })
    }
}
