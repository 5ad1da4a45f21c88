//! What left a mailbox since it was last open (QRESYNC, RFC 7162), as a server tells it on opening. Deliberately absent:
//! changes of flags, which come with it: see [`super::marks`], which servers without QRESYNC are asked as well.

use super::driver::Driver;
use super::sign_in::has;
use crate::{MailError, ModSeq};
use async_imap::imap_proto::{Outcome, Response, ResponseCode};
use model::{Stage, Uid};
use std::ops::RangeInclusive;

/// Most ranges of UIDs that are kept of one opening; of more nothing is believed.
const MOST_RANGES: usize = 200_000;

/// True where `capabilities` let us ask.
pub fn is_offered(capabilities: &[String]) -> bool {
    has(capabilities, "QRESYNC") && has(capabilities, "ENABLE")
}

/// True where the server counts changes, and says so on opening.
pub fn counts_changes(capabilities: &[String]) -> bool {
    has(capabilities, "CONDSTORE") || is_offered(capabilities)
}

/// Lets the server tell: goes on the way together with the command that opens the mailbox.
///
/// # Errors
/// The session is over.
pub async fn enable(driver: &mut Driver) -> Result<(), MailError> {
    driver.mention(Stage::Folder, "ENABLE QRESYNC").await
}

/// What is asked of a mailbox's changes when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Nothing.
    Nothing,
    /// Which is the last one: Dovecot does not say it by itself.
    Last,
    /// What left since.
    Since(ModSeq),
}

impl Asking {
    /// The parameter of EXAMINE.
    pub fn parameter(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Last => " (CONDSTORE)".to_owned(),
            Self::Since(since) => format!(" (QRESYNC ({} {}))", since.uid_validity, since.value),
        }
    }
}

/// What a server says of changes while it opens a mailbox.
#[derive(Default)]
pub struct Told {
    highest: Option<u64>,
    vanished: Vec<RangeInclusive<Uid>>,
    too_much: bool,
}

impl Told {
    /// Takes an untagged answer.
    pub fn take(&mut self, response: &Response<'_>) {
        match response {
            Response::Data {
                outcome: Outcome { code: Some(ResponseCode::HighestModSeq(value)), .. },
                ..
            } => {
                self.highest = Some(*value).filter(|value| *value > 0);
            }
            Response::Vanished { earlier: true, uids } => {
                if self.vanished.len().saturating_add(uids.len()) > MOST_RANGES {
                    self.too_much = true;
                } else {
                    self.vanished.extend(uids.iter().filter_map(ascending));
                }
            }
            _ => {}
        }
    }

    /// The last change and what left, in ascending order without overlaps; nothing where too much was said.
    pub fn into_parts(mut self) -> (Option<u64>, Vec<RangeInclusive<Uid>>) {
        if self.too_much {
            return (None, Vec::new());
        }
        self.vanished.sort_unstable_by_key(|range| *range.start());
        let mut merged: Vec<RangeInclusive<Uid>> = Vec::with_capacity(self.vanished.len());
        for range in self.vanished {
            match merged.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=*last.end().max(range.end());
                }
                _ => merged.push(range),
            }
        }
        (self.highest, merged)
    }
}

/// A range may be written from either end; 0 is no UID.
fn ascending(range: &RangeInclusive<Uid>) -> Option<RangeInclusive<Uid>> {
    let (first, last) = (*range.start().min(range.end()), *range.start().max(range.end()));
    (last > 0).then(|| first.max(1)..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::reversed_empty_ranges, reason = "servers may write them from either end")]
    #[test]
    fn what_left_comes_out_in_order_and_bounded() {
        let mut told = Told::default();
        told.take(&Response::Vanished { earlier: true, uids: vec![9..=7, 1..=2, 0..=0] });
        told.take(&Response::Vanished { earlier: true, uids: vec![3..=3, 8..=12, 20..=20] });
        told.take(&Response::Vanished { earlier: false, uids: vec![99..=99] });
        assert_eq!(told.into_parts(), (None, vec![1..=3, 7..=12, 20..=20]));

        let mut told = Told { highest: Some(5), ..Told::default() };
        for _ in 0..3 {
            told.take(&Response::Vanished { earlier: true, uids: vec![1..=1; MOST_RANGES / 2] });
        }
        assert_eq!(told.into_parts(), (None, vec![]), "of too much nothing is believed");
    }
}
