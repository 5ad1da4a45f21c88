//! A registered mailbox login with its policy, and the form in which a person describes one (`draft`).

mod amounts;
mod draft;
mod folders;
mod host;
mod labels;

pub(crate) use amounts::size_text;
pub use amounts::{
    day_text, delete_after_days, drop_gone_after_days, fetch_since, interval_seconds, largest_message,
};
pub use draft::AccountDraft;
pub use folders::{folders, folders_text};
pub use host::{address, port};
pub use labels::{is_same as is_same_tag, notes, retagged, tags, tags_text};

use crate::{Certificate, CheckFailure, CredentialId, Timestamp, Trust, Way};
use serde::{Deserialize, Serialize};

/// The number of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub i64);

/// How often an account is checked unless somebody says otherwise.
pub const DEFAULT_CHECK_INTERVAL_SECONDS: u32 = 300;

/// IMAP (RFC 9051, RFC 3501) or POP3 (RFC 1939).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// Folders, UIDs, one mailbox for many programs.
    Imap,
    /// One folder, messages are fetched and usually deleted.
    Pop3,
}

/// How a connection is protected (RFC 8314). There is no opportunistic mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Security {
    /// Nothing: everybody on the way can read the password.
    Plaintext,
    /// `TLS` on the screen: STARTTLS or STLS, required.
    StartTls,
    /// `SSL` on the screen: TLS from the first byte.
    ImplicitTls,
}

/// The screen's name for the two kinds of safe connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecureConnectionType {
    /// TLS from the first byte.
    Ssl,
    /// STARTTLS (IMAP) or STLS (POP3).
    Tls,
}

impl Protocol {
    /// The stable id: `imap` or `pop3`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
        }
    }

    /// `IMAP` or `POP3`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Imap => "IMAP",
            Self::Pop3 => "POP3",
        }
    }

    /// The protocol of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Imap, Self::Pop3].into_iter().find(|protocol| protocol.id() == id)
    }

    /// The registered port (RFC 8314 §7.2).
    pub fn default_port(self, security: Security) -> u16 {
        match (self, security) {
            (Self::Imap, Security::ImplicitTls) => 993,
            (Self::Imap, _) => 143,
            (Self::Pop3, Security::ImplicitTls) => 995,
            (Self::Pop3, _) => 110,
        }
    }
}

impl Security {
    /// The stable id of the command line: `none`, `tls` or `ssl`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Plaintext => "none",
            Self::StartTls => "tls",
            Self::ImplicitTls => "ssl",
        }
    }

    /// The security of a stable id, or of its aliases `starttls` and `implicit`.
    pub fn from_id(id: &str) -> Option<Self> {
        match id {
            "none" => Some(Self::Plaintext),
            "tls" | "starttls" => Some(Self::StartTls),
            "ssl" | "implicit" => Some(Self::ImplicitTls),
            _ => None,
        }
    }

    /// The seed's two fields for this security: the type, where the connection is safe.
    pub fn connection_type(self) -> Option<SecureConnectionType> {
        match self {
            Self::Plaintext => None,
            Self::StartTls => Some(SecureConnectionType::Tls),
            Self::ImplicitTls => Some(SecureConnectionType::Ssl),
        }
    }
}

impl SecureConnectionType {
    /// `SSL` or `TLS`.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ssl => "SSL",
            Self::Tls => "TLS",
        }
    }
}

/// What a person decides about an account. Only [`AccountDraft::validate`] and the database make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the dialog asks as many yes-or-no questions")]
pub struct AccountSettings {
    /// Unique among accounts.
    pub name: String,
    /// No: a message is deleted on the server once it is durable here.
    pub keep_copy: bool,
    /// No: only *Check now*.
    pub automatic_check: bool,
    /// No: never contacted; its inbox stays readable.
    pub enabled: bool,
    /// Host name or IP address.
    pub address: String,
    /// 1 to 65535.
    pub port: u16,
    /// IMAP or POP3.
    pub protocol: Protocol,
    /// How the connection is protected.
    pub security: Security,
    /// Which way it is reached.
    #[serde(default)]
    pub way: Way,
    /// Yes: any certificate is accepted.
    pub skip_certificate: bool,
    /// The authorities whose certificates are accepted in place of the system's (PEM).
    #[serde(default)]
    pub authority: Option<String>,
    /// The certificate whose key alone is accepted.
    #[serde(default)]
    pub pinned: Option<Certificate>,
    /// What it signs in with.
    pub credential: CredentialId,
    /// Seconds between automatic checks.
    pub check_interval_seconds: u32,
    /// The folders to fetch, as Unicode; POP3 has INBOX alone.
    pub folders: Vec<String>,
    /// Where no copy is kept: how many days after it became durable here a message is deleted on the server. `None`:
    /// at once. Means nothing where a copy is kept.
    #[serde(default)]
    pub delete_after_days: Option<u32>,
    /// Bytes; a larger message stays on the server and is listed with its reason. `None`: the limit of the program,
    /// which no account can raise.
    #[serde(default)]
    pub largest_message: Option<u64>,
    /// Where a copy is kept: how many days after it left its server a message is dropped here as well. `None`: it stays.
    /// Means nothing on POP3, whose servers do not say what left.
    #[serde(default)]
    pub drop_gone_after_days: Option<u32>,
    /// Yes: what is read or flagged here is so on the server, and the other way round. Only where
    /// [`Self::mirrors_marks`].
    #[serde(default)]
    pub mirror_read_state: bool,
    /// Yes: a connection to INBOX stays open so that new mail is here at once. IMAP alone can.
    #[serde(default)]
    pub instant: bool,
    /// What came to the server before this stays there and is not fetched. `None`: everything is. IMAP alone tells when a
    /// message came.
    #[serde(default)]
    pub fetch_since: Option<Timestamp>,
    /// Words by which people find it among many; each once.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What people want to remember of it; several lines, blank where there is nothing.
    #[serde(default)]
    pub notes: String,
}

impl AccountSettings {
    /// True where read and flagged state is the same here and on the server: that takes a copy there, and IMAP.
    pub fn mirrors_marks(&self) -> bool {
        self.mirror_read_state && self.stays_in_step()
    }

    /// After how many days what left its server is dropped here as well; `None`: never.
    pub fn drops_gone_after(&self) -> Option<u32> {
        self.drop_gone_after_days.filter(|_| self.stays_in_step())
    }

    /// What is here follows what is there: a copy stays on the server, which tells what it has.
    fn stays_in_step(&self) -> bool {
        self.keep_copy && self.protocol == Protocol::Imap
    }

    /// Whose certificates are accepted; the only place where the three answers become one.
    pub fn trust(&self) -> Trust<'_> {
        match (self.skip_certificate, &self.pinned, &self.authority) {
            (true, ..) => Trust::Any,
            (false, Some(certificate), _) => Trust::Pinned(certificate),
            (false, None, Some(authority)) => Trust::Authority(authority),
            (false, None, None) => Trust::SystemRoots,
        }
    }
}

/// An account as the engine sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// What was decided about it.
    pub settings: AccountSettings,
}

/// An account as a name among others, where it says what uses something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountUse {
    /// Its number.
    pub id: AccountId,
    /// Its name.
    pub name: String,
    /// Any certificate of its server is accepted.
    pub skips: bool,
}

/// How an account is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// Not enabled.
    Paused,
    /// Being checked right now.
    Checking,
    /// The last check failed.
    Failing,
    /// The last check succeeded.
    Healthy,
    /// Never checked so far.
    New,
}

impl AccountStatus {
    /// Every status, in the order of the filter.
    pub const ALL: [Self; 5] = [Self::Healthy, Self::Failing, Self::Checking, Self::New, Self::Paused];

    /// The stable id, such as `failing`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Paused => "paused",
            Self::Checking => "checking",
            Self::Failing => "failing",
            Self::Healthy => "healthy",
            Self::New => "new",
        }
    }

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::Paused => "Paused",
            Self::Checking => "Checking",
            Self::Failing => "Failing",
            Self::Healthy => "OK",
            Self::New => "Not checked yet",
        }
    }

    /// The status of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.id() == id)
    }
}

/// One row of the accounts report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSummary {
    /// Its number.
    pub id: AccountId,
    /// How often people changed it, plus one.
    #[serde(default)]
    pub version: u32,
    /// What was decided about it.
    pub settings: AccountSettings,
    /// The name of its credential.
    pub credential_name: String,
    /// The name of the Network Connector that it names itself.
    #[serde(default)]
    pub connector_name: Option<String>,
    /// How it is doing.
    pub status: AccountStatus,
    /// When the last check ended.
    pub last_check: Option<Timestamp>,
    /// When the last successful check ended.
    pub last_success: Option<Timestamp>,
    /// When the next automatic check is due.
    pub next_check: Option<Timestamp>,
    /// Messages stored here.
    pub messages: u64,
    /// Of these, not read here yet.
    pub unread: u64,
    /// Messages that cannot be searched yet.
    pub to_index: u64,
    /// Why the last check failed.
    pub failure: Option<CheckFailure>,
}

/// The search fields of the accounts report; absent means any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFilter {
    /// Part of the name, in any case; also matched against the address.
    pub name: Option<String>,
    /// The same, of the search box: both have to fit.
    #[serde(default)]
    pub words: Option<String>,
    /// Safe connection, yes or no.
    pub secure_connection: Option<bool>,
    /// Automatic check, yes or no.
    pub automatic_check: Option<bool>,
    /// Keep copy in server, yes or no.
    pub keep_copy: Option<bool>,
    /// How it is doing.
    pub status: Option<AccountStatus>,
    /// One of its tags, in any case.
    #[serde(default)]
    pub tag: Option<String>,
}
