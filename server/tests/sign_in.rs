//! The first run, signing in and out, over HTTP as a browser does it.

mod support;

use serde_json::json;
use support::restante::Restante;
use support::server::Server;

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn the_first_administrator_needs_the_code_and_comes_once() {
    let restante = Restante::new();
    let server = Server::start(&restante, &[]);
    let code = server.set_up_code.clone().expect("a code is printed while nobody exists");
    assert_eq!(code.len(), 9);
    assert_eq!(server.get("/sign-in", &[]).header("location"), "/set-up");

    let form =
        |code: &str| format!("code={code}&name=ana&password=correct-horse&password_again=correct-horse");
    let wrong = server.post("/set-up", &[], FORM, &form("AAAA-AAAA"));
    assert_eq!(wrong.status, 422);
    let foreign = server.post("/set-up", &[("origin", "http://evil.example")], FORM, &form(&code));
    assert_eq!(foreign.status, 403);

    let done = server.post("/set-up", &[], FORM, &form(&code));
    assert_eq!(done.status, 303);
    let cookie = done.header("set-cookie");
    assert!(
        cookie.starts_with("restante_session=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert_eq!(server.post("/set-up", &[], FORM, &form(&code)).header("location"), "/sign-in", "only once");
    drop(server);
    assert_eq!(Server::start(&restante, &[]).set_up_code, None, "no code once somebody exists");
}

#[test]
fn an_unknown_name_and_a_wrong_password_look_alike() {
    let restante = Restante::new();
    let (server, first) = Server::start_signed_in(&restante);
    let try_as = |name: &str, password: &str| {
        server.post("/sign-in", &[], FORM, &format!("name={name}&password={password}"))
    };
    let (unknown, wrong) = (try_as("xyz", "correct-horse"), try_as("ana", "wrong-horse"));
    assert_eq!((unknown.status, wrong.status), (401, 401));
    assert_eq!(unknown.body.replace("xyz", "ana"), wrong.body);

    let right = try_as("ana", "correct-horse");
    assert_eq!(right.status, 303);
    let cookie = right.cookie();
    assert_ne!(cookie, first, "a new session for each sign-in");
    assert!(server.call("session/current", &cookie, &json!({})).body.contains("\"ana\""));

    assert_eq!(server.post("/sign-out", &[("cookie", &cookie)], FORM, "").status, 303);
    assert_eq!(server.call("session/current", &cookie, &json!({})).body, "null", "signed out at once");
}

#[test]
fn guessing_is_slowed_down_without_locking_others_out() {
    let restante = Restante::new();
    let (server, _) = Server::start_signed_in(&restante);
    let try_as = |name: &str, password: &str| {
        server.post("/sign-in", &[], FORM, &format!("name={name}&password={password}")).status
    };
    for _ in 0..10 {
        assert_eq!(try_as("bruno", "guess"), 401);
    }
    assert_eq!(try_as("bruno", "guess"), 429);
    assert_eq!(try_as("ana", "correct-horse"), 303);
}
