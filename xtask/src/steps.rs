//! A list of steps that run one after another, each with its duration and its log, until one fails.
//! Deliberately absent: what the steps are (`test`).

use crate::command;
use crate::house;
use anyhow::Result;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How many lines of a failed step's log are shown; the whole of it stays in its file.
const SHOWN_LINES: usize = 200;

/// Counts what passed and failed. A step that runs tests counts as its tests, any other as one.
pub struct Steps {
    logs: PathBuf,
    started: Instant,
    number: usize,
    passed: usize,
}

/// The reason why the steps stopped; it has already been shown.
#[derive(Debug)]
pub struct Stopped;

impl Steps {
    /// Starts counting, with an empty folder for the logs.
    pub fn start() -> Result<Self> {
        let logs = house::target().join("test-logs");
        let _ = fs::remove_dir_all(&logs);
        fs::create_dir_all(&logs)?;
        Ok(Self { logs, started: Instant::now(), number: 0, passed: 0 })
    }

    /// One step that is a command.
    pub fn command(&mut self, name: &str, mut command: Command) -> Result<(), Stopped> {
        self.step(name, |log| command::run_into(&mut command, log))
    }

    /// One step that is a piece of this tool; what it returns as text goes to the log.
    pub fn check(&mut self, name: &str, check: impl FnOnce() -> Result<String>) -> Result<(), Stopped> {
        self.step(name, |log| Ok(fs::write(log, check()?)?))
    }

    /// The last two lines when nothing failed.
    pub fn finish(&self) {
        println!("{} steps in {}", self.number, minutes(self.started.elapsed()));
        println!("{} passed, 0 failed", self.passed);
    }

    fn step(&mut self, name: &str, run: impl FnOnce(&Path) -> Result<()>) -> Result<(), Stopped> {
        self.number += 1;
        let log = self.logs.join(format!("{:02}-{}.log", self.number, name.replace([' ', '/', ','], "-")));
        print!("{:2}  {name} … ", self.number);
        let _ = std::io::stdout().flush();
        let started = Instant::now();
        let result = run(&log);
        let took = minutes(started.elapsed());
        let text = fs::read_to_string(&log).unwrap_or_default();
        let tests = Tests::counted(&text);
        match result {
            Ok(()) => {
                self.passed += tests.passed.max(1);
                let counted =
                    if tests.passed > 0 { format!(", {} tests", tests.passed) } else { String::new() };
                println!("ok ({took}{counted})");
                // What could not be tried on this machine is said where somebody reads it.
                text.lines()
                    .filter(|line| line.starts_with("SKIPPED: "))
                    .for_each(|line| println!("    {line}"));
                Ok(())
            }
            Err(error) => {
                println!("FAILED ({took})");
                let lines: Vec<&str> = text.lines().collect();
                for line in lines.iter().skip(lines.len().saturating_sub(SHOWN_LINES)) {
                    println!("    {line}");
                }
                println!("{error:#}\nthe whole log: {}", log.display());
                println!("{} passed, {} failed", self.passed + tests.passed, tests.failed.max(1));
                Err(Stopped)
            }
        }
    }
}

/// How many tests a log speaks of, in cargo's words (`test result: ok. 12 passed; 0 failed; …`) and in
/// Playwright's (`  12 passed (3.4s)`).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tests {
    /// That passed.
    pub passed: usize,
    /// That failed.
    pub failed: usize,
}

impl Tests {
    /// Adds up the lines that say so.
    pub fn counted(log: &str) -> Self {
        let mut tests = Self::default();
        for line in log.lines().map(str::trim) {
            let parts: Vec<&str> = match line.strip_prefix("test result: ") {
                Some(rest) => rest.split(['.', ';']).map(str::trim).collect(),
                None if line.starts_with(|first: char| first.is_ascii_digit()) => vec![line],
                None => continue,
            };
            for part in parts {
                let mut words = part.split(' ');
                let number = words.next().and_then(|word| word.parse::<usize>().ok());
                match (number, words.next()) {
                    (Some(number), Some("passed")) => tests.passed += number,
                    (Some(number), Some("failed")) => tests.failed += number,
                    _ => {}
                }
            }
        }
        tests
    }
}

fn minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 {
        format!("{:.1} s", duration.as_secs_f32())
    } else {
        format!("{} min {} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_the_words_of_cargo_and_of_playwright() {
        let log = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n\
                   test result: FAILED. 3 passed; 1 failed; 0 ignored\n  8 passed (27.1s)\n  1 failed\n";
        assert_eq!(Tests::counted(log), Tests { passed: 13, failed: 2 });
        assert_eq!(Tests::counted("Finished in 3 s"), Tests::default());
    }

    #[test]
    fn durations_are_readable() {
        assert_eq!(minutes(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(minutes(Duration::from_secs(125)), "2 min 5 s");
    }
}
