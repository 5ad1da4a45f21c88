//! `make soak`: the tests that `make test` runs a sample of, at their full count. Deliberately absent: hours of load.

use crate::site::{self, Profile};
use crate::steps::Tests;
use crate::{benchmarks, command, house, test, tools};
use anyhow::{Result, bail};
use std::fmt::Write;
use std::fs;
use std::time::Instant;

/// Tests of the server that look at `RESTANTE_SOAK`, and what their full count is.
const FULL: [(&str, &str); 7] = [
    ("kills", "200 deaths of the program on SQLite and 200 on PostgreSQL, at every step and at any time"),
    ("disks", "full disks, failing syncs, locked databases, one at a time"),
    ("faults", "600 faults more, one after the other, in the middle of what the last one left behind"),
    ("hostile_accounts", "20 hostile accounts beside 200 good ones, which keep their interval within 20 %"),
    (
        "agents",
        "80 breaks of an agent's way in the middle of a fetch: cut, silent, the agent killed, the server killed",
    ),
    (
        "crowd",
        "200 readers at once while 10,000 messages are fetched: p99 at most 4 times that without the fetch",
    ),
    (
        "real_servers",
        "Dovecot, Cyrus and Courier: IMAP and POP3, none, SSL and TLS, a copy kept or not, 400 messages each, while \
         another client adds and expunges",
    ),
];
/// How a test's line begins that belongs into the table.
const COUNTED: &str = "counted: ";

/// Runs them; an error where one fails, after it was written down.
pub fn run() -> Result<()> {
    tools::for_soaking()?;
    // The server serves pages only where it holds a site.
    site::build(Profile::Release)?;
    let mut table = String::from("| what | result | took |\n|---|---|---:|\n");
    let mut failed = 0;
    for (name, what) in FULL {
        println!("{what} …");
        let log = house::target().join(format!("soak-{name}.log"));
        let _ = fs::remove_file(&log);
        let mut cargo = command::cargo();
        cargo
            .args(["test", "--locked"])
            .args(test::SERVER_SIDE)
            .args(["--test", name])
            .env("RESTANTE_SOAK", "1");
        let started = Instant::now();
        let result = command::run_into(&mut cargo, &log);
        let text = fs::read_to_string(&log)?;
        let tests = Tests::counted(&text);
        // A filter that finds nothing succeeds, and proves nothing.
        let held = result.is_ok() && tests.passed > 0;
        failed += usize::from(!held);
        let verdict = if held { "holds".to_owned() } else { format!("**broken**: {}", log.display()) };
        let counted = text.lines().filter_map(|line| Some(line.split_once(COUNTED)?.1));
        let verdict = [verdict.as_str()].into_iter().chain(counted).collect::<Vec<_>>().join("; ");
        println!("{verdict}");
        let _ = writeln!(table, "| {what} | {verdict} | {} s |", started.elapsed().as_secs());
    }
    table.push_str(
        "\nAfter each death and each fault every message that was ever on the server is here or still there, none is here \
         twice, and the next check finishes what was begun.\n",
    );
    benchmarks::write("Soak", "make soak", &table)?;
    if failed > 0 {
        bail!("{failed} of {} do not hold", FULL.len());
    }
    Ok(())
}
