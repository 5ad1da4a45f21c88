//! The failure gallery: each cause that a server can bring about, by a server that brings it about; the test names it,
//! repeats the server's words, says the remedy, and changes nothing.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use model::AccountDraft;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use support::dovecot::{Dovecot, message};
use support::full_house;
use support::hostile::{self, Manner};
use support::restante::Restante;
use support::script::{Script, authority, certificate, start};
use support::server::Server;

const STAGES: [&str; 7] = ["resolve", "connect", "security", "greeting", "capabilities", "sign_in", "folder"];

/// A folder whose limits are short.
struct Gallery {
    restante: Restante,
    made: u32,
}

/// How an account is described: address, port, protocol, security, and other flags.
type Description<'a> = (&'a str, u16, &'a str, &'a str, &'a [&'a str]);

impl Gallery {
    fn new() -> Self {
        let restante = Restante::new();
        let limits =
            "[limits]\nconnect_seconds = 2\ntls_seconds = 2\ngreeting_seconds = 1\nidle_seconds = 1\n";
        std::fs::write(restante.data().join("limits.toml"), limits).unwrap();
        Self { restante, made: 0 }
    }

    /// What `restante test --json` says of such an account, which takes no longer than its limits.
    fn test(&mut self, (address, port, protocol, security, more): Description<'_>) -> Value {
        self.made += 1;
        let name = format!("account {}", self.made);
        let port = port.to_string();
        let arguments = [
            &["account", "add", "--name", &name, "--address", address, "--port", &port][..],
            &["--protocol", protocol, "--security", security, "--automatic-check", "no"],
            &["--username", &name, "--password-stdin"],
            more,
        ];
        let added = self.restante.run_with(&arguments.concat(), "the-secret");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        self.again(&name)
    }

    fn again(&self, name: &str) -> Value {
        self.again_under(&[], name)
    }

    /// The same by a program that another one starts.
    fn again_under(&self, starter: &[&str], name: &str) -> Value {
        let limits = self.restante.data().join("limits.toml");
        let began = Instant::now();
        let arguments = ["test", name, "--config", limits.to_str().unwrap()];
        let told = self.restante.json_under(starter, &arguments);
        assert!(began.elapsed() < Duration::from_secs(20), "{told}");
        assert!(!told.to_string().contains("the-secret"));
        told
    }

    /// The stage and the cause with which such a test ends, its words among the server's.
    fn fails(&mut self, description: Description<'_>, stage: &str, cause: &str, words: &str) -> Value {
        let told = self.test(description);
        judge(&told, stage, cause, words);
        told
    }
}

/// That a test ended at this stage with this cause, its words among the server's, and a remedy.
fn judge(told: &Value, stage: &str, cause: &str, words: &str) {
    let stages = told["stages"].as_array().unwrap();
    let failed: Vec<_> = stages.iter().filter(|stage| stage["ok"] == false).collect();
    assert_eq!((told["ok"].as_bool(), failed.len()), (Some(false), 1), "{cause}: {told}");
    assert_eq!(
        (failed[0]["stage"].as_str(), failed[0]["cause"].as_str()),
        (Some(stage), Some(cause)),
        "{told}"
    );
    let known = *model::Cause::ALL.iter().find(|known| known.id() == cause).unwrap();
    assert_eq!(failed[0]["remedy"], known.remedy());
    let said = failed[0]["server_reply"].as_str().unwrap_or_default();
    assert!(said.contains(words), "{cause}: {said:?}");
}

const IMAP: &str = "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$ OK";

/// An IMAP server with these answers beside the usual ones.
fn imap(answers: &[(&'static str, &'static str)]) -> Script {
    let usual = [("CAPABILITY", IMAP), ("AUTHENTICATE", "$ OK"), ("LIST", "* LIST () \"/\" INBOX\r\n$ OK")];
    Script { greeting: b"* OK ready\r\n", answers: [answers, &usual].concat(), ..Script::default() }
}

fn pop3(answers: &[(&'static str, &'static str)]) -> Script {
    let usual = [("CAPA", "+OK\r\nUSER\r\n."), ("USER", "+OK"), ("PASS", "+OK")];
    Script { greeting: b"+OK ready\r\n", answers: [answers, &usual].concat(), ..Script::default() }
}

#[test]
fn the_way_to_the_server() {
    let mut gallery = Gallery::new();
    gallery.fails(("169.254.169.254", 143, "imap", "none", &[]), "resolve", "address_not_allowed", "");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    gallery.fails(("127.0.0.1", closed, "imap", "ssl", &[]), "connect", "connect_refused", "");
    let full = full_house();
    let port = full.0.local_addr().unwrap().as_socket().unwrap().port();
    gallery.fails(("127.0.0.1", port, "imap", "none", &[]), "connect", "connect_timeout", "");
    // A network of its own in which not even loopback is up.
    let nowhere = ["unshare", "--map-root-user", "--net"];
    let told_nowhere = gallery.again_under(&nowhere, "account 2");
    judge(&told_nowhere, "connect", "network_unreachable", "");
}

/// Where names are looked up is another place for the program that is started: files alone, which know nobody of that name,
/// or a name server to which no way leads.
#[test]
fn the_name_of_the_server() {
    let mut gallery = Gallery::new();
    gallery.test(("no-such-host.example", 143, "imap", "none", &[]));
    let place = gallery.restante.data().join("nsswitch.conf");
    let elsewhere = ["unshare", "--map-root-user", "--net", "--mount", "sh", "-c"];
    let script = "mount --bind \"$0\" /etc/nsswitch.conf && exec \"$@\"";
    let starter = [&elsewhere[..], &[script, place.to_str().unwrap()]].concat();
    for (lookup, cause) in [("files", "dns_not_found"), ("dns", "dns_timeout")] {
        std::fs::write(&place, format!("hosts: {lookup}\n")).unwrap();
        judge(&gallery.again_under(&starter, "account 1"), "resolve", cause, "");
    }
}

/// A name with an address of each family and one that is never contacted: each is tried or named, and the one that answers is
/// enough.
#[test]
fn every_address_of_a_name_is_tried() {
    let mut gallery = Gallery::new();
    let port = start(imap(&[(
        "EXAMINE",
        "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n$ OK [READ-ONLY]",
    )]));
    gallery.test(("both.example", port, "imap", "none", &[]));
    let hosts = gallery.restante.data().join("hosts");
    std::fs::write(&hosts, "::1 both.example\n127.0.0.1 both.example\n169.254.1.1 both.example\n").unwrap();
    let script = "mount --bind \"$0\" /etc/hosts && exec \"$@\"";
    let starter = ["unshare", "--map-root-user", "--mount", "sh", "-c", script, hosts.to_str().unwrap()];
    let told = gallery.again_under(&starter, "account 1");
    assert_eq!(told["ok"], true, "{told}");
    let facts = |stage: usize| told["stages"][stage]["facts"].to_string();
    assert!(["::1", "127.0.0.1"].iter().all(|address| facts(0).contains(address)), "{}", facts(0));
    assert!(
        facts(0).contains("169.254.1.1 is not contacted because it is a link-local address"),
        "{}",
        facts(0)
    );
    assert!(
        facts(1).contains("[::1]:") && facts(1).contains(&format!("127.0.0.1:{port} answered")),
        "{}",
        facts(1)
    );
}

#[test]
fn the_network_connector() {
    let mut gallery = Gallery::new();
    let says = |gallery: &Gallery, arguments: &[&str]| {
        let output = gallery.restante.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let (_strict, port) = support::microsocks(&["-u", "ann", "-P", "sesame"]);
    let away = support::free_port().to_string();
    for (name, port) in [("Strict", port.to_string()), ("Away", away)] {
        let add =
            ["connector", "add", "--name", name, "--kind", "socks5", "--address", "127.0.0.1", "--port"];
        says(&gallery, &[&add[..], &[&port]].concat());
    }
    let mail = start(imap(&[]));
    let through = |gallery: &mut Gallery, connector, cause| {
        let more = ["--connector", connector];
        gallery.fails(("127.0.0.1", mail, "imap", "none", &more), "connect", cause, "");
    };
    through(&mut gallery, "Strict", "connector_refused");
    through(&mut gallery, "Away", "connector_offline");
    says(&gallery, &["parameter", "set", "network_connector", "Strict"]);
    through(&mut gallery, "default", "connector_refused");
    says(&gallery, &["parameter", "reset", "network_connector"]);
    judge(&gallery.again("account 3"), "connect", "connector_missing", "");
    let told = gallery.restante.run(&["test", "account 3"]);
    let told = String::from_utf8(told.stdout).unwrap();
    let cause = model::Cause::ConnectorMissing;
    assert!(
        [cause.sentence(), cause.id(), cause.remedy()].iter().all(|words| told.contains(words)),
        "{told}"
    );
}

/// Tokens have a gallery of their own: there is an authorization server.
#[test]
fn every_cause_hangs_in_the_gallery() {
    let galleries = [include_str!("connection_test.rs"), include_str!("oauth.rs")].concat();
    for cause in model::Cause::ALL {
        assert!(galleries.contains(&format!("\"{}\"", cause.id())), "no test shows {}", cause.id());
    }
}

#[test]
fn what_answers_is_no_mail_server_or_another() {
    let mut gallery = Gallery::new();
    let at = |greeting: &'static [u8]| start(Script { greeting, ..Script::default() });
    let mut plain = |greeting, protocol, cause, words| {
        gallery.fails(("127.0.0.1", at(greeting), protocol, "none", &[]), "greeting", cause, words);
    };
    plain(b"220 mx ESMTP\r\n", "imap", "not_a_mail_server", "220 mx ESMTP");
    plain(b"+OK POP3 here\r\n", "imap", "wrong_protocol", "+OK POP3 here");
    plain(b"* OK IMAP4rev1 here\r\n", "pop3", "wrong_protocol", "* OK IMAP4rev1 here");
    plain(b"* BYE not today\r\n", "imap", "greeting_refused", "not today");
    plain(b"* BYE [UNAVAILABLE] later\r\n", "imap", "throttled", "later");
    plain(b"-ERR too many connections\r\n", "pop3", "too_many_connections", "too many connections");
    plain(b"\x15\x03\x01\x00\x02\x02\x46", "imap", "plain_on_tls_port", "");
    let silent = hostile::start(Manner::Silent);
    gallery.fails(("127.0.0.1", silent, "imap", "none", &[]), "greeting", "greeting_timeout", "");
    let endless = hostile::start(Manner::EndlessLine);
    gallery.fails(("127.0.0.1", endless, "imap", "none", &[]), "greeting", "limit_exceeded", "");
}

#[test]
fn the_secure_connection() {
    let mut gallery = Gallery::new();
    let at = |greeting: &'static [u8]| start(Script { greeting, ..Script::default() });
    let mut ssl = |greeting, cause| {
        gallery.fails(("127.0.0.1", at(greeting), "imap", "ssl", &[]), "security", cause, "");
    };
    ssl(b"* OK plain\r\n", "tls_on_plain_port");
    ssl(b"\x15\x03\x01\x00\x02\x02\x46", "tls_version_too_old");
    ssl(b"\x15\x03\x01\x00\x02\x02\x28", "tls_handshake_failed");
    let mut tls = |script, stage, cause| {
        gallery.fails(("127.0.0.1", start(script), "imap", "tls", &[]), stage, cause, "");
    };
    tls(imap(&[]), "security", "starttls_missing");
    let offers = ("CAPABILITY", "* CAPABILITY IMAP4rev1 STARTTLS\r\n$ OK");
    tls(imap(&[offers, ("STARTTLS", "$ NO evil words")]), "security", "starttls_refused");
    tls(imap(&[offers, ("STARTTLS", "$ OK\r\n* OK more")]), "security", "starttls_injection");
    let preauth = Script { greeting: b"* PREAUTH welcome\r\n", ..imap(&[]) };
    tls(preauth, "greeting", "preauth_refused");
    let script = pop3(&[("CAPA", "+OK\r\nSTLS\r\n."), ("STLS", "-ERR no")]);
    gallery.fails(("127.0.0.1", start(script), "pop3", "tls", &[]), "security", "starttls_refused", "");
}

#[test]
fn certificates() {
    let mut gallery = Gallery::new();
    let (ours, other) = (authority("our authority"), authority("another authority"));
    let ca = gallery.restante.data().join("ca.pem");
    std::fs::write(&ca, ours.pem()).unwrap();
    let trusting = ["--ca-file", ca.to_str().unwrap()];
    let at = |tls| start(Script { implicit: true, tls: Some(tls), ..imap(&[("AUTHENTICATE", "$ NO no")]) });

    let (good, _) = certificate("localhost", Some(&ours), |_| ());
    let told = gallery.fails(
        ("localhost", at(good.clone()), "imap", "ssl", &trusting),
        "sign_in",
        "sign_in_rejected",
        "no",
    );
    let security = &told["stages"][2];
    assert_eq!(security["stage"], "security");
    assert_eq!(security["certificates"][0]["names"], json!(["localhost"]));
    assert!(security["facts"][0]["text"].as_str().unwrap().starts_with("TLS 1.3 with "), "{security}");

    let mut bad = |tls, cause| {
        let told = gallery.fails(("localhost", at(tls), "imap", "ssl", &trusting), "security", cause, "");
        // What was not believed is shown all the same.
        assert_eq!(told["stages"][2]["certificates"].as_array().unwrap().len(), 1);
    };
    bad(certificate("localhost", Some(&other), |_| ()).0, "cert_unknown_ca");
    bad(certificate("localhost", None, |_| ()).0, "cert_self_signed");
    bad(certificate("other.example", Some(&ours), |_| ()).0, "cert_name_mismatch");
    let old = |params: &mut rcgen::CertificateParams| params.not_after = rcgen::date_time_ymd(2020, 1, 1);
    bad(certificate("localhost", Some(&ours), old).0, "cert_expired");
    let early = |params: &mut rcgen::CertificateParams| params.not_before = rcgen::date_time_ymd(3000, 1, 1);
    bad(certificate("localhost", Some(&ours), early).0, "cert_not_yet_valid");

    // One key is trusted, whatever else is wrong with its certificate; another one is a hard stop.
    let (sealed, sealed_pem) = certificate("other.example", None, old);
    let pin = gallery.restante.data().join("pin.pem");
    std::fs::write(&pin, sealed_pem).unwrap();
    let pinned = ["--trust-certificate", pin.to_str().unwrap()];
    gallery.fails(("127.0.0.1", at(sealed), "imap", "ssl", &pinned), "sign_in", "sign_in_rejected", "");
    let told =
        gallery.fails(("127.0.0.1", at(good), "imap", "ssl", &pinned), "security", "cert_pin_changed", "");
    let error = told["stages"][2]["error"].as_str().unwrap();
    assert_eq!(error.matches(':').count(), 1 + 2 * 31, "both fingerprints: {error}");
    let both = ["account", "edit", "account 1", "--skip-certificate", "--trust-certificate"];
    let refused = gallery.restante.run(&[&both[..], &pinned[1..]].concat());
    assert_eq!(refused.status.code(), Some(2), "a key means nothing where any is accepted");
    let audit = gallery.restante.json(&["audit"]).to_string();
    assert!(audit.contains("account.certificate_trusted") && audit.contains("account.connection_tested"));
}

#[test]
fn signing_in() {
    let mut gallery = Gallery::new();
    let mut refused = |answer: &'static str, cause, words| {
        let port = start(imap(&[("AUTHENTICATE", answer)]));
        gallery.fails(("127.0.0.1", port, "imap", "none", &[]), "sign_in", cause, words);
    };
    refused("$ NO [AUTHENTICATIONFAILED] Wrong.", "sign_in_rejected", "Wrong.");
    refused("$ NO [ALERT] Application-specific password required", "app_password_needed", "required");
    refused("$ NO [ALERT] not enabled for IMAP use.", "protocol_disabled_at_provider", "not enabled");
    refused("$ NO Request is throttled.", "throttled", "throttled");
    refused("$ NO Maximum number of connections exceeded", "too_many_connections", "Maximum");
    refused("CLOSE", "connection_lost", "");
    refused("MUTE", "timeout", "");
    let disabled = ("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n$ OK");
    let port = start(imap(&[disabled]));
    gallery.fails(("127.0.0.1", port, "imap", "none", &[]), "sign_in", "login_disabled", "");
    let tls = Some(certificate("localhost", None, |_| ()).0);
    let port = start(Script { implicit: true, tls, ..imap(&[disabled]) });
    let skipping = ["--skip-certificate"];
    gallery.fails(("localhost", port, "imap", "ssl", &skipping), "sign_in", "mechanism_unsupported", "");
    let port = start(pop3(&[("PASS", "-ERR [IN-USE] somebody is there")]));
    gallery.fails(("127.0.0.1", port, "pop3", "none", &[]), "sign_in", "mailbox_in_use", "somebody");
    let port = start(imap(&[("CAPABILITY", "$ OK nothing to say")]));
    gallery.fails(("127.0.0.1", port, "imap", "none", &[]), "capabilities", "protocol_error", "nothing");
}

#[test]
fn folders_and_messages() {
    let mut gallery = Gallery::new();
    let survey = [("STAT", "+OK 1 10"), ("LIST", "+OK\r\n1 10\r\n."), ("TOP", "-ERR no")];
    let port = start(pop3(&survey));
    gallery.fails(("127.0.0.1", port, "pop3", "none", &[]), "folder", "uidl_missing", "");
    // Where no copy is kept nothing has to be told apart.
    let told = gallery.test(("127.0.0.1", port, "pop3", "none", &["--keep-copy", "no"]));
    assert_eq!(told["ok"], true, "{told}");
    let port = start(imap(&[("EXAMINE", "$ NO [NONEXISTENT] no such mailbox")]));
    let told = gallery.fails(
        ("127.0.0.1", port, "imap", "none", &["--folders", "Archive"]),
        "folder",
        "folder_missing",
        "no such mailbox",
    );
    assert!(told["stages"][6]["facts"][0]["text"].as_str().unwrap().contains("INBOX"), "{told}");
}

/// Against a real server, on each protocol and security: all stages, with what they found; and nothing is changed.
#[test]
fn a_good_account_is_told_in_full() {
    let dovecot = Dovecot::start();
    let restante = Restante::new();
    for protocol in ["imap", "pop3"] {
        for security in ["none", "tls", "ssl"] {
            let name = format!("{protocol}-{security}");
            for number in 0..3 {
                dovecot.deliver(&name, number, &message(number));
            }
            let port = match (protocol, security) {
                ("imap", "ssl") => dovecot.imaps,
                ("imap", _) => dovecot.imap,
                (_, "ssl") => dovecot.pop3s,
                _ => dovecot.pop3,
            };
            restante.add_account(&name, protocol, port, security, &["--keep-copy", "no"]);
            let told = restante.json(&["test", &name]);
            assert_eq!(told["ok"], true, "{told}");
            let stages = told["stages"].as_array().unwrap();
            let mut names: Vec<_> = stages.iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
            names.sort_by_key(|name| STAGES.iter().position(|stage| stage == name));
            assert_eq!(names, STAGES, "{name}");
            let all = told.to_string();
            assert!(all.contains("INBOX: 3 messages, ") && all.contains("the oldest of 20"), "{name}: {all}");
            assert!(all.contains("3 messages will be deleted on the server"), "{name}: {all}");
            assert!(all.contains("Signed in by "), "{name}: {all}");
            let deletes =
                if protocol == "imap" { &["UIDPLUS: exactly"][..] } else { &["DELE: exactly", "UIDL: each"] };
            assert!(deletes.iter().all(|fact| all.contains(fact)), "{name}: {all}");
            assert_eq!(dovecot.files(&name).len(), 3, "a test deletes nothing");
        }
    }
}

/// What a browser does: it begins a test with what is typed, follows it to its end, and nobody else can.
#[test]
fn a_test_is_followed_while_it_goes_on() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let port = start(imap(&[("AUTHENTICATE", "$ NO [AUTHENTICATIONFAILED] Wrong.")]));
    let draft = AccountDraft {
        address: "127.0.0.1".to_owned(),
        port: port.to_string(),
        use_safe_connection: false,
        secure_connection_type: None,
        ..AccountDraft::default()
    };
    let ask = |draft: &AccountDraft, user_name: &str| {
        let typed = json!({ "name": "", "user_name": user_name, "password": "the-secret" });
        let request = json!({ "account": null, "draft": draft, "new_credential": typed });
        server.call("connection_tests/start", &cookie, &json!({ "request": request }))
    };
    let refused = ask(&AccountDraft { port: "65536".to_owned(), ..draft.clone() }, "ann");
    assert_eq!(refused.status, 422, "{}", refused.body);
    let refused = ask(&AccountDraft { authority: "no PEM".to_owned(), ..draft.clone() }, "ann");
    assert!(refused.body.contains("authority"), "{}", refused.body);
    assert!(ask(&draft, " ").body.contains("user_name"));

    let begun = ask(&draft, "ann");
    assert_eq!(begun.status, 200, "{}", begun.body);
    let id: u64 = begun.body.parse().unwrap();
    let follow = |id: u64, revision: &Value| {
        server.call("connection_tests/follow", &cookie, &json!({ "test": id, "revision": revision }))
    };
    let mut seen = json!(0);
    let mut told = Value::Null;
    for _ in 0..50 {
        let answer = follow(id, &seen);
        assert_eq!(answer.status, 200, "{}", answer.body);
        told = serde_json::from_str(&answer.body).unwrap();
        seen = told["revision"].clone();
        if told["ended"] == true {
            break;
        }
    }
    let last = told["stages"].as_array().unwrap().last().unwrap();
    assert_eq!(last["failure"]["cause"], "sign_in_rejected", "{told}");
    assert_eq!(last["failure"]["remedy"], json!({ "look": "credential" }));
    assert_eq!(follow(id + 1, &json!(0)).status, 404);

    // A server that says nothing is not waited for any longer than somebody wants.
    let silent = start(Script::default());
    let begun = ask(&AccountDraft { port: silent.to_string(), ..draft }, "ann");
    let id: u64 = begun.body.parse().unwrap();
    assert_eq!(server.call("connection_tests/cancel", &cookie, &json!({ "test": id })).status, 200);
    assert_eq!(follow(id, &json!(0)).status, 404);
}
