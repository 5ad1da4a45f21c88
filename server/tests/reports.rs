//! Reports at their time, from outside: scheduled by a call, written by the running server, downloaded, and refused.

mod support;

use serde_json::{Value, json};
use support::restante::Restante;
use support::server::Server;
use support::wait_for;

fn draft(name: &str, kind: &str, query: &str, format: &str) -> Value {
    json!({ "draft": {
        "name": name, "kind": kind, "query": query, "format": format,
        "repeat": "month", "day": 28, "minute": 0, "keep_days": 90
    } })
}

#[test]
fn a_report_is_written_with_its_search_fields_and_downloaded() {
    let restante = Restante::new();
    for name in ["=Sales & co", "<b>Other</b>"] {
        restante.add_account(name, "imap", 1, "none", &[]);
    }
    let (server, cookie) = Server::start_signed_in(&restante);
    let listed =
        || serde_json::from_str::<Value>(&server.call("reports/list", &cookie, &json!({})).body).unwrap();
    for (id, kind, query, format) in
        [(1, "accounts", "q=sales", "csv"), (2, "accounts", "", "print"), (3, "audit", "", "csv")]
    {
        let answer = server.call("reports/schedule", &cookie, &draft("Mine", kind, query, format));
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(server.call("reports/write", &cookie, &json!({ "id": id })).status, 200);
        wait_for("the report", 20, || listed()["written"].as_array().unwrap().len() == id);
    }
    let file = |id: u32| server.get(&format!("/reports/{id}/file"), &[("cookie", &cookie)]);

    let csv = file(1);
    assert!(
        csv.header("content-disposition").starts_with("attachment;"),
        "{}",
        csv.header("content-disposition")
    );
    assert_eq!(csv.body.lines().count(), 2, "the heading and what was searched for: {}", csv.body);
    assert!(csv.body.contains("'=Sales & co"), "no formula: {}", csv.body);
    let page = file(2);
    assert!(page.body.contains("&lt;b&gt;Other&lt;/b&gt;") && !page.body.contains("<b>"), "{}", page.body);
    assert!(page.header("content-security-policy").contains("sandbox"));
    assert!(file(3).body.contains("report.scheduled"));

    let refused = server.call("reports/schedule", &cookie, &draft(" ", "accounts", "", "csv"));
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("This field is required."), "{}", refused.body);
    assert_eq!(server.call("reports/remove", &cookie, &json!({ "id": 1 })).status, 200);
    assert_eq!(file(1).status, 404);
}

/// Time is moved behind the program's back: nobody waits a month here, and nothing else is done to it.
#[test]
fn a_schedule_is_written_when_its_time_comes_and_goes_when_it_was_kept_long_enough() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let listed =
        || serde_json::from_str::<Value>(&server.call("reports/list", &cookie, &json!({})).body).unwrap();
    let answer = server.call("reports/schedule", &cookie, &draft("Monthly", "audit", "", "csv"));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let next = || listed()["schedules"][0]["next"].as_i64().unwrap();
    let planned = next();
    assert_eq!(listed()["written"], json!([]), "its time has not come");

    restante.execute("UPDATE report_schedule SET next_due = next_due - 40 * 86400000");
    wait_for("the report of the schedule", 20, || listed()["written"].as_array().unwrap().len() == 1);
    assert!(next() >= planned, "and comes again at its next time");
    assert_eq!(restante.numbers("SELECT COUNT(*) FROM audit WHERE action = 'report.asked'"), [0]);
    let file = |server: &Server| server.get("/reports/1/file", &[("cookie", &cookie)]).status;
    assert_eq!(file(&server), 200);

    restante.execute("UPDATE written_report SET until = until - 89 * 86400000");
    drop(server);
    let server = Server::start(&restante, &[]);
    assert_eq!(file(&server), 200, "there is a day left");
    restante.execute("UPDATE written_report SET until = until - 86400000");
    drop(server);
    let server = Server::start(&restante, &[]);
    wait_for("it to be thrown away", 20, || file(&server) == 404);
    assert_eq!(restante.numbers("SELECT COUNT(*) FROM written_report"), [0], "bytes and all");
}
