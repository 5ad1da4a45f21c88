//! The house rules that a compiler does not know: who may import whom, where SQL may stand, how long a file may be.
//! Each rule is a function from text to complaints, tried below on a text that breaks it. ARCHITECTURE.md says why.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read the house has failed"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Crate of the workspace, the crates of the workspace it may use, and what it must never use directly.
const CRATES: [(&str, &[&str], &[&str]); 7] = [
    (
        "model",
        &[],
        &["tokio", "leptos", "sqlx", "axum", "async-trait", "rustls", "tokio-rustls", "reqwest", "hyper"],
    ),
    ("mail", &["model"], &["sqlx", "axum", "leptos", "leptos_axum", "tower"]),
    ("app", &["model"], &["sqlx", "tokio", "tokio-rustls", "async-imap", "mail-parser", "axum"]),
    ("frontend", &["app"], &["tokio", "sqlx", "axum", "tokio-rustls"]),
    ("connector", &[], &["axum", "sqlx", "leptos", "async-imap", "mail-parser"]),
    ("server", &["model", "mail", "app", "connector"], &["wasm-bindgen", "web-sys", "js-sys"]),
    ("xtask", &[], &["tokio", "axum", "sqlx", "leptos"]),
];

/// Module of the server, and what must not be named in it: its siblings, then crates.
const MODULES: [(&str, &[&str], &[&str]); 8] = [
    ("web", &["store", "checks", "oauth", "vault", "connectors", "scheduler"], &["mail", "sqlx"]),
    ("services", &["web", "scheduler"], &["sqlx", "axum"]),
    ("scheduler", &["vault", "web", "services"], &["mail", "app", "sqlx", "axum"]),
    ("checks", &["web", "services", "scheduler"], &["app", "sqlx", "axum", "leptos"]),
    ("oauth", &["web", "services", "checks", "scheduler"], &["app", "sqlx", "axum", "leptos"]),
    (
        "connectors",
        &["store", "vault", "web", "services", "checks", "oauth", "scheduler"],
        &["app", "sqlx", "axum", "leptos"],
    ),
    (
        "store",
        &["vault", "web", "services", "checks", "oauth", "scheduler", "connectors"],
        &["mail", "app", "axum", "leptos"],
    ),
    (
        "vault",
        &["store", "web", "services", "checks", "oauth", "scheduler", "connectors"],
        &["mail", "app", "sqlx", "axum", "leptos"],
    ),
];

const LONGEST_SOURCE: usize = 400;
const LONGEST_TEST: usize = 600;

/// Statements as they begin, with a word that follows in the same statement: IMAP has a SELECT too.
const SQL: [(&str, &str); 5] = [
    ("SELECT ", " FROM "),
    ("INSERT INTO ", "VALUES"),
    ("UPDATE ", " SET "),
    ("DELETE FROM ", " WHERE "),
    ("CREATE TABLE ", "("),
];

#[test]
fn crates_use_only_what_stands_below_them() {
    let complaints: Vec<String> =
        packages().iter().flat_map(|(name, dependencies)| crate_complaints(name, dependencies)).collect();
    assert_none(&complaints);
}

#[test]
fn modules_of_the_server_use_only_what_stands_below_them() {
    let complaints: Vec<String> = sources("server/src")
        .iter()
        .flat_map(|(path, text)| match module_of(path) {
            Some(module) => module_complaints(module, path, text),
            None => Vec::new(),
        })
        .collect();
    assert_none(&complaints);
}

#[test]
fn sql_stands_in_the_store_alone() {
    let complaints: Vec<String> = ["model/src", "mail/src", "app/src", "frontend/src", "server/src"]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter(|(path, _)| module_of(path) != Some("store"))
        .flat_map(|(path, text)| sql_complaints(&path, &text))
        .collect();
    assert_none(&complaints);
}

#[test]
fn both_databases_have_the_same_migrations() {
    let [sqlite, postgres] = ["sqlite", "postgres"].map(|engine| {
        let folder = root().join("migrations").join(engine);
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    });
    assert!(!sqlite.is_empty(), "there are no migrations");
    assert_eq!(sqlite, postgres, "the same numbers tell the same story on SQLite and PostgreSQL");
}

#[test]
fn no_file_is_too_long_to_read() {
    let complaints: Vec<String> = ["model", "mail", "app", "frontend", "server", "connector", "xtask"]
        .iter()
        .flat_map(|folder| sources(folder))
        .filter_map(|(path, text)| length_complaint(&path, &text))
        .collect();
    assert_none(&complaints);
}

#[test]
fn nothing_ends_processes_by_name() {
    let complaints: Vec<String> = ["server", "xtask", "end2end/tests", "end2end/support", ".ci"]
        .iter()
        .flat_map(|folder| files(&root().join(folder), &["rs", "ts", "sh", ""]))
        .filter_map(|path| killing_complaint(&path, &fs::read_to_string(&path).ok()?))
        .collect();
    assert_none(&complaints);
}

/// Every rule must be able to fail: a rule that accepts everything looks just like a house in order.
#[test]
fn the_rules_can_fail() {
    assert_eq!(crate_complaints("app", &["model".into(), "mail".into(), "sqlx".into()]).len(), 2);
    assert_eq!(crate_complaints("newcomer", &[]).len(), 1, "a crate without a rule is a mistake");
    assert!(crate_complaints("server", &["mail".into(), "app".into()]).is_empty());

    let web = |text: &str| module_complaints("web", "server/src/web/x.rs", text).len();
    assert_eq!(web("use crate::store::Store;"), 1);
    assert_eq!(web("use crate::{services::Services, store};"), 1);
    assert_eq!(web("let x = crate::checks::run();"), 1);
    assert_eq!(web("use super::super::vault::Vault;"), 1);
    assert_eq!(web("use mail::MailSession;"), 1);
    assert_eq!(web("use crate::services::accounts::Accounts;"), 0);
    assert_eq!(web("// crate::store is out of reach here"), 0);
    assert_eq!(web("let mailbox = email::parse(); self.store.x()"), 0);

    let sql = |text: &str| sql_complaints("x.rs", text).len();
    assert_eq!(sql("\"SELECT id FROM accounts\""), 1);
    assert_eq!(sql("\"DELETE FROM accounts\n WHERE id = $1\""), 1);
    assert_eq!(sql("send(\"SELECT INBOX\")"), 0);

    assert!(length_complaint("server/src/a.rs", &"x\n".repeat(401)).is_some());
    assert!(length_complaint("server/src/a.rs", &"x\n".repeat(400)).is_none());
    assert!(length_complaint("server/tests/a.rs", &"x\n".repeat(600)).is_none());
    assert!(length_complaint("server/tests/a.rs", &"x\n".repeat(601)).is_some());

    assert!(killing_complaint(Path::new("a.sh"), &["p", "kill dovecot"].concat()).is_some());
    assert_eq!(module_of("server/src/store/mod.rs"), Some("store"));
    assert_eq!(module_of("server/src/clock.rs"), Some("clock"));
}

fn crate_complaints(name: &str, dependencies: &[String]) -> Vec<String> {
    let Some((_, below, never)) = CRATES.iter().find(|(known, _, _)| *known == name) else {
        return vec![format!("the crate `{name}` has no rule: say in `CRATES` what it may use")];
    };
    let ours = |dependency: &str| CRATES.iter().any(|(known, _, _)| *known == dependency);
    dependencies
        .iter()
        .filter(|dependency| {
            let dependency = dependency.as_str();
            (ours(dependency) && !below.contains(&dependency)) || never.contains(&dependency)
        })
        .map(|dependency| format!("`{name}` must not use `{dependency}`"))
        .collect()
}

fn module_complaints(module: &str, path: &str, text: &str) -> Vec<String> {
    let Some((_, siblings, crates)) = MODULES.iter().find(|(known, _, _)| *known == module) else {
        return Vec::new();
    };
    let code = without_comments(text);
    let siblings =
        siblings.iter().filter(|sibling| names_sibling(&code, sibling)).map(|name| (*name, "module"));
    let crates = crates.iter().filter(|name| names_crate(&code, name)).map(|name| (*name, "crate"));
    siblings
        .chain(crates)
        .map(|(name, kind)| format!("{path}: `{module}` must not use the {kind} `{name}`"))
        .collect()
}

/// `crate::x`, `super::super::x` or `use crate::{…, x…}`.
fn names_sibling(code: &str, sibling: &str) -> bool {
    let direct = ["crate::", "super::super::"].iter().any(|way| {
        code.match_indices(way)
            .any(|(at, _)| code.get(at + way.len()..).is_some_and(|rest| first_word(rest) == sibling))
    });
    let grouped = code.match_indices("use crate::{").any(|(at, start)| {
        let rest = code.get(at + start.len()..).unwrap_or_default();
        top_level_items(rest).iter().any(|item| first_word(item) == sibling)
    });
    direct || grouped
}

/// A path that begins with the crate's name: `mail::`, but neither `email::` nor `crate::mail::`.
fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        let before = code.get(..at).unwrap_or_default();
        !before.ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == ':')
    })
}

/// The items between a brace that is already open and its partner.
fn top_level_items(text: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0;
    for character in text.chars() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => items.push(String::new()),
            _ if depth == 0 => items.last_mut().unwrap().push(character),
            _ => {}
        }
    }
    items
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn sql_complaints(path: &str, text: &str) -> Vec<String> {
    let code = without_comments(text).replace('\n', " ");
    let statements = SQL.iter().filter(|(begin, later)| {
        code.match_indices(begin).any(|(at, _)| {
            let statement: String =
                code.chars().skip(code.get(..at).unwrap_or_default().chars().count()).take(400).collect();
            statement.split('"').next().is_some_and(|statement| statement.contains(later))
        })
    });
    statements.map(|(begin, _)| format!("{path}: `{}` belongs in the store", begin.trim())).collect()
}

fn length_complaint(path: &str, text: &str) -> Option<String> {
    let longest = if path.contains("/tests/") { LONGEST_TEST } else { LONGEST_SOURCE };
    let lines = text.lines().count();
    (lines > longest).then(|| format!("{path} has {lines} lines, {longest} is the most"))
}

fn killing_complaint(path: &Path, text: &str) -> Option<String> {
    // Joined here, so that this file does not complain about itself.
    let words = [["p", "kill"].concat(), ["kill", "all"].concat()];
    words.iter().find(|word| text.contains(word.as_str())).map(|word| format!("{}: {word}", path.display()))
}

fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// `store` for `server/src/store/…` and for `server/src/store.rs`.
fn module_of(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("server/src/")?;
    let first = rest.split('/').next()?;
    Some(first.strip_suffix(".rs").unwrap_or(first))
}

/// Every crate of the workspace with what it depends on outside of tests.
fn packages() -> Vec<(String, Vec<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let normal = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
            (text(&package["name"]), normal.map(|dependency| text(&dependency["name"])).collect())
        })
        .collect()
}

/// Rust files below a folder of the workspace: their path from its root, and their text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let found = files(&root().join(folder), &["rs"]);
    assert!(!found.is_empty(), "{folder} holds no source: the rule would hold for nothing");
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("node_modules") && !path.ends_with("target") {
                found.extend(files(&path, extensions));
            }
        } else if extensions.contains(&path.extension().unwrap_or_default().to_str().unwrap()) {
            found.push(path);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
