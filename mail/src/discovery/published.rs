//! What a domain publishes about its mail servers over HTTPS, and what whoever takes its mail in publishes. Deliberately
//! absent: plain HTTP, and telling the address to anybody but its own domain.

use super::autoconfig::{Server, servers};
use super::dns::Dns;
use super::providers::by_exchanger;
use super::ranking::Finding;
use super::{MailAddress, Rules, https};
use model::{DiscoverySource, Proposal, Tried};
use tokio::time::timeout;

/// Asks the address's own domain, at both places, side by side.
pub async fn look(address: &MailAddress, dns: &Dns, rules: &Rules) -> Finding {
    let domain = &address.domain;
    let full: String = url::form_urlencoded::byte_serialize(address.full().as_bytes()).collect();
    let first = format!("https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={full}");
    let second = format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml");
    let (first, second) = tokio::join!(file(&first, address, dns, rules), file(&second, address, dns, rules));
    let source = DiscoverySource::Autoconfig;
    let mut finding = Finding::default();
    for (place, read) in [(format!("autoconfig.{domain}"), first), (domain.clone(), second)] {
        let outcome = match read {
            Ok(servers) => {
                let why = format!("{place} publishes these settings.");
                let count = servers.len();
                finding
                    .proposals
                    .extend(servers.into_iter().map(|server| proposal(server, source, &why, true)));
                format!("{place} publishes settings of {count} incoming servers.")
            }
            Err(why) => format!("{place} publishes no settings: {why}."),
        };
        finding.tried.push(Tried { source, outcome });
    }
    finding
}

/// Asks who takes the domain's mail in, and what is known of them or published by them.
pub async fn look_at_exchanger(address: &MailAddress, dns: &Dns, rules: &Rules) -> Finding {
    let source = DiscoverySource::Mx;
    let told = |mut finding: Finding, outcome: String| {
        finding.tried.push(Tried { source, outcome });
        finding
    };
    let domain = &address.domain;
    let Ok(exchangers) = dns.exchangers(domain).await else {
        return told(Finding::default(), format!("No name server answered for {domain}."));
    };
    let Some(exchanger) = exchangers.first() else {
        return told(Finding::default(), format!("{domain} names nobody who takes its mail in."));
    };
    if let Some(provider) = by_exchanger(exchanger) {
        let why = format!("{exchanger} of {} takes in the mail of {domain}.", provider.name);
        return told(provider.finding(address, source, &why), why);
    }
    for base in bases(exchanger, domain) {
        // Whose server this is learns the domain by being asked; the address is none of its business.
        let url = format!("https://autoconfig.{base}/mail/config-v1.1.xml");
        if let Ok(servers) = file(&url, address, dns, rules).await {
            let why =
                format!("{exchanger} takes in the mail of {domain}, and {base} publishes these settings.");
            let proposals = servers.into_iter().map(|server| proposal(server, source, &why, false)).collect();
            return told(Finding { proposals, ..Finding::default() }, why);
        }
    }
    told(Finding::default(), format!("{exchanger} takes in the mail of {domain}; nothing is known of it."))
}

/// Domains that an exchanger may belong to: its name less its first label, and its last two labels. Not the address's own,
/// which was asked already, and never a single label.
fn bases(exchanger: &str, domain: &str) -> Vec<String> {
    let labels: Vec<&str> = exchanger.split('.').collect();
    let mut bases = Vec::new();
    for keep in [labels.len().saturating_sub(1), 2] {
        let base = labels.get(labels.len().saturating_sub(keep)..).unwrap_or_default().join(".");
        if base.contains('.') && base != domain && !bases.contains(&base) {
            bases.push(base);
        }
    }
    bases
}

async fn file(url: &str, address: &MailAddress, dns: &Dns, rules: &Rules) -> Result<Vec<Server>, String> {
    // Shorter than the limit of the source, so that one slow place does not cost what the other one said.
    let fetched = timeout(rules.limit * 3 / 4, https::fetch(url, dns, rules)).await;
    let xml = fetched.map_err(|_| "it did not answer in time")?.map_err(|failure| failure.to_string())?;
    let found = servers(&xml, address).map_err(|refusal| refusal.to_string())?;
    if found.is_empty() { Err("the file names no incoming server".to_owned()) } else { Ok(found) }
}

fn proposal(server: Server, source: DiscoverySource, why: &str, certain: bool) -> Proposal {
    let Server { protocol, host, port, security, user_name, sign_in } = server;
    Proposal { protocol, host, port, security, user_name, sign_in, source, why: why.to_owned(), certain }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exchanger_belongs_to_the_domains_above_it() {
        assert_eq!(bases("mx1.mail.example.net", "example.org"), ["mail.example.net", "example.net"]);
        assert_eq!(bases("mx.example.org", "example.org"), Vec::<String>::new());
        assert_eq!(bases("mx.net", "example.org"), ["mx.net"]);
    }
}
