//! Agents: small programs in other networks that dial in and carry a Network Connector. Deliberately absent: their keys,
//! but for what the line at enrolment names.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// The number of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AgentId(pub i64);

/// An agent as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSummary {
    /// Its number.
    pub id: AgentId,
    /// The name of its machine, as it says.
    pub host: String,
    /// Its version, as it says.
    pub version: String,
    /// What it lets through, as it says; empty where it never served.
    pub allows: String,
    /// Where it last came from.
    pub address: String,
    /// When it became known.
    pub enrolled: Timestamp,
    /// Connected since then; `None` where it is not.
    pub since: Option<Timestamp>,
    /// When it was last connected, where it ever was.
    pub seen: Option<Timestamp>,
    /// Not let in any more since then.
    pub revoked: Option<Timestamp>,
    /// When its key was last used after that.
    pub refused: Option<Timestamp>,
    /// Somebody wants it to have another key, and it has none yet.
    pub renewing: bool,
    /// From a question to its answer, in milliseconds; where it is connected to this process.
    pub latency: Option<u32>,
    /// Streams that it carries for this process.
    pub streams: u32,
}

/// What an agent is enrolled with: shown once, good once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// How the agent reaches this server.
    pub server: String,
    /// The key that this server proves.
    pub server_key: String,
    /// The code.
    pub code: String,
    /// Good until then.
    pub until: Timestamp,
}

impl Enrolment {
    /// How long a code is good, in milliseconds.
    pub const GOOD_FOR: i64 = 15 * 60 * 1000;

    /// The line that somebody types where the agent is to run. The code comes by stdin: no list of processes shows it.
    pub fn line(&self) -> String {
        let Self { server, server_key, code, .. } = self;
        format!("echo {code} | restante-connector enrol {server} --server-key {server_key}")
    }
}
