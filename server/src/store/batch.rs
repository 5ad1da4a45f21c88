//! What a check or an import hands to the writer, and what it hears back.

use super::mailboxes::MailboxId;
use model::{Address, MessageId, MessageKey, QuarantineKind, Timestamp};

/// A message as it came in, with what lists show of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// How its server names it; [`MessageKey::Unnamed`] where it was imported.
    pub key: MessageKey,
    /// The exact bytes.
    pub raw: Vec<u8>,
    /// INTERNALDATE, or when it was fetched.
    pub received: Timestamp,
    /// Who it says it is from.
    pub sender: Address,
    /// Its subject, decoded.
    pub subject: String,
    /// Its Message-ID.
    pub internet_message_id: Option<String>,
    /// What a POP3 server lists as its size, true or not: another one under the same name is another message.
    pub listed_size: Option<u64>,
}

/// A message that stays on its server because it cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// How its server names it.
    pub key: MessageKey,
    /// What kind of reason there is.
    pub kind: QuarantineKind,
    /// Why, in one sentence.
    pub reason: String,
    /// What the server says of its size.
    pub size: u64,
    /// It is left alone from this try on: 1 for at once. Until then it only counts its tries.
    pub held_at_try: u32,
}

/// What becomes durable together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Where it came from.
    pub mailbox: MailboxId,
    /// The epoch of its UIDs; `None` for POP3 and imports, which leave the mailbox's epoch alone.
    pub uid_validity: Option<u32>,
    /// Complete messages.
    pub messages: Vec<NewMessage>,
    /// Messages to be left where they are.
    pub quarantined: Vec<Quarantined>,
    /// From now on every UID below this one is done; `None` where that did not change.
    pub next_uid: Option<u32>,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredBatch {
    /// One for each message of the batch, in its order.
    pub messages: Vec<MessageRef>,
    /// Of `quarantined`: those that are left alone from now on.
    pub held: u64,
}

/// What became of one message of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRef {
    /// Its number here.
    pub id: MessageId,
    /// False where it was here already, under this name or an older one.
    pub is_new: bool,
}
