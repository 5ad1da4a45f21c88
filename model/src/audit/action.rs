//! What can be done that is recorded, and what it can be done to. Ids are for ever: records outlive versions.

use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident = $id:literal, $words:literal;)*) => {
        /// Something that is recorded.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction { $($(#[doc = $doc])* $name,)* }

        impl AuditAction {
            /// Every action, in the order of the filter.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable id, such as `account.created`.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// The words on the screen, such as `Account created`.
            pub fn label(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }

            /// The action of a stable id.
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|action| action.id() == id)
            }
        }
    };
}

actions! {
    /// Somebody signed in.
    SignedIn = "person.signed_in", "Signed in";
    /// A name or a password was wrong.
    SignInRefused = "person.sign_in_refused", "Sign-in refused";
    /// So many tries that nobody looks at more of them for a while; recorded once for that while.
    SignInPaused = "person.sign_in_paused", "Sign-in paused";
    /// Somebody signed out.
    SignedOut = "person.signed_out", "Signed out";
    /// The first administrator was created in the browser.
    SetUp = "person.set_up", "First administrator created";
    /// The set-up code was wrong.
    SetUpRefused = "person.set_up_refused", "Set-up code refused";
    /// A person was added.
    PersonCreated = "person.created", "Person added";
    /// An account was added.
    AccountCreated = "account.created", "Account created";
    /// An account was changed.
    AccountChanged = "account.changed", "Account changed";
    /// From now on any certificate is accepted.
    CertificateSkipped = "account.certificate_skipped", "Certificate skipped";
    /// From now on a certificate's key, or an authority of one's own, is trusted.
    CertificateTrusted = "account.certificate_trusted", "Certificate trusted";
    /// From now on certificates are checked.
    CertificateChecked = "account.certificate_checked", "Certificate checked again";
    /// An account is not contacted any more.
    AccountPaused = "account.paused", "Account paused";
    /// An account is contacted again.
    AccountResumed = "account.resumed", "Account resumed";
    /// An account was removed here.
    AccountRemoved = "account.removed", "Account deleted";
    /// Somebody had an account checked.
    CheckAsked = "account.check_asked", "Check now";
    /// Somebody asked a mail server what a check would do.
    ForecastAsked = "account.forecast_asked", "Forecast of a check";
    /// Somebody tested a connection.
    ConnectionTested = "account.connection_tested", "Connection tested";
    /// Somebody has the conversations with a mail server written down.
    TranscriptStarted = "account.transcript_started", "Transcript started";
    /// Somebody ended that before its time.
    TranscriptStopped = "account.transcript_stopped", "Transcript stopped";
    /// Messages were imported from files.
    MessagesImported = "account.messages_imported", "Messages imported";
    /// Messages in quarantine are asked for again.
    QuarantineRetried = "account.quarantine_retried", "Quarantine retried";
    /// A check deleted messages on the mail server.
    DeletedOnServer = "account.deleted_on_server", "Deleted on the server";
    /// Messages that had left their server were dropped here, as the account wants.
    GoneDropped = "account.gone_dropped", "Dropped after leaving the server";
    /// A credential was added.
    CredentialCreated = "credential.created", "Credential created";
    /// A secret was replaced.
    CredentialRotated = "credential.rotated", "Credential rotated";
    /// Somebody agreed at a provider that mailboxes are read with its tokens.
    CredentialConnected = "credential.connected", "Access granted";
    /// A credential was removed.
    CredentialRemoved = "credential.removed", "Credential deleted";
    /// Everything is sealed with a new key.
    VaultRotated = "vault.rotated", "Vault key rotated";
    /// A Network Connector was added.
    ConnectorCreated = "connector.created", "Network Connector created";
    /// A Network Connector was changed.
    ConnectorChanged = "connector.changed", "Network Connector changed";
    /// Somebody tried to reach a server through a Network Connector.
    ConnectorTested = "connector.tested", "Network Connector tested";
    /// A Network Connector was removed.
    ConnectorRemoved = "connector.removed", "Network Connector deleted";
    /// Somebody got a code that an agent can be enrolled with.
    EnrolmentCreated = "connector.enrolment_created", "Code for an agent created";
    /// Somebody tried a code that was none; recorded once for a while.
    EnrolmentRefused = "connector.enrolment_refused", "Code of an agent refused";
    /// An agent became known.
    AgentEnrolled = "connector.agent_enrolled", "Agent enrolled";
    /// The key of an agent came from an address that it did not come from before.
    AgentMoved = "connector.agent_moved", "Agent came from elsewhere";
    /// Somebody came with the key of an agent that was connected and alive; recorded once for a while.
    AgentDisplaced = "connector.agent_displaced", "Agent took the place of another one";
    /// Somebody wants an agent to have another key.
    AgentRenewalAsked = "connector.agent_renewal_asked", "New key for an agent asked for";
    /// An agent has another key.
    AgentRenewed = "connector.agent_renewed", "Agent has a new key";
    /// An agent is not let in any more.
    AgentRevoked = "connector.agent_revoked", "Agent revoked";
    /// The key of a revoked agent was used; recorded once an hour.
    AgentRefused = "connector.agent_refused", "Revoked agent refused";
    /// A system parameter was set.
    ParameterChanged = "parameter.changed", "Parameter changed";
    /// A system parameter has its default again.
    ParameterReset = "parameter.reset", "Parameter reset";
    /// A report is to be written at its time.
    ReportScheduled = "report.scheduled", "Report scheduled";
    /// Somebody had a report written.
    ReportAsked = "report.asked", "Report written now";
    /// A report is not written any more.
    ScheduleRemoved = "report.schedule_removed", "Report not scheduled any more";
    /// A report that was written is removed before its time.
    ReportRemoved = "report.removed", "Report deleted";
}

/// What something is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noun {
    /// Somebody who signs in.
    Person,
    /// A registered mailbox login.
    Account,
    /// A named secret.
    Credential,
    /// A global setting.
    Parameter,
    /// Where secrets are sealed.
    Vault,
    /// A report that is written at its time.
    Report,
    /// A way into another network.
    Connector,
}

impl Noun {
    /// The stable id, such as `account`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Account => "account",
            Self::Credential => "credential",
            Self::Parameter => "parameter",
            Self::Vault => "vault",
            Self::Report => "report",
            Self::Connector => "connector",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AuditAction;
    use std::collections::HashSet;

    #[test]
    fn an_id_names_one_action_and_begins_with_a_noun() {
        let ids: HashSet<_> = AuditAction::ALL.iter().map(|action| action.id()).collect();
        assert_eq!(ids.len(), AuditAction::ALL.len());
        for id in ids {
            let (noun, verb) = id.split_once('.').unwrap();
            assert!(
                ["person", "account", "connector", "credential", "parameter", "vault", "report"]
                    .contains(&noun),
                "{id}"
            );
            assert!(verb.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{id}");
        }
    }
}
