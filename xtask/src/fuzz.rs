//! `cargo xtask fuzz`: each fuzz target of `mail/fuzz` for some time, with what it found before as its beginning. The
//! fuzzer is linked by cargo alone; that the compiler counts branches for it is a flag of the compiler.
//! Deliberately absent: sanitizers, which need another compiler than the house's.

use crate::{command, house};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// In the order in which they run.
const TARGETS: [&str; 4] = ["pop3_codec", "guard", "redactor", "message"];
/// What cargo-fuzz passes for a build without a sanitizer.
const COUNTING: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
                        --cfg fuzzing -Ccodegen-units=1";

/// How long.
#[derive(Debug, Args)]
pub struct Time {
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// What one target did.
struct Fuzzed {
    /// How many inputs were tried.
    executions: u64,
    /// How many branches were seen.
    coverage: u64,
}

/// Runs every target; an error where one finds something.
pub fn run(time: &Time) -> Result<()> {
    build()?;
    for target in TARGETS {
        println!("{target}: {} s …", time.seconds);
        let fuzzed = one(target, Duration::from_secs(time.seconds))?;
        println!("{target}: {} inputs, {} branches, nothing found", fuzzed.executions, fuzzed.coverage);
    }
    Ok(())
}

/// Builds the targets in a folder of their own, with the versions of the house.
fn build() -> Result<()> {
    let package = house::root().join("mail/fuzz");
    fs::copy(house::root().join("Cargo.lock"), package.join("Cargo.lock"))?;
    let host = command::output(command::command("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    // The flags are for the target: build scripts run as they are.
    let mut cargo = command::cargo();
    cargo
        .current_dir(package)
        .args(["build", "--release", "--target", host, "--target-dir"])
        .arg(folder())
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", COUNTING);
    command::run(&mut cargo)
}

/// Runs one target that was built.
fn one(target: &str, time: Duration) -> Result<Fuzzed> {
    let corpus = folder().join("corpus").join(target);
    let found = folder().join("found").join(target);
    let log = folder().join(format!("{target}.log"));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&found)?;
    let _ = fs::remove_file(&log);
    let mut fuzzer = command::command(program(target)?);
    fuzzer
        .arg(&corpus)
        .arg(format!("-max_total_time={}", time.as_secs()))
        .args(["-max_len=8192", "-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", found.display()));
    if command::run_into(&mut fuzzer, &log).is_err() {
        bail!("{target} found something: {} and {}", found.display(), log.display());
    }
    let said = fs::read_to_string(&log)?;
    Ok(Fuzzed {
        executions: number_after(&said, "stat::number_of_executed_units:").context("no count of inputs")?,
        coverage: number_after(&said, " cov: ").unwrap_or_default(),
    })
}

fn program(target: &str) -> Result<PathBuf> {
    let built =
        fs::read_dir(folder())?.filter_map(|entry| Some(entry.ok()?.path().join("release").join(target)));
    built.into_iter().find(|file| file.is_file()).with_context(|| format!("{target} was not built"))
}

fn folder() -> PathBuf {
    house::target().join("fuzz")
}

/// The last number that follows `words`.
fn number_after(text: &str, words: &str) -> Option<u64> {
    let (_, rest) = text.rsplit_once(words)?;
    rest.split_whitespace().next()?.parse().ok()
}
