//! What a check would do, asked by a screen: the same numbers beforehand as afterwards, nothing changed by asking, and an
//! answer in time whatever the server does.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use model::Cause;
use serde_json::{Value, json};
use server::config::Config;
use server::{Program, checks::CheckError};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use support::dovecot::message;
use support::imap::{ImapServer, Mailbox};
use support::restante::Restante;
use support::server::Server;

const LARGE: usize = 9_000;

/// UIDs 1 to 3, of which the second is large.
fn three() -> Mailbox {
    let large = format!("Subject: large\r\n\r\n{}\r\n", "x".repeat(LARGE));
    Mailbox::new(7, [(1, message(1)), (2, large.into_bytes()), (3, message(3))])
}

/// What `function` answers to a screen.
fn call(server: &Server, cookie: &str, function: &str, body: &Value) -> Value {
    let answer = server.call(function, cookie, body);
    assert_eq!(answer.status, 200, "{function}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

#[test]
fn a_screen_is_told_beforehand_what_the_check_then_does() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let imap = ImapServer::start([("INBOX", three()), ("Work", Mailbox::new(9, [(4, message(4))]))]);
    let policy = ["--folders", "Work,INBOX", "--keep-copy", "no", "--largest-message", "8000"];
    restante.add_account("a", "imap", imap.port, "none", &policy);
    let id = restante.json(&["account", "show", "a"])["id"].clone();
    let before = restante.json(&["account", "show", "a"]);
    let forecast = || call(&server, &cookie, "checks/forecast", &json!({ "account": id }));
    let size = |number| message(number).len();
    let folder = |folder: &str, fetch, bytes, delete, left| json!({ "folder": folder, "fetch": fetch, "bytes": bytes, "delete": delete, "left": left });

    let expected = [folder("Work", 1, size(4), 1, 0), folder("INBOX", 2, size(1) + size(3), 2, 1)];
    assert_eq!(forecast(), json!({ "folders": expected, "failure": null }));
    assert_eq!(restante.json(&["account", "show", "a"]), before, "nothing has changed here");
    let changing = ["STORE", "EXPUNGE", "SELECT", "MOVE", "COPY"];
    let asked = imap.asked();
    assert!(!asked.iter().any(|said| changing.iter().any(|verb| said.contains(verb))), "{asked:?}");

    let check = restante.check("a");
    assert_eq!(
        (&check["new"], &check["deleted"], &check["quarantined"]),
        (&json!(3), &json!(3), &json!(1)),
        "{check}"
    );
    assert_eq!(forecast()["folders"], json!([folder("Work", 0, 0, 0, 0), folder("INBOX", 0, 0, 0, 0)]));

    let raise = ["account", "edit", "a", "--largest-message", "10000"];
    assert!(restante.run(&raise).status.success());
    let large = three().messages[1].1.len();
    assert_eq!(forecast()["folders"][1], folder("INBOX", 1, large, 1, 0), "the check lets it in by itself");
    let check = restante.check("a");
    assert_eq!((&check["new"], &check["deleted"]), (&json!(1), &json!(1)), "{check}");

    assert!(restante.run(&["account", "edit", "a", "--disabled"]).status.success());
    imap.asked();
    let paused = server.call("checks/forecast", &cookie, &json!({ "account": id }));
    assert_eq!((paused.status, imap.asked().len()), (409, 0), "a paused account is never contacted");
}

#[test]
fn retry_asks_again_at_once_and_says_no_where_the_account_is_paused() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let imap = ImapServer::start([("INBOX", three())]);
    imap.change("INBOX", |mailbox| {
        mailbox.refuses.insert(3);
    });
    restante.add_account("a", "imap", imap.port, "none", &[]);
    for _ in 0..3 {
        restante.check("a");
    }
    let id = restante.json(&["account", "show", "a"])["id"].clone();
    let list = || {
        let query = json!({ "query": { "filter": id, "sort": null, "cursor": null, "page_size": null } });
        call(&server, &cookie, "quarantine/list", &query)
    };
    assert_eq!((&list()["total"]["count"], &list()["rows"][0]["kind"]), (&json!(1), &json!("fetch")));

    assert!(restante.run(&["account", "edit", "a", "--disabled"]).status.success());
    let retry = || server.call("quarantine/retry", &cookie, &json!({ "account": id }));
    assert_eq!(retry().status, 409);
    assert_eq!(list()["total"]["count"], 1, "its reason is not lost for nothing");
    assert!(restante.run(&["account", "edit", "a", "--enabled"]).status.success());
    imap.change("INBOX", |mailbox| mailbox.refuses.clear());
    assert_eq!(retry().status, 200);
    support::wait_for("the message that was refused", 20, || restante.messages("a").len() == 3);
    assert_eq!(list()["rows"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_keeps_silent_is_told_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let restante = Restante::new();
    tokio::task::block_in_place(|| restante.add_account("a", "imap", port, "none", &[]));
    let config = Config::for_testing(restante.data()).unwrap();
    let (_stopper, stop) = tokio::sync::watch::channel(false);
    let program = Program::open(&config, Vec::new(), stop).await.unwrap();
    let account = program.store.find_account_by_name("a", program.clock.now()).await.unwrap().unwrap();
    let begun = Instant::now();
    let looked = program.checks.dry_run_within(&account, Duration::from_millis(800)).await;
    let failure = looked.map(|_| ()).map_err(CheckError::into_failure).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(10), "the limits of a check are longer");
    assert_eq!(failure.stage, model::Stage::Greeting, "{failure:?}");
    assert!(matches!(failure.cause, Some(Cause::GreetingTimeout | Cause::Timeout)), "{failure:?}");
}
