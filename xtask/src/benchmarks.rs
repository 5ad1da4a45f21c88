//! `BENCHMARKS.md`: one section a command, each rewritten by its command alone, with the machine and the day that it
//! comes from. Deliberately absent: measuring.

use crate::{command, house};
use anyhow::Result;
use std::fs;

const INTRODUCTION: &str = "# Benchmarks\n\nEach section is written by the command that it names, which also says \
                            whether every limit holds. Times differ from machine to machine and from day to day; \
                            the ratios are of programs that took turns in one run.\n";

/// Writes the section called `title`, which `by` made, and leaves the others as they are.
pub fn write(title: &str, by: &str, text: &str) -> Result<()> {
    let path = house::root().join("BENCHMARKS.md");
    let old = fs::read_to_string(&path).unwrap_or_else(|_| INTRODUCTION.to_owned());
    let body = format!("Made by `{by}`: {}.\n\n{}\n", machine()?, text.trim());
    fs::write(&path, with_section(&old, title, &body))?;
    println!("written: {}", path.display());
    Ok(())
}

/// Cores, processor, memory, kernel and day.
fn machine() -> Result<String> {
    let cores = std::thread::available_parallelism()?;
    let fact = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let value =
            text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':')).map(|pair| pair.1.trim());
        value.unwrap_or("unknown").to_owned()
    };
    let (model, memory) = (fact("/proc/cpuinfo", "model name"), fact("/proc/meminfo", "MemTotal"));
    let kernel = command::output(command::command("uname").arg("-sr"))?;
    let day = command::output(command::command("date").args(["-u", "+%Y-%m-%d"]))?;
    let commit = command::output(command::command("git").args(["describe", "--always", "--dirty"]));
    let commit = commit.map_or_else(|_| "no commit".to_owned(), |commit| commit.trim().to_owned());
    Ok(format!("{cores} cores ({model}), {memory} of memory, {}, {}, at {commit}", kernel.trim(), day.trim()))
}

/// `old` with one section replaced, or added at the end.
fn with_section(old: &str, title: &str, body: &str) -> String {
    let heading = format!("## {title}\n");
    let section = format!("{heading}\n{body}");
    let Some(start) = old.find(&heading) else { return format!("{}\n\n{section}", old.trim_end()) };
    let (before, rest) = old.split_at(start);
    let next = rest.get(heading.len()..).and_then(|rest| rest.find("\n## ")).map(|at| heading.len() + at + 1);
    match next.and_then(|next| rest.get(next..)) {
        Some(after) => format!("{before}{section}\n{after}"),
        None => format!("{before}{section}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_replaced_alone() {
        let one = with_section("# Top\n\nWords.\n", "A", "first\n");
        assert_eq!(one, "# Top\n\nWords.\n\n## A\n\nfirst\n");
        let two = with_section(&one, "B", "second\n");
        assert_eq!(two, "# Top\n\nWords.\n\n## A\n\nfirst\n\n## B\n\nsecond\n");
        let again = with_section(&two, "A", "third\n");
        assert_eq!(again, "# Top\n\nWords.\n\n## A\n\nthird\n\n## B\n\nsecond\n");
        assert_eq!(with_section(&again, "B", "x\n"), "# Top\n\nWords.\n\n## A\n\nthird\n\n## B\n\nx\n");
    }
}
