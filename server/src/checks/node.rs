//! The name under which this process holds leases: enough to tell, on the same machine, whether its owner still runs.

use std::sync::Arc;

/// `HOST/BOOT/PID/START`: unique among processes, now and after a restart of the machine.
pub fn name() -> Arc<str> {
    let pid = std::process::id().to_string();
    let start = start_time(&pid).unwrap_or_else(|| "-".to_owned());
    format!("{}/{pid}/{start}", machine()).into()
}

/// True where `node` names a process of this machine that does not run any more. A process of another machine, or one
/// that cannot be looked up, counts as alive: its lease runs out by itself.
pub fn has_died_here(node: &str) -> bool {
    let mut parts = node.rsplitn(3, '/');
    let (Some(start), Some(pid), Some(machine_of_it)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if machine_of_it != machine() || start == "-" {
        return false;
    }
    start_time(pid).as_deref() != Some(start)
}

/// True where `node` names a process of this machine.
pub fn is_here(node: &str) -> bool {
    node.strip_prefix(&machine()).is_some_and(|rest| rest.starts_with('/'))
}

/// Host name and boot id: process numbers mean something within one boot of one machine (or container) only.
fn machine() -> String {
    let read = |path| std::fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default();
    format!("{}/{}", read("/proc/sys/kernel/hostname"), read("/proc/sys/kernel/random/boot_id"))
}

/// When the process started, in clock ticks since boot (field 22 of `/proc/PID/stat`; the name before it may hold
/// blanks and brackets). `None` for a process that has ended, also as a zombie.
fn start_time(pid: &str) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    (state != "Z" && state != "X").then(|| fields.nth(18).map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_and_the_dead() {
        assert!(!has_died_here(&name()), "this process runs");
        assert!(is_here(&name()) && !is_here("elsewhere/boot/1/2"));
        assert!(!has_died_here("elsewhere/boot/1/2"), "another machine");
        assert!(!has_died_here("nonsense"));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        assert!(has_died_here(&format!("{}/{pid}/1", machine())));
        let other_start = format!("{}/{}/1", machine(), std::process::id());
        assert!(has_died_here(&other_start), "the number was given to another process");
    }
}
