//! Tokens in place of passwords, against a real Dovecot that asks a real authorization server about each of them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use support::authorization::Authorization;
use support::dovecot::{Dovecot, message};
use support::holds_none_of;
use support::restante::Restante;
use support::server::Server;

/// What every token, every refresh token and the secret of the client begin with.
const SECRETS: [&str; 3] = ["access-", "refresh-", "client-secret-1"];

struct World {
    provider: Authorization,
    mail: Dovecot,
    restante: Restante,
}

impl World {
    /// A credential of tokens, and the account `ana` that signs in with it.
    fn new(grant: &str, client: &str, protocol: &str, mechanism: &str) -> Self {
        let provider = Authorization::start();
        let mail = Dovecot::start_with_tokens(&provider.introspection(), mechanism);
        let restante = Restante::new();
        mail.deliver("ana", 0, &message(0));
        let add = ["credential", "add", "--name", "Tokens", "--username", "ana", "--kind", "oauth2"];
        let asked = provider.arguments(grant, client);
        let mut arguments: Vec<&str> = add.into_iter().chain(asked.iter().map(String::as_str)).collect();
        if client == "confidential" {
            arguments.push("--password-stdin");
        }
        let added = restante.run_with(&arguments, "client-secret-1");
        assert!(added.status.success(), "{added:?}");
        let port = if protocol == "imap" { mail.imap } else { mail.pop3 };
        restante.add_account("ana", protocol, port, "none", &[]);
        let edited = restante.run(&["account", "edit", "ana", "--credential", "Tokens"]);
        assert!(edited.status.success(), "{edited:?}");
        Self { provider, mail, restante }
    }

    /// The credential as people see it.
    fn credential(&self) -> Value {
        let all = self.restante.json(&["credential", "list"]);
        all.as_array().unwrap().iter().find(|it| it["name"] == "Tokens").unwrap().clone()
    }

    fn consent(&self) -> Value {
        self.credential()["oauth"]["consent"].clone()
    }

    /// Connects it with a code, which somebody approves (`/approve`) or does not (`/deny`).
    fn connect_device(&self, decision: &str) -> Value {
        let mut command = self.restante.command(&["credential", "connect", "Tokens", "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
        let code = line.trim().rsplit(' ').next().unwrap();
        assert!(line.contains(&format!("{}/device", self.provider.url)), "{line}");
        self.provider.tell(&format!("{decision}?code={code}"));
        let output = child.wait_with_output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    /// That a test of the connection fails in signing in with this cause, the provider's words among it, and a remedy.
    fn test_fails(&self, cause: &str, words: &str) {
        let told = self.restante.json(&["test", "ana"]);
        let stages = told["stages"].as_array().unwrap();
        let failed: Vec<_> = stages.iter().filter(|stage| stage["ok"] == false).collect();
        assert_eq!(
            (failed.len(), &failed[0]["stage"], &failed[0]["cause"]),
            (1, &json!("sign_in"), &json!(cause))
        );
        assert_eq!(failed[0]["remedy"], "Reconnect the account.", "{told}");
        assert!(failed[0]["server_reply"].as_str().unwrap_or_default().contains(words), "{told}");
    }

    /// How often other tokens were asked for.
    fn renewals(&self) -> usize {
        self.provider.asked().iter().filter(|grant| *grant == "refresh_token").count()
    }
}

#[test]
fn an_application_signs_in_without_a_person() {
    let world = World::new("application", "confidential", "imap", "oauthbearer");
    assert_eq!(world.consent(), "needed");
    let connected = world.restante.json(&["credential", "connect", "Tokens"]);
    assert_eq!(connected["oauth"]["consent"], "given", "{connected}");
    assert!(connected["oauth"]["token_until"].is_string(), "{connected}");
    assert_eq!(world.restante.check("ana")["outcome"], "ok");
    assert_eq!(world.restante.messages("ana").len(), 1);
    assert_eq!(world.provider.asked(), ["client_credentials"], "the token is used while it is good");
    // A token that is taken back before its end is replaced within the same check.
    world.provider.tell("/set?revoke=access");
    world.mail.deliver("ana", 1, &message(1));
    let check = world.restante.check("ana");
    assert_eq!((&check["outcome"], &check["new"]), (&json!("ok"), &json!(1)), "{check}");
    assert_eq!(world.provider.asked().len(), 2);
    holds_none_of(world.restante.data(), &SECRETS);
}

#[test]
fn somebody_types_a_code_and_tokens_are_renewed_without_them() {
    let world = World::new("device", "public", "pop3", "oauthbearer");
    let unconnected = world.restante.check("ana");
    assert_eq!(
        (&unconnected["stage"], &unconnected["cause"]),
        (&json!("sign_in"), &json!("oauth_consent_needed"))
    );
    world.test_fails("oauth_consent_needed", "");
    assert_eq!(world.connect_device("/deny"), Value::Null, "refused");
    assert_eq!(world.consent(), "needed");

    world.provider.tell("/set?life=1");
    assert_eq!(world.connect_device("/approve")["oauth"]["consent"], "given");
    assert_eq!(world.renewals(), 0);
    for round in 1..=3 {
        assert_eq!(world.restante.check("ana")["outcome"], "ok");
        assert_eq!(world.renewals(), round, "each refresh token is good once");
    }
    // Six checks that need another token at the same moment ask for one.
    world.provider.tell("/set?life=3600");
    let names: Vec<String> = (0..6).map(|number| format!("shared-{number}")).collect();
    for name in &names {
        world.restante.add_account(name, "imap", world.mail.imap, "none", &[]);
        assert!(world.restante.run(&["account", "edit", name, "--credential", "Tokens"]).status.success());
    }
    let mut checks: Vec<_> = names
        .iter()
        .map(|name| {
            let mut command = world.restante.command(&["check", name, "--json"]);
            command.stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for check in &mut checks {
        assert!(check.wait().unwrap().success());
    }
    assert_eq!(world.renewals(), 4, "one of six asked");
    holds_none_of(world.restante.data(), &SECRETS);
}

#[test]
fn an_access_that_is_taken_back_says_so_until_somebody_reconnects_it() {
    let world = World::new("device", "public", "imap", "xoauth2");
    world.connect_device("/approve");
    assert_eq!(world.restante.check("ana")["outcome"], "ok");
    world.provider.tell("/set?revoke=refresh");
    world.provider.tell("/set?revoke=access");
    world.test_fails("oauth_expired", "Authentication failed");
    let ended = world.restante.check("ana");
    assert_eq!((&ended["stage"], &ended["cause"]), (&json!("sign_in"), &json!("oauth_expired")), "{ended}");
    assert_eq!(ended["server_reply"], "invalid_grant: The token was taken back.");
    assert_eq!(world.consent(), "ended");
    assert_eq!(world.credential()["cause"], "oauth_expired");
    let asked = world.provider.asked().len();
    assert_eq!(world.restante.check("ana")["cause"], "oauth_expired");
    assert_eq!(world.provider.asked().len(), asked, "nobody is asked again for what was refused");

    assert_eq!(world.connect_device("/approve")["oauth"]["consent"], "given");
    assert_eq!(world.restante.check("ana")["outcome"], "ok");
    assert!(world.credential()["cause"].is_null());
}

#[test]
fn a_provider_that_is_away_ends_no_access() {
    let world = World::new("device", "public", "imap", "xoauth2");
    world.provider.tell("/set?life=1");
    world.connect_device("/approve");
    for (status, cause) in [(503, "connection_lost"), (429, "throttled")] {
        world.provider.tell(&format!("/set?fail={status}"));
        let check = world.restante.check("ana");
        assert_eq!((&check["stage"], &check["cause"]), (&json!("sign_in"), &json!(cause)), "{check}");
        assert_eq!(world.consent(), "given");
    }
    world.provider.tell("/set?fail=0");
    assert_eq!(world.restante.check("ana")["outcome"], "ok");
}

#[test]
fn another_secret_of_the_client_keeps_the_tokens() {
    let world = World::new("application", "confidential", "imap", "oauthbearer");
    let rotate = ["credential", "rotate", "Tokens", "--password-stdin", "--json"];
    let wrong = world.restante.run_with(&rotate, "not it");
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    assert_eq!(world.restante.check("ana")["cause"], "oauth_expired", "the provider turned the client away");
    world.restante.run_with(&rotate, "client-secret-1");
    assert_eq!(world.restante.json(&["credential", "connect", "Tokens"])["oauth"]["consent"], "given");
    assert_eq!(world.restante.check("ana")["outcome"], "ok");
}

#[test]
fn a_browser_comes_back_once_and_with_what_it_was_sent_with() {
    let world = World::new("browser", "public", "imap", "xoauth2");
    let (server, cookie) = Server::start_signed_in(&world.restante);
    let credential = world.credential()["id"].clone();
    let begin = || {
        let asked = json!({ "id": credential, "account": 1 });
        let answer = server.call("consents/begin", &cookie, &asked);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let step: Value = serde_json::from_str(&answer.body).unwrap();
        step["visit"].as_str().unwrap().to_owned()
    };
    let back = |address: &str, cookie: &str| {
        let path = address.strip_prefix(&server.url).expect("back to us").to_owned();
        server.get(&path, &[("cookie", cookie)])
    };
    let address = begin();
    assert!(address.contains("code_challenge_method=S256") && address.contains("state="), "{address}");
    assert!(!address.contains("verifier"));
    let allowed = world.provider.decide(&address, "allow");
    assert!(back(&allowed, "").header("location").starts_with("/sign-in?next="), "nobody is signed in");
    let forged = allowed.replace("state=", "state=x");
    assert_eq!(back(&forged, &cookie).status, 404, "another state");
    let came = back(&allowed, &cookie);
    assert_eq!(
        (came.status, came.header("location")),
        (303, format!("/settings/credentials?connect={credential}&account=1").as_str())
    );
    assert_eq!(world.consent(), "given");
    assert_eq!(back(&allowed, &cookie).status, 404, "a second time");
    assert_eq!(world.restante.check("ana")["outcome"], "ok");

    // Refused, or with a code of somebody else: the access stays as it is, and the dialog says why.
    let shown = || {
        let answer = server.call("consents/show", &cookie, &json!({ "id": credential }));
        serde_json::from_str::<Value>(&answer.body).unwrap()
    };
    back(&world.provider.decide(&begin(), "refuse"), &cookie);
    assert_eq!(shown()["failure"], "Somebody refused it at the provider.");
    let wrong = world.provider.decide(&begin(), "allow").replace("code=code-", "code=stolen-");
    back(&wrong, &cookie);
    assert_eq!(shown()["failure"], "The provider refused: invalid_grant: This code is not known.");
    assert_eq!((world.consent(), shown()["status"]["consent"].clone()), (json!("given"), json!("given")));
    let records = world.restante.json(&["audit"]);
    let connected = records.as_array().unwrap().iter().filter(|it| it["action"] == "credential.connected");
    assert_eq!(connected.map(|it| it["who"].clone()).collect::<Vec<_>>(), ["ana"]);
    holds_none_of(world.restante.data(), &SECRETS);
}

#[test]
fn what_cannot_be_asked_is_refused_where_it_is_typed() {
    let restante = Restante::new();
    let add = |more: &[&str]| {
        let base = ["credential", "add", "--username", "ana", "--kind", "oauth2"];
        let output = restante.run_with(&[&base[..], more].concat(), "secret");
        assert!(!output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let plain = ["--provider", "other", "--client-id", "x", "--grant", "application", "--password-stdin"];
    let said = add(&[&plain[..], &["--token-url", "http://login.example.org/token"]].concat());
    assert!(said.contains("Tokens travel over https alone."), "{said}");
    let said = add(&["--provider", "google", "--client-id", "x", "--grant", "device"]);
    assert!(said.contains("Google gives mailboxes only to a person in a browser."), "{said}");
    let said = add(&["--client-id", "x", "--tenant", "a/b?c"]);
    assert!(said.contains("The number of a directory, or its domain."), "{said}");
}
