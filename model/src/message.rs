//! A stored message as lists and readers see it. Deliberately absent: its raw bytes and its HTML, which never cross
//! this wire (see `server::web::message_frame` and `server::web::downloads`).

use crate::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};

/// The number of a message; larger means stored later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub i64);

/// Where else, besides here, the message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Durable here; not deleted on the server by us.
    Stored,
    /// Its deletion on the server was asked for and not confirmed yet.
    DeleteSent,
    /// Deleted on the server by us.
    Deleted,
    /// Durable here; it left the server, and not by us.
    Gone,
}

impl MessageState {
    /// The stable id, such as `delete_sent`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::DeleteSent => "delete_sent",
            Self::Deleted => "deleted",
            Self::Gone => "gone",
        }
    }

    /// The state of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Stored, Self::DeleteSent, Self::Deleted, Self::Gone].into_iter().find(|state| state.id() == id)
    }
}

/// One mailbox of a header (RFC 5322 §3.4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The display name, which anybody can choose; may be empty.
    pub name: String,
    /// `local@domain`; may be empty in broken mail.
    pub address: String,
}

impl Address {
    /// What stands for it in a list: the name, or the address where there is none; may be empty.
    pub fn shown(&self) -> &str {
        match self.name.trim() {
            "" => self.address.trim(),
            name => name,
        }
    }
}

/// One row of the Inbox report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSummary {
    /// Its number.
    pub id: MessageId,
    /// Whose it is.
    pub account: AccountId,
    /// That account's name.
    pub account_name: String,
    /// The folder on the server, as Unicode.
    pub folder: String,
    /// Who it says it is from.
    pub sender: Address,
    /// Its subject, decoded; may be empty.
    pub subject: String,
    /// The first words of its text; empty until it is indexed.
    pub preview: String,
    /// Attachments, without inline images.
    pub attachments: u32,
    /// Raw bytes.
    pub size: u64,
    /// When its server received it (INTERNALDATE), or when it was fetched (POP3).
    pub received: Timestamp,
    /// Not opened here yet.
    pub unread: bool,
    /// Somebody put a flag on it here.
    pub flagged: bool,
    /// The tags it has here, in the order of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Where the words of the search stand that found it.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub marks: Marks,
}

/// A text of a message in which found words are marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marked {
    /// What stands for the sender: the name, or the address where there is none.
    Sender,
    /// The subject.
    Subject,
    /// The preview; of an opened message its text.
    Text,
}

/// Where words that were searched for stand: for each the number of its text, the byte it begins at, and the byte behind
/// it. Plain numbers, because a browser pays for every type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Marks(Vec<u32>);

impl Marks {
    /// Adds what was found in one text, in order.
    pub fn add(&mut self, text: Marked, ranges: impl IntoIterator<Item = std::ops::Range<usize>>) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        for range in ranges {
            self.0.extend([text as u32, place(range.start), place(range.end)]);
        }
    }

    /// What was found in one text, in order.
    pub fn of(&self, text: Marked) -> impl Iterator<Item = (usize, usize)> {
        self.0.chunks_exact(3).filter_map(move |mark| match mark {
            [own, from, to] if *own == text as u32 => Some((*from as usize, *to as usize)),
            _ => None,
        })
    }

    /// True where nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What people put on messages here. The mail server hears of what it keeps itself, where the account mirrors it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Not opened yet, or opened.
    Unread(bool),
    /// A flag, or none.
    Flagged(bool),
    /// The tag of this name.
    Tag(String),
    /// The tag of this name no more.
    NoTag(String),
    /// Whether pictures of its sender are loaded for whoever says so, where the sender is confirmed.
    Trusted(bool),
}

/// The longest name of a tag.
pub const LONGEST_TAG: usize = 40;

impl Mark {
    /// The same with a tag's name as it is kept: one line, in which a search can name it.
    ///
    /// # Errors
    /// The sentence for whoever typed the name.
    pub fn checked(self) -> Result<Self, String> {
        let name = |name: &str| {
            if name.contains(crate::search::is_quote) {
                return Err("A tag has no quotation marks in its name.".to_owned());
            }
            crate::field::line(name, LONGEST_TAG)
        };
        Ok(match self {
            Self::Tag(tag) => Self::Tag(name(&tag)?),
            Self::NoTag(tag) => Self::NoTag(name(&tag)?),
            other => other,
        })
    }
}

/// What a part of a message looks like from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentInfo {
    /// Its place among the attachments, from 0: the `n` of `/messages/{id}/attachments/{n}`.
    pub index: u32,
    /// A safe file name, never empty.
    pub name: String,
    /// What it is: by its bytes where they prove it, such as `PDF`, else the declared media type.
    pub kind: String,
    /// Decoded bytes.
    pub size: u64,
    /// Shown inside the HTML by its Content-ID.
    pub inline: bool,
    /// A picture by its bytes.
    pub picture: bool,
    /// It can be looked at before it is saved: `/messages/{id}/attachments/{n}/preview`.
    pub readable: bool,
}

/// One message, opened, as words to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// The row of the list.
    pub summary: MessageSummary,
    /// The tags there are, in the order of the alphabet: it may get one of them.
    pub known_tags: Vec<String>,
    /// `To`.
    pub recipients: Vec<Address>,
    /// `Cc`.
    pub cc: Vec<Address>,
    /// `Reply-To`, where it differs from the sender.
    pub reply_to: Vec<Address>,
    /// `Date`, as the sender's machine set it.
    pub date_sent: Option<Timestamp>,
    /// `Return-Path`.
    pub return_path: Option<String>,
    /// How its sender and its server call it: Message-ID, and UID or UIDL.
    pub identity: String,
    /// Every header field in order: name, decoded value.
    pub headers: Vec<(String, String)>,
    /// The text, from a text part or made from the HTML.
    pub text: String,
    /// True where there is HTML to show in the frame at `/messages/{id}/body`.
    pub has_html: bool,
    /// Where the HTML refers to something out on the net, which is not loaded by itself: true where what the receiving
    /// server found out speaks for the sender.
    pub remote_content: Option<bool>,
    /// This person has pictures of this sender loaded.
    pub sender_trusted: bool,
    /// Its attachments in order.
    pub attachments: Vec<AttachmentInfo>,
    /// Whether it is still on its server, where that is not plain.
    pub on_server: Option<String>,
    /// What deserves a second look, one sentence each: what could not be read in full, names that show another address,
    /// answers that go elsewhere.
    pub cautions: Vec<String>,
    /// What the receiving server found out about the sender, in one line.
    pub authentication: Option<String>,
    /// Its MIME tree as text: a line for each part, inset by how deep it lies.
    pub structure: String,
    /// A calendar entry that came along, in words: name and text of each line; empty where there is none.
    pub invitation: Vec<(String, String)>,
    /// The conversation that it belongs to, oldest first and itself among them; empty where it stands alone.
    pub conversation: Vec<MessageSummary>,
}

/// The search fields of the Inbox report; absent means any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFilter {
    /// Only this account.
    pub account: Option<AccountId>,
    /// A search as somebody typed it; see [`crate::search`].
    pub search: Option<String>,
    /// Part of the sender's name or address.
    pub sender: Option<String>,
    /// Part of the subject.
    pub subject: Option<String>,
    /// With or without attachments.
    pub attachments: Option<bool>,
    /// Unread or read.
    pub unread: Option<bool>,
    /// Received at or after.
    pub since: Option<Timestamp>,
    /// Received before.
    pub before: Option<Timestamp>,
}
