//! The command line: its JSON, its exit codes, and what it never prints.

mod support;

use serde_json::json;
use std::io::Read;
use std::net::TcpListener;
use support::dovecot::{Dovecot, message};
use support::mail_client::MailClient;
use support::restante::Restante;
use support::server::Server;

#[test]
fn exit_codes() {
    let restante = Restante::new();
    let code = |arguments: &[&str]| restante.run(arguments).status.code();
    assert_eq!(code(&["config"]), Some(0));
    assert_eq!(code(&["nonsense"]), Some(2));
    assert_eq!(code(&["check"]), Some(2));
    assert_eq!(code(&["check", "nobody"]), Some(1));
    assert_eq!(code(&["--listen", "nowhere", "config"]), Some(2));
    assert_eq!(code(&["account", "add", "--name", "x"]), Some(2));
}

#[test]
fn an_account_that_is_being_checked_is_busy() {
    let restante = Restante::new();
    // A server that accepts and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    restante.add_account("slow", "imap", silent.local_addr().unwrap().port(), "none", &[]);
    let mut first = restante.command(&["check", "slow"]).spawn().unwrap();
    let (_connection, _) = silent.accept().unwrap();
    let second = restante.run(&["check", "slow", "--json"]);
    assert_eq!(second.status.code(), Some(3));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&second.stdout).unwrap()["outcome"], "busy");
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_silent_server_ends_in_time_with_its_cause() {
    let restante = Restante::new();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    restante.add_account("slow", "imap", silent.local_addr().unwrap().port(), "none", &[]);
    let output = restante
        .command(&["check", "slow", "--json"])
        .env("RESTANTE_LIMITS_GREETING_SECONDS", "1")
        .output()
        .unwrap();
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&result["stage"], &result["cause"]),
        (&json!("greeting"), &json!("greeting_timeout")),
        "{result}"
    );
}

#[test]
fn messages_go_out_and_come_in_again_byte_for_byte() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    (0..7).for_each(|number| dovecot.deliver("a", number, &message(number)));
    restante.add_account("a", "imap", dovecot.imap, "none", &[]);
    assert_eq!(restante.check("a")["new"], 7);
    let hashes = |name: &str| {
        let mut hashes: Vec<_> =
            restante.messages(name).iter().map(|message| message["blake3"].to_string()).collect();
        hashes.sort();
        hashes
    };
    for format in ["eml", "mbox"] {
        let to = restante.data().join(format!("out-{format}"));
        let to = to.to_str().unwrap();
        assert_eq!(restante.json(&["export", "a", "--format", format, "--to", to])["exported"], 7);
        restante.add_account(format, "imap", dovecot.imap, "none", &["--disabled"]);
        let import = ["import", format, "--format", format, "--from", to];
        assert_eq!(restante.json(&import), json!({ "account": format, "imported": 7, "already_here": 0 }));
        assert_eq!(hashes(format), hashes("a"), "{format}");
        assert_eq!(restante.json(&import)["already_here"], 7, "{format}: nothing is doubled");
        assert_ne!(
            restante.run(&["export", "a", "--format", format, "--to", to]).status.code(),
            Some(0),
            "never overwrites"
        );
    }
}

#[test]
fn a_secret_is_nowhere_but_sealed() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    let port = dovecot.imap.to_string();
    let add = [
        "account",
        "add",
        "--name",
        "canary",
        "--protocol",
        "imap",
        "--address",
        "127.0.0.1",
        "--port",
        &port,
        "--security",
        "none",
        "--username",
        "canary",
        "--password-stdin",
        "--automatic-check",
        "no",
    ];
    let canary = "canary-7f3a9c";
    let mut seen = restante.run_with(&add, canary);
    for arguments in
        [&["--log", "trace", "check", "canary"][..], &["account", "show", "canary", "--json"], &["config"]]
    {
        let output = restante.run(arguments);
        seen.stdout.extend(output.stdout);
        seen.stderr.extend(output.stderr);
    }
    let (server, cookie) = Server::start_signed_in(&restante);
    for path in [
        "/settings/email/accounts",
        "/settings/credentials",
        "/settings/email/accounts/1/edit",
        "/api/accounts/export.csv",
    ] {
        seen.stdout.extend(server.get(path, &[("cookie", &cookie)]).body.bytes());
    }
    drop(server);
    for entry in std::fs::read_dir(restante.data()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::File::open(path).unwrap().read_to_end(&mut seen.stdout).unwrap();
        }
    }
    for bytes in [seen.stdout, seen.stderr] {
        let found = bytes.windows(canary.len()).position(|window| window == canary.as_bytes());
        assert_eq!(
            found.map(|at| String::from_utf8_lossy(&bytes[at.saturating_sub(80)..at + 20]).into_owned()),
            None
        );
    }
}

#[test]
fn folders_are_listed_and_chosen_by_name_whatever_is_in_it() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    let mut client = MailClient::sign_in(dovecot.imap, "a");
    for (number, folder) in ["Rechnungen, offen", "Gr&APwA3w-e", "Gr&APwA3w-e.unten"].into_iter().enumerate()
    {
        client.create(folder);
        for more in 0..=number {
            client.append(folder, "", &message(10 * number + more));
        }
    }
    restante.add_account("a", "imap", dovecot.imap, "none", &[]);
    let folder = |name: &str, what: Option<&str>, messages: u32| json!({"name": name, "use": what, "messages": messages, "selectable": true});
    assert_eq!(
        restante.json(&["account", "folders", "a"]),
        json!([
            folder("INBOX", Some("inbox"), 0),
            folder("Grüße", None, 2),
            folder("Grüße.unten", None, 3),
            folder("Rechnungen, offen", None, 1),
        ])
    );
    let chosen = json!(["Rechnungen, offen", "Grüße.unten"]);
    let edit = |more: &[&str]| restante.run(&[&["account", "edit", "a"], more].concat()).status.code();
    let show = || restante.json(&["account", "show", "a"])["folders"].clone();
    assert_eq!(edit(&["--folder", "Rechnungen, offen", "--folder", "Grüße.unten"]), Some(0));
    assert_eq!(show(), chosen);
    assert_eq!(edit(&["--interval", "60"]), Some(0));
    assert_eq!(show(), chosen, "what is not named stays");
    assert_eq!(restante.check("a")["new"], 4);
    assert_eq!(edit(&["--folders", "INBOX"]), Some(0));
    assert_eq!(edit(&["--folders", "\"Rechnungen, offen\", Grüße.unten"]), Some(0));
    assert_eq!(show(), chosen);

    let code = |arguments: &[&str]| restante.run(arguments).status.code();
    assert_eq!(edit(&["--folders", "A", "--folder", "B"]), Some(2));
    assert_eq!(code(&["account", "folders", "nobody"]), Some(1));
    assert_eq!(edit(&["--port", "1"]), Some(0));
    let failed = restante.run(&["account", "folders", "a", "--json"]);
    assert_eq!((failed.status.code(), failed.stdout.as_slice()), (Some(1), &b""[..]));
    assert!(String::from_utf8_lossy(&failed.stderr).contains("failed at"), "{failed:?}");
    assert_eq!(edit(&["--disabled"]), Some(0));
    assert_eq!(
        code(&["account", "folders", "a"]),
        Some(1),
        "an account that is not enabled is never contacted"
    );
}
