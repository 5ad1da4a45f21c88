//! System parameters really act: on the screens, on the lists, on the next check, on every server, and each says where its
//! value comes from.
#![expect(clippy::unwrap_used, reason = "a test that cannot ask has failed")]

mod support;

use serde_json::{Value, json};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use support::dovecot::{large_message, message};
use support::hostile::{self, Manner};
use support::imap::{ImapServer, Mailbox};
use support::restante::Restante;
use support::script::{Script, start};
use support::server::Server;
use support::{free_port, full_house, wait_for};

fn save(server: &Server, cookie: &str, changes: &[(&str, Option<&str>)]) -> (u16, String) {
    let changes: Vec<_> = changes.iter().map(|(id, value)| json!({ "id": id, "value": value })).collect();
    let answer = server.call("parameters/save", cookie, &json!({ "changes": changes }));
    (answer.status, answer.body)
}

fn parameter(restante: &Restante, name: &str) -> Value {
    let all = restante.json(&["parameter", "list"]);
    all.as_array().unwrap().iter().find(|parameter| parameter["name"] == name).unwrap().clone()
}

#[test]
fn what_does_not_fit_is_refused_at_its_field_and_nothing_is_set() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let (status, why) = save(
        &server,
        &cookie,
        &[
            ("page_size", Some("50")),
            ("connect_seconds", Some("0")),
            ("allowed_networks", Some("10.0.0.0/8, mail.example.org")),
            ("nonsense", Some("1")),
        ],
    );
    assert_eq!(status, 422);
    for said in ["connect_seconds", "1 to 300", "allowed_networks", "mail.example.org", "nonsense"] {
        assert!(why.contains(said), "{said}: {why}");
    }
    assert_eq!(parameter(&restante, "page_size")["value"], "30", "all or none");
    let (status, why) = save(&server, &cookie, &[("page_size", Some("120"))]);
    assert!(status == 422 && why.contains("more than the most, 100"), "{why}");
    assert_eq!(
        save(&server, &cookie, &[("page_size", Some("120")), ("page_size_maximum", Some("150"))]).0,
        200
    );
    assert_eq!(restante.run(&["parameter", "set", "page_size_maximum", "60"]).status.code(), Some(2));
    assert_eq!(restante.run(&["parameter", "set", "stall_minutes", "0"]).status.code(), Some(2));
    assert_eq!(parameter(&restante, "page_size_maximum")["value"], "150");
}

#[test]
fn each_says_where_its_value_comes_from_and_goes_back_to_its_default() {
    let restante = Restante::new();
    let list = |variable: &str| {
        let mut command = restante.command(&["parameter", "list", "--json"]);
        let output = command.env("RESTANTE_LIMITS_GREETING_SECONDS", variable).output().unwrap();
        let all: Value = serde_json::from_slice(&output.stdout).unwrap();
        all.as_array().unwrap().iter().find(|it| it["name"] == "greeting_seconds").unwrap().clone()
    };
    let of = |value: &str, default: &str, from: &str| json!({ "name": "greeting_seconds", "value": value, "default": default, "from": from });
    assert_eq!(parameter(&restante, "greeting_seconds"), of("30", "30", "default"));
    assert_eq!(list("7"), of("7", "7", "variable"));
    assert!(restante.run(&["parameter", "set", "greeting_seconds", "9"]).status.success());
    assert_eq!(list("7"), of("9", "7", "set"), "a parameter overrides");
    assert!(restante.run(&["parameter", "reset", "greeting_seconds"]).status.success());
    assert_eq!(parameter(&restante, "greeting_seconds"), of("30", "30", "default"));
    assert_eq!(parameter(&restante, "message_bytes")["value"], "100 MB");
}

#[test]
fn screens_and_lists_go_by_them_on_every_server_within_two_seconds() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let other = Server::start(&restante, &[]);
    for number in 0..12 {
        restante.add_account(&format!("a{number:02}"), "imap", free_port(), "none", &[]);
    }
    let rows = |server: &Server, size: Option<u32>| {
        let query = json!({ "filter": {}, "sort": null, "cursor": null, "page_size": size });
        let query = json!({ "query": query });
        let page: Value = serde_json::from_str(&server.call("accounts/list", &cookie, &query).body).unwrap();
        page["rows"].as_array().unwrap().len()
    };
    let page = |server: &Server, path: &str| server.get(path, &[("cookie", &cookie)]).body;
    assert_eq!((rows(&server, None), rows(&other, None)), (12, 12));
    assert!(page(&server, "/settings/audit?more=1").contains("type=\"date\""));
    assert!(!page(&server, "/settings/audit").contains("search-who"));

    let changes = [
        ("page_size", Some("5")),
        ("page_size_maximum", Some("10")),
        ("hide_filters", Some("no")),
        ("time_in_date_filters", Some("yes")),
        ("date_format", Some("d b Y H:M")),
        ("check_interval_minutes", Some("7.5")),
    ];
    assert_eq!(save(&server, &cookie, &changes).0, 200);
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let goes_by = |server: &Server| {
        let audit = page(server, "/settings/audit");
        let dates =
            audit.split("<time").nth(1).unwrap_or_default().split("</time>").next().unwrap_or_default();
        rows(server, None) == 5
            && rows(server, Some(200)) == 10
            && audit.contains("type=\"datetime-local\"")
            && months.iter().any(|month| dates.contains(month))
            && page(server, "/settings/email/accounts/new").contains("value=\"7.5\"")
    };
    assert!(goes_by(&server), "at once where it was saved");
    wait_for("the other server to go by it", 3, || goes_by(&other));
    restante.add_account("later", "imap", free_port(), "none", &[]);
    assert_eq!(restante.json(&["account", "show", "later"])["interval"], 450);
    assert_eq!(
        restante.json(&["account", "show", "a00"])["interval"],
        300,
        "accounts that exist keep theirs"
    );
    let exported = server.get("/api/accounts/export.csv", &[("cookie", &cookie)]).body;
    assert_eq!(exported.lines().count(), 14, "an export has all rows");
    let refused = restante.run(&["parameter", "reset", "page_size"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("more than the most, 10"), "{refused:?}");
    assert!(restante.run(&["parameter", "set", "page_size", "8"]).status.success());
    wait_for("both servers to hear of the command line", 3, || {
        rows(&server, None) == 8 && rows(&other, None) == 8
    });
}

#[test]
fn the_next_check_goes_by_limits_and_allowed_networks() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    // A server that accepts and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    restante.add_account("Silent", "imap", silent.local_addr().unwrap().port(), "none", &[]);
    assert_eq!(save(&server, &cookie, &[("greeting_seconds", Some("1"))]).0, 200);
    let fails = |cause: &str| {
        assert_eq!(server.call("accounts/check", &cookie, &json!({ "id": 1 })).status, 200);
        let account = || restante.json(&["account", "show", "Silent"]);
        wait_for(cause, 10, || {
            let account = account();
            account["status"] == "failing" && account["failure"]["cause"] == cause
        });
        account()["failure"].clone()
    };
    fails("greeting_timeout");
    assert_eq!(save(&server, &cookie, &[("allowed_networks", Some("10.1.2.3/8"))]).0, 200);
    assert_eq!(parameter(&restante, "allowed_networks")["value"], "10.0.0.0/8");
    let failure = fails("address_not_allowed");
    assert!(failure["error"].as_str().unwrap().contains("in none of the allowed networks"), "{failure}");
    assert_eq!(restante.check("Silent")["cause"], "address_not_allowed", "the command line goes by it, too");
    assert_eq!(save(&server, &cookie, &[("allowed_networks", Some("127.0.0.0/8 ::1"))]).0, 200);
    fails("greeting_timeout");
}

/// Each limit is set while the server runs, and the next check ends by it: long before its default.
#[test]
fn each_limit_acts_on_the_next_check() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let (full, _waiting) = full_house();
    let full = full.local_addr().unwrap().as_socket().unwrap().port();
    let mute = || {
        let answers = vec![
            ("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$ OK"),
            ("AUTHENTICATE", "MUTE"),
        ];
        start(Script { greeting: b"* OK ready\r\n", answers, ..Script::default() })
    };
    let wordy: &'static str = format!("* CAPABILITY IMAP4rev1 {}\r\n$ OK", "X".repeat(20_000)).leak();
    let wordy = start(Script {
        greeting: b"* OK ready\r\n",
        answers: vec![("CAPABILITY", wordy)],
        ..Script::default()
    });
    let silent = hostile::start(Manner::Silent);
    let drips = hostile::start(Manner::Drips);
    for (number, (limit, value, port, security, cause)) in (1..).zip([
        ("connect_seconds", "1", full, "none", "connect_timeout"),
        ("tls_seconds", "1", silent, "ssl", "tls_handshake_failed"),
        ("sign_in_seconds", "1", mute(), "none", "timeout"),
        ("idle_seconds", "1", mute(), "none", "timeout"),
        ("greeting_seconds", "1", drips, "none", "greeting_timeout"),
        ("line_bytes", "8192", wordy, "none", "limit_exceeded"),
    ]) {
        restante.add_account(limit, "imap", port, security, &[]);
        assert_eq!(save(&server, &cookie, &[(limit, Some(value))]).0, 200, "{limit}");
        let began = Instant::now();
        assert_eq!(server.call("accounts/check", &cookie, &json!({ "id": number })).status, 200);
        let account = || restante.json(&["account", "show", limit]);
        wait_for(limit, 10, || account()["status"] == "failing");
        assert_eq!(account()["failure"]["cause"], cause, "{limit}: {}", account());
        assert!(began.elapsed() < Duration::from_secs(8), "{limit}");
        assert_eq!(save(&server, &cookie, &[(limit, None)]).0, 200, "{limit}");
    }

    let mail = ImapServer::start([("INBOX", Mailbox::new(7, [(1, large_message(1)), (2, message(2))]))]);
    restante.add_account("large", "imap", mail.port, "none", &[]);
    assert_eq!(save(&server, &cookie, &[("message_bytes", Some("10 KB"))]).0, 200);
    let check = restante.check("large");
    assert_eq!((&check["new"], &check["quarantined"]), (&json!(1), &json!(1)), "{check}");
    assert_eq!(save(&server, &cookie, &[("message_bytes", None)]).0, 200);
    let check = restante.check("large");
    assert_eq!((&check["new"], &check["quarantined"]), (&json!(1), &json!(0)), "it fits now: {check}");
}

/// How much of a message is read: the same for everybody who looks, from the moment it is set.
#[test]
fn how_much_of_a_message_is_read_follows_at_once() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let open = |level| format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    let dolls: String = (0..7).map(open).collect();
    let raw = format!("Subject: Dolls\r\nMIME-Version: 1.0\r\n{dolls}\r\nThe smallest.\r\n").into_bytes();
    let mail = ImapServer::start([("INBOX", Mailbox::new(7, [(1, raw)]))]);
    restante.add_account("dolls", "imap", mail.port, "none", &[]);
    assert_eq!(restante.check("dolls")["new"], 1);
    let is_cut = || {
        let answer = server.call("messages/get", &cookie, &json!({ "id": 1 }));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body.contains("too complex")
    };
    let body = server.call("messages/get", &cookie, &json!({ "id": 1 })).body;
    assert!(!is_cut(), "{body}");
    assert_eq!(save(&server, &cookie, &[("mime_depth", Some("5"))]).0, 200);
    let body = server.call("messages/get", &cookie, &json!({ "id": 1 })).body;
    assert!(is_cut(), "{body}");
    assert_eq!(save(&server, &cookie, &[("mime_depth", None)]).0, 200);
    assert!(!is_cut());
}
