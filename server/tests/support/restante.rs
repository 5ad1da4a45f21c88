//! The program on a data folder of its own, driven by its command line.

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A data folder, and the database where it is not inside.
pub struct Restante {
    folder: tempfile::TempDir,
    database_url: Option<String>,
}

impl Restante {
    /// An empty folder with SQLite inside.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database_url: None }
    }

    /// An empty folder inside of another, with SQLite.
    pub fn inside(folder: &Path) -> Self {
        Self { folder: tempfile::tempdir_in(folder).unwrap(), database_url: None }
    }

    /// An empty folder beside a PostgreSQL.
    pub fn on(database_url: String) -> Self {
        Self { database_url: Some(database_url), ..Self::new() }
    }

    /// Where everything is.
    pub fn data(&self) -> &Path {
        self.folder.path()
    }

    /// The program with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_under(&[], arguments)
    }

    /// The program started by another one, which is named with its own arguments first.
    pub fn command_under(&self, starter: &[&str], arguments: &[&str]) -> Command {
        let words = [starter, &[env!("CARGO_BIN_EXE_restante")]].concat();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg("--data").arg(self.data()).args(arguments).stdin(Stdio::null());
        if let Some(url) = &self.database_url {
            command.args(["--database-url", url]);
        }
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it to its end with a line on stdin.
    pub fn run_with(&self, arguments: &[&str], line: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A program that refuses its arguments does not read.
        let _ = writeln!(child.stdin.take().unwrap(), "{line}");
        child.wait_with_output().unwrap()
    }

    /// Runs it with `--json` and returns what it prints.
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.json_under(&[], arguments)
    }

    /// The same, started by another program.
    pub fn json_under(&self, starter: &[&str], arguments: &[&str]) -> Value {
        let output = self.command_under(starter, &[arguments, &["--json"]].concat()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text)
            .unwrap_or_else(|_| panic!("{arguments:?}: {text} {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Adds an account on loopback that is only checked when asked.
    pub fn add_account(&self, name: &str, protocol: &str, port: u16, security: &str, more: &[&str]) {
        let port = port.to_string();
        let arguments = [
            &[
                "account",
                "add",
                "--name",
                name,
                "--protocol",
                protocol,
                "--address",
                "127.0.0.1",
                "--port",
                &port,
            ][..],
            &["--security", security, "--skip-certificate", "--automatic-check", "no"],
            &["--username", name, "--password-stdin"],
            more,
        ];
        let output = self.run_with(&arguments.concat(), super::dovecot::PASSWORD);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Runs a statement behind the program's back, on SQLite.
    pub fn execute(&self, sql: &str) {
        use sqlx::Connection;
        let url = format!("sqlite:{}", self.data().join("restante.db").display());
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        });
    }

    /// The numbers that a statement finds behind the program's back, on SQLite.
    pub fn numbers(&self, sql: &str) -> Vec<i64> {
        use sqlx::Connection;
        let url = format!("sqlite:{}", self.data().join("restante.db").display());
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned()));
            query.fetch_all(&mut connection).await.unwrap()
        })
    }

    /// What a check says.
    pub fn check(&self, name: &str) -> Value {
        self.json(&["check", name])
    }

    /// The stored messages, newest first.
    pub fn messages(&self, name: &str) -> Vec<Value> {
        self.json(&["messages", name]).as_array().unwrap().clone()
    }

    /// The exact bytes of a message of [`Restante::messages`].
    pub fn raw(&self, message: &Value) -> Vec<u8> {
        let output = self.run(&["message", &message["id"].to_string(), "--raw"]);
        assert!(output.status.success());
        output.stdout
    }
}
