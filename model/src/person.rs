//! People who sign in to the console.

use serde::{Deserialize, Serialize};

/// The number of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonId(pub i64);

/// What a person may do. Operator, Reader and Auditor arrive with the People screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May do everything.
    Administrator,
}

impl Role {
    /// The stable id, such as `administrator`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
        }
    }

    /// The role of a stable id.
    pub fn from_id(id: &str) -> Option<Self> {
        (id == Self::Administrator.id()).then_some(Self::Administrator)
    }
}

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their number.
    pub id: PersonId,
    /// The name they sign in with.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// The shortest password a person may choose (NIST SP 800-63B asks for 8 and prefers 15).
pub const SHORTEST_PASSWORD: usize = 10;
