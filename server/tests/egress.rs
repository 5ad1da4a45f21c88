//! What may not be contacted is not, and the screen and the command line say which address and which rule.

mod support;

use serde_json::json;
use support::restante::Restante;
use support::server::Server;
use support::wait_for;

#[test]
fn our_own_listener_and_metadata_are_refused_with_address_and_rule() {
    let restante = Restante::new();
    let (server, cookie) = Server::start_signed_in(&restante);
    let own: u16 = server.url.rsplit(':').next().unwrap().parse().unwrap();
    restante.add_account("Ourselves", "imap", own, "none", &[]);
    restante.add_account("Cloud", "imap", 80, "none", &[]);
    assert!(restante.run(&["account", "edit", "Cloud", "--address", "169.254.169.254"]).status.success());
    for (id, name, words) in [
        (1, "Ourselves", "127.0.0.1, which is not contacted because it is where this server itself listens"),
        (2, "Cloud", "169.254.169.254, which is not contacted because it is a link-local address"),
    ] {
        assert_eq!(server.call("accounts/check", &cookie, &json!({ "id": id })).status, 200);
        let failure = || restante.json(&["account", "show", name])["failure"].clone();
        wait_for("the check to fail", 10, || !failure().is_null());
        let failure = failure();
        assert_eq!(
            (&failure["stage"], &failure["cause"]),
            (&json!("resolve"), &json!("address_not_allowed"))
        );
        assert!(failure["error"].as_str().unwrap().contains(words), "{failure}");
        assert_eq!(failure["server_reply"], json!(null), "no server said anything");
    }
    // Another process knows where the server listens, though it chose its port by itself.
    let checked = restante.check("Ourselves");
    assert_eq!((&checked["cause"], &checked["outcome"]), (&json!("address_not_allowed"), &json!("failed")));
    let checked = restante.check("Cloud");
    assert_eq!((&checked["cause"], &checked["outcome"]), (&json!("address_not_allowed"), &json!("failed")));
}
