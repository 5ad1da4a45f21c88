//! Hostile text in every place that takes text: it is refused at its field, or it is kept as it is and stays text wherever
//! it is shown. No table is lost over it, and the server goes on.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use app::api::ApiError;
use model::{AccountDraft, AccountFilter, AuditFilter};
use serde_json::{Value, json};
use support::free_port;
use support::postgres::Postgres;
use support::restante::Restante;
use support::server::{Answer, Server};

const LINES: &str = "two\r\nlines";
const ZERO: &str = "zero\0byte";
/// Stands for 100,000 letters.
const LONG: &str = "(long)";
const SQL: &str = "'; DROP TABLE account; --";
const HTML: &str = "<script>alert(1)</script>";
const IDN: &str = "münchen.example";
/// Text that only means something to others.
const TEXT: &[&str] = &[SQL, HTML, "=1+1", "+1", "-1", "@SUM(1)"];
/// What is no host name; the last one stands for one of 10,000 letters.
const NO_HOST: &[&str] = &[
    LINES,
    ZERO,
    SQL,
    HTML,
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "user:pass@mail.example",
    "imap://mail.example",
    "(host)",
];
const NO_PORT: &[&str] = &["0", "65536", "-1", "143 or 1", LINES, ZERO, SQL];

/// It is kept.
const STORED: &str = "stored";

/// What is typed where, and the field at which it is refused, or [`STORED`].
type Table = &'static [(&'static str, &'static [&'static str], &'static str)];

const ACCOUNT: Table = &[
    ("name", &[LINES, ZERO, LONG], "name"),
    ("name", TEXT, STORED),
    ("address", NO_HOST, "address"),
    ("address", &[IDN], STORED),
    ("port", NO_PORT, "port"),
    ("notes", &[ZERO, LONG], "notes"),
    ("notes", TEXT, STORED),
    ("tags", &[LINES, ZERO, LONG], "tags"),
    ("tags", TEXT, STORED),
    ("folders", &[LINES, ZERO, LONG], "folders"),
    ("check_interval_minutes", &["-1", "=1+1", SQL], "check_interval_minutes"),
    ("user_name", &[LINES, ZERO, LONG], "user_name"),
    ("user_name", TEXT, STORED),
    ("password", &[LINES, ZERO, LONG], "password"),
];
const CREDENTIAL: Table = &[
    ("credential_name", &[LINES, ZERO, LONG], "credential_name"),
    ("credential_name", TEXT, STORED),
    ("user_name", &[LINES, ZERO, LONG], "user_name"),
    ("user_name", TEXT, STORED),
    ("password", &[LINES, ZERO, LONG], "password"),
];
/// Errors are named as the columns of the file.
const COLUMNS: Table = &[
    ("credential", &[LINES, ZERO, LONG], "credential"),
    ("credential", TEXT, STORED),
    ("network_connector", &[LINES, ZERO, LONG, SQL, HTML, "=1+1"], "network_connector"),
];
const CONNECTOR: Table = &[
    ("name", &[LINES, ZERO, LONG, "none"], "name"),
    ("name", TEXT, STORED),
    ("address", NO_HOST, "address"),
    ("address", &[IDN], STORED),
    ("port", NO_PORT, "port"),
    ("most_streams", &["0", "-1", SQL], "most_streams"),
];

/// One text in one place.
struct Case {
    number: usize,
    field: &'static str,
    text: String,
    expected: &'static str,
}

impl Case {
    fn all(tables: &[Table]) -> Vec<Self> {
        let mut cases = Vec::new();
        for &(field, texts, expected) in tables.iter().copied().flatten() {
            for text in texts {
                let text = match *text {
                    LONG => "n".repeat(100_000),
                    "(host)" => "h".repeat(10_000),
                    text => text.to_owned(),
                };
                cases.push(Self { number: cases.len(), field, text, expected });
            }
        }
        cases
    }

    /// Notes what is not as it should be; true where the text was taken.
    fn judge(&self, place: &str, fields: &[String], wrong: &mut Vec<String>) -> bool {
        let expected = Some(self.expected).filter(|expected| *expected != STORED);
        if !fields.iter().map(String::as_str).eq(expected) {
            let text: String = self.text.chars().take(40).collect();
            let (field, expected) = (self.field, self.expected);
            wrong.push(format!("{place}: {text:?} as {field} is {fields:?} instead of {expected}"));
        }
        fields.is_empty()
    }

    fn draft(&self, port: u16) -> Value {
        let draft = AccountDraft {
            name: format!("Case {}", self.number),
            address: "127.0.0.1".into(),
            port: port.to_string(),
            automatic_check: false,
            use_safe_connection: false,
            secure_connection_type: None,
            ..AccountDraft::default()
        };
        let mut draft = json!(draft);
        if draft.get(self.field).is_some() {
            draft[self.field] = json!(self.text);
        }
        draft
    }

    fn credential(&self) -> Value {
        let name = format!("Credential {}", self.number);
        let mut credential = json!({ "name": name, "user_name": "anna", "password": "a-secret" });
        match self.field {
            "credential_name" => credential["name"] = json!(self.text),
            "user_name" | "password" => credential[self.field] = json!(self.text),
            _ => {}
        }
        credential
    }

    /// A file of one account.
    fn file(&self, port: u16) -> String {
        let mut cells = vec![
            ("name", format!("Case {}", self.number)),
            ("address", "127.0.0.1".to_owned()),
            ("port", port.to_string()),
            ("security", "none".to_owned()),
            ("automatic_check", "no".to_owned()),
            ("credential", format!("Credential {}", self.number)),
            ("user_name", "anna".to_owned()),
            ("password", "a-secret".to_owned()),
        ];
        cells.retain(|(column, _)| *column != self.field);
        cells.push((self.field, self.text.clone()));
        let line = |cells: Vec<&str>| {
            let quoted = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
            quoted.collect::<Vec<_>>().join(",")
        };
        let heading = line(cells.iter().map(|(column, _)| *column).collect());
        format!("{heading}\n{}\n", line(cells.iter().map(|(_, cell)| cell.as_str()).collect()))
    }
}

/// At which fields a call was refused.
fn refused_at(answer: &Answer) -> Vec<String> {
    match (answer.status, serde_json::from_str(&answer.body)) {
        (200, _) => Vec::new(),
        (422, Ok(ApiError::Invalid(errors))) => errors.0.into_iter().map(|error| error.field).collect(),
        (status, _) => vec![format!("{status} {}", answer.body)],
    }
}

/// The same of the only row of a file.
fn row_refused_at(answer: &Answer) -> Vec<String> {
    let told: Value = serde_json::from_str(&answer.body).unwrap_or_default();
    match told["rows"][0]["outcome"]["wrong"].as_array() {
        Some(errors) => errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect(),
        None => refused_at(answer),
    }
}

/// What a spreadsheet would calculate.
fn is_formula(cell: &str) -> bool {
    cell.trim_start().starts_with(['=', '+', '-', '@'])
}

struct Console {
    server: Server,
    cookie: String,
    restante: Restante,
}

impl Console {
    fn new(restante: Restante) -> Self {
        let (server, cookie) = Server::start_signed_in(&restante);
        Self { server, cookie, restante }
    }

    fn call(&self, path: &str, body: &Value) -> Answer {
        self.server.call(path, &self.cookie, body)
    }

    fn read(&self, path: &str, body: &Value) -> Value {
        serde_json::from_str(&self.call(path, body).body).unwrap()
    }

    fn rows(&self, path: &str, filter: &Value) -> Vec<Value> {
        let query = json!({ "filter": filter, "sort": null, "cursor": null, "page_size": 100 });
        self.read(path, &json!({ "query": query }))["rows"].as_array().unwrap().clone()
    }

    /// The latest records of one kind.
    fn records(&self, action: &str) -> Vec<Value> {
        self.rows("audit/list", &json!(AuditFilter { action: Some(action.into()), ..AuditFilter::default() }))
    }

    /// That these texts stand on a page and in a file, and are nothing but text there.
    fn shows(&self, page: &str, file: &str, texts: &[&str]) {
        let get = |path: &str| self.server.get(path, &[("cookie", &self.cookie)]);
        let page = get(page);
        assert_eq!(page.status, 200);
        assert!(!page.body.contains("<script>alert"), "a tag: {}", page.body);
        let read = page.body.split("<main").nth(1).unwrap().split("</main>").next().unwrap();
        let read = read.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        let read = read.replace("&#x27;", "'").replace("&#39;", "'").replace("&amp;", "&");
        let file = get(file);
        let bytes = file.body.trim_start_matches('\u{feff}').as_bytes();
        let mut cells = Vec::new();
        for record in csv::ReaderBuilder::new().from_reader(bytes).records() {
            cells.extend(record.unwrap().iter().map(str::to_owned));
        }
        assert_eq!(cells.iter().find(|cell| is_formula(cell)), None);
        for text in texts {
            assert!(read.contains(text), "{text:?} is not on the page");
            let cell = if is_formula(text) { format!("'{text}") } else { (*text).to_owned() };
            assert!(cells.contains(&cell), "{cell:?} is not in the file");
        }
    }

    /// That everything that was taken is there as it was typed, and that all is well.
    fn has_accounts(&self, stored: &[(Case, Value)]) {
        let rows = self.rows("accounts/list", &json!(AccountFilter::default()));
        let credentials = self.read("credentials/list", &json!({}));
        let records = self.records("account.created");
        for (case, id) in stored {
            let row = rows.iter().find(|row| row["id"] == *id).unwrap();
            let by_name = |it: &&Value| it["name"] == row["credential_name"];
            let credential = credentials.as_array().unwrap().iter().find(by_name).unwrap();
            let kept = match case.field {
                "tags" => &row["settings"]["tags"][0],
                "credential" => &credential["name"],
                "user_name" => &credential["user_name"],
                field => &row["settings"][field],
            };
            assert_eq!(*kept, case.text, "{}", case.field);
            let told = |record: &&Value| record["subject_id"] == *id;
            let changes = records.iter().find(told).unwrap()["changes"].as_array().unwrap();
            if case.field != "user_name" {
                let told = |change: &Value| change["field"] == case.field && change["after"] == case.text;
                assert!(changes.iter().any(told), "{} {}: {changes:?}", case.field, case.text);
            }
        }
        let on_the_page = |case: &Case| matches!(case.field, "name" | "address" | "tags");
        let shown = stored.iter().filter(|(case, _)| on_the_page(case));
        let texts: Vec<&str> = shown.map(|(case, _)| case.text.as_str()).collect();
        self.shows("/settings/email/accounts?size=100", "/api/accounts/export.csv", &texts);
        for (case, id) in stored {
            let page = format!("/settings/email/accounts/{id}");
            let page = self.server.get(&page, &[("cookie", &self.cookie)]);
            assert!(!page.body.contains("<script>alert"), "{} of {id}", case.field);
        }
        let count = self.restante.numbers("SELECT COUNT(*) FROM account");
        assert_eq!(count, [i64::try_from(stored.len()).unwrap()]);
        self.is_well();
    }

    fn is_well(&self) {
        self.shows("/settings/audit?more=1&size=100", "/api/audit/export.csv", &[]);
        let ready = self.server.get("/readyz", &[]);
        assert_eq!((ready.status, ready.body.as_str()), (200, "ok\n"));
    }
}

#[test]
fn accounts_are_refused_at_the_field_or_kept_as_text() {
    let console = Console::new(Restante::new());
    let (mut wrong, mut stored, closed) = (Vec::new(), Vec::new(), free_port());
    let names: Table = &[
        ("credential_name", &[LINES, ZERO, LONG], "credential_name"),
        ("authority", &[ZERO, HTML, SQL], "authority"),
    ];
    for case in Case::all(&[ACCOUNT, names]) {
        let (draft, credential) = (case.draft(closed), case.credential());
        let body = json!({ "id": null, "draft": draft, "new_credential": credential });
        let answer = console.call("accounts/save", &body);
        if case.judge("accounts/save", &refused_at(&answer), &mut wrong) {
            stored.push((case, serde_json::from_str(&answer.body).unwrap()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    console.has_accounts(&stored);
}

#[test]
fn connection_tests_are_refused_at_the_field_or_begun() {
    let console = Console::new(Restante::new());
    let (mut wrong, mut begun, closed) = (Vec::new(), Vec::new(), free_port());
    for case in Case::all(&[ACCOUNT]) {
        let (draft, credential) = (case.draft(closed), case.credential());
        let request = json!({ "account": null, "draft": draft, "new_credential": credential });
        let answer = console.call("connection_tests/start", &json!({ "request": request }));
        if case.judge("connection_tests/start", &refused_at(&answer), &mut wrong) {
            let test: Value = serde_json::from_str(&answer.body).unwrap();
            console.call("connection_tests/cancel", &json!({ "test": test }));
            begun.push(case);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let records = console.records("account.connection_tested");
    assert_eq!(records.len(), begun.len(), "what is refused is not begun");
    for case in begun {
        let server = json!(format!("{}:{closed}", case.text));
        let told = |record: &Value| match case.field {
            "name" => record["subject"] == case.text,
            "address" => record["changes"][0]["after"] == server,
            _ => true,
        };
        assert!(records.iter().any(told), "{} {}", case.field, case.text);
    }
    assert_eq!(console.restante.numbers("SELECT COUNT(*) FROM account"), [0]);
    console.is_well();
}

#[test]
fn rows_of_a_file_are_refused_at_the_column_or_made() {
    let console = Console::new(Restante::new());
    let (mut wrong, mut stored, closed) = (Vec::new(), Vec::new(), free_port());
    for case in Case::all(&[ACCOUNT, COLUMNS]) {
        let file = json!({ "file": case.file(closed) });
        let read = console.call("account_import/read", &file);
        case.judge("account_import/read", &row_refused_at(&read), &mut wrong);
        let made = console.call("account_import/run", &file);
        if case.judge("account_import/run", &row_refused_at(&made), &mut wrong) {
            let made: Value = serde_json::from_str(&made.body).unwrap();
            stored.push((case, made["rows"][0]["outcome"]["created"].clone()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    console.has_accounts(&stored);
}

#[test]
fn connectors_are_refused_at_the_field_or_kept_as_text() {
    let console = Console::new(Restante::new());
    let (mut wrong, mut names) = (Vec::new(), Vec::new());
    for case in Case::all(&[CONNECTOR]) {
        let mut draft = json!({
            "name": format!("Case {}", case.number), "kind": "socks5", "address": "127.0.0.1", "port": "1080",
            "tls": false, "credential": null, "host_key": "", "most_streams": "200", "enabled": true
        });
        draft[case.field] = json!(case.text);
        let answer = console.call("connectors/save", &json!({ "id": null, "draft": draft }));
        if !case.judge("connectors/save", &refused_at(&answer), &mut wrong) {
            continue;
        }
        let id: Value = serde_json::from_str(&answer.body).unwrap();
        let all = console.read("connectors/list", &json!({}));
        let kept = all.as_array().unwrap().iter().find(|it| it["id"] == id).unwrap();
        assert_eq!(kept["settings"][case.field], case.text);
        if case.field == "name" {
            names.push(case.text);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let records = console.records("connector.created");
    let texts: Vec<&str> = names.iter().map(String::as_str).collect();
    for name in &texts {
        assert!(records.iter().any(|record| record["subject"] == *name), "{name}");
    }
    console.shows("/settings/connectors", "/api/connectors/export.csv", &texts);
    console.is_well();
}

#[test]
fn credentials_are_refused_at_the_field_or_kept_as_text() {
    let console = Console::new(Restante::new());
    let (mut wrong, mut texts) = (Vec::new(), Vec::new());
    for case in Case::all(&[CREDENTIAL]) {
        let body = json!({ "credential": case.credential() });
        let answer = console.call("credentials/create", &body);
        if !case.judge("credentials/create", &refused_at(&answer), &mut wrong) {
            continue;
        }
        let made: Value = serde_json::from_str(&answer.body).unwrap();
        let all = console.read("credentials/list", &json!({}));
        let kept = all.as_array().unwrap().iter().find(|it| it["id"] == made["id"]).unwrap();
        let field = if case.field == "credential_name" { "name" } else { case.field };
        assert_eq!(kept[field], case.text);
        texts.push(case.text);
    }
    assert_eq!(wrong, Vec::<String>::new());
    let records = console.records("credential.created");
    for text in TEXT {
        assert!(records.iter().any(|record| record["subject"] == *text), "{text}");
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    console.shows("/settings/credentials", "/api/credentials/export.csv", &texts);
    console.is_well();
}

/// A text with this byte cannot even be asked for there.
#[test]
fn a_zero_byte_is_nothing_that_postgresql_fails_over() {
    let postgres = Postgres::start();
    let console = Console::new(Restante::on(postgres.url()));
    let mut wrong = Vec::new();
    let table: Table = &[
        ("name", &[ZERO], "name"),
        ("credential", &[ZERO], "credential"),
        ("network_connector", &[ZERO], "network_connector"),
    ];
    for case in Case::all(&[table]) {
        let file = json!({ "file": case.file(993) });
        let answer = console.call("account_import/read", &file);
        case.judge("account_import/read", &row_refused_at(&answer), &mut wrong);
    }
    let filter = AuditFilter { who: Some(ZERO.into()), ..AuditFilter::default() };
    let query = json!({ "filter": filter, "sort": null, "cursor": null, "page_size": null });
    for (path, body) in [
        ("audit/list", json!({ "query": query })),
        ("messages/find", json!({ "text": ZERO })),
        ("messages/suggest", json!({ "text": ZERO, "searched": true })),
    ] {
        let answer = console.call(path, &body);
        if answer.status >= 500 {
            wrong.push(format!("{path}: {} {}", answer.status, answer.body));
        }
    }
    let form = "name=a%00b&password=correct-horse";
    let answer = console.server.post("/sign-in", &[], "application/x-www-form-urlencoded", form);
    if answer.status != 401 {
        wrong.push(format!("/sign-in: {} {}", answer.status, answer.body));
    }
    assert_eq!(wrong, Vec::<String>::new());
}
