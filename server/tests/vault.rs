//! The vault from outside: credentials on the command line, a key that is rotated while programs die, a key that is missing
//! or another one.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::fs;
use support::dovecot::{Dovecot, PASSWORD, message};
use support::postgres::Postgres;
use support::restante::Restante;
use support::server::Server;
use support::wait_for;

const ACCOUNTS: [&str; 3] = ["ana", "bo", "cleo"];

/// Three accounts with a credential each.
fn three(mail: &Dovecot) -> Restante {
    let restante = Restante::new();
    for (number, name) in ACCOUNTS.iter().enumerate() {
        mail.deliver(name, number, &message(number));
        restante.add_account(name, "imap", mail.imap, "none", &[]);
    }
    restante
}

fn all_sign_in(restante: &Restante) {
    for name in ACCOUNTS {
        let check = restante.check(name);
        assert_eq!(check["outcome"], "ok", "{check}");
    }
}

fn keys(restante: &Restante) -> Vec<String> {
    let text = fs::read_to_string(restante.data().join("restante.key")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn dies_at(restante: &Restante, step: &str) {
    let mut command = restante.command(&["vault", "rotate"]);
    let output = command.env("RESTANTE_FAILPOINT", step).output().unwrap();
    assert_eq!(output.status.code(), None, "it dies at {step}: {output:?}");
}

fn refused(restante: &Restante, arguments: &[&str]) -> String {
    let output = restante.run(arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_rotation_that_dies_anywhere_is_brought_to_its_end() {
    let mail = Dovecot::start();
    let restante = three(&mail);
    let first = keys(&restante);
    assert_eq!(first.len(), 1);

    // The key is there and nothing is sealed with it.
    dies_at(&restante, "vault_key:1");
    let second = keys(&restante);
    assert_eq!((second.len(), &second[1]), (2, &first[0]));
    all_sign_in(&restante);
    // Some are sealed with one, some with the other.
    dies_at(&restante, "vault_resealed:2");
    assert_eq!(keys(&restante), second, "no further key");
    all_sign_in(&restante);
    let rotated = restante.json(&["vault", "rotate"]);
    assert_eq!((&rotated["resealed"], &rotated["resumed"]), (&json!(1), &json!(true)), "{rotated}");
    all_sign_in(&restante);

    // The old key is good for backups of before and for nothing that is here.
    fs::write(restante.data().join("restante.key"), format!("{}\n", second[1])).unwrap();
    assert!(refused(&restante, &["account", "list"]).contains("were sealed with another key"));
    fs::write(restante.data().join("restante.key"), format!("{}\n", second[0])).unwrap();
    all_sign_in(&restante);

    let rotated = restante.json(&["vault", "rotate"]);
    assert_eq!((&rotated["resealed"], &rotated["resumed"]), (&json!(3), &json!(false)), "{rotated}");
    assert_eq!(keys(&restante).len(), 2);
    assert!(!keys(&restante).contains(&first[0]), "nobody needs it any more");
    all_sign_in(&restante);
    let told: Vec<Value> = serde_json::from_value(restante.json(&["audit"])).unwrap();
    let rotations = told.iter().filter(|record| record["action"] == "vault.rotated");
    assert_eq!(
        rotations.count(),
        3,
        "one begun and dead before it was told, one brought to its end twice, one whole"
    );
}

/// A server that runs goes on by itself, seals what it is given, and whatever it sealed is read by the new key.
#[test]
fn a_server_goes_on_while_its_key_is_rotated_on_postgresql() {
    let (mail, postgres) = (Dovecot::start(), Postgres::start());
    let restante = Restante::on(postgres.url());
    for (number, name) in ACCOUNTS.iter().enumerate() {
        mail.deliver(name, number, &message(number));
        restante.add_account(name, "imap", mail.imap, "none", &[]);
    }
    let (server, cookie) = Server::start_signed_in(&restante);
    let checked = |id: u32| {
        assert_eq!(server.call("accounts/check", &cookie, &json!({ "id": id })).status, 200);
        let answer = || server.call("accounts/get", &cookie, &json!({ "id": id })).body;
        let status = || serde_json::from_str::<Value>(&answer()).unwrap()["status"].clone();
        wait_for("the check to end", 20, || status() != "checking" && status() != "new");
        assert_eq!(status(), "healthy", "{}", answer());
    };
    checked(1);
    for turn in 0..2 {
        let old = keys(&restante);
        let rotated = restante.json(&["vault", "rotate"]);
        assert_eq!((&rotated["resealed"], &rotated["resumed"]), (&json!(3), &json!(false)), "{rotated}");
        assert!(keys(&restante).first() != old.first(), "another key comes first");
        checked(2);
        // Whatever the running server seals with, everybody can read.
        let again = json!({ "id": 3, "user_name": "", "password": PASSWORD });
        let answer = server.call("credentials/rotate", &cookie, &again);
        assert_eq!(answer.status, 200, "{turn}: {}", answer.body);
        wait_for("the check that follows", 20, || restante.check("cleo")["outcome"] == "ok");
        all_sign_in(&restante);
    }
}

#[test]
fn a_missing_key_is_said_and_not_made_anew() {
    let mail = Dovecot::start();
    let restante = three(&mail);
    let file = restante.data().join("restante.key");
    let key = fs::read(&file).unwrap();
    fs::remove_file(&file).unwrap();
    let said = refused(&restante, &["account", "list"]);
    assert!(said.contains("restante.key is not there") && said.contains("put it back"), "{said}");
    assert!(refused(&restante, &["serve", "--listen", "127.0.0.1:0"]).contains("restante.key is not there"));
    assert!(!file.exists());

    // The same key by other ways.
    let text = String::from_utf8(key).unwrap();
    let by_variable = restante.command(&["check", "ana"]).env("RESTANTE_VAULT_KEY", &text).output().unwrap();
    assert!(by_variable.status.success(), "{by_variable:?}");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("restante.key"), &text).unwrap();
    let by_systemd =
        restante.command(&["check", "ana"]).env("CREDENTIALS_DIRECTORY", folder.path()).output().unwrap();
    assert!(by_systemd.status.success(), "{by_systemd:?}");
    // Whoever gave the key has to put another one before it.
    let rotate =
        |key: &str| restante.command(&["vault", "rotate"]).env("RESTANTE_VAULT_KEY", key).output().unwrap();
    let alone = rotate(&text);
    assert_eq!(alone.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&alone.stderr).contains("put a new one before it"), "{alone:?}");
    let both = rotate(&format!("{},{text}", "ab".repeat(32)));
    assert!(both.status.success(), "{both:?}");
    let new = restante.command(&["check", "bo"]).env("RESTANTE_VAULT_KEY", "ab".repeat(32)).output().unwrap();
    assert!(new.status.success(), "{new:?}");
}

#[test]
fn credentials_are_kept_on_the_command_line() {
    let mail = Dovecot::start();
    let restante = three(&mail);
    let add = ["credential", "add", "--name", "Shared", "--username", "ana", "--password-stdin"];
    assert!(restante.run_with(&add, "not it").status.success());
    let again = restante.run_with(&add, "not it");
    assert_eq!(again.status.code(), Some(2), "{again:?}");
    let listed = restante.json(&["credential", "list"]);
    let shared = listed.as_array().unwrap().iter().find(|it| it["name"] == "Shared").unwrap();
    assert_eq!((&shared["user_name"], &shared["used_by"]), (&json!("ana"), &json!(0)));
    assert!(restante.run(&["account", "edit", "ana", "--credential", "Shared"]).status.success());
    assert_eq!(restante.check("ana")["cause"], "sign_in_rejected");
    assert!(refused(&restante, &["credential", "remove", "Shared"]).contains("1 accounts"));
    let rotate = ["credential", "rotate", "Shared", "--password-stdin"];
    assert!(restante.run_with(&rotate, PASSWORD).status.success());
    assert_eq!(restante.check("ana")["outcome"], "ok");
    assert!(refused(&restante, &["credential", "remove", "Nobody"]).contains("no credential named"));
    assert!(restante.run(&["account", "edit", "ana", "--credential", "bo"]).status.success());
    assert!(restante.run(&["credential", "remove", "Shared"]).status.success());
}

#[test]
fn one_damaged_secret_is_set_again_and_keeps_nothing_else_from_working() {
    let mail = Dovecot::start();
    let restante = three(&mail);
    restante.execute("UPDATE credential SET sealed = substr(sealed, 1, length(sealed) - 1) WHERE id = 1");
    let check = restante.check("ana");
    assert_eq!(check["outcome"], "failed", "{check}");
    assert!(check["error"].as_str().unwrap().contains("set it again"), "{check}");
    assert_eq!(restante.check("bo")["outcome"], "ok");
    let rotated = restante.run_with(&["credential", "rotate", "ana", "--password-stdin"], PASSWORD);
    assert!(rotated.status.success(), "{rotated:?}");
    all_sign_in(&restante);
}

#[test]
fn a_server_starts_with_the_right_key_alone_wherever_it_comes_from() {
    let restante = Restante::new();
    // What is sealed here is what this server proves itself to agents with.
    let add = ["connector", "add", "--name", "Branch", "--kind", "agent"];
    assert!(restante.run(&add).status.success());
    assert!(restante.run(&["connector", "enrol", "Branch"]).status.success());
    let key = restante.data().join("restante.key");
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("another name");
    fs::rename(&key, &moved).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    assert!(refused(&restante, &serve).contains("restante.key is not there"));
    fs::write(&key, format!("{}\n", "7".repeat(64))).unwrap();
    assert!(refused(&restante, &serve).contains("were sealed with another key"));
    fs::write(&key, "no key at all").unwrap();
    assert!(refused(&restante, &serve).contains("64 hexadecimal digits"));
    let moved = moved.to_str().unwrap();
    assert!(restante.run(&["connector", "list", "--key-file", moved]).status.success());
    let mut command = restante.command(&["connector", "list"]);
    assert!(command.env("RESTANTE_KEY_FILE", moved).output().unwrap().status.success());
}
