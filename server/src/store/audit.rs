//! The audit: written inside of the transaction that it tells of, read as a report, never changed or removed (the
//! database itself refuses that). Deliberately absent: deciding what is worth a record, and anything secret.

use super::connection::{Tx, in_tx, with_pool};
use super::message_list::containing;
use super::pages::Asked;
use super::statement::{Statement, Value, bound};
use super::{Result, Store, StoreError, count, fold, number};
use model::{
    AccountId, Actor, ActorKind, AuditAction, AuditFilter, AuditRecord, Change, Deed, Noun, Page,
    ReportQuery, Timestamp, Total,
};

/// Counting stops here.
const COUNTED: u64 = 10_000;
/// Longest name that is kept.
const LONGEST: usize = 320;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: i64,
    actor: String,
    who: String,
    address: Option<String>,
    action: String,
    noun: String,
    subject: Option<i64>,
    subject_name: String,
    changes: String,
}

impl Store {
    /// Records what changes nothing in the database: signing in and out, asking for a check.
    ///
    /// # Errors
    /// Where the database does not answer: then it must not be done either.
    pub async fn record(&self, by: &Actor, deed: &Deed, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        record(&mut tx, by, deed, now).await?;
        tx.commit().await
    }

    /// One page of the audit, newest first whatever `query` says of the order.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_audit(&self, query: &ReportQuery<AuditFilter>) -> Result<Page<AuditRecord>> {
        let mut counting = Statement::default();
        counting.push("SELECT COUNT(*) FROM (SELECT 1 FROM audit WHERE 1 = 1", []);
        counting.append(&conditions(&query.filter));
        counting.push(" LIMIT $) AS counted", [Value::Number(number(COUNTED + 1))]);
        let counted: i64 =
            with_pool!(self, pool => bound!(counting, sqlx::query_scalar).fetch_one(pool).await?);
        let counted = count(counted);
        let total = Total { count: counted.min(COUNTED), exact: counted <= COUNTED };
        let asked = Asked::new(query.cursor.as_ref(), query.rows());
        let page = self.page_of_audit(&query.filter, &asked, total).await?;
        match asked.instead(&page) {
            Some(first) => self.page_of_audit(&query.filter, &first, total).await,
            None => Ok(page),
        }
    }

    async fn page_of_audit(
        &self,
        filter: &AuditFilter,
        asked: &Asked,
        total: Total,
    ) -> Result<Page<AuditRecord>> {
        const SELECT: &str = "SELECT id, at, actor, who, address, action, noun, subject, subject_name, changes \
                              FROM audit WHERE 1 = 1";
        let mut statement = Statement::default();
        statement.push(SELECT, []);
        statement.append(&conditions(filter));
        asked.push_to(&mut statement, "id", "id");
        let rows: Vec<Row> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        let rows = rows.into_iter().map(|row| Ok((row.id, row.id, row.into_record()?)));
        Ok(asked.page(rows.collect::<Result<_>>()?, total))
    }
}

/// Writes a record into the transaction of what it tells of.
pub(super) async fn record(tx: &mut Tx, by: &Actor, deed: &Deed, now: Timestamp) -> Result<()> {
    const SQL: &str = "INSERT INTO audit (at, actor, person, who, who_key, address, action, noun, subject, \
                       subject_name, subject_key, changes) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let person = match by {
        Actor::Person { person, .. } => Some(person.id.0),
        _ => None,
    };
    let (who, subject) = (by.kind().words(by.name()), &deed.subject);
    // Whoever looks for `account` finds all of them, and whoever looks for a name finds that.
    let words = format!("{} {}", subject.noun.id(), subject.name);
    let changes = serde_json::to_string(&deed.changes)
        .map_err(|error| StoreError::Corrupt(format!("an audit record: {error}")))?;
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(now.0)
            .bind(by.kind().id())
            .bind(person)
            .bind(fold::stored(by.name(), LONGEST))
            .bind(fold::key(&who, LONGEST))
            .bind(by.address().map(|address| fold::stored(address, LONGEST)))
            .bind(deed.action.id())
            .bind(subject.noun.id())
            .bind(subject.id)
            .bind(fold::stored(&subject.name, LONGEST))
            .bind(fold::key(&words, LONGEST))
            .bind(changes)
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// Records the deletions on the server of an account that have a receipt and no record yet, as one.
pub(super) async fn record_deletions(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<()> {
    const NEW: &str = "SELECT a.name, COUNT(r.id), MAX(r.id) FROM account a JOIN receipt r ON r.account = a.id \
                       AND r.id > a.receipts_recorded WHERE a.id = $1 GROUP BY a.name";
    const RECORDED: &str = "UPDATE account SET receipts_recorded = $1 WHERE id = $2";
    let new: Option<(String, i64, i64)> = in_tx!(&mut *tx, connection => {
        sqlx::query_as(NEW).bind(account.0).fetch_optional(connection).await?
    });
    let Some((name, deleted, last)) = new else { return Ok(()) };
    let deed = Deed::new(AuditAction::DeletedOnServer, Noun::Account, Some(account.0), &name);
    let deed = deed.with(vec![Change::set("messages_deleted", &deleted)]);
    record(tx, &Actor::System, &deed, now).await?;
    in_tx!(tx, connection => {
        sqlx::query(RECORDED).bind(last).bind(account.0).execute(connection).await?;
    });
    Ok(())
}

/// ` AND …` for each search field.
fn conditions(filter: &AuditFilter) -> Statement {
    let mut all = Statement::default();
    if let Some(pattern) = filter.who.as_deref().and_then(containing) {
        all.push(r" AND who_key LIKE $ ESCAPE '\'", [pattern]);
    }
    if let Some(action) = &filter.action {
        // PostgreSQL refuses a NUL.
        all.push(" AND action = $", [Value::Text(fold::stored(action, 100))]);
    }
    if let Some(pattern) = filter.subject.as_deref().and_then(containing) {
        all.push(r" AND subject_key LIKE $ ESCAPE '\'", [pattern]);
    }
    if let Some(since) = filter.since {
        all.push(" AND at >= $", [Value::Number(since.0)]);
    }
    if let Some(before) = filter.before {
        all.push(" AND at < $", [Value::Number(before.0)]);
    }
    all
}

impl Row {
    fn into_record(self) -> Result<AuditRecord> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("audit record {}: {what}", self.id));
        Ok(AuditRecord {
            id: self.id,
            at: Timestamp(self.at),
            actor: ActorKind::from_id(&self.actor).ok_or_else(|| corrupt("actor"))?,
            changes: serde_json::from_str(&self.changes).map_err(|_| corrupt("changes"))?,
            who: self.who,
            address: self.address,
            action: self.action,
            noun: self.noun,
            subject_id: self.subject,
            subject: self.subject_name,
        })
    }
}
