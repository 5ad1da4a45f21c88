//! Network Connectors with real proxies and a network that is really closed: a mailbox is reached through them and in no
//! other way, and whatever keeps it from being reached is told apart.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use support::Running;
use support::closed::ClosedNetwork;
use support::dovecot::{Dovecot, message};
use support::restante::Restante;
use support::server::Server;
use support::sshd::{self, Sshd};

const SECRET: &str = "proxy-secret-5d1";

/// A SOCKS5 proxy at the gate, which wants to know who comes.
fn microsocks(network: &ClosedNetwork) -> Running {
    let mut command = network.command("microsocks");
    command.args(["-p", "1080", "-u", "restante", "-P", SECRET]);
    let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    network.wait_for("microsocks", "127.0.0.1", 1080);
    Running(process)
}

/// An HTTP proxy at the gate, which lets through what goes to this port.
fn tinyproxy(network: &ClosedNetwork, folder: &Path, allowed: u16) -> Running {
    let file = folder.join("tinyproxy.conf");
    let settings = format!(
        "Port 3128\nTimeout 600\nMaxClients 50\nBasicAuth restante {SECRET}\nConnectPort {allowed}\nLogLevel Critical\n"
    );
    std::fs::write(&file, settings).unwrap();
    let mut command = network.command("tinyproxy");
    command.arg("-d").arg("-c").arg(&file);
    let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    network.wait_for("tinyproxy", "127.0.0.1", 3128);
    Running(process)
}

fn says(restante: &Restante, arguments: &[&str]) -> String {
    let output = restante.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(restante: &Restante, arguments: &[&str]) -> String {
    let output = restante.run(arguments);
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn add_credential(restante: &Restante, name: &str, password: &str) {
    let arguments = ["credential", "add", "--name", name, "--username", "restante", "--password-stdin"];
    assert!(restante.run_with(&arguments, password).status.success());
}

fn cause(check: &Value) -> (&Value, &Value) {
    (&check["outcome"], &check["cause"])
}

#[test]
fn a_mailbox_in_a_closed_network_is_reached_through_a_proxy_and_in_no_other_way() {
    let Some(network) = ClosedNetwork::new() else { return };
    let mail = Dovecot::start_in(&network);
    for number in 1..=5 {
        mail.deliver("ann", number, &message(number));
    }
    let socks = microsocks(&network);
    let restante = Restante::new();
    add_credential(&restante, "proxy", SECRET);
    add_credential(&restante, "wrong", "not-this-one");
    let gate = ["--address", network.gate.as_str()];
    let new = ["connector", "add", "--name", "Branch", "--kind", "socks5", "--credential", "proxy"];
    says(&restante, &[&new[..], &gate].concat());

    restante.add_account("ann", "imap", mail.imaps, "ssl", &["--connector", "Branch"]);
    let check = restante.check("ann");
    assert_eq!((&check["outcome"], &check["new"]), (&json!("ok"), &json!(5)), "{check}");
    let test = restante.json(&["test", "ann"]);
    let facts = test["stages"][0]["facts"][0]["text"].as_str().unwrap().to_owned();
    assert!(facts.contains("Branch") && facts.contains("own network"), "{test}");
    let reach = |server: &str| restante.json(&["connector", "test", "Branch", server]);
    assert!(reach(&format!("127.0.0.1:{}", mail.imap))["greeting"].as_str().unwrap().starts_with("* OK"));

    // Straight from here there is nobody.
    restante.add_account("direct", "imap", mail.imaps, "ssl", &[]);
    assert_eq!(cause(&restante.check("direct")), (&json!("failed"), &json!("connect_refused")));

    // What keeps it from being reached is told apart.
    let told = |server: &str| {
        let output = restante.run(&["connector", "test", "Branch", server, "--json"]);
        assert!(!output.status.success());
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["failure"]["cause"].clone()
    };
    assert_eq!(told("127.0.0.1:9"), "connect_refused");
    assert_eq!(told("no-such-host.invalid:993"), "network_unreachable");
    assert_eq!(told("169.254.169.254:80"), "address_not_allowed");
    says(&restante, &["connector", "edit", "Branch", "--credential", "wrong"]);
    assert_eq!(cause(&restante.check("ann")), (&json!("failed"), &json!("connector_refused")));
    says(&restante, &["connector", "edit", "Branch", "--credential", "proxy", "--disabled"]);
    assert_eq!(cause(&restante.check("ann")), (&json!("failed"), &json!("connector_offline")));
    says(&restante, &["connector", "edit", "Branch", "--enabled"]);
    assert_eq!(restante.check("ann")["outcome"], "ok");
    drop(socks);
    assert_eq!(cause(&restante.check("ann")), (&json!("failed"), &json!("connector_offline")));

    // The other kind, which lets through mail alone.
    let elsewhere = tempfile::tempdir().unwrap();
    let _http = tinyproxy(&network, elsewhere.path(), mail.imaps);
    says(&restante, &["connector", "edit", "Branch", "--kind", "http_connect"]);
    mail.deliver("ann", 6, &message(6));
    let check = restante.check("ann");
    assert_eq!((&check["outcome"], &check["new"]), (&json!("ok"), &json!(1)), "{check}");
    assert_eq!(told(&format!("127.0.0.1:{}", mail.imap)), "connector_refused");
    says(&restante, &["connector", "edit", "Branch", "--credential", "wrong"]);
    assert_eq!(cause(&restante.check("ann")), (&json!("failed"), &json!("connector_refused")));
    says(&restante, &["connector", "edit", "Branch", "--credential", ""]);
    assert_eq!(cause(&restante.check("ann")), (&json!("failed"), &json!("connector_refused")));
    says(&restante, &["connector", "edit", "Branch", "--credential", "proxy"]);

    // A cable that is pulled out and put in again costs a check and no message.
    network.plug(false);
    let check = restante.check("ann");
    assert_eq!(check["outcome"], "failed", "{check}");
    network.plug(true);
    mail.deliver("ann", 7, &message(7));
    let check = restante.check("ann");
    assert_eq!((&check["outcome"], &check["new"]), (&json!("ok"), &json!(1)), "{check}");
    assert_eq!(restante.messages("ann").len(), 7);
    support::holds_none_of(restante.data(), &[SECRET]);
}

#[test]
fn an_ssh_server_is_gone_through_once_its_key_is_trusted_and_by_those_alone_whom_it_lets_in() {
    let Some(network) = ClosedNetwork::new() else { return };
    let mail = Dovecot::start_in(&network);
    for number in 1..=5 {
        mail.deliver("ann", number, &message(number));
    }
    let ssh = Sshd::new();
    let key = ssh.new_key("ours", "ed25519");
    ssh.authorise("ours");
    let running = ssh.start(&network, "");
    let restante = Restante::new();

    // What is no key that can be used is refused where it is typed.
    let add = |name: &str, kind: &str, secret: &str| {
        let named = ["credential", "add", "--name", name, "--username", sshd::USER, "--kind", kind];
        let output = restante.run_with(&[&named[..], &["--password-stdin"]].concat(), secret);
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    for (secret, words) in [
        (ssh.new_key_with("locked", "ed25519", "sesame"), "has a passphrase"),
        (ssh.new_key("old", "rsa"), "Ed25519"),
        ("-----BEGIN NOTHING-----".to_owned(), "no private key"),
    ] {
        let (added, said) = add("wrong", "ssh-key", &secret);
        assert!(!added && said.contains(words), "{said}");
    }
    assert!(add("key", "ssh-key", &key).0);
    assert!(add("password", "password", sshd::PASSWORD).0);
    assert!(add("not this one", "password", "guessed").0);
    let stranger = ssh.new_key("stranger", "ecdsa");
    assert!(add("stranger", "ssh-key", &stranger).0);

    let port = sshd::PORT.to_string();
    let new = ["connector", "add", "--name", "Office", "--kind", "ssh", "--address", network.gate.as_str()];
    let new = [&new[..], &["--port", &port]].concat();
    assert!(refused(&restante, &new).contains("SSH lets nobody in"));
    says(&restante, &[&new[..], &["--credential", "key"]].concat());
    let greets = format!("127.0.0.1:{}", mail.imap);
    let test = |server: &str| {
        let output = restante.run(&["connector", "test", "Office", server, "--json"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };

    // Nobody is let through, and nothing is said of us, before somebody trusts its key.
    restante.add_account("ann", "imap", mail.imaps, "ssl", &["--connector", "Office"]);
    assert_eq!(cause(&restante.check("ann")), (&json!("failed"), &json!("cert_pin_changed")));
    let untrusted = test(&greets);
    assert_eq!(untrusted["host_key"], json!(ssh.fingerprint()), "{untrusted}");
    assert_eq!(untrusted["failure"]["cause"], "cert_pin_changed");
    assert!(!ssh.log().contains(sshd::USER), "{}", ssh.log());
    says(&restante, &["connector", "edit", "Office", "--host-key", &ssh.fingerprint()]);
    let trusted = test(&greets);
    assert_eq!((&trusted["host_key"], &trusted["failure"]), (&Value::Null, &Value::Null), "{trusted}");
    assert!(trusted["greeting"].as_str().unwrap().starts_with("* OK"), "{trusted}");
    // A server that waits for TLS where nobody expects it is found out.
    let secured = test(&format!("127.0.0.1:{}", mail.imaps));
    let passed = secured["stages"].as_array().unwrap().iter().map(|passed| passed["stage"].as_str().unwrap());
    let passed: Vec<_> = passed.collect();
    assert_eq!(passed, ["resolve", "connect", "security", "greeting", "capabilities"], "{secured}");
    let check = restante.check("ann");
    assert_eq!((&check["outcome"], &check["new"]), (&json!("ok"), &json!(5)), "{check}");
    assert!(ssh.log().contains(sshd::USER), "it would tell");

    // A password lets in as well; another key or password does not.
    for (credential, outcome) in [
        ("password", (json!("ok"), Value::Null)),
        ("not this one", (json!("failed"), json!("connector_refused"))),
        ("stranger", (json!("failed"), json!("connector_refused"))),
        ("key", (json!("ok"), Value::Null)),
    ] {
        says(&restante, &["connector", "edit", "Office", "--credential", credential]);
        let check = restante.check("ann");
        assert_eq!((&check["outcome"], &check["cause"]), (&outcome.0, &outcome.1), "{credential} {check}");
    }
    // Neither a mailbox nor another kind of connector gets a private key instead of a password.
    assert!(refused(&restante, &["account", "edit", "ann", "--credential", "key"]).contains("SSH key"));
    assert!(refused(&restante, &["connector", "edit", "Office", "--kind", "socks5"]).contains("SSH key"));

    // What keeps the server from being reached is told apart.
    assert_eq!(test("127.0.0.1:9")["failure"]["cause"], "connect_refused");
    assert_eq!(test("no-such-host.invalid:993")["failure"]["cause"], "network_unreachable");
    assert_eq!(test("169.254.169.254:80")["failure"]["cause"], "address_not_allowed");
    drop(running);
    assert_eq!(cause(&restante.check("ann")), (&json!("failed"), &json!("connector_offline")));
    let running = ssh.start(&network, &format!("PermitOpen 127.0.0.1:{}", mail.imaps));
    assert_eq!(test(&greets)["failure"]["cause"], "connector_refused");
    mail.deliver("ann", 6, &message(6));
    assert_eq!(restante.check("ann")["new"], 1);
    drop(running);

    // Somebody else in its place is a hard stop, with both fingerprints, until a person decides.
    let before = ssh.fingerprint();
    ssh.new_key("host", "ed25519");
    let _running = ssh.start(&network, "");
    let check = restante.check("ann");
    assert_eq!(cause(&check), (&json!("failed"), &json!("cert_pin_changed")));
    let said = check["error"].as_str().unwrap();
    assert!(said.contains(&before) && said.contains(&ssh.fingerprint()), "{said}");
    says(&restante, &["connector", "edit", "Office", "--host-key", &ssh.fingerprint()]);
    assert_eq!(restante.check("ann")["outcome"], "ok");
    assert_eq!(restante.messages("ann").len(), 6);
    let secret = key.lines().nth(4).unwrap();
    support::holds_none_of(restante.data(), &[secret, sshd::PASSWORD]);
}

/// OpenSSH hangs up on whoever makes more connections at once than it lets wait at its door. Behind it nobody listens, which
/// is what every account is told.
#[test]
fn a_crowd_of_accounts_waits_its_turn_at_the_door_of_an_ssh_server() {
    const CROWD: i64 = 24;
    let Some(network) = ClosedNetwork::new() else { return };
    let ssh = Sshd::new();
    let _running = ssh.start(&network, "MaxStartups 10:100:10");
    let restante = Restante::new();
    let add = ["credential", "add", "--name", "jump", "--username", sshd::USER, "--password-stdin"];
    assert!(restante.run_with(&add, sshd::PASSWORD).status.success());
    let port = sshd::PORT.to_string();
    let new = ["connector", "add", "--name", "Office", "--kind", "ssh", "--address", network.gate.as_str()];
    let trusted = ["--port", &port, "--credential", "jump", "--host-key", &ssh.fingerprint()];
    says(&restante, &[&new[..], &trusted].concat());
    for number in 1..=CROWD {
        let (name, address) = (format!("ann{number}"), format!("127.0.0.{number}"));
        let named = ["--protocol", "imap", "--security", "none", "--port", "143"];
        let through = ["--address", &address, "--connector", "Office", "--credential", "jump"];
        says(&restante, &[&["account", "add", "--name", &name][..], &named, &through].concat());
    }
    // All of them are due as it starts.
    let _server = Server::start(&restante, &[]);
    let ended = || restante.numbers("SELECT COUNT(DISTINCT account) FROM check_history");
    support::wait_for("every check", 60, || ended() == [CROWD]);
    let told = "SELECT COUNT(*) FROM check_history WHERE failure_cause <> 'connect_refused'";
    assert_eq!(restante.numbers(told), [0], "{}", ssh.log());
}

#[test]
fn whoever_names_no_connector_goes_through_the_default_and_never_direct() {
    let mail = Dovecot::start();
    mail.deliver("ann", 1, &message(1));
    let restante = Restante::new();
    let named = ["--username", "ann", "--password-stdin", "--security", "none", "--automatic-check", "no"];
    let port = mail.imap.to_string();
    let place = ["--protocol", "imap", "--address", "127.0.0.1", "--port", &port, "--connector"];
    let add = |connector: &str| {
        let arguments = [&["account", "add", "--name", "ann"][..], &place, &[connector], &named].concat();
        restante.run_with(&arguments, support::dovecot::PASSWORD)
    };
    let words = |output: std::process::Output| String::from_utf8(output.stderr).unwrap();
    assert!(words(add("default")).contains("no default Network Connector"));
    assert!(words(add("Branch")).contains("no Network Connector named"));

    let (_socks, proxy) = support::microsocks(&[]);
    let proxy = proxy.to_string();
    for name in ["Branch", "Spare"] {
        let new = ["connector", "add", "--name", name, "--address", "127.0.0.1", "--port", proxy.as_str()];
        says(&restante, &new);
    }
    assert!(
        refused(&restante, &["parameter", "set", "network_connector", "Nobody"])
            .contains("no Network Connector")
    );
    says(&restante, &["parameter", "set", "network_connector", "Branch"]);
    assert!(add("default").status.success());
    assert_eq!(restante.check("ann")["new"], 1);
    assert_eq!(restante.json(&["account", "show", "ann"])["connector"], "default");

    // Its name may change, and it may not go while somebody needs it.
    says(&restante, &["connector", "edit", "Branch", "--name", "Main office"]);
    assert_eq!(restante.check("ann")["outcome"], "ok");
    assert!(refused(&restante, &["connector", "remove", "Main office"]).contains("--replacement"));
    says(&restante, &["account", "edit", "ann", "--connector", "Main office"]);
    says(&restante, &["connector", "remove", "Main office", "--replacement", "Spare"]);
    let account = restante.json(&["account", "show", "ann"]);
    assert_eq!(account["connector"], "Spare", "{account}");
    assert_eq!(restante.check("ann")["outcome"], "ok");
    let listed = restante.json(&["connector", "list"]);
    assert_eq!(
        (&listed[0]["name"], &listed[0]["default"], &listed[0]["accounts"]),
        (&json!("Spare"), &json!(true), &json!(1))
    );

    // Without a default the check fails and says so, though the server could be reached from here.
    says(&restante, &["account", "edit", "ann", "--connector", "default"]);
    says(&restante, &["parameter", "reset", "network_connector"]);
    let check = restante.check("ann");
    assert_eq!(cause(&check), (&json!("failed"), &json!("connector_missing")), "{check}");
    says(&restante, &["account", "edit", "ann", "--connector", "none"]);
    assert_eq!(restante.check("ann")["outcome"], "ok");
    let audit = restante.json(&["audit", "--limit", "100"]);
    let actions: Vec<_> =
        audit.as_array().unwrap().iter().map(|record| record["action"].as_str().unwrap()).collect();
    for action in ["connector.created", "connector.changed", "connector.removed", "parameter.changed"] {
        assert!(actions.contains(&action), "{actions:?}");
    }
}
