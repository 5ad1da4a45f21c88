//! The folders of an account as its server lists them. Deliberately absent: which of them are fetched, which is the
//! account's own setting.

use model::{Uid, UidValidity};

/// A folder of an account, as its server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFolder {
    /// Its full name in Unicode, parents included, as [`crate::MailSession::open`] takes it.
    pub name: String,
    /// What stands between a parent's name and a child's; `None` where folders do not nest.
    pub separator: Option<char>,
    /// What it is for, where the server says so (RFC 6154) or its name is INBOX.
    pub special_use: Option<SpecialUse>,
    /// False for a folder that only holds other folders.
    pub selectable: bool,
    /// What is in it, where the server tells with the list (LIST-STATUS, RFC 5819) and tells all of it.
    pub status: Option<FolderStatus>,
}

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpecialUse {
    /// Where new mail arrives.
    Inbox,
    /// Copies of what was sent.
    Sent,
    /// Begun and not sent.
    Drafts,
    /// Deleted, or marked for it.
    Trash,
    /// What a filter takes for spam.
    Junk,
    /// Put away.
    Archive,
    /// Every message of the account, usually seen a second time.
    All,
    /// Every message with a star, usually seen a second time.
    Flagged,
}

impl SpecialUse {
    /// Its name for scripts.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Sent => "sent",
            Self::Drafts => "drafts",
            Self::Trash => "trash",
            Self::Junk => "junk",
            Self::Archive => "archive",
            Self::All => "all",
            Self::Flagged => "flagged",
        }
    }
}

/// What is in a folder, told without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FolderStatus {
    /// Messages in it.
    pub messages: u32,
    /// The next UID that it will give.
    pub uid_next: Uid,
    /// As in [`crate::RemoteMailbox`].
    pub uid_validity: UidValidity,
    /// The last change in it, where the server can also tell what left since an earlier one.
    pub highest_modseq: Option<u64>,
}
