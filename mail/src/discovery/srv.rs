//! What the domain's DNS says of its mail servers (RFC 6186): implicit TLS first (RFC 8314). Deliberately absent: whether a
//! server really answers there.

use super::MailAddress;
use super::dns::Dns;
use super::ranking::{Finding, is_within};
use model::{DiscoverySource, Proposal, Protocol, Security, SignInHint, Tried};

/// Service, and what speaks there. RFC 6186 §3.1 and §3.2: without the s, STARTTLS is meant, never plain text.
const SERVICES: [(&str, Protocol, Security); 4] = [
    ("_imaps._tcp", Protocol::Imap, Security::ImplicitTls),
    ("_imap._tcp", Protocol::Imap, Security::StartTls),
    ("_pop3s._tcp", Protocol::Pop3, Security::ImplicitTls),
    ("_pop3._tcp", Protocol::Pop3, Security::StartTls),
];

/// Asks for all four services, side by side.
pub async fn look(address: &MailAddress, dns: &Dns) -> Finding {
    let ask = |(service, protocol, security)| async move {
        (protocol, security, dns.services(service, &address.domain).await)
    };
    let [imaps, imap, pop3s, pop3] = SERVICES.map(ask);
    let (imaps, imap, pop3s, pop3) = tokio::join!(imaps, imap, pop3s, pop3);
    let mut proposals = Vec::new();
    let (mut silent, mut denied) = (0, 0);
    for (protocol, security, found) in [imaps, imap, pop3s, pop3] {
        let Ok(found) = found else {
            silent += 1;
            continue;
        };
        denied += found.iter().filter(|service| service.target.is_none()).count();
        let best = found.into_iter().find_map(|service| Some((service.target?, service.port)));
        if let Some((host, port)) = best.filter(|(_, port)| *port != 0) {
            proposals.push(proposal(address, protocol, security, host, port));
        }
    }
    let domain = &address.domain;
    let outcome = match (proposals.len(), silent, denied) {
        (0, 4, _) => format!("No name server answered for {domain}."),
        (0, _, 0) => format!("The DNS of {domain} names no mail servers."),
        (0, ..) => format!("The DNS of {domain} says that it has no such service."),
        (1, ..) => format!("The DNS of {domain} names one mail server."),
        (several, ..) => format!("The DNS of {domain} names {several} mail servers."),
    };
    Finding { proposals, help: None, tried: vec![Tried { source: DiscoverySource::Srv, outcome }] }
}

fn proposal(
    address: &MailAddress,
    protocol: Protocol,
    security: Security,
    host: String,
    port: u16,
) -> Proposal {
    // RFC 6186 §6: DNS is not signed, so a name outside of the domain is the person's to confirm.
    let certain = is_within(&host, address);
    let why = if certain {
        format!("The DNS of {} names this server.", address.domain)
    } else {
        format!(
            "The DNS of {} names this server, which belongs to another domain: check that you expect it.",
            address.domain
        )
    };
    let user_name = address.full();
    let (sign_in, source) = (SignInHint::Password, DiscoverySource::Srv);
    Proposal { protocol, host, port, security, user_name, sign_in, source, why, certain }
}
