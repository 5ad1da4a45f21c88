//! Messages that stay on their server because they cannot be taken in: kept apart, listed, and let go again. Deliberately
//! absent: deciding which (see `checks`).

use super::accounts::{deed, held};
use super::audit::record;
use super::batch::Quarantined;
use super::checks::fence;
use super::connection::{Tx, in_tx, with_pool};
use super::mailboxes::MailboxId;
use super::messages::key_of;
use super::pages::Asked;
use super::place::{Target, columns};
use super::revision::{Changed, bump};
use super::statement::{Statement, Value, bound};
use super::{Lease, Result, Store, StoreError, count, fold, number, small};
use model::{
    AccountId, Actor, AuditAction, Change, MessageId, MessageKey, Page, QuarantineKind, QuarantinedMessage,
    ReportQuery, Timestamp, Total,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    folder: String,
    uid_validity: Option<i64>,
    uid: Option<i64>,
    uidl: Option<String>,
    occurrence: Option<i64>,
    kind: String,
    reason: String,
    size: i64,
    tries: i64,
    message: Option<i64>,
    at: i64,
}

/// `WHERE b.account = $` and what follows complete it.
const SELECT: &str = "SELECT q.id, b.name AS folder, q.uid_validity, q.uid, q.uidl, q.occurrence, q.kind, q.reason, \
                      q.size, q.tries, q.message, q.at FROM quarantine q JOIN mailbox b ON b.id = q.mailbox \
                      WHERE q.held AND b.account = $";

impl Store {
    /// The messages of an account that are left alone, last tried first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn quarantined(&self, account: AccountId) -> Result<Vec<QuarantinedMessage>> {
        let mut statement = Statement::default();
        statement.push(SELECT, [Value::Number(account.0)]);
        statement.push(" ORDER BY q.at DESC, q.id DESC", []);
        let rows: Vec<Row> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        rows.into_iter().map(Row::into_message).collect()
    }

    /// One page of them, last tried first whatever `query` says of the order, with the number of all.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_quarantined(&self, query: &ReportQuery<AccountId>) -> Result<Page<QuarantinedMessage>> {
        const COUNT: &str = "SELECT COUNT(*) FROM quarantine q JOIN mailbox b ON b.id = q.mailbox \
                             WHERE b.account = $1 AND q.held";
        let held: i64 = with_pool!(self, pool => {
            sqlx::query_scalar(COUNT).bind(query.filter.0).fetch_one(pool).await?
        });
        let total = Total { count: count(held), exact: true };
        let asked = Asked::new(query.cursor.as_ref(), query.rows());
        let page = self.page_of_quarantined(query.filter, &asked, total).await?;
        match asked.instead(&page) {
            Some(first) => self.page_of_quarantined(query.filter, &first, total).await,
            None => Ok(page),
        }
    }

    async fn page_of_quarantined(
        &self,
        account: AccountId,
        asked: &Asked,
        total: Total,
    ) -> Result<Page<QuarantinedMessage>> {
        let mut statement = Statement::default();
        statement.push(SELECT, [Value::Number(account.0)]);
        asked.push_to(&mut statement, "q.at", "q.id");
        let rows: Vec<Row> =
            with_pool!(self, pool => bound!(statement, sqlx::query_as).fetch_all(pool).await?);
        let rows = rows.into_iter().map(|row| Ok((row.at, row.id, row.into_message()?)));
        Ok(asked.page(rows.collect::<Result<_>>()?, total))
    }

    /// Forgets why messages of the lease's account were left alone, so that the next check asks for them again, and says
    /// how many. With `fitting` only those that were too large and are no larger than that many bytes.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn retry_quarantined(&self, lease: &Lease, fitting: Option<u64>) -> Result<u64> {
        self.retry(lease, fitting, None).await
    }

    /// The same for all of them, because somebody asks for it.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn retry_all_quarantined(&self, lease: &Lease, by: &Actor, now: Timestamp) -> Result<u64> {
        self.retry(lease, None, Some((by, now))).await
    }

    async fn retry(
        &self,
        lease: &Lease,
        fitting: Option<u64>,
        asked: Option<(&Actor, Timestamp)>,
    ) -> Result<u64> {
        const ANY: &str = "SELECT EXISTS (SELECT 1 FROM quarantine q JOIN mailbox b ON b.id = q.mailbox \
                           WHERE b.account = $1 AND (CAST($2 AS BIGINT) IS NULL \
                           OR (q.kind = 'too_large' AND q.size <= $2)))";
        // Progress goes back to the first of them: what is here from there on is listed again and passed over.
        const GO_BACK: &str = "UPDATE mailbox SET next_uid = COALESCE((SELECT MIN(q.uid) FROM quarantine q \
                               WHERE q.mailbox = mailbox.id AND q.uid_validity = mailbox.uid_validity \
                               AND q.uid < mailbox.next_uid AND (CAST($2 AS BIGINT) IS NULL \
                               OR (q.kind = 'too_large' AND q.size <= $2))), next_uid) WHERE account = $1";
        // What came for them may be another message: it shows its bytes before anything is deleted by its name.
        const DOUBT: &str = "UPDATE message SET by_name = TRUE WHERE account = $1 AND id IN (SELECT q.message \
                             FROM quarantine q WHERE q.kind = 'short' AND q.message IS NOT NULL)";
        // Those that are asked for again anyway are not let go by this.
        const FORGET: &str = "DELETE FROM quarantine WHERE mailbox IN (SELECT id FROM mailbox WHERE account = $1) \
                              AND (CAST($2 AS BIGINT) IS NULL OR (kind = 'too_large' AND size <= $2)) RETURNING held";
        let fitting = fitting.map(number);
        let any: bool = with_pool!(self, pool => {
            sqlx::query_scalar(ANY).bind(lease.account.0).bind(fitting).fetch_one(pool).await?
        });
        // Asking is recorded also where nothing comes of it.
        if !any && asked.is_none() {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(GO_BACK).bind(lease.account.0).bind(fitting).execute(connection).await?;
        });
        if fitting.is_none() {
            in_tx!(&mut tx, connection => {
                sqlx::query(DOUBT).bind(lease.account.0).execute(connection).await?;
            });
        }
        let forgotten: Vec<bool> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(FORGET).bind(lease.account.0).bind(fitting).fetch_all(connection).await?
        });
        let rows = forgotten.into_iter().filter(|held| *held).count() as u64;
        if let Some((by, now)) = asked
            && let Some(account) = held(&mut tx, lease.account, now).await?
        {
            let deed = deed(AuditAction::QuarantineRetried, &account);
            record(&mut tx, by, &deed.with(vec![Change::set("messages", &rows)]), now).await?;
        }
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(rows)
    }

    /// Lets the next check ask once more for the messages that their server did not give and that were tried last at
    /// `before` or earlier. They stay what they are: one more failure and they are left alone again.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn wake_quarantined(&self, lease: &Lease, before: Timestamp) -> Result<()> {
        const ANY: &str = "SELECT EXISTS (SELECT 1 FROM quarantine q JOIN mailbox b ON b.id = q.mailbox \
                           WHERE b.account = $1 AND q.held AND q.kind = 'fetch' AND q.at <= $2)";
        const STEPS: [&str; 2] = [
            "UPDATE mailbox SET next_uid = COALESCE((SELECT MIN(q.uid) FROM quarantine q \
             WHERE q.mailbox = mailbox.id AND q.uid_validity = mailbox.uid_validity AND q.uid < mailbox.next_uid \
             AND q.held AND q.kind = 'fetch' AND q.at <= $2), next_uid) WHERE account = $1",
            "UPDATE quarantine SET held = FALSE WHERE mailbox IN (SELECT id FROM mailbox WHERE account = $1) \
             AND held AND kind = 'fetch' AND at <= $2",
        ];
        let any: bool = with_pool!(self, pool => {
            sqlx::query_scalar(ANY).bind(lease.account.0).bind(before.0).fetch_one(pool).await?
        });
        if !any {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        for sql in STEPS {
            in_tx!(&mut tx, connection => {
                sqlx::query(sql).bind(lease.account.0).bind(before.0).execute(connection).await?;
            });
        }
        tx.commit().await
    }
}

/// Counts one more try of a message and says whether it is left alone from now on.
pub(super) async fn hold(tx: &mut Tx, target: &Target, quarantined: &Quarantined) -> Result<bool> {
    const SQL: &str = "INSERT INTO quarantine (mailbox, uid_validity, uid, uidl, occurrence, reason, size, at, kind, \
                       tries, held, message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let tries = release(tx, target, &quarantined.key).await?.saturating_add(1);
    if quarantined.key == MessageKey::Unnamed {
        release_unnamed(tx, target, quarantined).await?;
    }
    let held = tries >= quarantined.held_at_try;
    let message = kept(tx, target, &quarantined.key).await?;
    let (uid, uidl, occurrence) = columns(&quarantined.key);
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(target.mailbox)
            .bind(target.uid_validity.filter(|_| uid.is_some()))
            .bind(uid)
            .bind(uidl)
            .bind(occurrence)
            .bind(fold::stored(&quarantined.reason, 1000))
            .bind(number(quarantined.size))
            .bind(target.now)
            .bind(quarantined.kind.id())
            .bind(i64::from(tries))
            .bind(held)
            .bind(message)
            .execute(connection)
            .await?;
    });
    Ok(held)
}

/// Takes a message out of quarantine and says how often it had been tried.
pub(super) async fn release(tx: &mut Tx, target: &Target, key: &MessageKey) -> Result<u32> {
    const BY_UID: &str =
        "DELETE FROM quarantine WHERE mailbox = $1 AND uid_validity = $2 AND uid = $3 RETURNING tries";
    const BY_UIDL: &str =
        "DELETE FROM quarantine WHERE mailbox = $1 AND uidl = $2 AND occurrence = $3 RETURNING tries";
    let tries: Vec<i64> = in_tx!(tx, connection => match key {
        MessageKey::Uid(uid) => {
            let query = sqlx::query_scalar(BY_UID).bind(target.mailbox).bind(target.uid_validity);
            query.bind(i64::from(*uid)).fetch_all(connection).await?
        }
        MessageKey::Uidl { uidl, occurrence } => {
            let query = sqlx::query_scalar(BY_UIDL).bind(target.mailbox).bind(uidl);
            query.bind(i64::from(*occurrence)).fetch_all(connection).await?
        }
        // Nothing tells one without a name from another.
        MessageKey::Unnamed => Vec::new(),
    });
    Ok(tries.into_iter().max().map_or(0, small))
}

/// Forgets what the server named in another epoch of its UIDs: it names it anew.
pub(super) async fn forget_older(tx: &mut Tx, mailbox: MailboxId, uid_validity: i64) -> Result<()> {
    const SQL: &str = "DELETE FROM quarantine WHERE mailbox = $1 AND uid IS NOT NULL AND uid_validity <> $2";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(mailbox.0).bind(uid_validity).execute(connection).await?;
    });
    Ok(())
}

/// A message without a name is known again by its size alone, so that it is listed once and not once a check.
async fn release_unnamed(tx: &mut Tx, target: &Target, quarantined: &Quarantined) -> Result<()> {
    const SQL: &str = "DELETE FROM quarantine WHERE mailbox = $1 AND uid IS NULL AND uidl IS NULL AND size = $2 AND kind = $3";
    in_tx!(tx, connection => {
        let query = sqlx::query(SQL).bind(target.mailbox).bind(number(quarantined.size));
        query.bind(quarantined.kind.id()).execute(connection).await?;
    });
    Ok(())
}

/// The message under that name, where its bytes are here.
async fn kept(tx: &mut Tx, target: &Target, key: &MessageKey) -> Result<Option<i64>> {
    const BY_UID: &str = "SELECT id FROM message WHERE mailbox = $1 AND uid_validity = $2 AND uid = $3";
    const BY_UIDL: &str = "SELECT id FROM message WHERE mailbox = $1 AND uidl = $2 AND occurrence = $3 \
                           AND state <> 'deleted'";
    Ok(in_tx!(tx, connection => match key {
        MessageKey::Uid(uid) => {
            let query = sqlx::query_scalar(BY_UID).bind(target.mailbox).bind(target.uid_validity);
            query.bind(i64::from(*uid)).fetch_optional(connection).await?
        }
        MessageKey::Uidl { uidl, occurrence } => {
            let query = sqlx::query_scalar(BY_UIDL).bind(target.mailbox).bind(uidl);
            query.bind(i64::from(*occurrence)).fetch_optional(connection).await?
        }
        MessageKey::Unnamed => None,
    }))
}

impl Row {
    fn into_message(self) -> Result<QuarantinedMessage> {
        let kind = QuarantineKind::from_id(&self.kind)
            .ok_or_else(|| StoreError::Corrupt(format!("a quarantine of the kind {}", self.kind)))?;
        Ok(QuarantinedMessage {
            folder: self.folder,
            uid_validity: self.uid_validity.map(small),
            key: key_of(self.uid, self.uidl, self.occurrence),
            kind,
            reason: self.reason,
            size: count(self.size),
            tries: small(self.tries),
            message: self.message.map(MessageId),
            at: Timestamp(self.at),
        })
    }
}
