//! An account as a row, there and back: its columns, and what they mean. Deliberately absent: which statements use them.

use super::{Result, StoreError, count, small};
use model::{
    AccountId, AccountSettings, AccountStatus, AccountSummary, Cause, CheckFailure, ConnectorId,
    CredentialId, Protocol, Security, Stage, Timestamp, Way,
};

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "a row has the columns it has")]
pub(super) struct AccountRow {
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
    use_connector: bool,
    connector: Option<i64>,
    connector_name: Option<String>,
    check_interval_seconds: i64,
    folders: String,
    delete_after_days: Option<i64>,
    largest_message: Option<i64>,
    mirror_read_state: bool,
    drop_gone_after_days: Option<i64>,
    instant: bool,
    fetch_since: Option<i64>,
    tags: String,
    notes: String,
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
    version: i64,
}

/// Accounts that were not removed, followed by `$rest`.
macro_rules! select_accounts {
    ($rest:literal) => {
        concat!(
            "SELECT a.id, a.name, a.keep_copy, a.automatic_check, a.enabled, a.address, a.port, a.protocol, \
             a.security, a.skip_certificate, a.authority, a.pinned, a.credential, c.name AS credential_name, \
             a.use_connector, a.connector, k.name AS connector_name, \
             a.check_interval_seconds, a.folders, a.delete_after_days, a.largest_message, a.instant, a.fetch_since, a.tags, a.notes, \
             a.mirror_read_state, a.drop_gone_after_days, \
             a.next_due, a.lease_until, a.last_check, a.last_success, \
             a.failure_stage, a.failure_cause, a.failure_error, a.failure_reply, a.messages, a.unread, \
             a.to_index, a.version FROM account a JOIN credential c ON c.id = a.credential \
             LEFT JOIN connector k ON k.id = a.connector \
             WHERE a.removed_at IS NULL ",
            $rest
        )
    };
}
pub(super) use select_accounts;

/// Binds what was decided about an account to `$1` and what follows, in the order of `insert_account`.
macro_rules! bind_settings {
    ($query:expr, $settings:expr) => {
        $query
            .bind(&$settings.name)
            .bind(fold::key(&$settings.name, 100))
            .bind($settings.keep_copy)
            .bind($settings.automatic_check)
            .bind($settings.enabled)
            .bind(&$settings.address)
            .bind(i64::from($settings.port))
            .bind($settings.protocol.id())
            .bind($settings.security.id())
            .bind($settings.skip_certificate)
            .bind(&$settings.authority)
            .bind(pinned_text($settings))
            .bind($settings.credential.0)
            .bind(i64::from($settings.check_interval_seconds))
            .bind($settings.folders.join("\n"))
            .bind($settings.delete_after_days.map(i64::from))
            .bind($settings.largest_message.map(number))
            .bind($settings.instant)
            .bind($settings.fetch_since.map(|since| since.0))
            .bind($settings.tags.join("\n"))
            .bind(&$settings.notes)
            .bind($settings.mirror_read_state)
            .bind($settings.drop_gone_after_days.map(i64::from))
            .bind($settings.way.uses())
            .bind($settings.way.connector().map(|connector| connector.0))
    };
}
pub(super) use bind_settings;

/// The certificate whose key is trusted, as it is kept.
pub(super) fn pinned_text(settings: &AccountSettings) -> Option<String> {
    settings.pinned.as_ref().and_then(|certificate| serde_json::to_string(certificate).ok())
}

/// Folder names and tags may hold anything but a line break; none of them is blank.
fn lines(text: &str) -> Vec<String> {
    text.split('\n').filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

impl AccountRow {
    /// The row of the report, as of `now`.
    pub(super) fn into_summary(self, now: Timestamp) -> Result<AccountSummary> {
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
            version: small(self.version),
            status,
            last_check: self.last_check.map(Timestamp),
            last_success: self.last_success.map(Timestamp),
            next_check: self.next_due.filter(|_| scheduled).map(Timestamp),
            messages: count(self.messages),
            unread: count(self.unread),
            to_index: count(self.to_index),
            failure,
            credential_name: self.credential_name,
            connector_name: self.connector_name,
            settings: AccountSettings {
                keep_copy: self.keep_copy,
                automatic_check: self.automatic_check,
                enabled: self.enabled,
                port: u16::try_from(self.port).map_err(|_| corrupt("port"))?,
                protocol: Protocol::from_id(&self.protocol).ok_or_else(|| corrupt("protocol"))?,
                security: Security::from_id(&self.security).ok_or_else(|| corrupt("security"))?,
                way: Way::from_answers(self.use_connector, self.connector.map(ConnectorId)),
                skip_certificate: self.skip_certificate,
                authority: self.authority,
                pinned: pinned.map_err(|_| corrupt("pinned"))?,
                credential: CredentialId(self.credential),
                check_interval_seconds: small(self.check_interval_seconds),
                folders: lines(&self.folders),
                fetch_since: self.fetch_since.map(Timestamp),
                tags: lines(&self.tags),
                notes: self.notes,
                delete_after_days: self.delete_after_days.map(small),
                largest_message: self.largest_message.map(count),
                mirror_read_state: self.mirror_read_state,
                drop_gone_after_days: self.drop_gone_after_days.map(small),
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
