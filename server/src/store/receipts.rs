//! The receipts of what was deleted on a server, read. Deliberately absent: writing them (see `deletion`).

use super::connection::with_pool;
use super::messages::key_of;
use super::pages::Asked;
use super::statement::{Statement, Value, bound};
use super::{Result, Store, blobs, count, number, small};
use model::{AccountId, MessageId, Page, Receipt, ReportQuery, Timestamp, Total};

/// Counting stops here.
const COUNTED: u64 = 10_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    message: i64,
    subject: Option<String>,
    folder: String,
    uid_validity: Option<i64>,
    uid: Option<i64>,
    uidl: Option<String>,
    occurrence: Option<i64>,
    size: i64,
    blake3: Vec<u8>,
    reason: String,
    at: i64,
}

/// `WHERE r.account = $` and what follows complete it.
const SELECT: &str = "SELECT r.id, r.message, m.subject, r.folder, r.uid_validity, r.uid, r.uidl, r.occurrence, \
                      r.size, r.blake3, r.reason, r.at FROM receipt r LEFT JOIN message m ON m.id = r.message \
                      WHERE r.account = $";

impl Store {
    /// What was deleted on the server of an account, last first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn receipts(&self, account: AccountId) -> Result<Vec<Receipt>> {
        let mut statement = Statement::default();
        statement.push(SELECT, [Value::Number(account.0)]);
        statement.push(" ORDER BY r.id DESC", []);
        let rows: Vec<Row> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        rows.into_iter().map(Row::into_receipt).collect()
    }

    /// One page of them, last first whatever `query` says of the order.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_receipts(&self, query: &ReportQuery<AccountId>) -> Result<Page<Receipt>> {
        const COUNT: &str =
            "SELECT COUNT(*) FROM (SELECT 1 FROM receipt WHERE account = $1 LIMIT $2) AS counted";
        let counted: i64 = with_pool!(self, pool => {
            let query = sqlx::query_scalar(COUNT).bind(query.filter.0);
            query.bind(number(COUNTED + 1)).fetch_one(pool).await?
        });
        let counted = count(counted);
        let total = Total { count: counted.min(COUNTED), exact: counted <= COUNTED };
        let asked = Asked::new(query.cursor.as_ref(), query.rows());
        let page = self.page_of_receipts(query.filter, &asked, total).await?;
        match asked.instead(&page) {
            Some(first) => self.page_of_receipts(query.filter, &first, total).await,
            None => Ok(page),
        }
    }

    async fn page_of_receipts(
        &self,
        account: AccountId,
        asked: &Asked,
        total: Total,
    ) -> Result<Page<Receipt>> {
        let mut statement = Statement::default();
        statement.push(SELECT, [Value::Number(account.0)]);
        asked.push_to(&mut statement, "r.id", "r.id");
        let rows: Vec<Row> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        let rows = rows.into_iter().map(|row| Ok((row.id, row.id, row.into_receipt()?)));
        Ok(asked.page(rows.collect::<Result<_>>()?, total))
    }
}

impl Row {
    fn into_receipt(self) -> Result<Receipt> {
        Ok(Receipt {
            message: MessageId(self.message),
            subject: self.subject,
            folder: self.folder,
            uid_validity: self.uid_validity.map(small),
            key: key_of(self.uid, self.uidl, self.occurrence),
            size: count(self.size),
            blake3: blobs::hash_of(&self.blake3)?.to_hex().to_string(),
            reason: self.reason,
            at: Timestamp(self.at),
        })
    }
}
