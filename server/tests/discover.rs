//! `restante discover` and its endpoint: what is known is told without a network, what is switched off is not asked.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use serde_json::{Value, json};
use support::restante::Restante;
use support::server::Server;

fn discover(restante: &Restante, address: &str, sources: &str) -> (Option<i32>, Value) {
    let output = restante
        .command(&["discover", address, "--json"])
        .env("RESTANTE_DISCOVERY_SOURCES", sources)
        .env("RESTANTE_DISCOVERY_RESOLVER", "127.0.0.1:9")
        .output()
        .unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn a_known_provider_is_told_on_the_command_line_and_to_the_screen() {
    let restante = Restante::new();
    let (code, found) = discover(&restante, "anna@gmail.com", "provider_table");
    assert_eq!(code, Some(0));
    let first = &found["proposals"][0];
    assert_eq!((&first["host"], &first["port"]), (&json!("imap.gmail.com"), &json!(993)), "{found}");
    assert_eq!((&first["security"], &first["source"]), (&json!("implicit_tls"), &json!("provider_table")));
    assert_eq!((&first["user_name"], &first["sign_in"]), (&json!("anna@gmail.com"), &json!("app_password")));
    let table = restante.run(&["discover", "anna@gmail.com"]);
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("imap.gmail.com") && table.contains("app password"), "{table}");

    let (server, cookie) = Server::start_signed_in(&restante);
    let answer = server.call("discovery/find", &cookie, &json!({ "address": "anna@gmail.com" }));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap(), found);
    let refused = server.call("discovery/find", &cookie, &json!({ "address": "anna\r\n@gmail.com" }));
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("email_address"), "{}", refused.body);
}

#[test]
fn what_is_not_found_or_no_address_has_its_exit_code() {
    let restante = Restante::new();
    let (code, found) = discover(&restante, "anna@gmail.com", "none");
    assert_eq!((code, &found["proposals"], &found["tried"]), (Some(1), &json!([]), &json!([])));
    assert_eq!(discover(&restante, "anna", "provider_table").0, Some(2));
    assert_eq!(discover(&restante, "anna@gmail.com", "everything").0, Some(2));
    let (code, found) = discover(&restante, "anna@lab.test", "provider_table,srv");
    assert_eq!(code, Some(1));
    let tried: Vec<&str> =
        found["tried"].as_array().unwrap().iter().map(|tried| tried["source"].as_str().unwrap()).collect();
    assert_eq!(tried, ["provider_table", "srv"], "{found}");
}
