//! A check: one run that connects, looks for new mail, fetches it and, where asked, deletes it on the server.

use crate::health::StageTime;
use crate::{Cause, Timestamp};
use serde::{Deserialize, Serialize};

/// Why a check ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckTrigger {
    /// Its time had come.
    Schedule,
    /// A person asked for it.
    Person,
}

/// How far a check or a test got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The name becomes addresses.
    Resolve,
    /// A TCP connection to one of them.
    Connect,
    /// TLS, from the first byte or by STARTTLS.
    Security,
    /// The server's first line.
    Greeting,
    /// What it can do.
    Capabilities,
    /// User name and password.
    SignIn,
    /// The folder is opened and listed.
    Folder,
    /// New messages come in.
    Fetch,
    /// They become durable here.
    Store,
    /// They are deleted on the server.
    Delete,
}

impl Stage {
    /// The stable id, such as `sign_in`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Security => "security",
            Self::Greeting => "greeting",
            Self::Capabilities => "capabilities",
            Self::SignIn => "sign_in",
            Self::Folder => "folder",
            Self::Fetch => "fetch",
            Self::Store => "store",
            Self::Delete => "delete",
        }
    }

    /// The word on the screen, such as `Sign-in`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Resolve => "Name",
            Self::Connect => "Connection",
            Self::Security => "Security",
            Self::Greeting => "Greeting",
            Self::Capabilities => "Capabilities",
            Self::SignIn => "Sign-in",
            Self::Folder => "Folder",
            Self::Fetch => "Fetching",
            Self::Store => "Storing",
            Self::Delete => "Deleting",
        }
    }

    /// The stage of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        use Stage::{
            Capabilities, Connect, Delete, Fetch, Folder, Greeting, Resolve, Security, SignIn, Store,
        };
        [Resolve, Connect, Security, Greeting, Capabilities, SignIn, Folder, Fetch, Store, Delete]
            .into_iter()
            .find(|stage| stage.id() == id)
    }
}

/// Why a check failed: everything an administrator needs to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckFailure {
    /// How far it got.
    pub stage: Stage,
    /// The stable cause; absent where the fault was on our side (disk full, database away).
    pub cause: Option<Cause>,
    /// The sentence of the cause, and what more we know; or a sentence of ours where there is no cause.
    pub error: String,
    /// The server's own words, bounded and without control characters.
    pub server_reply: Option<String>,
}

impl CheckFailure {
    /// What we know beyond the sentence of the cause, such as which folder is missing; empty where that is all.
    pub fn detail(&self) -> &str {
        let sentence = self.cause.map_or("", Cause::sentence);
        self.error.strip_prefix(sentence).unwrap_or(&self.error).trim()
    }
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckOutcome {
    /// All that was planned is durable.
    Ok,
    /// Stopped at a stage; what was fetched before is durable.
    Failed,
    /// Somebody else is checking this account right now.
    Busy,
}

/// How one check went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedCheck {
    /// Why it ran.
    pub trigger: CheckTrigger,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// Why it failed.
    pub failure: Option<CheckFailure>,
    /// Messages that became durable.
    pub new: u64,
    /// Messages deleted on the server.
    pub deleted: u64,
    /// Messages that could not be taken in.
    pub quarantined: u64,
    /// Raw bytes fetched.
    pub bytes: u64,
    /// How long each stage took, in the order in which they began.
    #[serde(default)]
    pub stages: Vec<StageTime>,
}

/// What a check would do now, found out without doing it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// What it would do in each folder of the account, in the account's order; empty where it would fail.
    pub folders: Vec<FolderForecast>,
    /// Why it would fail.
    pub failure: Option<CheckFailure>,
}

/// What a check would do in one folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderForecast {
    /// The folder on the server, as Unicode.
    pub folder: String,
    /// Messages that would be fetched.
    pub fetch: u64,
    /// What the server says of their size, in bytes.
    pub bytes: u64,
    /// Messages that would be deleted on the server, those among them that would be fetched first included.
    pub delete: u64,
    /// Messages that would be left on the server because they are too large.
    pub left: u64,
}

impl Forecast {
    /// All folders together, without a name.
    pub fn total(&self) -> FolderForecast {
        self.folders.iter().fold(FolderForecast::default(), |sum, folder| FolderForecast {
            folder: String::new(),
            fetch: sum.fetch.saturating_add(folder.fetch),
            bytes: sum.bytes.saturating_add(folder.bytes),
            delete: sum.delete.saturating_add(folder.delete),
            left: sum.left.saturating_add(folder.left),
        })
    }
}
