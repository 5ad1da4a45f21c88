//! Checks against a real Dovecot, seen from outside: what `restante check` says, what is stored, what the server keeps.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::collections::HashSet;
use support::dovecot::{Dovecot, message};
use support::postgres::Postgres;
use support::restante::Restante;

fn ways(dovecot: &Dovecot) -> [(&'static str, &'static str, u16); 6] {
    [
        ("imap", "none", dovecot.imap),
        ("imap", "tls", dovecot.imap),
        ("imap", "ssl", dovecot.imaps),
        ("pop3", "none", dovecot.pop3),
        ("pop3", "tls", dovecot.pop3),
        ("pop3", "ssl", dovecot.pop3s),
    ]
}

fn raws(restante: &Restante, name: &str) -> HashSet<Vec<u8>> {
    restante.messages(name).iter().map(|message| restante.raw(message)).collect()
}

#[test]
fn every_protocol_and_security_fetches_the_exact_bytes_and_leaves_the_server_alone() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    for (protocol, security, port) in ways(&dovecot) {
        let name = format!("{protocol}-{security}");
        (0..3).for_each(|number| dovecot.deliver(&name, number, &message(number)));
        restante.add_account(&name, protocol, port, security, &[]);
        let first = restante.check(&name);
        assert_eq!((&first["outcome"], &first["new"]), (&json!("ok"), &json!(3)), "{first}");
        let expected: HashSet<_> = (0..3).map(message).collect();
        assert_eq!(raws(&restante, &name), expected, "{name}");
        assert_eq!(restante.check(&name)["new"], 0, "{name}: nothing is new the second time");
        dovecot.deliver(&name, 3, &message(3));
        assert_eq!(restante.check(&name)["new"], 1, "{name}: one more came");
        let files = dovecot.files(&name);
        assert_eq!(files.len(), 4, "{name}: {files:?}");
        assert!(
            files.iter().all(|file| !file.split(":2,").any(|flags| flags.contains('S'))),
            "{files:?}: unseen"
        );
    }
}

#[test]
fn without_a_copy_the_server_is_emptied_after_the_commit() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    for (protocol, security, port) in ways(&dovecot) {
        let name = format!("{protocol}-{security}");
        (0..5).for_each(|number| dovecot.deliver(&name, number, &message(number)));
        restante.add_account(&name, protocol, port, security, &["--keep-copy", "no"]);
        let check = restante.check(&name);
        assert_eq!(
            (&check["outcome"], &check["new"], &check["deleted"]),
            (&json!("ok"), &json!(5), &json!(5)),
            "{check}"
        );
        assert_eq!(dovecot.files(&name), Vec::<String>::new(), "{name}");
        let messages = restante.messages(&name);
        assert_eq!(messages.len(), 5);
        assert!(messages.iter().all(|message| message["state"] == "deleted"), "{messages:?}");
        let again = restante.check(&name);
        assert_eq!((&again["new"], &again["deleted"]), (&json!(0), &json!(0)), "{again}");
    }
}

#[test]
fn a_wrong_password_is_told_in_the_servers_words_and_harms_no_other_account() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    dovecot.deliver("good", 1, &message(1));
    restante.add_account("good", "imap", dovecot.imap, "none", &[]);
    restante.add_account("bad", "imap", dovecot.imap, "none", &[]);
    let output = restante
        .run_with(&["account", "edit", "bad", "--username", "bad", "--password-stdin"], "canary-wrong");
    assert!(!output.status.success(), "the credential's name is taken by the first one");
    let port = dovecot.imap.to_string();
    let add = [
        "account",
        "add",
        "--name",
        "worse",
        "--protocol",
        "imap",
        "--address",
        "127.0.0.1",
        "--port",
        &port,
    ];
    let more = ["--security", "none", "--username", "worse", "--password-stdin"];
    assert!(restante.run_with(&[&add[..], &more].concat(), "canary-wrong").status.success());

    let output = restante.run(&["check", "--all", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of = |name: &str| {
        results.as_array().unwrap().iter().find(|result| result["account"] == name).unwrap().clone()
    };
    let worse = of("worse");
    assert_eq!(
        (&worse["outcome"], &worse["stage"], &worse["cause"]),
        (&json!("failed"), &json!("sign_in"), &json!("sign_in_rejected"))
    );
    assert!(worse["server_reply"].as_str().unwrap().contains("Authentication failed"), "{worse}");
    assert_eq!(of("good")["new"], 1);
}

/// A thousand messages over three checks, the first of which is killed in the middle.
fn a_thousand_messages_arrive_once(restante: &Restante) {
    let dovecot = Dovecot::start();
    (0..1000).for_each(|number| dovecot.deliver("many", number, &message(number)));
    restante.add_account("many", "imap", dovecot.imap, "none", &[]);
    let mut killed = restante.command(&["check", "many"]).spawn().unwrap();
    support::wait_for("the first messages", 30, || !restante.messages("many").is_empty());
    killed.kill().unwrap();
    killed.wait().unwrap();
    let before = restante.messages("many").len() as u64;

    let second = restante.check("many");
    assert_eq!(second["outcome"], "ok", "{second}");
    assert_eq!(second["new"].as_u64().unwrap() + before, 1000, "what was committed is not fetched again");
    assert_eq!(restante.check("many")["new"], 0);
    let messages = restante.messages("many");
    let uids: HashSet<_> = messages.iter().map(|message| message["uid"].as_u64()).collect();
    let hashes: HashSet<_> = messages.iter().map(|message| message["blake3"].as_str()).collect();
    assert_eq!((messages.len(), uids.len(), hashes.len()), (1000, 1000, 1000), "each exactly once");
}

#[test]
fn a_kill_in_the_middle_loses_and_doubles_nothing_on_sqlite() {
    a_thousand_messages_arrive_once(&Restante::new());
}

#[test]
fn a_kill_in_the_middle_loses_and_doubles_nothing_on_postgresql() {
    let postgres = Postgres::start();
    a_thousand_messages_arrive_once(&Restante::on(postgres.url()));
}
