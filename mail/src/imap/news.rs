//! What a server says of the open mailbox without being asked, in the middle of anything else (RFC 9051 §7.4, §7.5).

use async_imap::imap_proto::{AttributeValue, MailboxDatum, Outcome, Response, ResponseCode};
use model::UidValidity;

/// The open mailbox, as far as the server has told.
#[derive(Debug, Default)]
pub struct News {
    /// Messages in it now.
    pub exists: u32,
    /// How many messages were taken out of it since it was opened: sequence numbers mean others from then on.
    pub expunged: u64,
    /// How often its server said how a message is marked.
    pub marks: u64,
    /// What its UIDs belong to; `None` while no mailbox is open.
    uid_validity: Option<UidValidity>,
}

impl News {
    /// Forgets the mailbox that was open.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// A mailbox is open from now on.
    pub fn opened(&mut self, exists: u32, uid_validity: UidValidity) {
        *self = Self { exists, uid_validity: Some(uid_validity), ..Self::default() };
    }

    /// Takes an untagged answer.
    ///
    /// # Errors
    /// Its UIDs became others while it is open: nothing that was learnt of them holds any more.
    pub fn take(&mut self, response: &Response<'_>) -> Result<(), &'static str> {
        match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => self.exists = *count,
            Response::Expunge(_) => {
                self.exists = self.exists.saturating_sub(1);
                self.expunged += 1;
            }
            Response::Fetch(_, attributes) => {
                let marks = attributes.iter().any(|attribute| matches!(attribute, AttributeValue::Flags(_)));
                self.marks += u64::from(marks);
            }
            // What a server says instead of EXPUNGE once QRESYNC is enabled.
            Response::Vanished { earlier: false, uids } => {
                let left = uids.iter().map(|range| range.start().abs_diff(*range.end()).saturating_add(1));
                self.exists = left.fold(self.exists, u32::saturating_sub);
                self.expunged += 1;
            }
            Response::Data {
                outcome: Outcome { code: Some(ResponseCode::UidValidity(value)), .. }, ..
            } if self.uid_validity.is_some_and(|known| known != *value) => {
                return Err("UIDVALIDITY changed while the mailbox was open.");
            }
            _ => {}
        }
        Ok(())
    }
}
