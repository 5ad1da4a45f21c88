//! What needs attention beside checks that fail: a server whose certificate ends soon, and messages that it names and does not
//! give, as the overview is told of them.

mod support;

use serde_json::{Value, json};
use server::clock::{Clock, SystemClock};
use std::time::Duration;
use support::dovecot::message;
use support::imap::{ImapServer, Mailbox};
use support::restante::Restante;
use support::script::{Script, certificate, start};
use support::server::Server;

const DAY: u64 = 24 * 60 * 60;

/// A server with this certificate, that lets everybody in and has nothing.
fn secured(days: u64) -> u16 {
    let ends = Duration::from_secs(days * DAY + DAY / 2);
    let until = rcgen::date_time_ymd(1970, 1, 1) + since_1970() + ends;
    let (tls, _) = certificate("localhost", None, |params| params.not_after = until);
    let answers = vec![
        ("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$ OK"),
        ("AUTHENTICATE", "$ OK"),
        ("LIST", "* LIST () \"/\" INBOX\r\n$ OK"),
        ("EXAMINE", "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n$ OK [READ-ONLY]"),
        ("STATUS", "* STATUS INBOX (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1)\r\n$ OK"),
        ("UID", "$ OK"),
        ("LOGOUT", "* BYE\r\n$ OK"),
    ];
    start(Script { greeting: b"* OK ready\r\n", answers, implicit: true, tls: Some(tls) })
}

fn since_1970() -> Duration {
    Duration::from_millis(SystemClock.now().0.unsigned_abs())
}

#[test]
fn a_certificate_that_ends_soon_and_messages_that_are_not_given_need_attention() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let concerns = || {
        let answer = server.call("health/concerns", &cookie, &json!({}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str::<Vec<Value>>(&answer.body).unwrap()
    };
    restante.add_account("Long", "imap", secured(60), "ssl", &[]);
    restante.add_account("Soon", "imap", secured(5), "ssl", &[]);
    for name in ["Long", "Soon"] {
        assert_eq!(restante.check(name)["outcome"], "ok");
    }
    let told = concerns();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["name"], &told[0]["kind"]), (&json!("Soon"), &json!("certificate")));
    assert_eq!(told[0]["words"], "A certificate of its server ends in 5 days.");

    let mail = ImapServer::start([("INBOX", Mailbox::new(7, [(1, message(1)), (2, message(2))]))]);
    mail.change("INBOX", |inbox| {
        inbox.refuses.insert(2);
    });
    restante.add_account("Odd", "imap", mail.port, "none", &[]);
    let held = || concerns().into_iter().find(|concern| concern["name"] == "Odd");
    for _ in 0..4 {
        restante.check("Odd");
    }
    let odd = held().unwrap();
    assert_eq!(
        (&odd["kind"], &odd["words"]),
        (&json!("quarantine"), &json!("1 message is in quarantine, and says why."))
    );
    mail.change("INBOX", |inbox| inbox.refuses.clear());
    assert!(restante.run(&["quarantine", "retry", "Odd"]).status.success());
    restante.check("Odd");
    assert!(held().is_none(), "it is here now");

    // Who is paused needs nobody.
    assert!(restante.run(&["account", "edit", "Soon", "--disabled"]).status.success());
    assert_eq!(concerns(), [Value::Null; 0]);
}
