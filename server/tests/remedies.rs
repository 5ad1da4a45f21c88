//! Whoever presses the buttons of a failed connection test gets a working account: each remedy is applied as the form applies
//! it, and the test is repeated, against servers that bring the failure about.

#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use model::{AccountDraft, ConnectionTest, Protocol, Remedy, SecureConnectionType, Security};
use serde_json::json;
use support::dovecot::{Dovecot, PASSWORD, message};
use support::restante::Restante;
use support::script::{Script, authority, certificate, start};
use support::server::Server;

struct Form {
    server: Server,
    cookie: String,
    draft: AccountDraft,
}

impl Form {
    fn fill(&mut self, port: u16, protocol: Protocol, security: Security) {
        self.draft = AccountDraft {
            address: "127.0.0.1".to_owned(),
            port: port.to_string(),
            protocol,
            use_safe_connection: security != Security::Plaintext,
            secure_connection_type: security.connection_type(),
            ..AccountDraft::default()
        };
    }

    fn test(&self) -> ConnectionTest {
        let typed = json!({ "name": "", "user_name": "ann", "password": PASSWORD });
        let request = json!({ "account": null, "draft": self.draft, "new_credential": typed });
        let begun = self.server.call("connection_tests/start", &self.cookie, &json!({ "request": request }));
        assert_eq!(begun.status, 200, "{}", begun.body);
        let id: u64 = begun.body.parse().unwrap();
        let mut known = ConnectionTest::default();
        for _ in 0..100 {
            let follow = json!({ "test": id, "revision": known.revision });
            let answer = self.server.call("connection_tests/follow", &self.cookie, &follow);
            known = serde_json::from_str(&answer.body).unwrap();
            if known.ended {
                return known;
            }
        }
        panic!("it never ends: {known:?}");
    }

    /// Presses each button until the connection works; the causes on the way.
    fn follow_the_remedies(&mut self) -> Vec<&'static str> {
        let mut causes = Vec::new();
        for _ in 0..4 {
            let known = self.test();
            let Some(failure) = known.failure() else {
                assert!(known.is_ok(), "{known:?}");
                return causes;
            };
            causes.push(failure.cause.unwrap().id());
            let remedy: &Remedy = failure.remedy.as_ref().unwrap();
            assert!(remedy.apply(&mut self.draft), "{failure:?}");
        }
        panic!("{causes:?} and no end");
    }
}

fn form(restante: &Restante) -> Form {
    for limit in ["greeting_seconds", "tls_seconds", "idle_seconds"] {
        assert!(restante.run(&["parameter", "set", limit, "1"]).status.success());
    }
    let (server, cookie) = Server::start_signed_in(restante);
    Form { server, cookie, draft: AccountDraft::default() }
}

#[test]
fn a_real_server_is_reached_from_whatever_was_typed() {
    use Protocol::{Imap, Pop3};
    use Security::{ImplicitTls, Plaintext, StartTls};
    let dovecot = Dovecot::start();
    dovecot.deliver("ann", 0, &message(0));
    let restante = Restante::new();
    let mut form = form(&restante);
    for (port, protocol, security, causes) in [
        (dovecot.imap, Pop3, Plaintext, &["wrong_protocol"][..]),
        (dovecot.pop3, Imap, Plaintext, &["wrong_protocol"]),
        (dovecot.imap, Imap, ImplicitTls, &["tls_on_plain_port", "cert_self_signed"]),
        (dovecot.imap, Pop3, StartTls, &["wrong_protocol", "cert_self_signed"]),
        (dovecot.pop3, Pop3, StartTls, &["cert_self_signed"]),
        (dovecot.pop3s, Pop3, ImplicitTls, &["cert_self_signed"]),
    ] {
        form.fill(port, protocol, security);
        assert_eq!(form.follow_the_remedies(), causes, "{protocol:?} {security:?}");
    }

    form.fill(dovecot.imap, Imap, Plaintext);
    form.draft.folders = "Archive of 1999, INBOX".to_owned();
    assert_eq!(form.follow_the_remedies(), ["folder_missing"]);
    assert_eq!(form.draft.folders, "INBOX", "those that exist");

    // A key that was trusted, and another one now.
    form.fill(dovecot.imaps, Imap, ImplicitTls);
    form.follow_the_remedies();
    let pinned = form.draft.pinned.as_mut().unwrap();
    let first = if pinned.key.starts_with('0') { "1" } else { "0" };
    pinned.key.replace_range(..1, first);
    assert_eq!(form.follow_the_remedies(), ["cert_pin_changed"]);
    assert_eq!(dovecot.files("ann").len(), 1, "and nothing was changed there");
}

const IMAP: &str = "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$ OK";

fn imap(answers: &[(&'static str, &'static str)]) -> Script {
    let usual = [
        ("CAPABILITY", IMAP),
        ("AUTHENTICATE", "$ OK"),
        ("LIST", "* LIST () \"/\" INBOX\r\n$ OK"),
        ("EXAMINE", "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n$ OK [READ-ONLY]"),
        ("LOGOUT", "* BYE\r\n$ OK"),
    ];
    Script { greeting: b"* OK ready\r\n", answers: [answers, &usual].concat(), ..Script::default() }
}

#[test]
fn a_name_in_the_certificate_is_the_address_and_a_mailbox_without_names_keeps_no_copy() {
    let restante = Restante::new();
    let mut form = form(&restante);
    let ours = authority("our authority");
    let (named, _) = certificate("localhost", Some(&ours), |_| ());
    let at = start(Script { implicit: true, tls: Some(named), ..imap(&[]) });
    form.fill(at, Protocol::Imap, Security::ImplicitTls);
    form.draft.authority = ours.pem();
    assert_eq!(form.follow_the_remedies(), ["cert_name_mismatch"]);
    assert_eq!(form.draft.address, "localhost");

    let survey = [
        ("CAPA", "+OK\r\nUSER\r\n."),
        ("USER", "+OK"),
        ("PASS", "+OK"),
        ("STAT", "+OK 1 10"),
        ("LIST", "+OK\r\n1 10\r\n."),
        ("TOP", "-ERR no"),
        ("QUIT", "+OK"),
    ];
    let nameless = Script { greeting: b"+OK ready\r\n", answers: survey.to_vec(), ..Script::default() };
    form.fill(start(nameless), Protocol::Pop3, Security::Plaintext);
    assert_eq!(form.follow_the_remedies(), ["uidl_missing"]);
    assert!(!form.draft.keep_copy);
}

#[test]
fn where_passwords_are_wanted_on_a_secure_connection_alone_one_is_made() {
    let restante = Restante::new();
    let mut form = form(&restante);
    let tls = Some(certificate("localhost", None, |_| ()).0);
    let disabled = ("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED STARTTLS\r\n$ OK");
    let at = start(Script { tls, ..imap(&[disabled, ("STARTTLS", "$ OK")]) });
    form.fill(at, Protocol::Imap, Security::Plaintext);
    let known = form.test();
    let failure = known.failure().unwrap();
    assert_eq!(failure.cause, Some(model::Cause::LoginDisabled));
    let secure = Remedy::UseSecurity { security: SecureConnectionType::Tls, port: at };
    assert_eq!(failure.remedy, Some(secure));
}
