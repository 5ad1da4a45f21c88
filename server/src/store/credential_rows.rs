//! Credentials as they come out of the database, and what a check leaves on the one it used.

use super::connection::{Tx, in_tx};
use super::{Result, StoreError, small};
use model::{
    AccountId, Cause, CheckOutcome, CredentialFailure, CredentialId, CredentialKind, CredentialSource,
    CredentialSummary, FinishedCheck, SinceRotated, Stage, Timestamp,
};

#[derive(sqlx::FromRow)]
pub(super) struct CredentialRow {
    id: i64,
    name: String,
    kind: String,
    source: Option<String>,
    user_name: String,
    rotated: i64,
    last_used: Option<i64>,
    last_failed: Option<i64>,
    failure_cause: Option<String>,
    failure_error: Option<String>,
    used_by: i64,
    signed_in: i64,
    failed: i64,
    waiting: i64,
}

/// The columns of [`CredentialRow`], followed by `$rest`. Whoever was let in got to a later stage, or to the end; whoever
/// was asked to check and has not yet, waits.
macro_rules! select_credentials {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.name, c.kind, c.source, c.user_name, c.rotated, c.last_used, c.last_failed, \
             c.failure_cause, c.failure_error, COUNT(a.id) AS used_by, \
             COUNT(CASE WHEN a.enabled AND NOT a.pending AND a.past THEN 1 END) AS signed_in, \
             COUNT(CASE WHEN a.enabled AND NOT a.pending AND NOT a.past THEN 1 END) AS failed, \
             COUNT(CASE WHEN a.enabled AND a.pending THEN 1 END) AS waiting \
             FROM credential c LEFT JOIN (SELECT b.id, b.credential, b.enabled, \
             COALESCE(b.failure_stage IN ('folder', 'fetch', 'store', 'delete'), TRUE) AS past, \
             (b.requested OR COALESCE(b.last_check < d.rotated, TRUE) \
             OR COALESCE(b.next_due <= d.rotated, FALSE)) AS pending \
             FROM account b JOIN credential d ON d.id = b.credential WHERE b.removed_at IS NULL) a \
             ON a.credential = c.id ",
            $rest
        )
    };
}
pub(super) use select_credentials;

impl CredentialRow {
    pub(super) fn into_summary(self) -> Result<CredentialSummary> {
        let kind = kind_of(&self.kind)?;
        let cause = self.failure_cause;
        let cause = cause.and_then(|id| Cause::ALL.iter().copied().find(|cause| cause.id() == id));
        Ok(CredentialSummary {
            id: CredentialId(self.id),
            name: self.name,
            kind,
            source: source_of(self.source)?,
            oauth: None,
            user_name: self.user_name,
            used_by: small(self.used_by),
            accounts: Vec::new(),
            rotated: Timestamp(self.rotated),
            last_used: self.last_used.map(Timestamp),
            failed: self.last_failed.map(|at| CredentialFailure {
                at: Timestamp(at),
                cause,
                error: self.failure_error.unwrap_or_default(),
            }),
            since_rotated: SinceRotated {
                signed_in: small(self.signed_in),
                failed: small(self.failed),
                waiting: small(self.waiting),
            },
        })
    }
}

/// The kind with this id.
pub(super) fn kind_of(id: &str) -> Result<CredentialKind> {
    CredentialKind::from_id(id).ok_or_else(|| StoreError::Corrupt(format!("credential kind {id:?}")))
}

/// The source with this id.
pub(super) fn source_of(id: Option<String>) -> Result<Option<CredentialSource>> {
    let source = |id: String| {
        CredentialSource::from_id(&id).ok_or_else(|| StoreError::Corrupt(format!("credential source {id:?}")))
    };
    id.map(source).transpose()
}

/// Notes on the credential of `account` that a server let it in, or turned it away. A check that began before the secret
/// was set says nothing about it.
pub(super) async fn note_use(tx: &mut Tx, account: AccountId, check: &FinishedCheck) -> Result<()> {
    const USED: &str = "UPDATE credential SET last_used = $1, last_failed = NULL, failure_cause = NULL, \
                        failure_error = NULL WHERE id = (SELECT credential FROM account WHERE id = $2) \
                        AND rotated <= $3";
    const FAILED: &str = "UPDATE credential SET last_failed = $1, failure_cause = $4, failure_error = $5 \
                          WHERE id = (SELECT credential FROM account WHERE id = $2) AND rotated <= $3";
    let past_sign_in = |stage| matches!(stage, Stage::Folder | Stage::Fetch | Stage::Store | Stage::Delete);
    match &check.failure {
        None if check.outcome == CheckOutcome::Ok => {}
        Some(failure) if past_sign_in(failure.stage) => {}
        Some(failure) if failure.stage == Stage::SignIn && is_its_fault(failure.cause) => {
            in_tx!(tx, connection => {
                sqlx::query(FAILED)
                    .bind(check.finished.0)
                    .bind(account.0)
                    .bind(check.started.0)
                    .bind(failure.cause.map(Cause::id))
                    .bind(failure.error.as_str())
                    .execute(connection)
                    .await?;
            });
            return Ok(());
        }
        _ => return Ok(()),
    }
    in_tx!(tx, connection => {
        sqlx::query(USED)
            .bind(check.finished.0)
            .bind(account.0)
            .bind(check.started.0)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// True where another secret, or another source, could help. Without a cause it was the secret that could not be had.
fn is_its_fault(cause: Option<Cause>) -> bool {
    matches!(
        cause,
        None | Some(
            Cause::SignInRejected
                | Cause::AppPasswordNeeded
                | Cause::OauthConsentNeeded
                | Cause::OauthExpired
        )
    )
}
