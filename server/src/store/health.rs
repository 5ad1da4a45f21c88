//! How accounts have been doing: their checks by day, what their servers showed, and when mail arrived. Deliberately
//! absent: single checks (see `checks`).

use super::connection::{Tx, in_tx, with_pool};
use super::{Result, Store, StoreError, count};
use model::health::{self, AccountHealth, Arrivals, DayHealth, ServerShown};
use model::{AccountId, Timestamp};

/// In milliseconds.
const HOUR: i64 = 60 * 60 * 1000;
/// In milliseconds.
const DAY: i64 = 24 * HOUR;

/// An account that something is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concerned {
    /// Its number.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// How many of what it is about.
    pub count: u64,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// How an account has been doing in the last days.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn account_health(&self, account: AccountId, now: Timestamp) -> Result<AccountHealth> {
        const BY_DAY: &str = "SELECT finished / 86400000, SUM(CASE WHEN outcome = 'ok' THEN 1 ELSE 0 END), \
                              SUM(CASE WHEN outcome = 'failed' THEN 1 ELSE 0 END) FROM check_history \
                              WHERE account = $1 AND finished >= $2 GROUP BY 1";
        const SHOWN: &str = "SELECT seen, shown FROM server_shown WHERE account = $1";
        let today = now.0.div_euclid(DAY);
        let first = (today - places(health::DAYS) + 1) * DAY;
        let rows: Vec<(i64, i64, i64)> = with_pool!(self, pool => {
            sqlx::query_as(BY_DAY).bind(account.0).bind(first).fetch_all(pool).await?
        });
        let shown: Option<(i64, String)> =
            with_pool!(self, pool => sqlx::query_as(SHOWN).bind(account.0).fetch_optional(pool).await?);
        let corrupt = |_| StoreError::Corrupt("what a server showed".to_owned());
        let server = shown.map(|(seen, text)| {
            serde_json::from_str(&text).map(|shown| (Timestamp(seen), shown)).map_err(corrupt)
        });
        let day = |good, failed| DayHealth { good: count(good), failed: count(failed) };
        let counted: Vec<_> = rows.into_iter().map(|(at, good, failed)| (at, day(good, failed))).collect();
        Ok(AccountHealth {
            today: Timestamp(today * DAY),
            days: health::in_places(&counted, today, health::DAYS),
            server: server.transpose()?,
        })
    }

    /// When the mail of the last hours and days arrived, in all accounts.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn arrivals(&self, now: Timestamp) -> Result<Arrivals> {
        let (hour, today) = (now.0.div_euclid(HOUR), now.0.div_euclid(DAY));
        let hours = self.arrived(HOUR, hour, health::HOURS).await?;
        let days = self.arrived(DAY, today, health::DAYS).await?;
        Ok(Arrivals { hour: Timestamp(hour * HOUR), hours, day: Timestamp(today * DAY), days })
    }

    /// The servers whose certificates end before `until`, those that end first before the others; of accounts that are
    /// enabled. At most 200, as in each of the next two.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn expiring(&self, until: Timestamp) -> Result<Vec<Concerned>> {
        const SQL: &str = "SELECT a.id, a.name, CAST(1 AS BIGINT), server_shown.expires FROM server_shown \
                           JOIN account a ON a.id = server_shown.account \
                           WHERE server_shown.expires <= $1 AND a.enabled AND a.removed_at IS NULL \
                           ORDER BY 4, 1 LIMIT 200";
        self.concerned(SQL, &[until]).await
    }

    /// The accounts whose check was due before `since` and that nobody checks at `now`, the latest first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn late(&self, since: Timestamp, now: Timestamp) -> Result<Vec<Concerned>> {
        const SQL: &str = "SELECT a.id, a.name, CAST(1 AS BIGINT), a.next_due FROM account a \
                           WHERE a.next_due <= $1 AND a.enabled AND a.automatic_check AND a.removed_at IS NULL \
                           AND (a.lease_until IS NULL OR a.lease_until <= $2) ORDER BY 4, 1 LIMIT 200";
        self.concerned(SQL, &[since, now]).await
    }

    /// The accounts with messages that could not be taken in before `until`, and how many, what was tried last first. What is
    /// larger than somebody wanted is not among them.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn troubled(&self, until: Timestamp) -> Result<Vec<Concerned>> {
        const SQL: &str = "SELECT a.id, a.name, COUNT(*), MAX(q.at) FROM quarantine q \
                           JOIN mailbox b ON b.id = q.mailbox JOIN account a ON a.id = b.account \
                           WHERE q.held AND q.kind <> 'too_large' AND q.at <= $1 AND a.removed_at IS NULL \
                           GROUP BY a.id, a.name ORDER BY 4 DESC, 1 LIMIT 200";
        self.concerned(SQL, &[until]).await
    }

    async fn concerned(&self, sql: &'static str, times: &[Timestamp]) -> Result<Vec<Concerned>> {
        let rows: Vec<(i64, String, i64, i64)> = with_pool!(self, pool => {
            let query = times.iter().fold(sqlx::query_as(sql), |query, time| query.bind(time.0));
            query.fetch_all(pool).await?
        });
        let concerned = |(account, name, many, at)| Concerned {
            account: AccountId(account),
            name,
            count: count(many),
            at: Timestamp(at),
        };
        Ok(rows.into_iter().map(concerned).collect())
    }

    async fn arrived(&self, span: i64, last: i64, length: usize) -> Result<Vec<u64>> {
        const SQL: &str = "SELECT received / $1, COUNT(*) FROM message \
                           WHERE received >= $2 AND received < $3 GROUP BY 1";
        let first = last - places(length) + 1;
        let rows: Vec<(i64, i64)> = with_pool!(self, pool => {
            sqlx::query_as(SQL)
                .bind(span)
                .bind(first * span)
                .bind((last + 1) * span)
                .fetch_all(pool)
                .await?
        });
        let counted: Vec<_> = rows.into_iter().map(|(at, messages)| (at, count(messages))).collect();
        Ok(health::in_places(&counted, last, length))
    }
}

/// Writes down what the server of an account showed, where that is new.
pub(super) async fn write_shown(
    tx: &mut Tx,
    account: AccountId,
    shown: &ServerShown,
    now: Timestamp,
) -> Result<()> {
    const SQL: &str = "INSERT INTO server_shown (account, seen, shown, expires) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (account) DO UPDATE SET seen = excluded.seen, shown = excluded.shown, \
                       expires = excluded.expires \
                       WHERE server_shown.shown <> excluded.shown";
    let Ok(text) = serde_json::to_string(shown) else { return Ok(()) };
    let expires = shown.certificates.iter().map(|certificate| certificate.not_after.0).min();
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(account.0).bind(now.0).bind(text).bind(expires).execute(connection).await?;
    });
    Ok(())
}

fn places(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
