//! What was found out about the mail servers of an e-mail address. Plain data for both sides of the wire; how it is found
//! out is `mail::discovery`.

use crate::{Protocol, Security};
use serde::{Deserialize, Serialize};

/// Where settings come from, the most trusted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscoverySource {
    /// Known to this program.
    ProviderTable,
    /// A file that the domain publishes over HTTPS.
    Autoconfig,
    /// Records of the domain's DNS (RFC 6186, RFC 8314).
    Srv,
    /// Whoever takes the domain's mail in.
    Mx,
    /// Names that mail servers usually have, which answered.
    Probe,
}

impl DiscoverySource {
    /// All of them, the most trusted first.
    pub const ALL: [Self; 5] = [Self::ProviderTable, Self::Autoconfig, Self::Srv, Self::Mx, Self::Probe];

    /// The stable word, for the configuration and for JSON.
    pub fn id(self) -> &'static str {
        match self {
            Self::ProviderTable => "provider_table",
            Self::Autoconfig => "autoconfig",
            Self::Srv => "srv",
            Self::Mx => "mx",
            Self::Probe => "probe",
        }
    }

    /// What it is, for the screen.
    pub fn label(self) -> &'static str {
        match self {
            Self::ProviderTable => "Known provider",
            Self::Autoconfig => "Published by the domain",
            Self::Srv => "DNS of the domain",
            Self::Mx => "Mail exchanger",
            Self::Probe => "Usual names",
        }
    }
}

/// What is signed in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInHint {
    /// The password of the mailbox.
    Password,
    /// A password that the provider makes for programs.
    AppPassword,
    /// OAuth2; passwords are refused.
    OAuth2,
}

/// Settings that may fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// IMAP or POP3.
    pub protocol: Protocol,
    /// Host name, in ASCII.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// What to sign in as.
    pub user_name: String,
    /// What to sign in with.
    pub sign_in: SignInHint,
    /// Where it comes from.
    pub source: DiscoverySource,
    /// One sentence: why this is proposed, and what to watch out for.
    pub why: String,
    /// True where it was vouched for well enough to be filled in without a look at it.
    pub certain: bool,
}

impl Proposal {
    /// False where everybody on the way could read the password.
    pub fn is_safe(&self) -> bool {
        self.security != Security::Plaintext
    }

    /// How the connection is protected, in the words of the dialog.
    pub fn security_label(&self) -> &'static str {
        match self.security {
            Security::ImplicitTls => "SSL",
            Security::StartTls => "TLS",
            Security::Plaintext => "not encrypted",
        }
    }
}

/// What one source said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Which.
    pub source: DiscoverySource,
    /// One sentence.
    pub outcome: String,
}

/// The answer of all sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// The best first; those without protection last.
    pub proposals: Vec<Proposal>,
    /// What the provider wants to be known before somebody signs in.
    pub help: Option<String>,
    /// What was asked, and what came of it.
    pub tried: Vec<Tried>,
}

impl Discovery {
    /// The one proposal that needs no choice: safe, vouched for, and the only safe one of its protocol, which is IMAP
    /// where there is any IMAP.
    pub fn only_answer(&self) -> Option<&Proposal> {
        let first = self.proposals.first().filter(|first| first.is_safe() && first.certain)?;
        let mut alike = self.proposals.iter().filter(|p| p.is_safe() && p.protocol == first.protocol);
        (alike.next() == Some(first) && alike.next().is_none()).then_some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(protocol: Protocol, security: Security, certain: bool) -> Proposal {
        Proposal {
            protocol,
            host: "mail.example.org".into(),
            port: 993,
            security,
            user_name: "anna".into(),
            sign_in: SignInHint::Password,
            source: DiscoverySource::Srv,
            why: String::new(),
            certain,
        }
    }

    #[test]
    fn only_one_safe_and_certain_answer_needs_no_choice() {
        use Protocol::{Imap, Pop3};
        use Security::{ImplicitTls, Plaintext, StartTls};
        let only = |proposals: &[(Protocol, Security, bool)]| {
            let proposals = proposals.iter().map(|(p, s, c)| proposal(*p, *s, *c)).collect();
            Discovery { proposals, ..Discovery::default() }.only_answer().is_some()
        };
        assert!(only(&[(Imap, ImplicitTls, true)]));
        assert!(only(&[(Imap, ImplicitTls, true), (Pop3, ImplicitTls, true), (Imap, Plaintext, true)]));
        assert!(!only(&[(Imap, ImplicitTls, true), (Imap, StartTls, true)]), "two to choose from");
        assert!(!only(&[(Imap, Plaintext, true)]), "not safe");
        assert!(!only(&[(Imap, ImplicitTls, false)]), "not vouched for");
        assert!(!only(&[]));
    }
}
