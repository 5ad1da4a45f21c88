//! Which proposal comes first. Deliberately absent: where they come from.

use super::MailAddress;
use model::{Discovery, Proposal, Protocol, Security, Tried};

/// What one source found out.
#[derive(Debug, Default)]
pub struct Finding {
    /// In the order of the source.
    pub proposals: Vec<Proposal>,
    /// What the provider wants to be known.
    pub help: Option<String>,
    /// What was asked and what came of it.
    pub tried: Vec<Tried>,
}

/// All that was found, the best first and each server once, told by whoever is trusted most.
///
/// Without protection comes last, whoever says it. Then IMAP before POP3, for it leaves other programs in peace; TLS from the
/// first byte before STARTTLS (RFC 8314 §3); and then the more trusted source.
pub fn ranked(findings: Vec<Finding>) -> Discovery {
    let mut found = Discovery::default();
    let mut all: Vec<Proposal> = Vec::new();
    for finding in findings {
        all.extend(finding.proposals);
        found.help = found.help.or(finding.help);
        found.tried.extend(finding.tried);
    }
    all.sort_by_key(|proposal| proposal.source);
    for proposal in all {
        let same = |known: &Proposal| server(known) == server(&proposal);
        if !found.proposals.iter().any(same) {
            found.proposals.push(proposal);
        }
    }
    found.proposals.sort_by_key(|proposal| {
        let security = match proposal.security {
            Security::ImplicitTls => 0,
            Security::StartTls => 1,
            Security::Plaintext => 2,
        };
        (!proposal.is_safe(), proposal.protocol == Protocol::Pop3, security, proposal.source)
    });
    for proposal in found.proposals.iter_mut().filter(|proposal| !proposal.is_safe()) {
        proposal.why.push_str(" Password and mail would travel unencrypted.");
    }
    found.proposals.truncate(MOST);
    found
}

/// More than this many are no help to anybody.
const MOST: usize = 12;

fn server(proposal: &Proposal) -> (Protocol, &str, u16, Security) {
    (proposal.protocol, &proposal.host, proposal.port, proposal.security)
}

/// True where `host` belongs to the address's own domain.
pub fn is_within(host: &str, address: &MailAddress) -> bool {
    host.strip_suffix(&*address.domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{DiscoverySource, SignInHint};

    fn proposal(protocol: Protocol, host: &str, security: Security, source: DiscoverySource) -> Proposal {
        let (port, user_name, why) =
            (protocol.default_port(security), "anna".to_owned(), "Because.".to_owned());
        let (sign_in, certain) = (SignInHint::Password, true);
        Proposal { protocol, host: host.into(), port, security, user_name, sign_in, source, why, certain }
    }

    #[test]
    fn safe_before_trusted_and_each_server_once() {
        use DiscoverySource::{Autoconfig, Probe, ProviderTable, Srv};
        use Protocol::{Imap, Pop3};
        use Security::{ImplicitTls, Plaintext, StartTls};
        let finding = |proposals| Finding { proposals, ..Finding::default() };
        let found = ranked(vec![
            finding(vec![
                proposal(Imap, "plain", Plaintext, ProviderTable),
                proposal(Pop3, "pop", ImplicitTls, ProviderTable),
            ]),
            finding(vec![
                proposal(Imap, "probed", ImplicitTls, Probe),
                proposal(Imap, "starts", StartTls, Autoconfig),
                proposal(Imap, "named", ImplicitTls, Probe),
            ]),
            finding(vec![proposal(Imap, "named", ImplicitTls, Srv)]),
        ]);
        let order: Vec<(&str, DiscoverySource)> =
            found.proposals.iter().map(|proposal| (&*proposal.host, proposal.source)).collect();
        assert_eq!(
            order,
            [
                ("named", Srv),
                ("probed", Probe),
                ("starts", Autoconfig),
                ("pop", ProviderTable),
                ("plain", ProviderTable)
            ]
        );
        assert!(found.proposals.last().unwrap().why.contains("unencrypted"));
    }

    #[test]
    fn a_name_that_only_ends_alike_is_another_domain() {
        let address = MailAddress::parse("anna@example.org").unwrap();
        assert!(is_within("example.org", &address) && is_within("mail.example.org", &address));
        assert!(!is_within("evilexample.org", &address) && !is_within("example.org.evil.net", &address));
    }
}
