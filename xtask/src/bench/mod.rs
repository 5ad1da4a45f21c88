//! `make bench`: the program beside the fetchers that people use today and beside the server's own limit, in one run on
//! one machine, so that the numbers are ratios. What it finds is printed and stands in `BENCHMARKS.md`.
//! Deliberately absent: what cannot be told from outside of the program.

mod agent;
mod distance;
mod drain;
mod inbox;
mod mail;
mod ours;
mod peers;
mod postgres;
mod rounds;
mod server;
mod singles;
mod verdict;
mod visitor;
mod watch;
mod wire;

use crate::benchmarks;
use crate::site::Profile;
use crate::{command, house, program, tools};
use anyhow::{Result, bail};
use clap::Args;
use std::path::PathBuf;

/// How much is measured.
#[derive(Debug, Args)]
pub struct Size {
    /// How often each fetcher is run; 0 leaves the peers out, and then nothing is written down
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// A part of the full amount of mail, to try things out: the limits are meant for 1, and only 1 is written down
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// A release that is built already
    #[arg(long)]
    program: Option<PathBuf>,
    /// Only the inbox of a million messages, on these databases [default where it is given without a value: both]
    #[arg(long, value_delimiter = ',', num_args = 0..=1, default_missing_value = "sqlite,postgres")]
    inbox: Option<Vec<inbox::Engine>>,
    /// Only the agent of Network Connectors
    #[arg(long, conflicts_with = "inbox")]
    agent: bool,
}

/// What is measured, with how much, and where everything lies meanwhile.
struct Bench {
    size: Size,
    folder: PathBuf,
    program: PathBuf,
}

/// Measures everything; an error where a limit is broken.
pub fn run(size: Size) -> Result<()> {
    tools::for_measuring()?;
    let program = match &size.program {
        Some(program) => program.canonicalize()?,
        None => program::build(Profile::Release)?,
    };
    let bench = Bench { size, program, folder: house::target().join("bench") };
    if let Some(engines) = &bench.size.inbox {
        return of_inbox(&bench, engines);
    }
    if bench.size.agent {
        return of_agent(&bench);
    }
    let mut lines = Vec::new();
    let details =
        if bench.size.rounds > 0 { rounds::measure(&bench, &mut lines)? } else { String::default() };
    singles::measure(&bench, &mut lines)?;
    let text = format!("{}\n{details}", verdict::table(&lines));
    println!("\n{text}");
    if bench.is_full() {
        benchmarks::write("Speed and memory", "make bench", &text)?;
    } else {
        println!("BENCHMARKS.md is left as it is: not everything was measured");
    }
    of_inbox(&bench, &[inbox::Engine::Sqlite, inbox::Engine::Postgres])?;
    of_agent(&bench)?;
    match lines.iter().filter(|line| !line.holds()).count() {
        0 => Ok(()),
        broken => bail!("{broken} of {} limits do not hold", lines.len()),
    }
}

/// Measures the agent; an error where a limit is broken.
fn of_agent(bench: &Bench) -> Result<()> {
    let mut lines = Vec::new();
    agent::measure(bench, &mut lines)?;
    let text = verdict::table(&lines);
    println!("\n{text}");
    if bench.size.scale >= 1.0 {
        benchmarks::write("Network Connectors", "make bench", &text)?;
    }
    if lines.iter().all(verdict::Line::holds) { Ok(()) } else { bail!("a limit of the agent does not hold") }
}

/// Measures the inbox. Its figures are aims: what holds is said beside them.
fn of_inbox(bench: &Bench, engines: &[inbox::Engine]) -> Result<()> {
    for (title, text) in inbox::measure(bench, engines)? {
        println!("\n{text}");
        if bench.size.scale >= 1.0 {
            benchmarks::write(&title, "make bench", &text)?;
        }
    }
    Ok(())
}

impl Bench {
    /// A part of `full`, at least 10.
    fn scaled(&self, full: u32) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small positive number"
        )]
        let count = (f64::from(full) * self.size.scale) as usize;
        count.max(10)
    }

    fn is_full(&self) -> bool {
        self.size.scale >= 1.0 && self.size.rounds > 0
    }
}

/// What others wrote before is on the disk: nobody pays for somebody else's mail.
fn settle() -> Result<()> {
    command::run(&mut command::command("sync"))
}
