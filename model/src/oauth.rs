//! Access to mailboxes that a provider grants in place of a password (OAuth 2, RFC 6749): whom to ask, and whether somebody
//! has agreed. Deliberately absent: the tokens, and asking for them.

use crate::{CredentialId, Timestamp};
use serde::{Deserialize, Serialize};

/// Who grants the access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OAuthProvider {
    /// Microsoft 365 and Outlook.
    #[default]
    Microsoft365,
    /// Gmail and Google Workspace.
    Google,
    /// Somebody else, by addresses that a person types.
    Other,
}

impl OAuthProvider {
    /// Every provider there is.
    pub const ALL: [Self; 3] = [Self::Microsoft365, Self::Google, Self::Other];

    /// The stable id, such as `microsoft365`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Microsoft365 => "microsoft365",
            Self::Google => "google",
            Self::Other => "other",
        }
    }

    /// The words for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Microsoft365 => "Microsoft 365",
            Self::Google => "Google",
            Self::Other => "Another provider",
        }
    }

    /// The provider with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.id() == id)
    }

    /// The ways to its consent that lead to mailboxes. Google's codes for other devices do not, and its applications
    /// prove themselves otherwise.
    pub fn grants(self) -> &'static [OAuthGrant] {
        match self {
            Self::Google => &[OAuthGrant::Browser],
            _ => &OAuthGrant::ALL,
        }
    }
}

/// How the consent is had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OAuthGrant {
    /// Somebody agrees in this browser (authorization code with PKCE, RFC 7636).
    #[default]
    Browser,
    /// Somebody types a code on any device (RFC 8628).
    Device,
    /// An administrator of the provider has agreed for an application (client credentials).
    Application,
}

impl OAuthGrant {
    /// Every way there is.
    pub const ALL: [Self; 3] = [Self::Browser, Self::Device, Self::Application];

    /// The stable id, such as `browser`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Device => "device",
            Self::Application => "application",
        }
    }

    /// The words for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Browser => "A person in this browser",
            Self::Device => "A person with a code",
            Self::Application => "An application",
        }
    }

    /// The way with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grant| grant.id() == id)
    }
}

/// Whom to ask for tokens, as a person types it. Fields of errors: `provider`, `grant`, `tenant`, `client_id`,
/// `authorize_url`, `device_url`, `token_url`, `scope`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthDraft {
    /// Who grants it.
    pub provider: OAuthProvider,
    /// How.
    pub grant: OAuthGrant,
    /// Microsoft: the directory, by number or domain; blank for any organisation.
    pub tenant: String,
    /// The number of the application that was registered there.
    pub client_id: String,
    /// Another provider's page where people agree.
    pub authorize_url: String,
    /// Where it gives codes for other devices.
    pub device_url: String,
    /// Where it gives tokens.
    pub token_url: String,
    /// What to ask for, separated by blanks.
    pub scope: String,
}

/// Whom to ask for tokens, checked. An address that this way does not need is blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthClient {
    /// Who grants it.
    pub provider: OAuthProvider,
    /// How.
    pub grant: OAuthGrant,
    /// The number of the application.
    pub client_id: String,
    /// Where people agree.
    pub authorize_url: String,
    /// Where codes for other devices come from.
    pub device_url: String,
    /// Where tokens come from.
    pub token_url: String,
    /// What is asked for, separated by blanks.
    pub scope: String,
}

/// Whether there is a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nobody has agreed yet.
    Needed,
    /// Tokens are had without anybody.
    Given,
    /// The provider took it back, or it has run out: somebody has to agree again.
    Ended,
}

impl Consent {
    /// The stable id, such as `given`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Needed => "needed",
            Self::Given => "given",
            Self::Ended => "ended",
        }
    }

    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Needed => "Not connected yet",
            Self::Given => "Connected",
            Self::Ended => "Ended: reconnect it",
        }
    }

    /// The state with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        [Self::Needed, Self::Given, Self::Ended].into_iter().find(|consent| consent.id() == id)
    }
}

/// What is shown of the access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthStatus {
    /// Who grants it.
    pub provider: OAuthProvider,
    /// How.
    pub grant: OAuthGrant,
    /// The number of the application.
    pub client_id: String,
    /// Whether there is a consent.
    pub consent: Consent,
    /// When somebody agreed last.
    pub consented: Option<Timestamp>,
    /// When the consent ends, where the provider said so.
    pub consent_until: Option<Timestamp>,
    /// When the present token ends; it is renewed before.
    pub token_until: Option<Timestamp>,
}

impl OAuthStatus {
    /// Whose tokens they are: `Microsoft 365`, or the words for another provider.
    pub fn words(&self) -> String {
        format!("{}: {}", self.provider.label(), self.consent.label())
    }
}

/// A code that somebody types at the provider, on whatever device (RFC 8628 §3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceCode {
    /// What to type.
    pub code: String,
    /// Where.
    pub address: String,
    /// Until when it is good.
    pub until: Timestamp,
}

/// What comes next on the way to a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentStep {
    /// The browser goes to this address of the provider.
    Visit(String),
    /// Somebody types this code at the provider.
    Type(DeviceCode),
    /// Nothing: it is there.
    Done,
}

/// A credential of tokens on its way to a consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentView {
    /// The credential.
    pub credential: CredentialId,
    /// Its name.
    pub name: String,
    /// Whose mailbox it is for.
    pub user_name: String,
    /// Whether somebody has agreed.
    pub status: OAuthStatus,
    /// What somebody is to type at the provider now.
    pub code: Option<DeviceCode>,
    /// Why the last try came to nothing.
    pub failure: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_there_and_back() {
        for provider in OAuthProvider::ALL {
            assert_eq!(OAuthProvider::from_id(provider.id()), Some(provider));
            assert_eq!(serde_json::to_value(provider).unwrap(), provider.id());
            assert!(!provider.grants().is_empty());
        }
        for grant in OAuthGrant::ALL {
            assert_eq!(OAuthGrant::from_id(grant.id()), Some(grant));
            assert_eq!(serde_json::to_value(grant).unwrap(), grant.id());
        }
        for consent in [Consent::Needed, Consent::Given, Consent::Ended] {
            assert_eq!(Consent::from_id(consent.id()), Some(consent));
        }
    }
}
