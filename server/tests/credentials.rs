//! Credentials against a real server: whom they let in, what a new secret does to their accounts, and secrets that are
//! not sealed here. The secret is looked for everywhere and never found.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use model::AccountDraft;
use serde_json::{Value, json};
use std::fs;
use std::process::Output;
use support::dovecot::{Dovecot, PASSWORD, message};
use support::holds_none_of;
use support::restante::Restante;
use support::server::Server;

fn credential(restante: &Restante, name: &str) -> Value {
    let all = restante.json(&["credential", "list"]);
    all.as_array().unwrap().iter().find(|it| it["name"] == name).unwrap().clone()
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn a_new_secret_is_tried_on_every_account_and_told_in_numbers() {
    let mail = Dovecot::start();
    let restante = Restante::new();
    mail.deliver("ana", 0, &message(0));
    for name in ["ana", "two", "off"] {
        restante.add_account(name, "imap", mail.imap, "none", &[]);
    }
    let add = ["credential", "add", "--name", "Shared", "--username", "ana", "--kind", "app-password"];
    let added = restante.run_with(&[&add[..], &["--password-stdin"]].concat(), "not it");
    assert!(added.status.success(), "{added:?}");
    for name in ["ana", "two", "off"] {
        assert!(restante.run(&["account", "edit", name, "--credential", "Shared"]).status.success());
    }
    assert!(restante.run(&["account", "edit", "off", "--disabled"]).status.success());
    let shared = credential(&restante, "Shared");
    assert_eq!(
        (&shared["kind"], &shared["accounts"]),
        (&json!("app_password"), &json!(["ana", "off", "two"]))
    );
    assert_eq!((&shared["last_used"], &shared["cause"]), (&json!(null), &json!(null)));

    assert_eq!(restante.check("ana")["cause"], "sign_in_rejected");
    let shared = credential(&restante, "Shared");
    assert_eq!(shared["cause"], "sign_in_rejected", "{shared}");
    assert!(shared["last_failed"].is_string() && shared["last_used"].is_null(), "{shared}");

    let rotate = ["credential", "rotate", "Shared", "--password-stdin", "--json"];
    let wrong = restante.run_with(&rotate, "nor this");
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    let numbers = |signed_in: u32, failed: u32| json!({ "accounts": 2, "signed_in": signed_in, "failed": failed, "busy": 0 });
    assert_eq!(answer(&wrong)["checked"], numbers(0, 2));
    let right = restante.run_with(&rotate, PASSWORD);
    assert!(right.status.success(), "{right:?}");
    assert_eq!(answer(&right)["checked"], numbers(2, 0), "one is not enabled");
    let shared = credential(&restante, "Shared");
    assert!(shared["last_used"].is_string() && shared["last_failed"].is_null(), "{shared}");
    assert_eq!(restante.messages("ana").len(), 1, "its mail came with the check");
    holds_none_of(restante.data(), &[PASSWORD]);
}

#[test]
fn a_secret_is_read_where_the_configuration_file_says_and_nowhere_else() {
    let mail = Dovecot::start();
    let restante = Restante::new();
    let secrets = tempfile::tempdir().unwrap();
    fs::write(secrets.path().join("sales"), format!("{PASSWORD}\n")).unwrap();
    fs::write(secrets.path().join("unnamed"), PASSWORD).unwrap();
    let configuration = tempfile::tempdir().unwrap();
    let configuration = configuration.path().join("restante.toml");
    let written = |files: &str| {
        let directory = secrets.path().display();
        let text = format!(
            "[credential_sources]\ndirectory = \"{directory}\"\nfiles = [{files}]\nvariables = [\"MAIL_SECRET\"]\n\
             seconds = 5\n[credential_sources.commands]\nprint = [\"/bin/cat\", \"{directory}/sales\"]\n\
             fail = [\"/bin/sh\", \"-c\", \"cat {directory}/sales; cat {directory}/sales >&2; exit 9\"]\n"
        );
        fs::write(&configuration, text).unwrap();
    };
    written("\"sales\"");
    let run = |arguments: &[&str]| {
        let mut command = restante.command(&[arguments, &["--json"]].concat());
        command
            .env("RESTANTE_CONFIG", &configuration)
            .env("MAIL_SECRET", PASSWORD)
            .env("RESTANTE_LOG", "trace");
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned();
        assert!(!said.contains(PASSWORD), "{said}");
        output
    };
    let named = answer(&run(&["credential", "sources"]));
    assert_eq!(named, json!(["variable:MAIL_SECRET", "file:sales", "command:fail", "command:print"]));
    for (source, code) in [
        ("file:unnamed", 2),
        ("file:../sales", 2),
        ("variable:HOME", 2),
        ("command:/bin/cat", 2),
        ("/etc/hostname", 2),
        ("file:sales", 0),
        ("variable:MAIL_SECRET", 0),
        ("command:print", 0),
        ("command:fail", 0),
    ] {
        let added = run(&["credential", "add", "--name", source, "--username", "ana", "--source", source]);
        assert_eq!(added.status.code(), Some(code), "{source}: {added:?}");
    }
    restante.add_account("ana", "imap", mail.imap, "none", &[]);
    for source in ["file:sales", "variable:MAIL_SECRET", "command:print"] {
        assert!(run(&["account", "edit", "ana", "--credential", source]).status.success());
        let check = answer(&run(&["check", "ana"]));
        assert_eq!(check["outcome"], "ok", "{source}: {check}");
    }
    assert_eq!(credential(&restante, "file:sales")["source"], "file:sales");

    let fails = |source: &str, words: &str| {
        assert!(run(&["account", "edit", "ana", "--credential", source]).status.success());
        let check = answer(&run(&["check", "ana"]));
        assert_eq!((&check["outcome"], &check["stage"]), (&json!("failed"), &json!("sign_in")), "{check}");
        assert!(check["error"].as_str().unwrap().contains(words), "{check}");
        assert!(credential(&restante, source)["error"].as_str().unwrap().contains(words));
    };
    fails("command:fail", "the command fail failed (exit status: 9)");
    fs::rename(secrets.path().join("sales"), secrets.path().join("moved")).unwrap();
    fails("file:sales", "there is no file sales");
    written("");
    fails("file:sales", "does not name the file sales");
    // Nothing is sealed, so the vault's key has nothing to do with it.
    fs::rename(secrets.path().join("moved"), secrets.path().join("sales")).unwrap();
    written("\"sales\"");
    assert_eq!(
        answer(&run(&["vault", "rotate"]))["resealed"],
        1,
        "the password of the account as it was made"
    );
    assert_eq!(answer(&run(&["check", "ana"]))["outcome"], "ok");
    holds_none_of(restante.data(), &[PASSWORD]);
}

/// What is refused because somebody was quicker leaves nothing behind, a credential that came with it least of all.
#[test]
fn a_save_that_comes_too_late_makes_no_credential() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    restante.add_account("Sales", "imap", support::free_port(), "none", &[]);
    let draft = AccountDraft {
        version: Some(1),
        name: "Sales".to_owned(),
        address: "mail.example.org".to_owned(),
        ..AccountDraft::default()
    };
    let typed = json!({ "name": "Late", "user_name": "ann", "password": PASSWORD });
    let save = || {
        let body = json!({ "id": 1, "draft": draft, "new_credential": typed });
        server.call("accounts/save", &cookie, &body)
    };
    assert!(restante.run(&["account", "edit", "Sales", "--tags", "quicker"]).status.success());
    let refused = save();
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("Somebody changed this account"), "{}", refused.body);
    assert_eq!(restante.json(&["credential", "list"]).as_array().unwrap().len(), 1);
    assert_eq!(restante.json(&["account", "show", "Sales"])["address"], "127.0.0.1");
}
