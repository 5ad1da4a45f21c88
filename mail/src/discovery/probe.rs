//! Looking whether a mail server answers where mail servers usually are: a real greeting, and a certificate for that very
//! name. The rules of the accounts say who may be contacted. Deliberately absent: signing in.

use super::dns::Dns;
use super::ranking::Finding;
use super::{MailAddress, Rules};
use crate::imap::sign_in::offers_tls as imap_offers_tls;
use crate::net::BoxStream;
use crate::net::greeting::{Greeting, greeting};
use crate::net::line::Wire;
use crate::net::tls::secure;
use crate::pop3::sign_in::offers_tls as pop3_offers_tls;
use crate::{Limits, Progress, Secret, Target, Trust};
use model::{DiscoverySource, Proposal, Protocol, Security, SignInHint, Tried};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Where servers listen.
pub const PORTS: [(Protocol, Security, u16); 4] = [
    (Protocol::Imap, Security::ImplicitTls, 993),
    (Protocol::Imap, Security::StartTls, 143),
    (Protocol::Pop3, Security::ImplicitTls, 995),
    (Protocol::Pop3, Security::StartTls, 110),
];

const SHORT: Duration = Duration::from_secs(4);
/// For one door, from the first packet to the verdict.
const EACH: Duration = Duration::from_secs(6);

/// Knocks at all usual names and ports, side by side.
pub async fn look(address: &MailAddress, dns: &Dns, rules: &Rules) -> Finding {
    let domain = &address.domain;
    let names = [
        (format!("imap.{domain}"), Some(Protocol::Imap)),
        (format!("pop.{domain}"), Some(Protocol::Pop3)),
        (format!("mail.{domain}"), None),
        (domain.clone(), None),
    ];
    let mut knocking = JoinSet::new();
    let mut hosts = Vec::new();
    let [a, b, c, d] = names.map(|(host, only)| async move { (dns.addresses(&host).await, host, only) });
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    for (found, host, only) in [a, b, c, d] {
        let Ok(found) = found else { continue };
        for (protocol, security, port) in rules.ports {
            let allowed = |ip: &_| rules.egress.judge(SocketAddr::new(*ip, port)).is_ok();
            if only.is_some_and(|only| only != protocol) || found.is_empty() || !found.iter().all(allowed) {
                continue;
            }
            if !hosts.contains(&host) {
                hosts.push(host.clone());
            }
            let door = Door {
                target: target(protocol, &host, port, security, rules.trust.clone()),
                addresses: found.iter().map(|ip| SocketAddr::new(*ip, port)).collect(),
            };
            knocking.spawn(async move { timeout(EACH, door.knock()).await.ok().flatten() });
        }
    }
    let mut proposals = Vec::new();
    while let Some(knocked) = knocking.join_next().await {
        if let Ok(Some((target, security))) = knocked {
            proposals.push(proposal(target, security, address));
        }
    }
    let outcome = match (hosts.is_empty(), proposals.len()) {
        (true, _) => {
            format!("There is no host with a usual name such as imap.{domain} that may be contacted.")
        }
        (false, 0) => format!("No mail server answered at {}.", hosts.join(", ")),
        (false, 1) => "One mail server answered.".to_owned(),
        (false, several) => format!("{several} mail servers answered."),
    };
    Finding { proposals, help: None, tried: vec![Tried { source: DiscoverySource::Probe, outcome }] }
}

fn proposal(target: Target, security: Security, address: &MailAddress) -> Proposal {
    let why = match security {
        Security::Plaintext => format!("{} greeted, and offers no encryption.", target.address),
        _ => format!("{} greeted, with a certificate for its name.", target.address),
    };
    Proposal {
        protocol: target.protocol,
        host: target.address,
        port: target.port,
        security,
        user_name: address.full(),
        sign_in: SignInHint::Password,
        source: DiscoverySource::Probe,
        why,
        certain: security != Security::Plaintext,
    }
}

struct Door {
    target: Target,
    addresses: Vec<SocketAddr>,
}

impl Door {
    /// How the server there can be talked to; none where there is none, or none to be trusted.
    async fn knock(self) -> Option<(Target, Security)> {
        let target = &self.target;
        let mut stream = None;
        for address in &self.addresses {
            if let Ok(Ok(connected)) = timeout(SHORT, TcpStream::connect(address)).await {
                stream = Some(connected);
                break;
            }
        }
        let stream: BoxStream = Box::new(stream?);
        let implicit = target.security == Security::ImplicitTls;
        let stream = if implicit {
            let mut unheard = |_| ();
            let mut progress = Progress::new(false, &mut unheard);
            secure(stream, &target.address, &target.trust, &target.limits, &mut progress).await.ok()?
        } else {
            stream
        };
        let wire = Wire::new(stream, &target.limits);
        let (wire, greeted, _) = greeting(wire, target, implicit).await.ok()?;
        if implicit {
            return Some((self.target, Security::ImplicitTls));
        }
        if greeted == Greeting::SignedIn {
            return None;
        }
        let offered = match target.protocol {
            Protocol::Imap => imap_offers_tls(wire, target).await,
            Protocol::Pop3 => pop3_offers_tls(wire, target).await,
        }?;
        Some((self.target, if offered { Security::StartTls } else { Security::Plaintext }))
    }
}

fn target(protocol: Protocol, host: &str, port: u16, security: Security, trust: Trust) -> Target {
    let limits = Limits { connect: SHORT, tls: SHORT, greeting: SHORT, idle: SHORT, ..Limits::default() };
    Target {
        protocol,
        address: host.to_owned(),
        port,
        security,
        trust,
        user_name: String::new(),
        secret: Secret::Password(String::new().into()),
        limits,
        transcript: None,
    }
}
