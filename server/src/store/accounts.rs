//! Mail accounts: what was decided about each, and how it is doing. Deliberately absent: removing one (see
//! `removal`) and checking one (see `checks`).

use super::audit::record;
use super::connection::{Tx, in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Result, Store, StoreError, count, fold, number, small};
use model::audit::{AccountFields, changes};
use model::{
    AccountId, AccountSettings, AccountStatus, AccountSummary, Actor, AuditAction, Cause, Change,
    CheckFailure, CredentialId, Deed, Noun, Protocol, Security, Stage, Timestamp, Trust,
};

/// What came of changing an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// It is as asked.
    Updated,
    /// Another account has that name; nothing changed.
    NameTaken,
    /// There is no such account.
    Absent,
}

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "a row has the columns it has")]
struct AccountRow {
    id: i64,
    name: String,
    keep_copy: bool,
    automatic_check: bool,
    enabled: bool,
    address: String,
    port: i64,
    protocol: String,
    security: String,
    skip_certificate: bool,
    authority: Option<String>,
    pinned: Option<String>,
    credential: i64,
    credential_name: String,
    check_interval_seconds: i64,
    folders: String,
    delete_after_days: Option<i64>,
    largest_message: Option<i64>,
    instant: bool,
    next_due: Option<i64>,
    lease_until: Option<i64>,
    last_check: Option<i64>,
    last_success: Option<i64>,
    failure_stage: Option<String>,
    failure_cause: Option<String>,
    failure_error: Option<String>,
    failure_reply: Option<String>,
    messages: i64,
    unread: i64,
    to_index: i64,
}

/// Accounts that were not removed, followed by `$rest`.
macro_rules! select_accounts {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.name, a.keep_copy, a.automatic_check, a.enabled, a.address, a.port, a.protocol, \
             a.security, a.skip_certificate, a.authority, a.pinned, a.credential, c.name AS credential_name, \
             a.check_interval_seconds, a.folders, a.delete_after_days, a.largest_message, a.instant, a.next_due, a.lease_until, a.last_check, a.last_success, \
             a.failure_stage, a.failure_cause, a.failure_error, a.failure_reply, a.messages, a.unread, \
             a.to_index FROM account a JOIN credential c ON c.id = a.credential \
             WHERE a.removed_at IS NULL ",
            $rest
        )
    };
}

impl Store {
    /// Adds an account, due at once where it is checked automatically; `None` where the name is taken.
    ///
    /// # Errors
    /// Where the database does not answer or the credential does not exist.
    pub async fn insert_account(
        &self,
        settings: &AccountSettings,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Option<AccountId>> {
        const SQL: &str = "INSERT INTO account (name, name_key, keep_copy, automatic_check, enabled, address, port, \
                           protocol, security, skip_certificate, credential, check_interval_seconds, folders, \
                           next_due, created, delete_after_days, largest_message, instant, authority, pinned) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
                           ON CONFLICT (name) WHERE removed_at IS NULL DO NOTHING RETURNING id";
        let mut tx = self.begin().await?;
        let id: Option<i64> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(SQL)
                .bind(&settings.name)
                .bind(fold::key(&settings.name, 100))
                .bind(settings.keep_copy)
                .bind(settings.automatic_check)
                .bind(settings.enabled)
                .bind(&settings.address)
                .bind(i64::from(settings.port))
                .bind(settings.protocol.id())
                .bind(settings.security.id())
                .bind(settings.skip_certificate)
                .bind(settings.credential.0)
                .bind(i64::from(settings.check_interval_seconds))
                .bind(folders_text(&settings.folders))
                .bind(first_due(settings, now))
                .bind(now.0)
                .bind(settings.delete_after_days.map(i64::from))
                .bind(settings.largest_message.map(number))
                .bind(settings.instant)
                .bind(&settings.authority)
                .bind(pinned_text(settings))
                .fetch_optional(connection)
                .await?
        });
        let Some(id) = id.map(AccountId) else { return Ok(None) };
        record_saved(&mut tx, None, id, by, now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(Some(id))
    }

    /// Changes an account, which is then due at once where it is checked automatically.
    ///
    /// # Errors
    /// Where the database does not answer or the credential does not exist.
    pub async fn update_account(
        &self,
        id: AccountId,
        settings: &AccountSettings,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Update> {
        let mut tx = self.begin().await?;
        let Some(before) = held(&mut tx, id, now).await? else { return Ok(Update::Absent) };
        let rows = match update(&mut tx, id, settings, now).await {
            Err(StoreError::Database(sqlx::Error::Database(error))) if error.is_unique_violation() => {
                return Ok(Update::NameTaken);
            }
            rows => rows?,
        };
        if rows == 0 {
            return Ok(Update::Absent);
        }
        record_saved(&mut tx, Some(&before), id, by, now).await?;
        // The name of an account stands beside each of its messages.
        bump(&mut tx, Changed::Both).await?;
        tx.commit().await?;
        Ok(Update::Updated)
    }

    /// The account with this number; `None` also where it was removed.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_account(&self, id: AccountId, now: Timestamp) -> Result<Option<AccountSummary>> {
        const SQL: &str = select_accounts!("AND a.id = $1");
        let row: Option<AccountRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        row.map(|row| row.into_summary(now)).transpose()
    }

    /// The account with this name.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_account_by_name(&self, name: &str, now: Timestamp) -> Result<Option<AccountSummary>> {
        const SQL: &str = select_accounts!("AND a.name = $1");
        let row: Option<AccountRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(name).fetch_optional(pool).await?);
        row.map(|row| row.into_summary(now)).transpose()
    }

    /// All accounts by number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_accounts(&self, now: Timestamp) -> Result<Vec<AccountSummary>> {
        const SQL: &str = select_accounts!("ORDER BY a.id");
        let rows: Vec<AccountRow> = with_pool!(self, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
        rows.into_iter().map(|row| row.into_summary(now)).collect()
    }

    /// Pauses or resumes an account; false where there is no such account.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_account_enabled(
        &self,
        id: AccountId,
        enabled: bool,
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE account SET enabled = $1, requested = TRUE, \
                           next_due = CASE WHEN $1 AND automatic_check THEN CAST($2 AS BIGINT) ELSE NULL END \
                           WHERE id = $3 AND removed_at IS NULL";
        let mut tx = self.begin().await?;
        let Some(before) = held(&mut tx, id, now).await? else { return Ok(false) };
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(enabled).bind(now.0).bind(id.0).execute(connection).await?;
        });
        if before.settings.enabled != enabled {
            let action = if enabled { AuditAction::AccountResumed } else { AuditAction::AccountPaused };
            record(&mut tx, by, &deed(action, &before), now).await?;
        }
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Makes an account due at once, whether or not it is checked automatically. A check that is running now does
    /// not swallow the request.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn request_check(&self, id: AccountId, now: Timestamp) -> Result<()> {
        const SQL: &str =
            "UPDATE account SET next_due = $1, requested = TRUE WHERE id = $2 AND removed_at IS NULL";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(now.0).bind(id.0).execute(connection).await?;
        });
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await
    }
}

async fn update(tx: &mut Tx, id: AccountId, settings: &AccountSettings, now: Timestamp) -> Result<u64> {
    const SQL: &str = "UPDATE account SET name = $1, name_key = $2, keep_copy = $3, automatic_check = $4, \
                       enabled = $5, address = $6, port = $7, protocol = $8, security = $9, \
                       skip_certificate = $10, credential = $11, check_interval_seconds = $12, folders = $13, \
                       next_due = $14, delete_after_days = $15, largest_message = $16, instant = $17, \
                       authority = $18, pinned = $19, requested = TRUE WHERE id = $20 AND removed_at IS NULL";
    Ok(in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(&settings.name)
            .bind(fold::key(&settings.name, 100))
            .bind(settings.keep_copy)
            .bind(settings.automatic_check)
            .bind(settings.enabled)
            .bind(&settings.address)
            .bind(i64::from(settings.port))
            .bind(settings.protocol.id())
            .bind(settings.security.id())
            .bind(settings.skip_certificate)
            .bind(settings.credential.0)
            .bind(i64::from(settings.check_interval_seconds))
            .bind(folders_text(&settings.folders))
            .bind(first_due(settings, now))
            .bind(settings.delete_after_days.map(i64::from))
            .bind(settings.largest_message.map(number))
            .bind(settings.instant)
            .bind(&settings.authority)
            .bind(pinned_text(settings))
            .bind(id.0)
            .execute(connection)
            .await?
            .rows_affected()
    }))
}

/// An account that nobody else changes until this transaction ends.
pub(super) async fn held(tx: &mut Tx, id: AccountId, now: Timestamp) -> Result<Option<AccountSummary>> {
    // An update that changes nothing locks the row on both databases.
    const HOLD: &str = "UPDATE account SET lease_epoch = lease_epoch WHERE id = $1 AND removed_at IS NULL";
    const SQL: &str = select_accounts!("AND a.id = $1");
    in_tx!(&mut *tx, connection => {
        sqlx::query(HOLD).bind(id.0).execute(connection).await?;
    });
    let row: Option<AccountRow> =
        in_tx!(tx, connection => sqlx::query_as(SQL).bind(id.0).fetch_optional(connection).await?);
    row.map(|row| row.into_summary(now)).transpose()
}

/// What is done to an account, under its name.
pub(super) fn deed(action: AuditAction, account: &AccountSummary) -> Deed {
    Deed::new(action, Noun::Account, Some(account.id.0), &account.settings.name)
}

/// The fields that say whose certificates are accepted.
const TRUST: [&str; 3] = ["skip_certificate", "authority", "pinned_key"];

/// Records what was just made of an account. Whose certificates it accepts is a decision with a record of its own.
async fn record_saved(
    tx: &mut Tx,
    before: Option<&AccountSummary>,
    id: AccountId,
    by: &Actor,
    now: Timestamp,
) -> Result<()> {
    let fields = |account: &AccountSummary| account.settings.fields(&account.credential_name);
    let Some(after) = held(tx, id, now).await? else { return Ok(()) };
    let was = before.map(fields).unwrap_or_default();
    let (certificate, changed): (Vec<Change>, Vec<Change>) =
        changes(&was, &fields(&after)).into_iter().partition(|change| TRUST.contains(&change.field.as_str()));
    if !changed.is_empty() {
        let action = if before.is_some() { AuditAction::AccountChanged } else { AuditAction::AccountCreated };
        record(tx, by, &deed(action, &after).with(changed), now).await?;
    }
    let action = match (before, after.settings.trust()) {
        (None, Trust::SystemRoots) => return Ok(()),
        (Some(_), Trust::SystemRoots) => AuditAction::CertificateChecked,
        (_, Trust::Authority(_) | Trust::Pinned(_)) => AuditAction::CertificateTrusted,
        (_, Trust::Any) => AuditAction::CertificateSkipped,
    };
    if !certificate.is_empty() {
        record(tx, by, &deed(action, &after).with(certificate), now).await?;
    }
    Ok(())
}

/// When an account that was just saved is due.
fn first_due(settings: &AccountSettings, now: Timestamp) -> Option<i64> {
    (settings.enabled && settings.automatic_check).then_some(now.0)
}

/// The certificate whose key is trusted, as it is kept.
fn pinned_text(settings: &AccountSettings) -> Option<String> {
    settings.pinned.as_ref().and_then(|certificate| serde_json::to_string(certificate).ok())
}

/// Folder names may hold anything but a line break.
fn folders_text(folders: &[String]) -> String {
    folders.join("\n")
}

impl AccountRow {
    fn into_summary(self, now: Timestamp) -> Result<AccountSummary> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("account {}: {what}", self.id));
        let status = self.status(now);
        let failure = failure(
            self.failure_stage.as_deref(),
            self.failure_cause.as_deref(),
            self.failure_error,
            self.failure_reply,
        );
        let scheduled = self.enabled && self.automatic_check;
        let pinned = self.pinned.as_deref().map(serde_json::from_str).transpose();
        Ok(AccountSummary {
            id: AccountId(self.id),
            status,
            last_check: self.last_check.map(Timestamp),
            last_success: self.last_success.map(Timestamp),
            next_check: self.next_due.filter(|_| scheduled).map(Timestamp),
            messages: count(self.messages),
            unread: count(self.unread),
            to_index: count(self.to_index),
            failure,
            credential_name: self.credential_name,
            settings: AccountSettings {
                keep_copy: self.keep_copy,
                automatic_check: self.automatic_check,
                enabled: self.enabled,
                port: u16::try_from(self.port).map_err(|_| corrupt("port"))?,
                protocol: Protocol::from_id(&self.protocol).ok_or_else(|| corrupt("protocol"))?,
                security: Security::from_id(&self.security).ok_or_else(|| corrupt("security"))?,
                skip_certificate: self.skip_certificate,
                authority: self.authority,
                pinned: pinned.map_err(|_| corrupt("pinned"))?,
                credential: CredentialId(self.credential),
                check_interval_seconds: small(self.check_interval_seconds),
                folders: self.folders.split('\n').map(str::to_owned).collect(),
                delete_after_days: self.delete_after_days.map(small),
                largest_message: self.largest_message.map(count),
                instant: self.instant,
                name: self.name,
                address: self.address,
            },
        })
    }

    fn status(&self, now: Timestamp) -> AccountStatus {
        match () {
            () if !self.enabled => AccountStatus::Paused,
            () if self.lease_until.is_some_and(|until| until > now.0) => AccountStatus::Checking,
            () if self.failure_stage.is_some() => AccountStatus::Failing,
            () if self.last_success.is_some() => AccountStatus::Healthy,
            () => AccountStatus::New,
        }
    }
}

/// A failure from its four columns; `None` where there was none.
pub(super) fn failure(
    stage: Option<&str>,
    cause: Option<&str>,
    error: Option<String>,
    server_reply: Option<String>,
) -> Option<CheckFailure> {
    let stage = Stage::from_id(stage?)?;
    let cause = cause.and_then(|id| Cause::ALL.iter().copied().find(|cause| cause.id() == id));
    Some(CheckFailure { stage, cause, error: error.unwrap_or_default(), server_reply })
}
