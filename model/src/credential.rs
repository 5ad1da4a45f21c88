//! A named secret in the vault, as people may see it. Deliberately absent: the secret.

use crate::oauth::OAuthStatus;
use crate::{AccountUse, Cause, Timestamp};
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
    /// What it is.
    pub kind: CredentialKind,
    /// Where its secret is read at each check; `None` where it is sealed here.
    pub source: Option<CredentialSource>,
    /// Of a credential that is a token: who grants it, and whether somebody has agreed.
    pub oauth: Option<OAuthStatus>,
    /// The user name that goes to the mail server.
    pub user_name: String,
    /// How many accounts sign in with it.
    pub used_by: u32,
    /// The first [`CredentialSummary::SHOWN`] of them by name.
    pub accounts: Vec<AccountUse>,
    /// When its secret was last set.
    pub rotated: Timestamp,
    /// When a server last let it in.
    pub last_used: Option<Timestamp>,
    /// How it was turned away since then.
    pub failed: Option<CredentialFailure>,
    /// What the accounts that use it did since its secret was set.
    pub since_rotated: SinceRotated,
}

impl CredentialSummary {
    /// So many accounts are named at most.
    pub const SHOWN: usize = 20;
}

/// What a secret is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialKind {
    /// The password of a person or a mailbox.
    #[default]
    Password,
    /// A password that a provider made for one program.
    AppPassword,
    /// Tokens of a provider (OAuth 2), which are renewed without anybody.
    #[serde(rename = "oauth2")]
    OAuth2,
    /// A private key for an SSH server; no mail server takes one.
    SshKey,
}

impl CredentialKind {
    /// Every kind there is.
    pub const ALL: [Self; 4] = [Self::Password, Self::AppPassword, Self::OAuth2, Self::SshKey];

    /// The stable id, such as `app_password`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::AppPassword => "app_password",
            Self::OAuth2 => "oauth2",
            Self::SshKey => "ssh_key",
        }
    }

    /// The words for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Password => "Password",
            Self::AppPassword => "App password",
            Self::OAuth2 => "OAuth2",
            Self::SshKey => "SSH key",
        }
    }

    /// False where no mail server takes it.
    pub fn is_for_mailboxes(self) -> bool {
        self != Self::SshKey
    }

    /// The kind with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// A place outside of the vault that the server's configuration file names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CredentialSource {
    /// What it is.
    pub kind: SourceKind,
    /// Its name in the configuration file.
    pub name: String,
}

/// What a secret is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A variable of the server's environment.
    Variable,
    /// A file of the one directory for them.
    File,
    /// What a command prints.
    Command,
}

impl CredentialSource {
    /// The stable id, such as `file:sales`.
    pub fn id(&self) -> String {
        format!("{}:{}", self.kind.id(), self.name)
    }

    /// The words for people, such as `file sales`.
    pub fn words(&self) -> String {
        format!("{} {}", self.kind.id(), self.name)
    }

    /// The source with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        let (kind, name) = id.split_once(':')?;
        let kind = [SourceKind::Variable, SourceKind::File, SourceKind::Command]
            .into_iter()
            .find(|known| known.id() == kind)?;
        Some(Self { kind, name: name.to_owned() })
    }
}

impl SourceKind {
    /// The stable id, which is the word for people as well.
    pub fn id(self) -> &'static str {
        match self {
            Self::Variable => "variable",
            Self::File => "file",
            Self::Command => "command",
        }
    }
}

/// How a credential was turned away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialFailure {
    /// When.
    pub at: Timestamp,
    /// Why, where a server said so.
    pub cause: Option<Cause>,
    /// What happened, in one sentence.
    pub error: String,
}

/// The accounts that use a credential, by what they did since its secret was set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinceRotated {
    /// The server let them in.
    pub signed_in: u32,
    /// They were turned away, or did not get that far.
    pub failed: u32,
    /// They are enabled and were not checked yet.
    pub waiting: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_there_and_back() {
        for kind in CredentialKind::ALL {
            assert_eq!(CredentialKind::from_id(kind.id()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.id());
        }
        for kind in [SourceKind::Variable, SourceKind::File, SourceKind::Command] {
            let source = CredentialSource { kind, name: "a:b".to_owned() };
            assert_eq!(CredentialSource::from_id(&source.id()), Some(source));
        }
        assert_eq!(CredentialSource::from_id("/etc/shadow"), None);
        assert_eq!(CredentialSource::from_id("path:/etc/shadow"), None);
    }
}
