//! The built program on a data folder of its own, by its command line. Deliberately absent: everything that a script
//! from outside could not do as well.

use super::server::PASSWORD;
use super::watch::{self, Cost};
use crate::command;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A data folder and the program.
pub struct Restante {
    program: PathBuf,
    data: PathBuf,
    /// Instead of the file in the data folder.
    database: Option<String>,
}

/// What a check says of itself, beside what it cost.
pub struct Check {
    /// Of the whole process.
    pub cost: Cost,
    /// Seconds until all of it was durable.
    pub durable: f64,
    /// Seconds until all of it could be searched, where that was asked for.
    pub searchable: Option<f64>,
}

impl Restante {
    /// An empty data folder.
    pub fn new(program: &Path, data: PathBuf) -> Result<Self> {
        let _ = fs::remove_dir_all(&data);
        fs::create_dir_all(&data)?;
        Ok(Self { program: program.to_path_buf(), data, database: None })
    }

    /// Where everything is.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// An empty data folder beside an empty database.
    pub fn on(database: Option<String>, program: &Path, data: PathBuf) -> Result<Self> {
        let mut restante = Self::new(program, data)?;
        restante.database = database;
        Ok(restante)
    }

    /// Adds an account of the lab that leaves its mail where it is.
    pub fn add(&self, protocol: &str, port: u16, user: &str, automatic: bool) -> Result<()> {
        let mut command = self.command(&["account", "add", "--name", user, "--protocol", protocol]);
        command
            .args([
                "--address",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--security",
                "none",
                "--keep-copy",
                "yes",
            ])
            .args(["--automatic-check", if automatic { "yes" } else { "no" }])
            .args(["--username", user, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null());
        let mut child = command.spawn().context("cannot start restante")?;
        if let Some(mut stdin) = child.stdin.take() {
            writeln!(stdin, "{PASSWORD}")?;
        }
        if !child.wait()?.success() {
            bail!("the account {user} cannot be added");
        }
        Ok(())
    }

    /// Lets an account reach its server by another port.
    pub fn reach(&self, user: &str, port: u16) -> Result<()> {
        let port = port.to_string();
        command::output(&mut self.command(&["account", "edit", user, "--port", &port])).map(drop)
    }

    /// Checks an account that has `new` messages to fetch.
    pub fn check(&self, user: &str, searchable: bool, new: usize) -> Result<Check> {
        let printed = self.data.join("printed");
        let mut command = self.command(&["check", user, "--json"]);
        if searchable {
            command.args(["--until", "searchable"]);
        }
        let cost = watch::run(
            command.stdin(Stdio::null()).stdout(fs::File::create(&printed)?).stderr(Stdio::null()),
        )?;
        let said: Value = serde_json::from_slice(&fs::read(printed)?)?;
        let seconds = |name: &str| said.get(name).and_then(Value::as_f64);
        if said.get("new").and_then(Value::as_u64) != Some(new as u64) {
            bail!("of {new} messages of {user} restante fetched others: {said}");
        }
        let durable = seconds("seconds_durable").context("a check without its time")?;
        Ok(Check { cost, durable, searchable: seconds("seconds_searchable") })
    }

    /// Checks an account; at each of `marks` says how many messages were durable, and how many seconds of the processor
    /// that had taken.
    pub fn check_by_marks<const MARKS: usize>(
        &self,
        user: &str,
        marks: [usize; MARKS],
    ) -> Result<[(usize, f64); MARKS]> {
        let mut command = self.command(&["check", user]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let told = child.stderr.take().context("a check that says nothing")?;
        let mut passed = Vec::new();
        for line in BufReader::new(told).lines() {
            // `4000 of 220000`
            let done = line?.split(' ').next().and_then(|done| done.parse().ok()).unwrap_or(0);
            if marks.get(passed.len()).is_some_and(|mark| done >= *mark) {
                passed.push((done, watch::used(&child)?));
            }
        }
        if !child.wait()?.success() {
            bail!("the check of {user} failed");
        }
        passed.try_into().ok().context("a check that did not come so far")
    }

    /// Serves until the accounts hold `messages` in all; returns the most memory that took, in MB.
    pub fn serve_until(&self, messages: usize) -> Result<f64> {
        let mut serving = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let memory = self.wait_for(&serving, messages);
        let _ = command::command("kill").arg(serving.id().to_string()).status();
        serving.wait()?;
        memory
    }

    fn wait_for(&self, serving: &Child, messages: usize) -> Result<f64> {
        let end = Instant::now() + Duration::from_mins(10);
        while Instant::now() < end {
            let memory = watch::peak(serving).context("restante ended while it served")?;
            let list = command::output(&mut self.command(&["account", "list", "--json"]))?;
            let list: Vec<Value> = serde_json::from_str(&list)?;
            let stored: u64 =
                list.iter().filter_map(|account| account.get("messages").and_then(Value::as_u64)).sum();
            if stored == messages as u64 {
                return Ok(memory.max(watch::peak(serving).unwrap_or_default()));
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        bail!("restante did not fetch {messages} messages in ten minutes")
    }

    /// Takes in the messages of an mbox; returns once all of them can be searched.
    pub fn import(&self, user: &str, mbox: &Path) -> Result<()> {
        let mut command = self.command(&["import", user, "--format", "mbox", "--from"]);
        command::run(command.arg(mbox).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
    }

    /// The program on this data folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command::command(&self.program);
        command.arg("--data").arg(&self.data);
        if let Some(database) = &self.database {
            command.args(["--database-url", database]);
        }
        command.args(arguments);
        command
    }
}

impl Drop for Restante {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.data);
    }
}
