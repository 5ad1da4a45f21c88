//! Whatever changes something leaves exactly one record, from the browser and from the command line alike, and no record
//! holds a secret.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read the records has failed"
)]

mod support;

use model::{AccountDraft, CredentialId};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::restante::Restante;
use support::server::Server;
use support::{free_port, wait_for};

const FORM: &str = "application/x-www-form-urlencoded";
/// Typed wherever a secret is asked for.
const SECRET: &str = "canary-7b1f-never-to-be-seen";

/// Endpoints that change nothing, or (reading marks) nothing that is recorded.
const NOT_RECORDED: [&str; 31] = [
    "/api/account_import/read",
    "/api/accounts/list",
    "/api/accounts/get",
    "/api/audit/list",
    "/api/checks/list",
    "/api/connection_tests/follow",
    "/api/connection_tests/cancel",
    "/api/connectors/list",
    "/api/consents/begin",
    "/api/consents/of_account",
    "/api/consents/show",
    "/api/credentials/list",
    "/api/credentials/sources",
    "/api/discovery/available",
    "/api/discovery/find",
    "/api/health/account",
    "/api/health/arrivals",
    "/api/health/concerns",
    "/api/messages/list",
    "/api/messages/get",
    "/api/messages/find",
    "/api/messages/mark",
    "/api/messages/mark-all",
    "/api/messages/undo",
    "/api/messages/suggest",
    "/api/parameters/list",
    "/api/quarantine/list",
    "/api/receipts/list",
    "/api/reports/list",
    "/api/session/current",
    "/api/transcripts/get",
];

fn records(restante: &Restante) -> Vec<Value> {
    restante.json(&["audit", "--limit", "1000"]).as_array().unwrap().clone()
}

fn draft(name: &str, port: u16) -> AccountDraft {
    AccountDraft {
        name: name.into(),
        address: "127.0.0.1".into(),
        port: port.to_string(),
        automatic_check: false,
        use_safe_connection: false,
        secure_connection_type: None,
        credential: Some(CredentialId(1)),
        ..AccountDraft::default()
    }
}

#[test]
fn each_endpoint_that_changes_something_leaves_exactly_one_record() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let closed = free_port();
    let mut told = BTreeSet::new();
    let mut step = |path: &'static str, body: &Value, action: &str| {
        let before = records(&restante).len();
        let answer = server.call(path, &cookie, body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let after = records(&restante);
        assert_eq!(after.len(), before + 1, "{path}: {after:?}");
        assert_eq!(after[0]["action"], action, "{path}");
        assert_eq!((&after[0]["who"], &after[0]["address"]), (&json!("ana"), &json!("127.0.0.1")), "{path}");
        told.insert(format!("/api/{path}"));
        after[0].clone()
    };
    let credential = json!({ "name": "=mail", "user_name": "anna", "password": SECRET });
    step("credentials/create", &json!({ "credential": credential }), "credential.created");
    let save =
        |id: Option<i64>, draft: &AccountDraft| json!({ "id": id, "draft": draft, "new_credential": null });
    step("accounts/save", &save(None, &draft("Sales", closed)), "account.created");
    let changed = step("accounts/save", &save(Some(1), &draft("Shop", closed)), "account.changed");
    assert_eq!(changed["changes"], json!([{ "field": "name", "before": "Sales", "after": "Shop" }]));
    let skipping = AccountDraft { skip_certificate: true, ..draft("Shop", closed) };
    step("accounts/save", &save(Some(1), &skipping), "account.certificate_skipped");
    let typed = json!({ "name": "", "user_name": "anna", "password": SECRET });
    let test = json!({ "account": 1, "draft": draft("Shop", closed), "new_credential": typed });
    let tested = step("connection_tests/start", &json!({ "request": test }), "account.connection_tested");
    let server_named = format!("127.0.0.1:{closed}");
    assert_eq!(tested["changes"], json!([{ "field": "server", "before": null, "after": server_named }]));
    step("accounts/set_enabled", &json!({ "id": 1, "enabled": false }), "account.paused");
    step("accounts/set_enabled", &json!({ "id": 1, "enabled": true }), "account.resumed");
    let tagged =
        step("accounts/tag", &json!({ "ids": [1], "add": "north", "remove": "" }), "account.changed");
    assert_eq!(tagged["changes"], json!([{ "field": "tags", "before": null, "after": "north" }]));
    let file =
        format!("name,address,port,security,credential,enabled\nKiosk,127.0.0.1,{closed},none,=mail,no");
    step("account_import/test", &json!({ "file": file, "line": 2 }), "account.connection_tested");
    step("account_import/run", &json!({ "file": file }), "account.created");
    step("accounts/remove", &json!({ "id": 2, "keep_messages": false }), "account.removed");
    let idle = || {
        let status = || restante.json(&["account", "show", "Shop"])["status"].clone();
        wait_for("the check to end", 20, || status() != "checking");
    };
    step("accounts/check", &json!({ "id": 1 }), "account.check_asked");
    idle();
    step("checks/forecast", &json!({ "account": 1 }), "account.forecast_asked");
    transcripts(&mut step);
    step("quarantine/retry", &json!({ "account": 1 }), "account.quarantine_retried");
    idle();
    let rotated = json!({ "id": 1, "user_name": "", "password": format!("{SECRET}-2") });
    let rotated = step("credentials/rotate", &rotated, "credential.rotated");
    assert_eq!(rotated["changes"], json!([]), "that it was rotated, and no more");
    idle();
    step("accounts/remove", &json!({ "id": 1, "keep_messages": false }), "account.removed");
    step("credentials/remove", &json!({ "id": 1 }), "credential.removed");

    connectors(&restante, &mut step, closed);

    let report = json!({
        "name": "Failing", "kind": "accounts", "query": "status=failing", "format": "csv",
        "repeat": "month", "day": 28, "minute": 0, "keep_days": 90
    });
    let scheduled = step("reports/schedule", &json!({ "draft": report }), "report.scheduled");
    let when = json!({ "field": "when", "before": null, "after": "Every month on day 28 at 00:00 UTC" });
    assert!(scheduled["changes"].as_array().unwrap().contains(&when), "{scheduled}");
    step("reports/write", &json!({ "id": 1 }), "report.asked");
    let written = || {
        let listed = server.call("reports/list", &cookie, &json!({})).body;
        serde_json::from_str::<Value>(&listed).unwrap()["written"].as_array().unwrap().len()
    };
    wait_for("the report", 20, || written() == 1);
    step("reports/remove", &json!({ "id": 1 }), "report.removed");
    step("reports/unschedule", &json!({ "id": 1 }), "report.schedule_removed");

    let rows = json!({ "changes": [{ "id": "page_size", "value": "31" }] });
    step("parameters/save", &rows, "parameter.changed");
    let rows = json!({ "changes": [{ "id": "page_size", "value": null }] });
    step("parameters/save", &rows, "parameter.reset");

    let known = |path: &str| NOT_RECORDED.contains(&path) || told.contains(path);
    for (method, path) in server::web::endpoints() {
        assert!(method != "POST" || known(&path), "{path}: does it change anything? Then it is recorded");
    }
    // What was refused left nothing.
    let before = records(&restante).len();
    for (path, body) in [
        ("accounts/save", save(None, &draft("", closed))),
        ("accounts/save", save(None, &draft("Sales", closed))),
        ("accounts/check", json!({ "id": 99 })),
        ("accounts/remove", json!({ "id": 99, "keep_messages": true })),
        ("credentials/rotate", json!({ "id": 99, "user_name": "", "password": SECRET })),
    ] {
        assert_ne!(server.call(path, &cookie, &body).status, 200, "{path}");
    }
    assert_eq!(records(&restante).len(), before);

    let csv = server.get("/api/audit/export.csv?action=credential.created", &[("cookie", &cookie)]);
    assert_eq!(csv.body.lines().count(), 2, "{}", csv.body);
    assert!(csv.body.contains(",\"'=mail\",") && !csv.body.contains(",=mail"), "{}", csv.body);
    let page = server.get("/settings/audit?who=ana&more=1", &[("cookie", &cookie)]);
    assert!(page.body.contains("Certificate skipped") && page.body.contains("=mail"), "{}", page.body);
    for (what, text) in
        [("CSV", csv.body), ("page", page.body), ("command line", format!("{:?}", records(&restante)))]
    {
        assert!(!text.contains(SECRET), "a secret in the {what}");
    }
}

fn transcripts(step: &mut impl FnMut(&'static str, &Value, &str) -> Value) {
    step("transcripts/start", &json!({ "account": 1, "minutes": 5 }), "account.transcript_started");
    step("transcripts/stop", &json!({ "account": 1 }), "account.transcript_stopped");
}

fn connectors(restante: &Restante, step: &mut impl FnMut(&'static str, &Value, &str) -> Value, closed: u16) {
    let connector = |port: u16| {
        json!({
            "name": "Branch", "kind": "socks5", "address": "127.0.0.1", "port": port.to_string(), "tls": false,
            "credential": null, "host_key": "", "most_streams": "200", "enabled": true
        })
    };
    let saved = |id: Option<i64>, port| json!({ "id": id, "draft": connector(port) });
    step("connectors/save", &saved(None, closed), "connector.created");
    let changed = step("connectors/save", &saved(Some(1), 1080), "connector.changed");
    let port = json!([{ "field": "port", "before": closed.to_string(), "after": "1080" }]);
    assert_eq!(changed["changes"], port);
    let test = json!({ "id": 1, "address": "mail.example.org", "port": "993" });
    let tested = step("connectors/test", &test, "connector.tested");
    assert_eq!(tested["changes"][0]["after"], "mail.example.org:993");
    step("connectors/remove", &json!({ "id": 1, "replacement": null }), "connector.removed");
    let mut away = saved(None, 0);
    away["draft"]["kind"] = json!("agent");
    step("connectors/save", &away, "connector.created");
    let code = step("connectors/enrol", &json!({ "id": 2 }), "connector.enrolment_created");
    assert_eq!(code["changes"], json!([]), "that there is one, and no more");
    restante.execute(
        "INSERT INTO agent (connector, public_key, host, version, allows, address, enrolled) \
         VALUES (2, 'key', 'gateway', '1', '*:993', '127.0.0.1', 1)",
    );
    let agent = json!([{ "field": "agent", "before": null, "after": "gateway" }]);
    let renewed = step("connectors/agents/renew", &json!({ "id": 1 }), "connector.agent_renewal_asked");
    assert_eq!(renewed["changes"], agent);
    step("connectors/agents/revoke", &json!({ "id": 1 }), "connector.agent_revoked");
}

#[test]
fn who_comes_and_who_is_turned_away_is_recorded() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let actions = || {
        let of = |record: &Value| record["action"].as_str().unwrap().to_owned();
        records(&restante).iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(actions(), ["person.set_up"]);
    let sign_in = |name: &str, password: &str| {
        server.post("/sign-in", &[], FORM, &format!("name={name}&password={password}")).status
    };
    assert_eq!(sign_in("ana", "wrong-password"), 401);
    assert_eq!(sign_in(SECRET, "correct-horse"), 401);
    assert_eq!(sign_in("ana", "correct-horse"), 303);
    assert_eq!(actions()[..3], ["person.signed_in", "person.sign_in_refused", "person.sign_in_refused"]);
    let all = records(&restante);
    assert_eq!((&all[2]["subject"], &all[2]["actor"]), (&json!("ana"), &json!("nobody")));
    assert_eq!(all[1]["subject"], "", "an unknown name may be a password in the wrong field");
    for _ in 0..12 {
        sign_in("ana", "wrong-password");
    }
    let paused = actions().iter().filter(|action| *action == "person.sign_in_paused").count();
    assert_eq!((paused, actions().len()), (1, all.len() + 11), "a flood is told once");
    assert_eq!(server.post("/sign-out", &[("cookie", &cookie)], FORM, "").status, 303);
    assert_eq!(actions()[0], "person.signed_out");
    assert_eq!(server.post("/sign-out", &[("cookie", &cookie)], FORM, "").status, 303);
    assert_eq!(actions().len(), all.len() + 12, "nobody signed out");
}

#[test]
fn the_command_line_is_recorded_under_the_name_of_its_user() {
    let restante = Restante::new();
    let person = ["person", "add", "bert", "--role", "administrator", "--password-stdin"];
    assert!(restante.run_with(&person, "correct-horse").status.success());
    restante.add_account("Sales", "imap", free_port(), "none", &[]);
    restante.run(&["account", "edit", "Sales", "--keep-copy", "no"]);
    restante.run(&["check", "Sales"]);
    restante.run(&["quarantine", "retry", "Sales"]);
    let mail = restante.data().join("one.eml");
    std::fs::write(&mail, "Subject: one\r\n\r\none\r\n").unwrap();
    restante.run(&["import", "Sales", "--format", "eml", "--from", mail.to_str().unwrap()]);
    restante.run(&["account", "remove", "Sales"]);
    let all = records(&restante);
    let actions: Vec<_> = all.iter().map(|record| record["action"].as_str().unwrap()).collect();
    assert_eq!(
        actions,
        [
            "account.removed",
            "account.messages_imported",
            "account.quarantine_retried",
            "account.check_asked",
            "account.changed",
            "account.certificate_skipped",
            "account.created",
            "credential.created",
            "person.created",
        ]
    );
    for record in &all {
        assert_eq!(
            (&record["actor"], &record["address"]),
            (&json!("command_line"), &Value::Null),
            "{record}"
        );
        assert_eq!(record["who"], who_am_i(), "{record}");
    }
    assert_eq!(restante.json(&["audit", "--limit", "2"]).as_array().unwrap().len(), 2);
    let read = restante.run(&["audit"]);
    assert!(String::from_utf8_lossy(&read.stdout).contains("command line"), "{read:?}");
}

fn who_am_i() -> String {
    let said = std::process::Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}
