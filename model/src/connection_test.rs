//! A connection test: what came of each stage, in the server's words and ours, and the remedy that applies itself.

use crate::{AccountDraft, Cause, Certificate, CredentialId, Protocol, SecureConnectionType, Stage};
use serde::{Deserialize, Serialize};

/// The number of a connection test that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TestId(pub u64);

/// A connection test as far as it has got.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionTest {
    /// The stages that began, in the order in which they did.
    pub stages: Vec<StageReport>,
    /// Grows with each change.
    pub revision: u64,
    /// Nothing more will come.
    pub ended: bool,
}

impl ConnectionTest {
    /// True where it ended and every stage went well.
    pub fn is_ok(&self) -> bool {
        self.ended && !self.stages.is_empty() && self.failure().is_none()
    }

    /// Why it failed.
    pub fn failure(&self) -> Option<&StageFailure> {
        self.stages.iter().find_map(|stage| stage.failure.as_ref())
    }
}

/// What came of one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageReport {
    /// Which.
    pub stage: Stage,
    /// It is over.
    pub ended: bool,
    /// How long it took so far.
    pub milliseconds: u64,
    /// What was found out, one sentence each.
    pub facts: Vec<Fact>,
    /// What the server showed of itself, its own certificate first.
    pub certificates: Vec<Certificate>,
    /// The server's own words, bounded and without control characters.
    pub server_reply: Option<String>,
    /// Why it went no further.
    pub failure: Option<StageFailure>,
}

/// Something that was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// One sentence.
    pub text: String,
    /// It does not keep the account from working, and somebody should know it.
    pub warns: bool,
}

/// Why a stage failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageFailure {
    /// The stable cause; absent where the fault was on our side.
    pub cause: Option<Cause>,
    /// One sentence of ours.
    pub error: String,
    /// What a button can change about it.
    pub remedy: Option<Remedy>,
}

/// A change of the account's fields that a failure asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Another security, on this port.
    UseSecurity {
        /// Which.
        security: SecureConnectionType,
        /// Where.
        port: u16,
    },
    /// This port.
    UsePort(u16),
    /// The protocol that answered.
    UseProtocol(Protocol),
    /// The name that is in the certificate.
    UseAddress(String),
    /// This certificate's key.
    Trust(Box<Certificate>),
    /// This certificate's key in place of the one that was trusted.
    TrustAnother {
        /// The one that was trusted.
        before: Box<Certificate>,
        /// The one that is there now.
        now: Box<Certificate>,
    },
    /// No copy on the server.
    KeepNoCopy,
    /// These folders, which exist.
    UseFolders(Vec<String>),
    /// This credential's provider is asked for access once more, which happens beside the form.
    Reconnect(CredentialId),
    /// Nothing that a button could know: a person looks at this field of the form.
    Look(Field),
    /// It may pass by itself, or was mended elsewhere.
    Again,
}

/// Fields that a person looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// *Address*
    Address,
    /// *Port*
    Port,
    /// *Credential for authentication*
    Credential,
    /// *Use Network Connector?*
    Connector,
}

impl Remedy {
    /// What its button says.
    pub fn label(&self) -> String {
        match self {
            Self::UseSecurity { security: SecureConnectionType::Ssl, port } => {
                format!("Use SSL on port {port}")
            }
            Self::UseSecurity { security: SecureConnectionType::Tls, port } => {
                format!("Use TLS (STARTTLS) on port {port}")
            }
            Self::UsePort(port) => format!("Use port {port}"),
            Self::UseProtocol(protocol) => format!("Use {}", protocol.label()),
            Self::UseAddress(address) => format!("Use {address}"),
            Self::Trust(_) => "Trust this certificate".to_owned(),
            Self::TrustAnother { .. } => "Trust the new key".to_owned(),
            Self::KeepNoCopy => "Answer No to Keep copy in server".to_owned(),
            Self::UseFolders(folders) => format!("Use {}", folders.join(", ")),
            Self::Reconnect(_) => "Reconnect".to_owned(),
            Self::Look(Field::Address) => "Change the address".to_owned(),
            Self::Look(Field::Port) => "Change the port".to_owned(),
            Self::Look(Field::Credential) => "Change the credential".to_owned(),
            Self::Look(Field::Connector) => "Change the Network Connector".to_owned(),
            Self::Again => "Test again".to_owned(),
        }
    }

    /// Changes the fields of `draft`; false where there is nothing to change and a person has to.
    pub fn apply(&self, draft: &mut AccountDraft) -> bool {
        match self {
            Self::UseSecurity { security, port } => {
                draft.use_safe_connection = true;
                draft.secure_connection_type = Some(*security);
                draft.port = port.to_string();
            }
            Self::UsePort(port) => draft.port = port.to_string(),
            Self::UseProtocol(protocol) => draft.protocol = *protocol,
            Self::UseAddress(address) => draft.address.clone_from(address),
            Self::Trust(certificate) | Self::TrustAnother { now: certificate, .. } => {
                draft.skip_certificate = false;
                draft.pinned = Some((**certificate).clone());
            }
            Self::KeepNoCopy => draft.keep_copy = false,
            Self::UseFolders(folders) => draft.folders = crate::account::folders_text(folders),
            Self::Reconnect(_) | Self::Look(_) | Self::Again => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_changes_what_its_button_names() {
        let mut draft = AccountDraft { address: "192.0.2.1".to_owned(), ..AccountDraft::default() };
        assert!(Remedy::UseSecurity { security: SecureConnectionType::Tls, port: 143 }.apply(&mut draft));
        assert!(Remedy::UseAddress("mail.example.org".to_owned()).apply(&mut draft));
        assert!(Remedy::KeepNoCopy.apply(&mut draft));
        assert!(Remedy::UseFolders(vec!["INBOX".to_owned(), "Sent".to_owned()]).apply(&mut draft));
        assert_eq!(draft.secure_connection_type, Some(SecureConnectionType::Tls));
        assert_eq!((draft.port.as_str(), draft.address.as_str()), ("143", "mail.example.org"));
        assert_eq!((draft.keep_copy, draft.folders.as_str()), (false, "INBOX, Sent"));
        let before = draft.clone();
        assert!(!Remedy::Look(Field::Credential).apply(&mut draft));
        assert_eq!(draft, before);
    }
}
