//! A named secret in the vault, as people may see it. Deliberately absent: the secret.

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// The number of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CredentialId(pub i64);

/// What is shown of a credential. Its secret can be replaced, never read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialSummary {
    /// Its number.
    pub id: CredentialId,
    /// Its unique name.
    pub name: String,
    /// The user name that goes to the mail server.
    pub user_name: String,
    /// How many accounts sign in with it.
    pub used_by: u32,
    /// When its secret was last set.
    pub rotated: Timestamp,
}
