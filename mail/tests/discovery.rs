//! Settings of mail accounts are found, on a small Internet that answers on loopback, and whatever lies, drips or leads
//! astray there is named and left alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "support/web.rs"]
mod web;

use mail::discovery::{MailAddress, Rules, find};
use model::{Discovery, DiscoverySource, Protocol, Security};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use web::{Authority, Site, Zone};

use DiscoverySource::{Autoconfig, Mx, Probe, ProviderTable, Srv};

const LIMIT: Duration = Duration::from_secs(4);

fn rules(sources: &[DiscoverySource]) -> Rules {
    Rules { sources: sources.to_vec(), limit: LIMIT, ..Rules::default() }
}

async fn found(address: &str, rules: &Rules) -> Discovery {
    Box::pin(find(&MailAddress::parse(address).unwrap(), rules)).await
}

/// Protocol, host, port, security and source of each proposal.
fn told(found: &Discovery) -> Vec<(Protocol, &str, u16, Security, DiscoverySource)> {
    found.proposals.iter().map(|p| (p.protocol, &*p.host, p.port, p.security, p.source)).collect()
}

fn outcomes(found: &Discovery) -> String {
    found.tried.iter().map(|tried| &*tried.outcome).collect::<Vec<_>>().join("\n")
}

fn file(host: &str, socket: &str) -> String {
    format!(
        "<clientConfig version=\"1.1\"><emailProvider id=\"x\"><incomingServer type=\"imap\"><hostname>{host}</hostname>\
         <port>993</port><socketType>{socket}</socketType><username>%EMAILADDRESS%</username>\
         <authentication>password-cleartext</authentication></incomingServer></emailProvider></clientConfig>"
    )
}

const AUTOCONFIG: &str = "autoconfig.lab.test/mail/config-v1.1.xml";
const WELL_KNOWN: &str = "lab.test/.well-known/autoconfig/mail/config-v1.1.xml";

/// A web server for `lab.test` and its neighbours, and the rules that lead to it.
async fn published(site: Site, zone: Zone) -> Rules {
    let authority = Authority::new();
    let names = ["lab.test", "autoconfig.lab.test", "elsewhere.test", "inside.test", "autoconfig.mx.test"];
    let https_port = site.serve("127.0.0.1", 0, authority.acceptor(&names)).await;
    let zone = names
        .iter()
        .filter(|name| **name != "inside.test")
        .fold(zone, |zone, name| zone.address(name, "127.0.0.1"));
    Rules {
        resolver: Some(zone.serve().await),
        trust: authority.trust(),
        private_https: vec!["127.0.0.1/32".parse().unwrap()],
        https_port,
        ..rules(&[Autoconfig, Mx])
    }
}

#[tokio::test]
async fn a_known_provider_is_answered_without_asking_anybody() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let rules = Rules { resolver: Some(nobody), ..rules(&DiscoverySource::ALL) };
    let started = Instant::now();
    let gmail = found("anna@gmail.com", &rules).await;
    assert!(started.elapsed() < Duration::from_secs(1));
    let first = (Protocol::Imap, "imap.gmail.com", 993, Security::ImplicitTls, ProviderTable);
    assert_eq!(told(&gmail)[0], first);
    assert!(gmail.help.as_ref().unwrap().contains("app password"));
    assert_eq!(gmail.only_answer(), gmail.proposals.first());
    let proton = found("anna@proton.me", &rules).await;
    assert!(proton.proposals.is_empty() && outcomes(&proton).contains("Bridge"), "{proton:?}");
}

#[tokio::test]
async fn the_dns_is_asked_and_believed_as_far_as_it_reaches() {
    let zone = Zone::default()
        .service("_imaps._tcp.xn--exmple-cua.test", 20, 993, "second.xn--exmple-cua.test.")
        .service("_imaps._tcp.xn--exmple-cua.test", 10, 1993, "first.xn--exmple-cua.test.")
        .service("_imap._tcp.xn--exmple-cua.test", 0, 143, "mail.elsewhere.test.")
        .service("_pop3s._tcp.xn--exmple-cua.test", 0, 0, ".")
        .service("_imaps._tcp.none.test", 0, 0, ".");
    let rules = Rules { resolver: Some(zone.serve().await), ..rules(&[Srv]) };
    let idn = found("anna@exämple.test", &rules).await;
    assert_eq!(
        told(&idn),
        [
            (Protocol::Imap, "first.xn--exmple-cua.test", 1993, Security::ImplicitTls, Srv),
            (Protocol::Imap, "mail.elsewhere.test", 143, Security::StartTls, Srv),
        ]
    );
    assert!(
        idn.proposals[0].certain && !idn.proposals[1].certain,
        "another domain is the person's to confirm"
    );
    assert!(idn.proposals[1].why.contains("another domain"));
    let none = found("anna@none.test", &rules).await;
    assert!(none.proposals.is_empty());
    assert_eq!(outcomes(&none), "The DNS of none.test says that it has no such service.");
}

#[tokio::test]
async fn published_settings_are_read_and_only_the_domain_learns_the_address() {
    let site = Site::default()
        .file(AUTOCONFIG, &file("imap.lab.test", "SSL"))
        .file("autoconfig.mx.test/mail/config-v1.1.xml", &file("imap.mx.test", "SSL"));
    let asked = Arc::clone(&site.asked);
    let rules = published(site, Zone::default().exchanger("lab.test", "in.mx.test.")).await;
    let lab = found("an+na@lab.test", &rules).await;
    assert_eq!(
        told(&lab),
        [
            (Protocol::Imap, "imap.lab.test", 993, Security::ImplicitTls, Autoconfig),
            (Protocol::Imap, "imap.mx.test", 993, Security::ImplicitTls, Mx),
        ]
    );
    assert_eq!(lab.proposals[0].user_name, "an+na@lab.test");
    let asked = asked.lock().unwrap();
    assert!(asked.contains(&format!("{AUTOCONFIG}?emailaddress=an%2Bna%40lab.test")), "{asked:?}");
    assert!(
        asked.iter().all(|url| url.starts_with("autoconfig.lab.test") || !url.contains("na")),
        "{asked:?}"
    );
}

#[tokio::test]
async fn mail_that_a_known_provider_takes_in_is_fetched_there() {
    let zone = Zone::default().exchanger("lab.test", "lab-test.mail.protection.outlook.com.");
    let rules = Rules { resolver: Some(zone.serve().await), ..rules(&[Mx]) };
    let lab = found("anna@lab.test", &rules).await;
    assert_eq!(told(&lab)[0].1, "outlook.office365.com");
    assert!(lab.help.as_ref().unwrap().contains("OAuth2") && lab.only_answer().is_none(), "{lab:?}");
}

#[tokio::test]
async fn a_redirect_is_followed_three_times_and_only_over_https_to_public_addresses() {
    let authority = Authority::new();
    for (to, expected) in [
        ("https://elsewhere.test/2", Ok(())),
        ("https://elsewhere.test/1", Err("passed on too often")),
        ("http://elsewhere.test/3", Err("not followed")),
        ("https://elsewhere.test:8443/3", Err("not followed")),
        ("https://127.0.0.1/3", Err("not followed")),
        ("https://anna:x@elsewhere.test/3", Err("not followed")),
        ("https://inside.test/3", Err("not a public one")),
    ] {
        let site = Site::default()
            .redirect(AUTOCONFIG, to)
            .redirect("elsewhere.test/1", "https://elsewhere.test/2")
            .redirect("elsewhere.test/2", "/3")
            .redirect("elsewhere.test/3", "https://elsewhere.test/4")
            .file("elsewhere.test/4", &file("imap.lab.test", "SSL"));
        let rules = published(site, Zone::default().address("inside.test", "127.0.0.2")).await;
        let inside = Site::default();
        let reached = Arc::clone(&inside.connections);
        inside.serve("127.0.0.2", rules.https_port, authority.acceptor(&["inside.test"])).await;
        let lab = found("anna@lab.test", &rules).await;
        match expected {
            Ok(()) => assert_eq!(lab.proposals.len(), 1, "{to}: {}", outcomes(&lab)),
            Err(why) => {
                assert!(lab.proposals.is_empty(), "{to}");
                assert!(outcomes(&lab).contains(why), "{to}: {}", outcomes(&lab));
            }
        }
        assert_eq!(reached.load(Ordering::SeqCst), 0, "a refused address gets no packet");
    }
}

#[tokio::test]
async fn https_reaches_no_private_address_unless_the_configuration_says_so() {
    let site = Site::default().file(WELL_KNOWN, &file("imap.lab.test", "SSL"));
    let connections = Arc::clone(&site.connections);
    let rules = published(site, Zone::default()).await;
    let closed = Rules { private_https: Vec::new(), ..rules.clone() };
    let lab = found("anna@lab.test", &closed).await;
    assert!(lab.proposals.is_empty() && outcomes(&lab).contains("not a public one"), "{}", outcomes(&lab));
    assert_eq!(connections.load(Ordering::SeqCst), 0, "a refused address gets no packet");
    assert_eq!(found("anna@lab.test", &rules).await.proposals.len(), 1);
}

#[tokio::test]
async fn hostile_files_are_named_and_cost_little() {
    let bomb =
        "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><clientConfig>&b;</clientConfig>";
    let huge = file(&"x".repeat(400_000), "SSL");
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 0\r\n\r\n", "x".repeat(40_000));
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(400_000));
    let ok = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    for (answer, expected) in [
        (ok(&huge), "too large"),
        (endless, "too large"),
        (ok(bomb), "contains a document type"),
        (ok("<html></html>"), "no autoconfig file"),
        (ok(&"<clientConfig>".repeat(10_000)), "too complex"),
        (ok(&file("127.0.0.1", "SSL")), "names no incoming server"),
        (head, "nothing answered there"),
        ("220 mx ESMTP\r\n".to_owned(), "nothing answered there"),
    ] {
        let rules = published(Site::default().raw(WELL_KNOWN, answer.into()), Zone::default()).await;
        let lab = found("anna@lab.test", &rules).await;
        assert!(lab.proposals.is_empty(), "{expected}");
        assert!(outcomes(&lab).contains(expected), "{expected}: {}", outcomes(&lab));
    }
}

#[tokio::test]
async fn who_is_slow_costs_neither_the_limit_nor_what_others_say() {
    let slow = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nslow".to_vec();
    let site = Site::default().raw(AUTOCONFIG, slow).file(WELL_KNOWN, &file("imap.lab.test", "SSL"));
    let rules = published(site, Zone::default()).await;
    let started = Instant::now();
    let lab = found("anna@lab.test", &rules).await;
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
    assert_eq!(lab.proposals.len(), 1, "{}", outcomes(&lab));
    assert!(outcomes(&lab).contains("did not answer in time"), "{}", outcomes(&lab));
    // A name server that says nothing at all.
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let rules = Rules { resolver: Some(silent.local_addr().unwrap()), ..self::rules(&DiscoverySource::ALL) };
    let started = Instant::now();
    let nothing = found("anna@lab.test", &rules).await;
    assert!(started.elapsed() < LIMIT + Duration::from_secs(1), "{:?}", started.elapsed());
    assert!(nothing.proposals.is_empty());
    let tried: Vec<DiscoverySource> = nothing.tried.iter().map(|tried| tried.source).collect();
    for source in DiscoverySource::ALL {
        assert!(tried.contains(&source), "{source:?} is not accounted for: {nothing:?}");
    }
}

/// A mail server that greets, and knows as much of its protocol as knocking needs.
async fn mail_server(implicit: bool, greeting: &'static str, starttls: bool, tls: TlsAcceptor) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                if implicit {
                    let mut stream = tls.accept(stream).await.ok()?;
                    stream.write_all(greeting.as_bytes()).await.ok()?;
                    return stream.read_u8().await.ok();
                }
                stream.write_all(greeting.as_bytes()).await.ok()?;
                let mut line = Vec::new();
                loop {
                    line.push(stream.read_u8().await.ok()?);
                    if !line.ends_with(b"\r\n") {
                        continue;
                    }
                    let said = String::from_utf8(std::mem::take(&mut line)).ok()?;
                    let tag = said.split(' ').next()?.to_owned();
                    if said.contains("CAPABILITY") {
                        let offered = if starttls { "STARTTLS " } else { "" };
                        let answer = format!("* CAPABILITY {offered}IMAP4rev1\r\n{tag} OK done\r\n");
                        stream.write_all(answer.as_bytes()).await.ok()?;
                    } else if said.contains("STARTTLS") {
                        stream.write_all(format!("{tag} OK begin\r\n").as_bytes()).await.ok()?;
                        return tls.accept(stream).await.ok()?.read_u8().await.ok();
                    }
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn knocking_finds_what_really_greets_with_its_own_name() {
    use Protocol::{Imap, Pop3};
    use Security::{ImplicitTls, Plaintext, StartTls};
    let authority = Authority::new();
    let tls = authority.acceptor(&["mail.lab.test", "plain.test"]);
    let imap = "* OK ready\r\n";
    let imaps = mail_server(true, imap, true, tls.clone()).await;
    let starts = mail_server(false, imap, true, tls.clone()).await;
    let plain = mail_server(false, imap, false, tls.clone()).await;
    let smtp = mail_server(true, "220 mx ESMTP\r\n", false, tls).await;
    let zone = Zone::default()
        .address("mail.lab.test", "127.0.0.1")
        .address("lab.test", "127.0.0.1")
        .address("plain.test", "127.0.0.1")
        .address("imap.evil.test", "169.254.169.254");
    let ports = [
        (Imap, ImplicitTls, imaps),
        (Imap, StartTls, starts),
        (Pop3, ImplicitTls, smtp),
        (Imap, StartTls, plain),
    ];
    let rules =
        Rules { resolver: Some(zone.serve().await), trust: authority.trust(), ports, ..rules(&[Probe]) };
    let lab = found("anna@lab.test", &rules).await;
    assert_eq!(
        told(&lab),
        [
            (Imap, "mail.lab.test", imaps, ImplicitTls, Probe),
            (Imap, "mail.lab.test", starts, StartTls, Probe),
            // The certificate is not for lab.test, so only what needs none is left of it.
            (Imap, "mail.lab.test", plain, Plaintext, Probe),
            (Imap, "lab.test", plain, Plaintext, Probe),
        ]
    );
    assert!(lab.proposals[2].why.contains("unencrypted") && !lab.proposals[2].certain);
    let evil = found("anna@evil.test", &rules).await;
    assert!(evil.proposals.is_empty() && outcomes(&evil).contains("may be contacted"), "{evil:?}");
    let own = Rules { egress: mail::Egress::new(vec![([127, 0, 0, 1], imaps).into()]), ..rules.clone() };
    let own = found("anna@lab.test", &own).await;
    assert!(told(&own).iter().all(|proposal| proposal.2 != imaps), "our own listener is no mail server");
}

/// A domain that every source knows something of: without one of them the others say what they know.
#[tokio::test]
async fn each_source_can_be_switched_off_alone() {
    let all = DiscoverySource::ALL;
    let authority = Authority::new();
    let imaps = mail_server(true, "* OK ready\r\n", true, authority.acceptor(&["imap.lab.test"])).await;
    let site = Site::default()
        .file(AUTOCONFIG, &file("published.lab.test", "SSL"))
        .file("autoconfig.mx.test/mail/config-v1.1.xml", &file("imap.mx.test", "SSL"));
    let zone = Zone::default()
        .service("_imaps._tcp.lab.test", 0, 993, "named.lab.test.")
        .exchanger("lab.test", "in.mx.test.")
        .address("imap.lab.test", "127.0.0.1");
    let port = (Protocol::Imap, Security::ImplicitTls, imaps);
    let rules = published(site, zone).await;
    let rules = Rules { ports: [port; 4], ..rules };
    for off in all {
        let sources: Vec<_> = all.into_iter().filter(|source| *source != off).collect();
        let lab = found("anna@lab.test", &Rules { sources: sources.clone(), ..rules.clone() }).await;
        for (source, host) in
            [(Autoconfig, "published.lab.test"), (Srv, "named.lab.test"), (Mx, "imap.mx.test")]
        {
            let is_told = lab.proposals.iter().any(|proposal| proposal.host == host);
            assert_eq!(is_told, source != off, "{source:?} without {off:?}: {lab:?}");
        }
        let asked = |source| lab.tried.iter().any(|tried| tried.source == source);
        assert!(!asked(off) && sources.into_iter().all(asked), "{off:?}: {lab:?}");
        let gmail = found("anna@gmail.com", &Rules { sources: vec![off], ..rules.clone() }).await;
        let known = gmail.proposals.iter().any(|proposal| proposal.source == ProviderTable);
        assert_eq!(known, off == ProviderTable, "the table alone, or not at all: {gmail:?}");
    }
}

#[tokio::test]
async fn a_source_that_is_switched_off_is_neither_asked_nor_told_of() {
    let site = Site::default().file(WELL_KNOWN, &file("imap.lab.test", "SSL"));
    let connections = Arc::clone(&site.connections);
    let zone = Zone::default().service("_imaps._tcp.lab.test", 0, 993, "imap.lab.test.");
    let rules = published(site, zone).await;
    let srv = found("anna@lab.test", &Rules { sources: vec![Srv], ..rules.clone() }).await;
    assert!(srv.tried.iter().all(|tried| tried.source == Srv), "{srv:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 0);
    let none = found("anna@gmail.com", &Rules { sources: Vec::new(), ..rules }).await;
    assert_eq!(none, Discovery::default());
}
