//! What left its server without us: how far its changes are known, and the state of what left and of what came back.
//! Deliberately absent: deleting anything here. What we deleted there, or asked to delete, keeps its own state.

use super::checks::fence;
use super::connection::{Tx, in_tx, with_pool};
use super::mailboxes::MailboxId;
use super::revision::{Changed, bump};
use super::{Lease, Result, Store, count, number, small};
use model::{AccountId, Timestamp};
use std::collections::HashSet;
use std::ops::RangeInclusive;

/// How far the changes of a mailbox are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownModSeq {
    /// Under another one it means nothing.
    pub uid_validity: u32,
    /// Every change up to this one is known.
    pub value: u64,
}

/// What a mailbox had on its server when that was last compared, message by message, with what is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// Under another one it means nothing.
    pub uid_validity: u32,
    /// Messages below [`Self::next_uid`].
    pub messages: u32,
    /// What came since has this UID or a higher one.
    pub next_uid: u32,
}

impl Store {
    /// When a mailbox was last compared; `None` where it never was.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_compared(&self, mailbox: MailboxId) -> Result<Option<Compared>> {
        const SQL: &str = "SELECT compared_uid_validity, compared_messages, compared_next_uid FROM mailbox \
                           WHERE id = $1 AND compared_uid_validity IS NOT NULL";
        let row: Option<(i64, i64, i64)> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(mailbox.0).fetch_optional(pool).await?);
        Ok(row.map(|(uid_validity, messages, next_uid)| Compared {
            uid_validity: small(uid_validity),
            messages: small(messages),
            next_uid: small(next_uid),
        }))
    }

    /// Notes what a mailbox has. With `listed`, every UID that it has: what is here and not among them left its server.
    /// Returns how many did.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing was recorded then.
    pub async fn record_compared(
        &self,
        lease: &Lease,
        mailbox: MailboxId,
        compared: Compared,
        listed: Option<&HashSet<u32>>,
        now: Timestamp,
    ) -> Result<u64> {
        const NOTE: &str = "UPDATE mailbox SET compared_uid_validity = $1, compared_messages = $2, \
                            compared_next_uid = $3 WHERE id = $4 AND account = $5";
        let uid_validity = compared.uid_validity;
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        let mut changed = 0;
        if let Some(listed) = listed {
            let here = uids(&mut tx, mailbox, uid_validity, "stored").await?;
            let left = |uid: u32| !listed.contains(&uid);
            changed = turn(&mut tx, mailbox, uid_validity, &here, left, ("stored", "gone"), now).await?;
        }
        in_tx!(&mut tx, connection => {
            sqlx::query(NOTE)
                .bind(i64::from(uid_validity))
                .bind(i64::from(compared.messages))
                .bind(i64::from(compared.next_uid))
                .bind(mailbox.0)
                .bind(lease.account.0)
                .execute(connection)
                .await?;
        });
        if changed > 0 {
            bump(&mut tx, Changed::Messages).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// How far the changes of the account's mailbox of that name are known.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn known_modseq(&self, account: AccountId, name: &str) -> Result<Option<KnownModSeq>> {
        const SQL: &str = "SELECT modseq_uid_validity, highest_modseq FROM mailbox \
                           WHERE account = $1 AND name = $2 AND highest_modseq IS NOT NULL \
                           AND modseq_uid_validity IS NOT NULL";
        let row: Option<(i64, i64)> = with_pool!(self, pool => {
            sqlx::query_as(SQL).bind(account.0).bind(name).fetch_optional(pool).await?
        });
        Ok(row.map(|(uid_validity, value)| KnownModSeq {
            uid_validity: small(uid_validity),
            value: count(value),
        }))
    }

    /// Records what left a mailbox, given as ascending ranges of UIDs, and up to where its changes are known with that:
    /// both or neither. Returns how many messages that are here left their server.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing was recorded then.
    pub async fn record_vanished(
        &self,
        lease: &Lease,
        mailbox: MailboxId,
        uid_validity: u32,
        vanished: &[RangeInclusive<u32>],
        modseq: Option<u64>,
        now: Timestamp,
    ) -> Result<u64> {
        const MOVE: &str = "UPDATE mailbox SET highest_modseq = $1, modseq_uid_validity = $2 \
                            WHERE id = $3 AND account = $4";
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        let here = match vanished {
            // Only flags changed.
            [] => Vec::new(),
            _ => uids(&mut tx, mailbox, uid_validity, "stored").await?,
        };
        let mut ranges = vanished.iter().peekable();
        let left = |uid: u32| {
            while ranges.next_if(|range| *range.end() < uid).is_some() {}
            ranges.peek().is_some_and(|range| range.contains(&uid))
        };
        let changed = turn(&mut tx, mailbox, uid_validity, &here, left, ("stored", "gone"), now).await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(MOVE)
                .bind(modseq.map(number))
                .bind(i64::from(uid_validity))
                .bind(mailbox.0)
                .bind(lease.account.0)
                .execute(connection)
                .await?;
        });
        if changed > 0 {
            bump(&mut tx, Changed::Messages).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Forgets how far the changes of the account's mailbox of that name are known: its next check begins anew.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account.
    pub async fn forget_modseq(&self, lease: &Lease, name: &str) -> Result<()> {
        const SQL: &str = "UPDATE mailbox SET highest_modseq = NULL WHERE account = $1 AND name = $2";
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(lease.account.0).bind(name).execute(connection).await?;
        });
        tx.commit().await
    }

    /// Records that messages which had left their server are listed there again, and returns how many.
    ///
    /// # Errors
    /// [`super::StoreError::LeaseLost`] where somebody else holds the account; nothing was recorded then.
    pub async fn seen_again(
        &self,
        lease: &Lease,
        mailbox: MailboxId,
        uid_validity: u32,
        listed: &HashSet<u32>,
        now: Timestamp,
    ) -> Result<u64> {
        const ANY: &str = "SELECT EXISTS (SELECT 1 FROM message WHERE mailbox = $1 AND state = 'gone')";
        if listed.is_empty() {
            return Ok(0);
        }
        let any: bool =
            with_pool!(self, pool => sqlx::query_scalar(ANY).bind(mailbox.0).fetch_one(pool).await?);
        if !any {
            return Ok(0);
        }
        let mut tx = self.begin().await?;
        fence(&mut tx, lease).await?;
        let gone = uids(&mut tx, mailbox, uid_validity, "gone").await?;
        let back = |uid: u32| listed.contains(&uid);
        let changed = turn(&mut tx, mailbox, uid_validity, &gone, back, ("gone", "stored"), now).await?;
        if changed > 0 {
            bump(&mut tx, Changed::Messages).await?;
        }
        tx.commit().await?;
        Ok(changed)
    }
}

/// The UIDs of a mailbox in that state, ascending.
async fn uids(tx: &mut Tx, mailbox: MailboxId, uid_validity: u32, state: &str) -> Result<Vec<u32>> {
    const SQL: &str = "SELECT uid FROM message WHERE mailbox = $1 AND uid_validity = $2 AND uid IS NOT NULL \
                       AND state = $3 ORDER BY uid";
    let uids: Vec<i64> = in_tx!(tx, connection => {
        let query = sqlx::query_scalar(SQL).bind(mailbox.0).bind(i64::from(uid_validity));
        query.bind(state).fetch_all(connection).await?
    });
    Ok(uids.into_iter().map(small).collect())
}

/// Turns those of `all` that `chosen` names from one state into another. `all` is everything in that state, so that
/// whatever follows each other in it can be turned by one statement.
async fn turn(
    tx: &mut Tx,
    mailbox: MailboxId,
    uid_validity: u32,
    all: &[u32],
    mut chosen: impl FnMut(u32) -> bool,
    (from, to): (&str, &str),
    now: Timestamp,
) -> Result<u64> {
    const SQL: &str = "UPDATE message SET state = $1, state_at = $2 WHERE mailbox = $3 AND uid_validity = $4 \
                       AND uid >= $5 AND uid <= $6 AND state = $7";
    let chosen: Vec<(u32, bool)> = all.iter().map(|uid| (*uid, chosen(*uid))).collect();
    let mut changed = 0;
    for run in chosen.chunk_by(|one, next| one.1 == next.1) {
        let (Some((first, true)), Some((last, _))) = (run.first(), run.last()) else { continue };
        changed += in_tx!(&mut *tx, connection => {
            sqlx::query(SQL)
                .bind(to)
                .bind(now.0)
                .bind(mailbox.0)
                .bind(i64::from(uid_validity))
                .bind(i64::from(*first))
                .bind(i64::from(*last))
                .bind(from)
                .execute(connection)
                .await?
                .rows_affected()
        });
    }
    Ok(changed)
}
