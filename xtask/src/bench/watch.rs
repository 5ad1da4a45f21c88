//! What a program costs: time on the wall, time on the processors, and the most memory it had at once. Linux tells all
//! of it in `/proc`. Deliberately absent: which programs are measured.

use anyhow::{Context, Result, bail};
use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Short against everything that is measured, long against what looking costs.
const LOOK_EVERY: Duration = Duration::from_millis(4);
/// The kernel counts in hundredths of a second for programs, whatever its own clock.
const TICKS_PER_SECOND: f64 = 100.0;

/// What one run cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Seconds from start to end.
    pub wall: f64,
    /// Seconds of user and system time.
    pub cpu: f64,
    /// The peak of resident memory, in MB.
    pub memory: f64,
}

/// Runs a command to its end; anything but success is an error.
pub fn run(command: &mut Command) -> Result<Cost> {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
    let mut memory = 0.0_f64;
    let ticks = loop {
        memory = memory.max(peak(&child).unwrap_or_default());
        // An ended program that nobody has waited for still tells its times.
        let (ended, ticks) = times(&child)?;
        if ended {
            break ticks;
        }
        std::thread::sleep(LOOK_EVERY);
    };
    let wall = started.elapsed().as_secs_f64();
    let status = child.wait()?;
    if !status.success() {
        bail!("{name} ended with {status}");
    }
    Ok(Cost { wall, cpu: ticks / TICKS_PER_SECOND, memory })
}

/// The most memory that a running program has had, in MB.
pub fn peak(child: &Child) -> Option<f64> {
    memory(child, "VmHWM:")
}

/// The memory that a running program has now, in MB.
pub fn resident(child: &Child) -> Option<f64> {
    memory(child, "VmRSS:")
}

fn memory(child: &Child, name: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024.0 / 1e6)
}

/// Seconds of user and system time that a running program has had.
pub fn used(child: &Child) -> Result<f64> {
    times(child).map(|(_, ticks)| ticks / TICKS_PER_SECOND)
}

/// Whether it has ended, and its ticks of user and system time, those of its own ended children included.
fn times(child: &Child) -> Result<(bool, f64)> {
    let path = format!("/proc/{}/stat", child.id());
    let stat = fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    // Behind the name, which may hold anything: state, then numbers.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = fields.iter().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok((fields.first() == Some(&"Z"), ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_works_costs_time_and_memory() {
        let cost = run(Command::new("sh").args(["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"]))
            .unwrap();
        assert!(cost.cpu > 0.01 && cost.cpu <= cost.wall + 0.05, "{cost:?}");
        assert!(cost.memory > 0.1, "{cost:?}");
        assert!(run(&mut Command::new("false")).is_err());
    }
}
