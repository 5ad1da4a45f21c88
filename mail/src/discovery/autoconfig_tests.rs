//! Autoconfig files, honest and hostile.

use super::*;

fn anna() -> MailAddress {
    MailAddress::parse("anna@example.org").unwrap()
}

fn file(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<clientConfig version=\"1.1\"><emailProvider id=\"x\">{body}</emailProvider></clientConfig>"
    )
}

fn incoming(kind: &str, host: &str, port: &str, socket: &str) -> String {
    format!(
        "<incomingServer type=\"{kind}\"><hostname>{host}</hostname><port>{port}</port>\
         <socketType>{socket}</socketType><username>%EMAILLOCALPART%</username>\
         <authentication>password-cleartext</authentication></incomingServer>"
    )
}

#[test]
fn the_incoming_servers_of_a_file_are_read_in_its_order() {
    let xml = file(&format!(
        "<!-- said twice --><domain>example.org</domain>{}{}{}<outgoingServer type=\"smtp\"><hostname>smtp.example.org\
         </hostname><port>465</port><socketType>SSL</socketType></outgoingServer>",
        incoming("imap", "imap.%EMAILDOMAIN%", "993", "SSL"),
        incoming("pop3", "pop.example.org", "110", "STARTTLS"),
        incoming("exchange", "outlook.example.org", "443", "SSL"),
    ));
    let found = servers(&xml, &anna()).unwrap();
    let told: Vec<_> =
        found.iter().map(|s| (s.protocol, &*s.host, s.port, s.security, &*s.user_name)).collect();
    assert_eq!(
        told,
        [
            (Protocol::Imap, "imap.example.org", 993, Security::ImplicitTls, "anna"),
            (Protocol::Pop3, "pop.example.org", 110, Security::StartTls, "anna"),
        ]
    );
}

#[test]
fn only_what_refuses_passwords_is_oauth() {
    let with = |methods: &str| {
        let server = incoming("imap", "i.example.org", "993", "SSL")
            .replace("<authentication>password-cleartext</authentication>", methods);
        servers(&file(&server), &anna()).unwrap().first().map(|server| server.sign_in)
    };
    let (oauth, password) =
        ("<authentication>OAuth2</authentication>", "<authentication>password-cleartext</authentication>");
    assert_eq!(with(oauth), Some(SignInHint::OAuth2));
    assert_eq!(with(&format!("{oauth}{password}")), Some(SignInHint::Password));
}

#[test]
fn a_server_that_makes_no_sense_is_left_out() {
    for (host, port, socket) in [
        ("", "993", "SSL"),
        ("127.0.0.1", "993", "SSL"),
        ("a b.example.org", "993", "SSL"),
        ("i.example.org/x", "993", "SSL"),
        ("i.example.org", "0", "SSL"),
        ("i.example.org", "65536", "SSL"),
        ("i.example.org", "993", "perhaps"),
    ] {
        let xml = file(&incoming("imap", host, port, socket));
        assert_eq!(servers(&xml, &anna()), Ok(Vec::new()), "{host} {port} {socket}");
    }
    let escaped = file(&incoming("imap", "i&#46;example&unknown;.org", "993", "SSL"));
    assert_eq!(servers(&escaped, &anna()).unwrap().first().unwrap().host, "i.example.org");
}

#[test]
fn hostile_files_are_refused_as_a_whole() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                <clientConfig><emailProvider>&b;</emailProvider></clientConfig>";
    assert_eq!(servers(bomb, &anna()), Err(Refusal::DocumentType));
    assert_eq!(servers(&"<clientConfig>".repeat(100_000), &anna()), Err(Refusal::TooComplex));
    let long = file(&"<x></x>".repeat(100_000));
    assert_eq!(servers(&long, &anna()), Err(Refusal::TooComplex));
    assert_eq!(servers("<html><body>Welcome</body></html>", &anna()), Err(Refusal::NotAutoconfig));
    assert_eq!(servers("", &anna()), Err(Refusal::NotAutoconfig));
    let cut = file(&incoming("imap", "i.example.org", "993", "SSL"));
    assert_eq!(servers(&cut[..cut.len() - 20], &anna()), Err(Refusal::NotXml));
    let many = file(&incoming("imap", "i.example.org", "993", "SSL").repeat(200));
    assert_eq!(servers(&many, &anna()).unwrap().len(), MOST_SERVERS);
}
