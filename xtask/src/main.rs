//! Builds, runs and tests Restante: the only build path, behind `make`.
//! Deliberately absent: anything that the program itself needs to run.
#![expect(clippy::print_stdout, reason = "a build tool speaks to the terminal")]

mod audit;
mod bench;
mod benchmarks;
mod command;
mod fuzz;
mod graph;
mod house;
mod program;
mod run;
mod site;
mod soak;
mod steps;
mod test;
mod tools;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, runs and tests Restante.
#[derive(Parser)]
#[command(name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the site and the program that carries it: dist/restante
    Build {
        /// Unoptimised, in a fraction of the time: target/debug/restante
        #[arg(long)]
        debug: bool,
    },
    /// Build the site alone: target/site/release
    Site {
        /// Without optimisation
        #[arg(long)]
        debug: bool,
    },
    /// Set up, build the release and serve it on 127.0.0.1:3000 with its data in ./data
    Run {
        /// Arguments for the program instead of `--listen 127.0.0.1:3000 --data ./data`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Build unoptimised and serve; start it again after a change
    Dev {
        /// Arguments for the program instead of `--listen 127.0.0.1:3000 --data ./data`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Set up for testing and run everything: format, lints, unit, integration, end to end
    Test,
    /// Measure the built program beside mbsync, mpop and the server's own limit; the result is in BENCHMARKS.md
    Bench(bench::Size),
    /// Run the full counts of what `test` runs a sample of; the result is in BENCHMARKS.md
    Soak,
    /// Throw made-up bytes at what reads foreign ones, looking for those that break it
    Fuzz(fuzz::Time),
    /// Check dependencies: banned crates, licences, sources, advisories
    Audit,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Build { debug } => program::build(site::Profile::from_debug(debug)).map(drop),
        Task::Site { debug } => {
            tools::for_building().and_then(|()| site::build(site::Profile::from_debug(debug)))
        }
        Task::Run { arguments } => run::serve(site::Profile::Release, arguments),
        Task::Dev { arguments } => run::serve(site::Profile::Debug, arguments),
        Task::Test => test::everything(),
        Task::Bench(size) => bench::run(size),
        Task::Soak => soak::run(),
        Task::Fuzz(time) => fuzz::run(&time),
        Task::Audit => audit::dependencies(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
