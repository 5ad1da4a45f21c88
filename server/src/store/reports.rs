//! Reports that are written at their time, and those that were written. Deliberately absent: what stands in them.

use super::audit::record;
use super::connection::{in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Result, Store, StoreError, count, number, small};
use model::scheduled_report::{
    MOST_SHOWN, Repeat, ReportFormat, ReportKind, Reports, Schedule, ScheduleDraft, ScheduleId, Written,
    WrittenId,
};
use model::{Actor, AuditAction, Change, Deed, Noun, PersonId, Timestamp};

/// How strongly a written report is compressed.
const LEVEL: i32 = 3;

macro_rules! select_schedules {
    ($rest:literal) => {
        concat!(
            "SELECT report_schedule.id, person.id AS person, person.name AS owner, report_schedule.name, kind, ",
            "query, format, repeat, day, minute, keep_days, next_due, last, failure ",
            "FROM report_schedule JOIN person ON person.id = report_schedule.person ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct ScheduleRow {
    id: i64,
    person: i64,
    owner: String,
    name: String,
    kind: String,
    query: String,
    format: String,
    repeat: String,
    day: i64,
    minute: i64,
    keep_days: i64,
    next_due: i64,
    last: Option<i64>,
    failure: Option<String>,
}

#[derive(sqlx::FromRow)]
struct WrittenRow {
    id: i64,
    name: String,
    kind: String,
    format: String,
    at: i64,
    entries: i64,
    size: i64,
    until: i64,
}

/// What is to be written now, and by whose leave.
#[derive(Debug, Clone)]
pub struct DueReport {
    /// The schedule.
    pub schedule: Schedule,
    /// Whose it is.
    pub person: PersonId,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub content: Vec<u8>,
}

impl Store {
    /// All schedules, the next one first, and the newest of what was written.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_reports(&self) -> Result<Reports> {
        const WRITTEN: &str = "SELECT id, name, kind, format, at, entries, size, until FROM written_report \
                               ORDER BY at DESC, id DESC LIMIT $1";
        const SCHEDULES: &str = select_schedules!("ORDER BY next_due, report_schedule.id");
        let schedules: Vec<ScheduleRow> =
            with_pool!(self, pool => sqlx::query_as(SCHEDULES).fetch_all(pool).await?);
        let written: Vec<WrittenRow> = with_pool!(self, pool => {
            sqlx::query_as(WRITTEN).bind(i64::from(MOST_SHOWN)).fetch_all(pool).await?
        });
        Ok(Reports {
            schedules: schedules
                .into_iter()
                .map(|row| schedule(row).map(|due| due.schedule))
                .collect::<Result<_>>()?,
            written: written.into_iter().map(written_report).collect::<Result<_>>()?,
        })
    }

    /// Adds a schedule, which is first due at `next`.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn create_schedule(
        &self,
        draft: &ScheduleDraft,
        owner: PersonId,
        next: Timestamp,
        by: &Actor,
        now: Timestamp,
    ) -> Result<ScheduleId> {
        const SQL: &str = "INSERT INTO report_schedule (person, name, kind, query, format, repeat, day, minute, \
                           keep_days, next_due) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";
        let mut tx = self.begin().await?;
        let id: i64 = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(SQL)
                .bind(owner.0)
                .bind(&draft.name)
                .bind(draft.kind.id())
                .bind(&draft.query)
                .bind(draft.format.id())
                .bind(draft.repeat.id())
                .bind(i64::from(draft.day))
                .bind(i64::from(draft.minute))
                .bind(i64::from(draft.keep_days))
                .bind(next.0)
                .fetch_one(connection)
                .await?
        });
        let told = vec![
            Change::set("report", &draft.kind.id()),
            Change::set("query", &draft.query),
            Change::set("format", &draft.format.id()),
            Change::set("when", &draft.when_text()),
            Change::set("keep_days", &draft.keep_days),
        ];
        let deed = Deed::new(AuditAction::ReportScheduled, Noun::Report, Some(id), &draft.name).with(told);
        record(&mut tx, by, &deed, now).await?;
        bump(&mut tx, Changed::Reports).await?;
        tx.commit().await?;
        Ok(ScheduleId(id))
    }

    /// Has a schedule be due now; false where there is none of this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn hurry_schedule(&self, id: ScheduleId, by: &Actor, now: Timestamp) -> Result<bool> {
        const SQL: &str = "UPDATE report_schedule SET next_due = $2 WHERE id = $1 RETURNING name";
        self.changed(SQL, id.0, Some(now), AuditAction::ReportAsked, by, now).await
    }

    /// Removes a schedule, and none of what it wrote; false where there is none of this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn remove_schedule(&self, id: ScheduleId, by: &Actor, now: Timestamp) -> Result<bool> {
        const SQL: &str = "DELETE FROM report_schedule WHERE id = $1 RETURNING name";
        self.changed(SQL, id.0, None, AuditAction::ScheduleRemoved, by, now).await
    }

    /// Removes a written report; false where there is none of this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn remove_written(&self, id: WrittenId, by: &Actor, now: Timestamp) -> Result<bool> {
        const SQL: &str = "DELETE FROM written_report WHERE id = $1 RETURNING name";
        self.changed(SQL, id.0, None, AuditAction::ReportRemoved, by, now).await
    }

    async fn changed(
        &self,
        sql: &'static str,
        id: i64,
        due: Option<Timestamp>,
        action: AuditAction,
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let name: Option<String> = in_tx!(&mut tx, connection => {
            let query = sqlx::query_scalar(sql).bind(id);
            let query = match due {
                Some(due) => query.bind(due.0),
                None => query,
            };
            query.fetch_optional(connection).await?
        });
        let Some(name) = name else { return Ok(false) };
        record(&mut tx, by, &Deed::new(action, Noun::Report, Some(id), &name), now).await?;
        bump(&mut tx, Changed::Reports).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A report that is due and that nobody else writes, for whoever calls alone until `until`.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn claim_report(&self, now: Timestamp, until: Timestamp) -> Result<Option<DueReport>> {
        const ONE: &str = select_schedules!("WHERE report_schedule.id = $1");
        const CLAIM: &str = "UPDATE report_schedule SET claimed_until = $2 WHERE id = (SELECT id FROM report_schedule \
                             WHERE next_due <= $1 AND claimed_until <= $1 ORDER BY next_due, id LIMIT 1) \
                             AND claimed_until <= $1 RETURNING id";
        const ANY: &str =
            "SELECT 1 FROM report_schedule WHERE next_due <= $1 AND claimed_until <= $1 LIMIT 1";
        // Reading waits for nobody.
        let any: Option<i32> =
            with_pool!(self, pool => sqlx::query_scalar(ANY).bind(now.0).fetch_optional(pool).await?);
        if any.is_none() {
            return Ok(None);
        }
        let mut tx = self.begin().await?;
        let id: Option<i64> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(CLAIM).bind(now.0).bind(until.0).fetch_optional(connection).await?
        });
        let Some(id) = id else { return Ok(None) };
        let row: ScheduleRow =
            in_tx!(&mut tx, connection => sqlx::query_as(ONE).bind(id).fetch_one(connection).await?);
        tx.commit().await?;
        schedule(row).map(Some)
    }

    /// Stores what was written for `due`, or why nothing was, and when it is due `next`.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn finish_report(
        &self,
        due: &Schedule,
        outcome: std::result::Result<NewReport, String>,
        next: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        const WRITE: &str = "INSERT INTO written_report (name, kind, format, at, entries, size, until, content) \
                             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        const DONE: &str = "UPDATE report_schedule SET claimed_until = 0, last = $3, failure = $4, \
                            next_due = CASE WHEN next_due = $5 THEN CAST($2 AS BIGINT) ELSE next_due END \
                            WHERE id = $1";
        let failure = outcome.as_ref().err().cloned();
        let mut tx = self.begin().await?;
        if let Ok(report) = outcome {
            let until = now.plus_milliseconds(i64::from(due.draft.keep_days) * 86_400_000);
            let content = zstd::bulk::compress(&report.content, LEVEL)?;
            in_tx!(&mut tx, connection => {
                sqlx::query(WRITE)
                    .bind(&due.draft.name)
                    .bind(due.draft.kind.id())
                    .bind(due.draft.format.id())
                    .bind(now.0)
                    .bind(number(report.rows))
                    .bind(number(report.content.len() as u64))
                    .bind(until.0)
                    .bind(content)
                    .execute(connection)
                    .await?;
            });
        }
        in_tx!(&mut tx, connection => {
            sqlx::query(DONE)
                .bind(due.id.0)
                .bind(next.0)
                .bind(now.0)
                .bind(failure)
                // Whoever asked for it while it was written has it once more.
                .bind(due.next.0)
                .execute(connection)
                .await?;
        });
        bump(&mut tx, Changed::Reports).await?;
        tx.commit().await
    }

    /// What was written, and its bytes.
    ///
    /// # Errors
    /// Where the database does not answer, or the bytes cannot be unpacked.
    pub async fn written(&self, id: WrittenId) -> Result<Option<(Written, Vec<u8>)>> {
        const SQL: &str =
            "SELECT id, name, kind, format, at, entries, size, until FROM written_report WHERE id = $1";
        const CONTENT: &str = "SELECT content FROM written_report WHERE id = $1";
        let row: Option<WrittenRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        let content: Option<Vec<u8>> =
            with_pool!(self, pool => sqlx::query_scalar(CONTENT).bind(id.0).fetch_optional(pool).await?);
        let (Some(row), Some(content)) = (row, content) else { return Ok(None) };
        let written = written_report(row)?;
        let damaged = || StoreError::Corrupt(format!("report {}", id.0));
        let length = usize::try_from(written.size).map_err(|_| damaged())?;
        let content = zstd::bulk::decompress(&content, length).map_err(|_| damaged())?;
        Ok(Some((written, content)))
    }

    /// Removes the reports whose time is over.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn prune_reports(&self, now: Timestamp) -> Result<()> {
        const SQL: &str = "DELETE FROM written_report WHERE until <= $1";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => sqlx::query(SQL).bind(now.0).execute(connection).await?.rows_affected());
        tx.commit().await
    }
}

fn schedule(row: ScheduleRow) -> Result<DueReport> {
    let corrupt = || StoreError::Corrupt(format!("report schedule {}", row.id));
    let draft = ScheduleDraft {
        kind: ReportKind::from_id(&row.kind).ok_or_else(corrupt)?,
        format: ReportFormat::from_id(&row.format).ok_or_else(corrupt)?,
        repeat: Repeat::from_id(&row.repeat).ok_or_else(corrupt)?,
        name: row.name,
        query: row.query,
        day: small(row.day),
        minute: small(row.minute),
        keep_days: small(row.keep_days),
    };
    let schedule = Schedule {
        id: ScheduleId(row.id),
        draft,
        owner: row.owner,
        next: Timestamp(row.next_due),
        last: row.last.map(Timestamp),
        failure: row.failure,
    };
    Ok(DueReport { schedule, person: PersonId(row.person) })
}

fn written_report(row: WrittenRow) -> Result<Written> {
    let corrupt = || StoreError::Corrupt(format!("report {}", row.id));
    Ok(Written {
        id: WrittenId(row.id),
        kind: ReportKind::from_id(&row.kind).ok_or_else(corrupt)?,
        format: ReportFormat::from_id(&row.format).ok_or_else(corrupt)?,
        name: row.name,
        at: Timestamp(row.at),
        rows: count(row.entries),
        size: count(row.size),
        until: Timestamp(row.until),
    })
}
