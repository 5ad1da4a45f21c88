//! A check: one run that connects, looks for new mail, fetches it and, where asked, deletes it on the server.

use crate::Cause;
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
    /// One sentence of ours.
    pub error: String,
    /// The server's own words, bounded and without control characters.
    pub server_reply: Option<String>,
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
