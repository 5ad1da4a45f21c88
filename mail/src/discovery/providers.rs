//! What is known about the large providers: data, and how it is looked up. Deliberately absent: everything that has to be
//! asked for over a network.

mod table;

pub use table::PROVIDERS;

use super::MailAddress;
use super::ranking::{Finding, is_within};
use DiscoverySource::ProviderTable;
use model::{DiscoverySource, Proposal, Protocol, Security, SignInHint, Tried};

/// What a provider wants as the user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserName {
    /// The whole address.
    Address,
    /// What stands before the `@`.
    LocalPart,
}

/// One provider.
#[derive(Debug)]
pub struct Provider {
    /// As people call it.
    pub name: &'static str,
    /// Domains of its own addresses.
    pub domains: &'static [&'static str],
    /// How the names of its mail exchangers end, where it also takes in mail of other domains.
    pub exchangers: &'static [&'static str],
    /// Its IMAP server; all of them speak implicit TLS on 993.
    pub imap: Option<&'static str>,
    /// Its POP3 server; all of them speak implicit TLS on 995.
    pub pop3: Option<&'static str>,
    /// What to sign in as.
    pub user_name: UserName,
    /// What to sign in with.
    pub sign_in: SignInHint,
    /// What has to be known before the first sign-in.
    pub help: &'static str,
}

/// The provider whose own address this is.
pub fn by_domain(domain: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.domains.contains(&domain))
}

/// The provider that runs this mail exchanger.
pub fn by_exchanger(exchanger: &str) -> Option<&'static Provider> {
    let ends = |suffix: &&str| {
        exchanger.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    PROVIDERS.iter().find(|provider| provider.exchangers.iter().any(&ends))
}

/// What the table says of `address`; none for an unknown domain.
pub fn known(address: &MailAddress) -> Option<Finding> {
    let provider = by_domain(&address.domain)?;
    let why = format!("{} is known to have these settings.", provider.name);
    let mut finding = provider.finding(address, ProviderTable, &why);
    let outcome = format!("{} belongs to {}.", address.domain, provider.name);
    finding.tried.push(Tried { source: ProviderTable, outcome });
    Some(finding)
}

impl Provider {
    /// Its servers as proposals of `source`.
    pub fn finding(&self, address: &MailAddress, source: DiscoverySource, why: &str) -> Finding {
        let user_name = match self.user_name {
            UserName::Address => address.full(),
            UserName::LocalPart => address.local.clone(),
        };
        let servers = [(Protocol::Imap, self.imap), (Protocol::Pop3, self.pop3)];
        let proposals = servers.into_iter().filter_map(|(protocol, host)| {
            Some(Proposal {
                protocol,
                host: host?.to_owned(),
                port: protocol.default_port(Security::ImplicitTls),
                security: Security::ImplicitTls,
                user_name: user_name.clone(),
                sign_in: self.sign_in,
                source,
                why: why.to_owned(),
                // Its own addresses are its own. Who takes the mail of another domain in is told by an unsigned DNS.
                certain: source == ProviderTable || host.is_some_and(|host| is_within(host, address)),
            })
        });
        let help = (!self.help.is_empty()).then(|| self.help.to_owned());
        Finding { proposals: proposals.collect(), help, tried: Vec::new() }
    }
}

/// Providers whose mail no program can fetch, by domain.
pub fn without_access(domain: &str) -> Option<&'static str> {
    match domain {
        "proton.me" | "protonmail.com" | "protonmail.ch" | "pm.me" => Some(
            "Proton Mail offers IMAP only through Proton Mail Bridge, which runs on a computer of yours: its window shows \
             address, port, user name and password.",
        ),
        "tuta.com" | "tutanota.com" | "tutanota.de" | "tutamail.com" | "tuta.io" | "keemail.me" => {
            Some("Tuta has neither IMAP nor POP3: no program of another maker can fetch its mail.")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::host_name;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_table_is_in_order() {
        assert!(PROVIDERS.len() >= 30, "{}", PROVIDERS.len());
        let mut domains = HashSet::new();
        for provider in PROVIDERS {
            assert!(!provider.domains.is_empty() || !provider.exchangers.is_empty(), "{}", provider.name);
            assert!(provider.imap.is_some() || provider.pop3.is_some(), "{}", provider.name);
            assert!(
                provider.sign_in == SignInHint::Password || !provider.help.is_empty(),
                "{}: what to do?",
                provider.name
            );
            for host in
                provider.domains.iter().chain(provider.exchangers).chain(&provider.imap).chain(&provider.pop3)
            {
                assert_eq!(host_name(host).as_deref(), Some(*host), "{}", provider.name);
            }
            for domain in provider.domains {
                assert!(domains.insert(domain), "{domain} stands there twice");
                assert_eq!(without_access(domain), None);
            }
        }
    }

    #[test]
    fn providers_are_found_by_domain_and_by_exchanger() {
        let name = |found: Option<&Provider>| found.map(|provider| provider.name);
        assert_eq!(name(by_domain("gmail.com")), Some("Gmail"));
        assert_eq!(name(by_domain("mail.gmail.com")), None);
        assert_eq!(name(by_exchanger("aspmx.l.google.com")), Some("Gmail"));
        assert_eq!(name(by_exchanger("example-org.mail.protection.outlook.com")), Some("Microsoft 365"));
        assert_eq!(name(by_exchanger("outlook-com.olc.protection.outlook.com")), Some("Outlook.com"));
        assert_eq!(name(by_exchanger("evilgoogle.com")), None);
        assert_eq!(name(by_exchanger("google.com.evil.net")), None);
    }

    #[test]
    fn user_names_take_the_form_of_the_provider() {
        let user = |text: &str| {
            let finding = known(&MailAddress::parse(text).unwrap()).unwrap();
            finding.proposals.first().unwrap().user_name.clone()
        };
        assert_eq!(user("anna@gmail.com"), "anna@gmail.com");
        assert_eq!(user("anna@free.fr"), "anna");
    }
}
