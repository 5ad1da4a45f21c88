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
