//! Messages from files, through the same writer, parser and index as a fetch.

use super::Checks;
use super::run::CheckError;
use crate::store::{Batch, Lease, NewMessage};
use model::{MessageKey, Timestamp};

const BATCH_MESSAGES: usize = 500;
const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// Puts messages into a folder of an account, in batches.
pub struct Import<'a> {
    checks: &'a Checks,
    lease: Lease,
    mailbox: crate::store::MailboxId,
    pending: Vec<NewMessage>,
    bytes: usize,
    /// Messages that were not here before.
    pub new: u64,
    /// Messages that were.
    pub known: u64,
}

impl<'a> Import<'a> {
    /// Starts an import into `folder`, under a lease of the account.
    ///
    /// # Errors
    /// The store's.
    pub async fn start(checks: &'a Checks, lease: Lease, folder: &str) -> Result<Self, CheckError> {
        let mailbox = checks.store.known_mailbox(lease.account, folder).await?.mailbox;
        Ok(Self { checks, lease, mailbox, pending: Vec::new(), bytes: 0, new: 0, known: 0 })
    }

    /// Adds one message; it is durable after [`Import::finish`] at the latest.
    ///
    /// # Errors
    /// The store's.
    pub async fn add(&mut self, raw: Vec<u8>, received: Option<Timestamp>) -> Result<(), CheckError> {
        let fields = mail::message::header_fields(&raw);
        let now = self.checks.clock.now();
        self.bytes += raw.len();
        self.pending.push(NewMessage {
            listed_size: None,
            key: MessageKey::Unnamed,
            received: received.or(fields.date).filter(|date| *date <= now).unwrap_or(now),
            sender: fields.sender,
            subject: fields.subject,
            internet_message_id: fields.internet_message_id,
            raw,
        });
        if self.pending.len() >= BATCH_MESSAGES || self.bytes >= BATCH_BYTES {
            self.commit().await
        } else {
            Ok(())
        }
    }

    /// Makes everything durable and gives the account back.
    ///
    /// # Errors
    /// The store's.
    pub async fn finish(mut self) -> Result<(u64, u64), CheckError> {
        self.commit().await?;
        self.checks.store.release_lease(&self.lease).await?;
        Ok((self.new, self.known))
    }

    async fn commit(&mut self) -> Result<(), CheckError> {
        let messages = std::mem::take(&mut self.pending);
        self.bytes = 0;
        let now = self.checks.clock.now();
        self.checks.renew(&self.lease).await;
        let batch = Batch {
            mailbox: self.mailbox,
            uid_validity: None,
            messages,
            quarantined: Vec::new(),
            next_uid: None,
        };
        let stored = self.checks.store.store_batch(&self.lease, batch, now).await?;
        let new = stored.messages.iter().filter(|message| message.is_new).count() as u64;
        self.new += new;
        self.known += stored.messages.len() as u64 - new;
        self.checks.stored.notify_one();
        Ok(())
    }
}
