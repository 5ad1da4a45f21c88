//! Secrets are typed wherever the console takes one, used against real servers while everything is logged, and then looked
//! for: in every answer, every page, every export, the transcript, the log, the data folder and a backup.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use model::oauth::OAuthDraft;
use model::{AccountDraft, AccountFilter, AuditFilter, MessageFilter, Protocol};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use support::dovecot::{Dovecot, PASSWORD, message};
use support::restante::Restante;
use support::script::{Script, start};
use support::server::Server;
use support::{microsocks, wait_for};

const FORM: &str = "application/x-www-form-urlencoded";

/// Typed in one place each.
const SECRETS: [&str; 12] = [
    "canary-a-person-5b1e7d",
    "canary-b-stranger-c03f9a",
    "canary-c-account-91d4e8",
    "canary-d-credential-7ac210",
    "canary-e-application-e8b36f",
    "canary-f-client-20fd47",
    "canary-g-import-b95c18",
    "canary-h-rotated-4d70ea",
    "canary-i-tested-f6a29c",
    "canary-j-login-138bd5",
    "canary-k-pop-6e92c7",
    "canary-l-refused-d3f80b",
];
/// Everybody may see it, so it is found.
const PUBLIC: &str = "public-canary-2e6c41";

/// A server with everything logged, somebody who is signed in, and all that they were told.
struct Console {
    server: Server,
    cookie: String,
    heard: Vec<(String, String)>,
    restante: Restante,
}

impl Console {
    fn new() -> Self {
        let restante = Restante::new();
        let server = Server::start(&restante, &["--log", "trace"]);
        let code = server.set_up_code.clone().unwrap();
        let person = SECRETS[0];
        let form = format!("code={code}&name=ana&password={person}&password_again={person}");
        let answer = server.post("/set-up", &[], FORM, &form);
        assert_eq!(answer.status, 303, "{}", answer.body);
        let cookie = answer.cookie();
        Self { server, cookie, heard: vec![("/set-up".to_owned(), answer.body)], restante }
    }

    /// What a server function answers.
    fn call(&mut self, path: &str, body: &Value) -> Value {
        let answer = self.server.call(path, &self.cookie, body);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let value = serde_json::from_str(&answer.body).unwrap_or_default();
        self.heard.push((path.to_owned(), answer.body));
        value
    }

    /// The same where it is refused.
    fn refused(&mut self, path: &str, body: &Value) {
        let answer = self.server.call(path, &self.cookie, body);
        assert!(answer.status >= 400, "{path}: {}", answer.body);
        self.heard.push((format!("{path}, refused"), answer.body));
    }

    fn get(&mut self, path: &str) {
        let answer = self.server.get(path, &[("cookie", &self.cookie)]);
        assert!(answer.status < 500, "{path}: {} {}", answer.status, answer.body);
        self.heard.push((path.to_owned(), answer.body));
    }

    fn sign_in(&mut self, name: &str, password: &str) -> u16 {
        let answer = self.server.post("/sign-in", &[], FORM, &format!("name={name}&password={password}"));
        self.heard.push(("/sign-in".to_owned(), answer.body));
        answer.status
    }

    /// Adds an account with a credential of its own.
    fn account(&mut self, name: &str, protocol: Protocol, port: u16, password: &str) -> Value {
        let new = json!({ "name": name, "user_name": "ana", "password": password });
        let draft = draft(name, protocol, port);
        self.call("accounts/save", &json!({ "id": null, "draft": draft, "new_credential": new }))
    }

    /// Adds a credential.
    fn credential(&mut self, credential: &Value) -> Value {
        self.call("credentials/create", &json!({ "credential": credential }))["id"].clone()
    }

    /// Checks an account, and returns it as it is after that.
    fn checked(&mut self, account: &Value) -> Value {
        let ask = json!({ "id": account });
        let before = self.call("accounts/get", &ask)["last_check"].clone();
        // Where it is being checked already, that is the check.
        self.server.call("accounts/check", &self.cookie, &ask);
        let mut known = Value::Null;
        wait_for("the check to end", 30, || {
            known = self.call("accounts/get", &ask);
            known["last_check"] != before && known["status"] != "checking"
        });
        known
    }

    fn comes_to(&mut self, account: &Value, status: &str) {
        wait_for(status, 60, || self.checked(account)["status"] == status);
    }

    /// Follows a connection test to its end.
    fn follow(&mut self, test: &Value) {
        let mut told = json!({ "revision": 0 });
        wait_for("the test to end", 60, || {
            let ask = json!({ "test": test, "revision": told["revision"] });
            told = self.call("connection_tests/follow", &ask);
            told["ended"] == true
        });
        assert!(!told["stages"].as_array().unwrap().is_empty(), "{told}");
    }

    fn test(&mut self, protocol: Protocol, port: u16, password: &str) {
        let new = json!({ "name": "", "user_name": "ana", "password": password });
        let request = json!({ "account": null, "draft": draft("", protocol, port), "new_credential": new });
        let test = self.call("connection_tests/start", &json!({ "request": request }));
        self.follow(&test);
    }

    /// Schedules reports, has them written, and reads them.
    fn reports(&mut self) {
        let kinds = [("accounts", "csv"), ("accounts", "print"), ("audit", "csv"), ("audit", "print")];
        for (number, (kind, format)) in kinds.into_iter().enumerate() {
            let draft = json!({
                "name": kind, "kind": kind, "query": "", "format": format,
                "repeat": "month", "day": 28, "minute": 0, "keep_days": 90
            });
            let id = self.call("reports/schedule", &json!({ "draft": draft }));
            self.call("reports/write", &json!({ "id": id }));
            let written = |told: &Value| told["written"].as_array().unwrap().len();
            wait_for("the report", 20, || written(&self.call("reports/list", &json!({}))) > number);
        }
        for report in self.call("reports/list", &json!({}))["written"].as_array().unwrap() {
            self.get(&format!("/reports/{}/file", report["id"]));
        }
    }

    /// Every page and every download, the lists in full.
    fn pages(&mut self, accounts: &[Value]) {
        for (method, path) in server::web::endpoints() {
            // That one never ends.
            if method == "GET" && path != "/api/live" {
                self.get(&path);
            }
        }
        for path in [
            "/sign-in",
            "/nowhere",
            "/settings/email/accounts?more=1&size=100",
            "/settings/email/accounts/new?copy=1",
            "/settings/audit?more=1&size=100",
            "/settings/credentials?connect=4",
            "/reports?schedule=accounts",
        ] {
            self.get(path);
        }
        for account in accounts {
            self.get(&format!("/settings/email/accounts/{account}"));
            self.get(&format!("/settings/email/accounts/{account}/edit"));
            self.get(&format!("/accounts/{account}/inbox"));
            self.get(&format!("/api/transcripts/{account}/transcript.txt"));
        }
    }

    /// Every call that reads.
    fn reads(&mut self, accounts: &[Value], tokens: &Value) {
        let query = |filter: &Value| json!({ "query": { "filter": filter, "sort": null, "cursor": null, "page_size": 100 } });
        for (path, body) in [
            ("accounts/list", query(&json!(AccountFilter::default()))),
            ("audit/list", query(&json!(AuditFilter::default()))),
            ("messages/list", query(&json!(MessageFilter::default()))),
            ("messages/get", json!({ "id": 1, "search": null })),
            ("messages/find", json!({ "text": "canary" })),
            ("messages/suggest", json!({ "text": "canary", "searched": false })),
            ("consents/show", json!({ "id": tokens })),
            ("session/current", json!({})),
            ("connectors/list", json!({})),
            ("credentials/list", json!({})),
            ("credentials/sources", json!({})),
            ("discovery/available", json!({})),
            ("health/arrivals", json!({})),
            ("health/concerns", json!({})),
            ("parameters/list", json!({})),
            ("reports/list", json!({})),
        ] {
            self.call(path, &body);
        }
        for account in accounts {
            for path in ["accounts/get", "consents/of_account"] {
                self.call(path, &json!({ "id": account }));
            }
            for path in ["checks/list", "checks/forecast", "health/account", "transcripts/get"] {
                self.call(path, &json!({ "account": account }));
            }
            for path in ["quarantine/list", "receipts/list"] {
                self.call(path, &query(account));
            }
        }
        let heard = |path: &str| self.heard.iter().any(|(asked, _)| path == format!("/api/{asked}"));
        for (_, path) in server::web::endpoints() {
            let reads = path.ends_with("/list") || path.ends_with("/get");
            assert!(!reads || heard(&path), "{path} is not read here");
        }
    }

    /// All that was heard, and every file, the log and a backup among them.
    fn everything(&self) -> Vec<(String, String)> {
        let mut all = self.heard.clone();
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("restante.tar");
        let made = self.restante.run(&["backup", "--to", backup.to_str().unwrap()]);
        assert!(made.status.success(), "{made:?}");
        read_files(self.restante.data(), &mut all);
        read_files(folder.path(), &mut all);
        assert!(all.iter().any(|(place, text)| place.ends_with("server.log") && text.contains("TRACE")));
        all
    }
}

fn draft(name: &str, protocol: Protocol, port: u16) -> AccountDraft {
    AccountDraft {
        name: name.into(),
        address: "127.0.0.1".into(),
        port: port.to_string(),
        protocol,
        automatic_check: false,
        use_safe_connection: false,
        secure_connection_type: None,
        ..AccountDraft::default()
    }
}

fn read_files(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_files(&path, all);
        } else if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            all.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

/// A secret as it is, and as it stands inside of anything that is encoded as base64: alone, behind a user name, with or
/// without padding. Where it begins there is one of three places; what is cut off at its ends mixes with its neighbours.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    // What is short would be found by chance.
    if secret.len() > 12 {
        for skip in 0..3 {
            let rest = &secret.as_bytes()[skip..];
            let whole = &rest[..rest.len() / 3 * 3];
            forms.extend([STANDARD.encode(whole), URL_SAFE.encode(whole)]);
        }
    }
    forms
}

/// Where a secret is.
fn found<'a>(secret: &str, all: &'a [(String, String)]) -> Vec<&'a str> {
    let forms = forms(secret);
    let holds = |text: &str| forms.iter().any(|form| text.contains(form.as_str()));
    all.iter().filter(|(_, text)| holds(text)).map(|(place, _)| place.as_str()).collect()
}

fn private_key() -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    let mut command = Command::new("ssh-keygen");
    command.args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"]).arg(&file);
    assert!(command.status().unwrap().success());
    std::fs::read_to_string(file).unwrap()
}

/// An IMAP server that wants the password itself, and says this to it.
fn imap(mechanisms: &'static str, answer: &'static str) -> u16 {
    let answers = vec![("CAPABILITY", mechanisms), ("AUTHENTICATE", answer), ("LOGIN", answer)];
    start(Script { greeting: b"* OK ready\r\n", answers, ..Script::default() })
}

/// A POP3 server that knows no other way than USER and PASS.
fn pop3() -> u16 {
    let answers =
        vec![("CAPA", "+OK\r\nUSER\r\n."), ("USER", "+OK"), ("PASS", "-ERR [AUTH] Wrong."), ("QUIT", "+OK")];
    start(Script { greeting: b"+OK ready\r\n", answers, ..Script::default() })
}

const PLAIN: &str = "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n$ OK";
const LOGIN_ALONE: &str = "* CAPABILITY IMAP4rev1\r\n$ OK";
const WRONG: &str = "$ NO [AUTHENTICATIONFAILED] Wrong.";

/// Credentials of every kind, and proxies that ask for one. The number of the one of tokens.
fn credentials_and_connectors(console: &mut Console, mail: u16, ssh_key: &str) -> Value {
    let [_, _, _, named, application, client, .., refused] = SECRETS;
    let proxy = console.credential(&json!({ "name": "Proxy", "user_name": "proxy", "password": named }));
    console.credential(
        &json!({ "name": "App", "user_name": "ana", "kind": "app_password", "password": application }),
    );
    let oauth = OAuthDraft { client_id: "public-client".into(), ..OAuthDraft::default() };
    let tokens = console.credential(
        &json!({ "name": "Tokens", "user_name": "ana", "kind": "oauth2", "oauth": oauth, "password": client }),
    );
    console.call("consents/begin", &json!({ "id": tokens, "account": null }));
    console
        .credential(&json!({ "name": "Key", "user_name": "jump", "kind": "ssh_key", "password": ssh_key }));
    let lines = json!({ "name": "No", "user_name": "ana", "password": format!("{refused}\r\n{refused}") });
    console.refused("credentials/create", &json!({ "credential": lines }));
    // No credential at all: the call itself cannot be read.
    console.refused("credentials/create", &json!({ "credential": { "password": refused } }));

    let (_proxy, port) = microsocks(&["-u", "proxy", "-P", named]);
    // One that is none, and answers whatever is asked.
    let odd = start(Script::default());
    for (kind, port) in [("socks5", port), ("http_connect", odd)] {
        let draft = json!({
            "name": kind, "kind": kind, "address": "127.0.0.1", "port": port.to_string(), "tls": false,
            "credential": proxy, "host_key": "", "most_streams": "200", "enabled": true
        });
        let id = console.call("connectors/save", &json!({ "id": null, "draft": draft }));
        let test = json!({ "id": id, "address": "127.0.0.1", "port": mail.to_string() });
        let told = console.call("connectors/test", &test);
        // The proxy lets whoever knows the secret through: it was really sent.
        assert!(kind != "socks5" || !told["stages"].as_array().unwrap().is_empty(), "{told}");
    }
    tokens
}

/// An account out of a file, whose password is sent as it is; its number.
fn imported(console: &mut Console, password: &str) -> Value {
    let port = imap(PLAIN, WRONG);
    let file = format!(
        "name,address,port,security,user name,password,automatic check\nImported,127.0.0.1,{port},none,ana,{password},no"
    );
    let read = console.call("account_import/read", &json!({ "file": file }));
    assert_eq!(read["rows"][0]["outcome"], "ready", "{read}");
    let test = console.call("account_import/test", &json!({ "file": file, "line": 2 }));
    console.follow(&test);
    let made = console.call("account_import/run", &json!({ "file": file }));
    made["rows"][0]["outcome"]["created"].clone()
}

#[test]
fn what_is_typed_as_a_secret_is_found_nowhere() {
    let mail = Dovecot::start();
    mail.deliver("ana", 0, &message(0));
    let mut console = Console::new();
    let [person, stranger, typed, _, _, _, import, rotated, tested, login, pop, _] = SECRETS;
    assert_eq!(console.sign_in("ana", stranger), 401);
    assert_eq!(console.sign_in("ana", person), 303);

    let account = console.account(PUBLIC, Protocol::Imap, mail.imap, typed);
    console.call("transcripts/start", &json!({ "account": account, "minutes": 5 }));
    console.comes_to(&account, "failing");
    let credential = console.call("credentials/list", &json!({}))[0]["id"].clone();
    for (secret, status) in [(rotated, "failing"), (PASSWORD, "healthy")] {
        let new = json!({ "id": credential, "user_name": "", "password": secret });
        console.call("credentials/rotate", &new);
        console.comes_to(&account, status);
    }
    let ssh_key = private_key();
    let tokens = credentials_and_connectors(&mut console, mail.imap, &ssh_key);
    let import = imported(&mut console, import);
    let by_login = console.account("Login", Protocol::Imap, imap(LOGIN_ALONE, WRONG), login);
    let by_pop = console.account("Pop", Protocol::Pop3, pop3(), pop);
    for account in [&import, &by_login, &by_pop] {
        console.call("transcripts/start", &json!({ "account": account, "minutes": 5 }));
        console.comes_to(account, "failing");
        let told = console.call("transcripts/get", &json!({ "account": account }))["text"].clone();
        assert!(told.as_str().unwrap().contains(" C: "), "{told}");
    }
    for (protocol, port) in [
        (Protocol::Imap, mail.imap),
        (Protocol::Pop3, mail.pop3),
        (Protocol::Imap, imap(PLAIN, WRONG)),
        (Protocol::Imap, imap(LOGIN_ALONE, WRONG)),
        (Protocol::Pop3, pop3()),
    ] {
        console.test(protocol, port, tested);
    }

    let accounts = [account, import, by_login, by_pop];
    console.reports();
    console.pages(&accounts);
    console.reads(&accounts, &tokens);
    let all = console.everything();
    let session = console.cookie.split_once('=').unwrap().1;
    let code = console.server.set_up_code.as_deref().unwrap();
    // The first lines of the key are the same in each and the public half.
    let key = ssh_key.lines().skip(3).filter(|line| line.len() > 12 && !line.starts_with('-'));
    for secret in SECRETS.into_iter().chain([PASSWORD, session, code]).chain(key) {
        assert_eq!(found(secret, &all), Vec::<&str>::new(), "{secret}");
    }
    let public = found(PUBLIC, &all);
    for place in ["credentials/list", "/settings/credentials", "/api/accounts/export.csv"] {
        assert!(public.contains(&place), "{place}: {public:?}");
    }
    for file in ["restante.db", "restante.tar"] {
        assert!(public.iter().any(|place| place.contains(file)), "{file}: {public:?}");
    }
    let encoded = [("a place".to_owned(), STANDARD.encode(format!("\0ana\0{typed}")))];
    assert_eq!(found(typed, &encoded), ["a place"], "what is encoded is found as well");
}

/// Servers that say of a command that they do not understand it like to repeat it.
#[test]
fn a_server_that_repeats_a_password_does_not_bring_it_out() {
    let mut console = Console::new();
    let secret = "canary-m-repeated-84ac1f";
    for (name, offers, sent) in
        [("Plain", PLAIN, STANDARD.encode(format!("\0ana\0{secret}"))), ("Login", LOGIN_ALONE, String::new())]
    {
        let repeated: &'static str = format!("$ BAD Unknown command: ana {secret} {sent}").leak();
        let port = imap(offers, repeated);
        let account = console.account(name, Protocol::Imap, port, secret);
        console.call("transcripts/start", &json!({ "account": account, "minutes": 5 }));
        console.comes_to(&account, "failing");
        console.test(Protocol::Imap, port, secret);
        console.pages(&[account]);
    }
    assert_eq!(found(secret, &console.everything()), Vec::<&str>::new());
}

/// The audit does not keep a name that nobody has, for this reason.
#[test]
fn a_password_in_the_field_for_the_name_is_not_logged() {
    let mut console = Console::new();
    let secret = "canary-n-misplaced-0e57d2";
    assert_eq!(console.sign_in(secret, "ana-ana-ana"), 401);
    // The form shows again what was typed into it, to whoever typed it.
    console.heard.clear();
    assert_eq!(found(secret, &console.everything()), Vec::<&str>::new());
}
