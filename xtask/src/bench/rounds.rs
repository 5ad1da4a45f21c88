//! The first fetch of a whole mailbox, by everybody in turn, several times: what happens to the machine meanwhile
//! happens to all. Deliberately absent: what needs no peer beside it (`singles`).

use super::mail::{Dice, mixed};
use super::ours::Restante;
use super::server::{Mailboxes, Server};
use super::verdict::{Line, median};
use super::{Bench, drain, peers, settle};
use anyhow::Result;
use std::fmt::Write;
use std::fs;

const USER: &str = "mix";

/// Who is measured, in the order of a round.
const NAMES: [&str; 7] = [
    "drain of the server, IMAP",
    "mbsync with fsync",
    "mbsync without fsync",
    "restante, IMAP to durable",
    "restante, IMAP to searchable",
    "mpop",
    "restante, POP3 to durable",
];
const DRAIN_POP3: &str = "drain of the server, POP3";

/// One column a fetcher, one number a round, in seconds.
#[derive(Default)]
struct Seconds {
    columns: [Vec<f64>; NAMES.len()],
    drain_pop3: Vec<f64>,
    memory: f64,
}

/// Runs the rounds, adds what there is a limit for, and returns the table of seconds.
pub fn measure(bench: &Bench, lines: &mut Vec<Line>) -> Result<String> {
    let messages = bench.scaled(10_000);
    println!("making {messages} messages");
    let mailboxes = Mailboxes::new(bench.folder.join("lab"))?;
    let mut dice = Dice::new(7);
    let bytes = mailboxes.fill(USER, 0, messages, |number| mixed(&mut dice, number))?;
    let server = mailboxes.serve()?;
    println!(
        "{messages} messages, {} MB: a first look, which lets the server build its index",
        bytes / 1_000_000
    );
    drain::imap(server.imap, USER)?;
    drain::pop3(server.pop3, USER)?;
    let mut seconds = Seconds::default();
    for round in 1..=bench.size.rounds {
        println!("round {round} of {}", bench.size.rounds);
        seconds.round(bench, &server, messages)?;
    }
    seconds.judge(lines);
    let rounds = bench.size.rounds;
    Ok(format!(
        "First fetch of {messages} messages, {} MB, median of {rounds} rounds:\n\n{}",
        bytes / 1_000_000,
        seconds.table(bytes)
    ))
}

impl Seconds {
    fn round(&mut self, bench: &Bench, server: &Server, messages: usize) -> Result<()> {
        let folder = bench.folder.join("store");
        let [drained, synced, unsynced, durable, searchable, mpop, pop3] = &mut self.columns;
        let fresh = || -> Result<()> {
            let _ = fs::remove_dir_all(&folder);
            settle()
        };
        drained.push(drain::imap(server.imap, USER)?);
        self.drain_pop3.push(drain::pop3(server.pop3, USER)?);
        fresh()?;
        synced.push(peers::mbsync(server, USER, true, messages, &folder)?.wall);
        fresh()?;
        unsynced.push(peers::mbsync(server, USER, false, messages, &folder)?.wall);
        for (until_searchable, column) in [(false, durable), (true, searchable)] {
            fresh()?;
            let ours = Restante::new(&bench.program, folder.clone())?;
            ours.add("imap", server.imap, USER, false)?;
            let check = ours.check(USER, until_searchable, messages)?;
            column.push(check.searchable.unwrap_or(check.durable));
            self.memory = self.memory.max(check.cost.memory);
        }
        fresh()?;
        mpop.push(peers::mpop(server, USER, messages, &folder)?.wall);
        fresh()?;
        let ours = Restante::new(&bench.program, folder.clone())?;
        ours.add("pop3", server.pop3, USER, false)?;
        let check = ours.check(USER, false, messages)?;
        pop3.push(check.durable);
        self.memory = self.memory.max(check.cost.memory);
        Ok(())
    }

    fn judge(&self, lines: &mut Vec<Line>) {
        let [_, synced, unsynced, durable, searchable, mpop, pop3] =
            self.columns.each_ref().map(|column| median(column));
        lines.push(Line::at_most("IMAP to durable ÷ mbsync without fsync", durable / unsynced, 1.5, "×"));
        lines.push(Line::at_most("IMAP to durable ÷ mbsync with fsync", durable / synced, 0.4, "×"));
        lines.push(Line::at_most("IMAP to searchable ÷ mbsync with fsync", searchable / synced, 1.0, "×"));
        lines.push(Line::at_most("POP3 to durable ÷ mpop", pop3 / mpop, 0.35, "×"));
        lines.push(Line::at_most(
            "peak memory of a first fetch, indexing included",
            self.memory,
            150.0,
            "MB",
        ));
    }

    fn table(&self, bytes: u64) -> String {
        let mut table = String::from("| who | median | MB/s | each round |\n|---|---:|---:|---|\n");
        let named = NAMES.iter().zip(&self.columns).chain([(&DRAIN_POP3, &self.drain_pop3)]);
        for (name, seconds) in named {
            let each = seconds.iter().map(|seconds| format!("{seconds:.2}")).collect::<Vec<_>>().join(", ");
            let median = median(seconds);
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let speed = bytes as f64 / 1e6 / median;
            let _ = writeln!(table, "| {name} | {median:.2} s | {speed:.0} | {each} |");
        }
        table
    }
}
