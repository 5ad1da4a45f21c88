//! Mail accounts: what was decided about each, and how it is doing. Deliberately absent: removing one (see
//! `removal`) and checking one (see `checks`).

use super::account_rows::{AccountRow, bind_settings, pinned_text, select_accounts};
use super::audit::record;
use super::connection::{Tx, in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Result, Store, StoreError, fold, number};
use model::audit::{AccountFields, changes};
use model::{
    AccountId, AccountSettings, AccountSummary, Actor, AuditAction, Change, Deed, Noun, Timestamp, Trust,
};

/// What came of changing an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// It is as asked.
    Updated,
    /// Another account has that name; nothing changed.
    NameTaken,
    /// Somebody else changed it since it was seen; nothing changed now.
    Outdated,
    /// There is no such account.
    Absent,
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
                           protocol, security, skip_certificate, authority, pinned, credential, \
                           check_interval_seconds, folders, delete_after_days, largest_message, instant, fetch_since, tags, notes, \
                           mirror_read_state, drop_gone_after_days, use_connector, connector, next_due, created) \
                           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
                           $21, $22, $23, $24, $25, $26, $27) ON CONFLICT (name) WHERE removed_at IS NULL DO NOTHING RETURNING id";
        let mut tx = self.begin().await?;
        let id: Option<i64> = in_tx!(&mut tx, connection => {
            bind_settings!(sqlx::query_scalar(SQL), settings)
                .bind(first_due(settings, now))
                .bind(now.0)
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
        seen: Option<u32>,
        settings: &AccountSettings,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Update> {
        let mut tx = self.begin().await?;
        let Some(before) = held(&mut tx, id, now).await? else { return Ok(Update::Absent) };
        if seen.is_some_and(|seen| seen != before.version) {
            return Ok(Update::Outdated);
        }
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
        // No name has such a character, and PostgreSQL takes none.
        if name.contains('\0') {
            return Ok(None);
        }
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

    /// Gives accounts other tags and changes nothing else; false, and none of them changed, where one is not there.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn set_account_tags(
        &self,
        accounts: &[(AccountId, Vec<String>)],
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        const SQL: &str =
            "UPDATE account SET tags = $1, version = version + 1 WHERE id = $2 AND removed_at IS NULL";
        let mut tx = self.begin().await?;
        for (id, tags) in accounts {
            let Some(before) = held(&mut tx, *id, now).await? else { return Ok(false) };
            in_tx!(&mut tx, connection => {
                sqlx::query(SQL).bind(tags.join("\n")).bind(id.0).execute(connection).await?;
            });
            record_saved(&mut tx, Some(&before), *id, by, now).await?;
        }
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// True where its server may be contacted; false also where there is no such account.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn is_enabled(&self, id: AccountId) -> Result<bool> {
        const SQL: &str =
            "SELECT EXISTS (SELECT 1 FROM account WHERE id = $1 AND enabled AND removed_at IS NULL)";
        Ok(with_pool!(self, pool => sqlx::query_scalar(SQL).bind(id.0).fetch_one(pool).await?))
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
        const SQL: &str = "UPDATE account SET enabled = $1, requested = TRUE, version = version + 1, \
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
                       skip_certificate = $10, authority = $11, pinned = $12, credential = $13, \
                       check_interval_seconds = $14, folders = $15, delete_after_days = $16, largest_message = $17, \
                       instant = $18, fetch_since = $19, tags = $20, notes = $21, mirror_read_state = $22, drop_gone_after_days = $23, \
                       use_connector = $24, connector = $25, next_due = $26, requested = TRUE, \
                       version = version + 1 WHERE id = $27 AND removed_at IS NULL";
    Ok(in_tx!(tx, connection => {
        bind_settings!(sqlx::query(SQL), settings)
            .bind(first_due(settings, now))
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
    let fields = |account: &AccountSummary| {
        account.settings.fields(&account.credential_name, account.connector_name.as_deref())
    };
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
