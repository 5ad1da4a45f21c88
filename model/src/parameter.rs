//! The system parameters: global settings that people change on a screen while the program runs. Deliberately absent:
//! what the operator decides before the start (see the configuration), and networks in more than their text.

mod display;
mod rules;

pub use display::Display;

use serde::{Deserialize, Serialize};

/// What kind of answer a parameter wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A number.
    Number,
    /// A line of text.
    Text,
    /// `yes` or `no`.
    YesNo,
    /// One of these: value and words.
    Choice(Vec<(String, String)>),
}

macro_rules! parameters {
    ($($name:ident = $id:literal, $section:literal, $label:literal, $help:literal;)*) => {
        /// A system parameter.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Parameter { $(#[doc = $label] $name,)* }

        impl Parameter {
            /// Every parameter, in the order of the screen.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable id: on the command line, in the audit and in the database.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The label on the screen.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $label,)* }
            }

            /// The section of the screen.
            pub fn section(self) -> &'static str {
                match self { $(Self::$name => $section,)* }
            }

            /// What it is for, and what fits.
            pub fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)* }
            }
        }
    };
}

parameters! {
    CheckInterval = "check_interval_minutes", "Accounts", "Default check interval (minutes)",
        "What a new account starts with: 0.5 to 10080. Accounts that exist keep theirs.";
    PageSize = "page_size", "Reports", "Records per page",
        "From 5 to the maximum below.";
    PageSizeMaximum = "page_size_maximum", "Reports", "Most records per page",
        "From 10 to 200: larger pages would keep everybody waiting.";
    HideFilters = "hide_filters", "Reports", "Hide filters by default",
        "No: the search fields are open until somebody closes them with More.";
    TimeInFilters = "time_in_date_filters", "Reports", "Hour and minute in date filters",
        "Yes: date filters ask for a time as well. Both are UTC.";
    DateFormat = "date_format", "Reports", "Date format",
        "How dates are written on every screen. CSV and JSON keep theirs.";
    ConnectSeconds = "connect_seconds", "Time-outs of a check", "Connecting (seconds)",
        "TCP connect: 1 to 300.";
    TlsSeconds = "tls_seconds", "Time-outs of a check", "TLS handshake (seconds)",
        "1 to 300.";
    GreetingSeconds = "greeting_seconds", "Time-outs of a check", "Greeting (seconds)",
        "From connected to the server's first line: 1 to 600.";
    SignInSeconds = "sign_in_seconds", "Time-outs of a check", "Up to signed in (seconds)",
        "Over all of the above and the sign-in: 1 to 900.";
    IdleSeconds = "idle_seconds", "Time-outs of a check", "Silence (seconds)",
        "Without a byte inside of an answer: 1 to 3600.";
    StallMinutes = "stall_minutes", "Time-outs of a check", "No progress (minutes)",
        "A check without progress ends, and the next one goes on: 1 to 1440.";
    SlowBytes = "slow_bytes_per_minute", "Limits of a check", "Slowest message (bytes a minute)",
        "A message that drips slower ends the session: 1 to 10000000.";
    MessageBytes = "message_bytes", "Limits of a check", "Largest message",
        "Larger messages stay on their server: a size such as 25 MB, from 1 KB to 1 GB. No account can raise it.";
    LineBytes = "line_bytes", "Limits of a check", "Longest line (bytes)",
        "Of a protocol: 8192 to 1048576. Real servers need 8192; more is memory in a hostile server's hands.";
    MimeParts = "mime_parts", "Limits of a check", "Most parts of a message",
        "What has more is kept and can be saved, but only so many are listed and shown: 10 to 10000.";
    MimeDepth = "mime_depth", "Limits of a check", "Deepest nesting of parts",
        "Parts inside of parts inside of parts: 5 to 100.";
    HeaderBytes = "header_bytes", "Limits of a check", "Longest header of a message (bytes)",
        "As much of it is read: 8192 to 10485760. The message itself is kept whole.";
    NetworkConnector = "network_connector", "Network", "Network Connector",
        "What accounts go through that use a Network Connector and name none, at each check. None: these accounts fail and say so; they never go direct.";
    AllowedNetworks = "allowed_networks", "Network", "Allowed networks",
        "Networks such as 10.0.0.0/8, 2001:db8::/32, separated by commas: only addresses inside of them are contacted, for mail and for the tokens of OAuth2. Blank: all, less link-local, metadata and multicast addresses and our own, which never are. Behind a Network Connector names are looked up in its own network: there its own rules decide, and an agent has a list.";
}

impl Parameter {
    /// The parameter of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|parameter| parameter.id() == id)
    }
}

/// A parameter as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterView {
    /// Its stable id.
    pub id: String,
    /// Its label.
    pub label: String,
    /// Its section.
    pub section: String,
    /// What kind of answer it wants.
    pub kind: ParameterKind,
    /// What it is for, and what fits.
    pub help: String,
    /// The value in force.
    pub value: String,
    /// The value where nobody set one.
    pub default: String,
    /// Where the value in force comes from: `set`, or where the default does (`flag`, `variable`, `file`, `default`).
    pub source: String,
}

impl ParameterView {
    /// True where somebody set it.
    pub fn is_set(&self) -> bool {
        self.source == SET
    }
}

/// The source of a value that somebody set.
pub const SET: &str = "set";

/// What somebody wants of a parameter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterChange {
    /// Its stable id.
    pub id: String,
    /// The new value; `None`: the default again.
    pub value: Option<String>,
}
