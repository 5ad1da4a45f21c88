//! What somebody searches for, read once from what they typed. The grammar:
//!
//! ```text
//! invoice "two words" -newsletter            all of these, the words together, not that one
//! from:anna to:sales@ subject:"offer 7"      in a field; also body: and attachment: (by name)
//! has:attachment is:unread                   also is:read, is:flagged, is:unflagged, is:gone
//! after:2026-11-01 before:2026-12            days, months or years of UTC; also today, yesterday, 7d, 2w, 3m, 1y
//! larger:5MB smaller:20MB                    bytes, KB, MB, GB
//! account:billing folder:sent tag:urgent     by a part of the name; a tag by its whole name
//! (red OR blue) car                          one of these
//! ```
//!
//! A word with a colon that names no field is a word like any other. Deliberately absent: folding and SQL (see
//! `server::store`), so that a search means the same on both databases.

mod lexer;
mod parser;
mod values;

pub use lexer::field_names;

use crate::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest text of a search, in characters.
pub const LONGEST_SEARCH: usize = 1000;
/// Most conditions of one search.
pub const MOST_CONDITIONS: usize = 50;

/// A condition on messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// All of them hold; without any, every message is meant.
    All(Vec<Self>),
    /// One of them holds.
    Any(Vec<Self>),
    /// It does not hold.
    Not(Box<Self>),
    /// The message says this.
    Says(Says),
    /// It has attachments.
    HasAttachment,
    /// It was opened here, or not yet.
    Unread(bool),
    /// Somebody put a flag on it here, or nobody did.
    Flagged(bool),
    /// It left its server, and not by us.
    Gone,
    /// Received at or after.
    Since(Timestamp),
    /// Received before.
    Before(Timestamp),
    /// More raw bytes than this.
    Larger(u64),
    /// Fewer raw bytes than this.
    Smaller(u64),
    /// In an account with this in its name.
    Account(String),
    /// In a folder with this in its name.
    Folder(String),
    /// With this tag.
    Tag(String),
}

/// Words, as they were typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Says {
    /// Where; `None` for anywhere.
    pub place: Option<Place>,
    /// One word or several next to each other.
    pub words: String,
    /// The last of them may be a beginning only: it ends with `*`, or is being typed.
    pub beginning: bool,
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Name and address of who it says it is from.
    From,
    /// Names and addresses of all it says it is for: To, Cc and Bcc.
    To,
    /// The subject.
    Subject,
    /// The text.
    Body,
    /// The names of attachments.
    Attachment,
}

/// What cannot be understood, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchError {
    /// The first character that is meant, counted from 0.
    pub from: usize,
    /// The character behind the last one that is meant.
    pub to: usize,
    /// What is wrong and what would be right, in one sentence.
    pub message: String,
}

/// True for quotation marks as keyboards and word processors make them.
pub fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

/// What somebody who types may mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The whole text of a search, or the name of something to go to.
    pub text: String,
    /// What it means or where it comes from, in a few words.
    pub words: String,
    /// Where it is, where it is something to go to.
    #[serde(default)]
    pub href: Option<String>,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SearchError {}

impl SearchError {
    /// What is wrong, with the piece of `text` that is meant.
    pub fn in_words(&self, text: &str) -> String {
        let piece: String = text.chars().skip(self.from).take(self.to.saturating_sub(self.from)).collect();
        let Self { from, message, .. } = self;
        let place = from + 1;
        match piece.chars().count() {
            0 => message.clone(),
            1..=SHOWN => format!("{message} See “{piece}” at character {place}."),
            _ => {
                let beginning: String = piece.chars().take(SHOWN).collect();
                format!("{message} See “{beginning}…” at character {place}.")
            }
        }
    }
}

/// Characters of a piece that an error repeats.
const SHOWN: usize = 40;

impl Search {
    /// Reads `text`; `now` is what *today* and *7d* are counted from.
    ///
    /// # Errors
    /// The first place that makes no sense.
    pub fn parse(text: &str, now: Timestamp) -> Result<Self, SearchError> {
        parser::parse(text, now)
    }

    /// True where every message is meant.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    /// What is searched for in `place` or anywhere, to be shown where it was found; nothing that is excluded.
    pub fn says(&self, place: Place) -> Vec<&Says> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(|part| part.says(place)).collect(),
            Self::Says(says) if says.place.is_none_or(|own| own == place) => vec![says],
            _ => Vec::new(),
        }
    }
}
