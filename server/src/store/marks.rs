//! Read and flagged state on the servers, as it was last heard or told, and what is to be told. Deliberately absent:
//! asking and telling (see `checks::marks`), and marking by people (see `messages` and `tags`).
//!
//! Three states meet here: how a message is marked here, how it was marked there when that was last known, and how it is
//! marked there now. Whatever differs from the middle one has changed; a mark has two values, so that two changes of one
//! mark are the same change and nobody has to win.

use super::checks::fence;
use super::connection::{Tx, in_tx, with_pool};
use super::mailboxes::MailboxId;
use super::messages::accounts_of;
use super::revision::{Changed, bump};
use super::statement::{Statement, Value, bound};
use super::{Lease, Result, Store, count, dialect, number, small};
use model::{MessageId, ServerMark, ServerMarks, Timestamp, Uid};
use std::collections::{BTreeMap, HashMap};

/// How far the marks of a mailbox are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownMarks {
    /// Under another one it means nothing.
    pub uid_validity: u32,
    /// Every change up to this one was heard; `None` where the server counts none.
    pub modseq: Option<u64>,
    /// The next UID at that time: the marks of messages from it on are told as changes.
    pub next_uid: Option<Uid>,
}

/// Both marks of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    unread: bool,
    flagged: bool,
}

/// A message that may have to change.
#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    uid: i64,
    unread: bool,
    flagged: bool,
    told_unread: Option<bool>,
    told_flagged: Option<bool>,
}

impl Store {
    /// How far the marks of a mailbox are known; `None` where they never were, or have to be heard anew.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn known_marks(&self, mailbox: MailboxId) -> Result<Option<KnownMarks>> {
        const SQL: &str = "SELECT marks_uid_validity, marks_modseq, marks_next_uid FROM mailbox \
                           WHERE id = $1 AND marks_uid_validity IS NOT NULL";
        let row: Option<(i64, Option<i64>, Option<i64>)> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(mailbox.0).fetch_optional(pool).await?);
        Ok(row.map(|(uid_validity, modseq, next_uid)| KnownMarks {
            uid_validity: small(uid_validity),
            modseq: modseq.map(count),
            next_uid: next_uid.map(small),
        }))
    }

    /// Takes over how messages of a mailbox are marked on their server, in ascending order, and returns how many are
    /// marked otherwise here for that. What nobody ever heard of is read, and flagged, where it is so on either side.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing changed then.
    pub async fn hear_marks(
        &self,
        lease: &Lease,
        mailbox: MailboxId,
        uid_validity: u32,
        heard: &[ServerMarks],
    ) -> Result<u64> {
        let (Some(first), Some(last)) = (heard.first(), heard.last()) else { return Ok(0) };
        let there: HashMap<i64, ServerMarks> =
            heard.iter().map(|marks| (i64::from(marks.uid), *marks)).collect();
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        let rows = rows(&mut tx, mailbox, uid_validity, first.uid, last.uid).await?;
        let (mut groups, mut changed, mut unread) = (BTreeMap::<(Pair, Pair), Vec<i64>>::new(), 0, 0);
        for row in rows {
            let Some(there) = there.get(&row.uid) else { continue };
            let told = Pair { unread: there.unread, flagged: there.flagged };
            let here = Pair { unread: row.unread, flagged: row.flagged };
            let merged = Pair {
                unread: !merged(!here.unread, row.told_unread.map(|unread| !unread), !there.unread),
                flagged: merged(here.flagged, row.told_flagged, there.flagged),
            };
            changed += u64::from(merged != here);
            unread += i64::from(merged.unread) - i64::from(here.unread);
            if merged != here
                || (row.told_unread, row.told_flagged) != (Some(told.unread), Some(told.flagged))
            {
                groups.entry((merged, told)).or_default().push(row.id);
            }
        }
        for ((merged, told), ids) in groups {
            write(&mut tx, self.is_postgres(), merged, told, &ids).await?;
        }
        if changed > 0 {
            add_unread(&mut tx, lease, unread).await?;
            bump(&mut tx, Changed::Both).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Up to there the marks of a mailbox are known now; `None`: they have to be heard anew.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account.
    pub async fn know_marks(
        &self,
        lease: &Lease,
        mailbox: MailboxId,
        known: Option<KnownMarks>,
    ) -> Result<()> {
        const SQL: &str = "UPDATE mailbox SET marks_uid_validity = $1, marks_modseq = $2, marks_next_uid = $3 \
                           WHERE id = $4 AND account = $5";
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL)
                .bind(known.map(|known| i64::from(known.uid_validity)))
                .bind(known.and_then(|known| known.modseq).map(number))
                .bind(known.and_then(|known| known.next_uid).map(i64::from))
                .bind(mailbox.0)
                .bind(lease.account.0)
                .execute(connection)
                .await?;
        });
        tx.commit().await
    }

    /// What is marked otherwise here than its server was last known to have it: each mark with the UIDs that it is to be
    /// put on, in ascending order.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn untold_marks(
        &self,
        mailbox: MailboxId,
        uid_validity: u32,
    ) -> Result<Vec<(ServerMark, Vec<Uid>)>> {
        const SQL: &str = "SELECT id, uid, unread, flagged, told_unread, told_flagged FROM message \
                           WHERE mailbox = $1 AND (told_unread <> unread OR told_flagged <> flagged) \
                           AND uid_validity = $2 AND uid IS NOT NULL AND state = 'stored' ORDER BY uid";
        let rows: Vec<Row> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(mailbox.0).bind(i64::from(uid_validity)).fetch_all(pool).await?
        });
        let to_tell =
            |wanted: fn(&Row) -> bool| rows.iter().filter(move |row| wanted(row)).map(|row| small(row.uid));
        let untold: [(ServerMark, Vec<Uid>); 4] = [
            (
                ServerMark::Unread(false),
                to_tell(|row| !row.unread && row.told_unread == Some(true)).collect(),
            ),
            (ServerMark::Unread(true), to_tell(|row| row.unread && row.told_unread == Some(false)).collect()),
            (
                ServerMark::Flagged(true),
                to_tell(|row| row.flagged && row.told_flagged == Some(false)).collect(),
            ),
            (
                ServerMark::Flagged(false),
                to_tell(|row| !row.flagged && row.told_flagged == Some(true)).collect(),
            ),
        ];
        Ok(untold.into_iter().filter(|(_, uids)| !uids.is_empty()).collect())
    }

    /// The server has confirmed that messages are marked so. What was marked anew meanwhile is told next.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account.
    pub async fn marks_told(
        &self,
        lease: &Lease,
        mailbox: MailboxId,
        uid_validity: u32,
        mark: ServerMark,
        uids: &[Uid],
    ) -> Result<()> {
        let (column, value) = match mark {
            ServerMark::Unread(unread) => ("told_unread", unread),
            ServerMark::Flagged(flagged) => ("told_flagged", flagged),
        };
        let uids: Vec<i64> = uids.iter().copied().map(i64::from).collect();
        let (list, uids) = dialect::list_of_numbers(self.is_postgres(), &uids);
        let mut statement = Statement::default();
        statement.push("UPDATE message SET ", []);
        statement.push(column, []);
        statement.push(if value { " = TRUE" } else { " = FALSE" }, []);
        statement.push(
            " WHERE mailbox = $ AND uid_validity = $ AND uid IN ",
            [Value::Number(mailbox.0), Value::Number(i64::from(uid_validity))],
        );
        statement.push(list, [uids]);
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        in_tx!(&mut tx, connection => {
            bound!(statement, sqlx::query).execute(connection).await?;
        });
        tx.commit().await
    }

    /// Has the servers of these messages told at `soon` how they are marked now, where their accounts mirror that and are
    /// checked automatically. A server that is in trouble is left alone until its own time.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn tell_marks_at(&self, messages: &[MessageId], soon: Timestamp) -> Result<()> {
        const SQL: &str = "UPDATE account SET next_due = $1, requested = TRUE WHERE id = $2 AND next_due > $1 \
                           AND failures = 0 AND mirror_read_state AND keep_copy AND protocol = 'imap' \
                           AND enabled AND removed_at IS NULL";
        const ANY: &str = "SELECT EXISTS (SELECT 1 FROM account WHERE mirror_read_state)";
        // Where nobody mirrors anything, nobody pays for it.
        let any: bool = with_pool!(self, pool => sqlx::query_scalar(ANY).fetch_one(pool).await?);
        if !any {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        let mut accounts = 0;
        for account in accounts_of(&mut tx, messages).await? {
            accounts += in_tx!(&mut tx, connection => {
                sqlx::query(SQL).bind(soon.0).bind(account).execute(connection).await?.rows_affected()
            });
        }
        if accounts > 0 {
            bump(&mut tx, Changed::Accounts).await?;
        }
        tx.commit().await
    }
}

/// Whether a message has a mark from now on: `here` it has it now, `told` is what was last known of its server, `there`
/// what the server says now.
fn merged(here: bool, told: Option<bool>, there: bool) -> bool {
    match told {
        None => here || there,
        Some(told) if told != there => there,
        Some(_) => here,
    }
}

async fn rows(tx: &mut Tx, mailbox: MailboxId, uid_validity: u32, first: Uid, last: Uid) -> Result<Vec<Row>> {
    const SQL: &str = "SELECT id, uid, unread, flagged, told_unread, told_flagged FROM message \
                       WHERE mailbox = $1 AND uid_validity = $2 AND uid >= $3 AND uid <= $4";
    Ok(in_tx!(tx, connection => {
        sqlx::query_as(SQL)
            .bind(mailbox.0)
            .bind(i64::from(uid_validity))
            .bind(i64::from(first))
            .bind(i64::from(last))
            .fetch_all(connection)
            .await?
    }))
}

async fn write(tx: &mut Tx, postgres: bool, merged: Pair, told: Pair, ids: &[i64]) -> Result<()> {
    let (list, ids) = dialect::list_of_numbers(postgres, ids);
    let word = |yes: bool| if yes { "TRUE" } else { "FALSE" };
    let mut statement = Statement::default();
    for (column, value) in [
        ("UPDATE message SET unread = ", merged.unread),
        (", flagged = ", merged.flagged),
        (", told_unread = ", told.unread),
        (", told_flagged = ", told.flagged),
    ] {
        statement.push(column, []);
        statement.push(word(value), []);
    }
    statement.push(" WHERE id IN ", []);
    statement.push(list, [ids]);
    in_tx!(tx, connection => {
        bound!(statement, sqlx::query).execute(connection).await?;
    });
    Ok(())
}

async fn add_unread(tx: &mut Tx, lease: &Lease, unread: i64) -> Result<()> {
    const SQL: &str = "UPDATE account SET unread = unread + $1 WHERE id = $2";
    in_tx!(tx, connection => {
        sqlx::query(SQL).bind(unread).bind(lease.account.0).execute(connection).await?;
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn whoever_changed_a_mark_is_followed() {
        for (here, told, there, expected) in [
            (false, None, false, false),
            (true, None, false, true),
            (false, None, true, true),
            (true, Some(true), false, false),
            (false, Some(false), true, true),
            (true, Some(false), false, true),
            (false, Some(true), true, false),
            (true, Some(false), true, true),
            (false, Some(true), false, false),
        ] {
            assert_eq!(merged(here, told, there), expected, "{here} {told:?} {there}");
        }
    }
}
