//! Hostile accounts beside good ones in one process: the good ones are checked about as often as without them. Told by
//! two runs of the same good accounts, one beside tarpits and floods on the same machine, as a ratio. `RESTANTE_SOAK=1`
//! has 20 of them beside 200.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use std::io::Write;
use std::time::Duration;
use support::dovecot::{Dovecot, message};
use support::hostile::{MANNERS, start};
use support::ledger::soaks;
use support::restante::Restante;
use support::server::Server;

/// How many accounts there are, how often the good ones are checked, and how long that is watched.
struct Size {
    hostile: usize,
    good: usize,
    interval: u64,
    window: Duration,
}

const SAMPLE: Size = Size { hostile: 20, good: 40, interval: 2, window: Duration::from_secs(9) };
const FULL: Size = Size { hostile: 20, good: 200, interval: 15, window: Duration::from_mins(2) };

/// What a process may have held at most while all of this happened, in MiB.
const MOST_MEMORY: u64 = 200;

/// Makes `count` accounts out of one: two hundred runs of the command line would take longer than the test.
fn multiply(restante: &Restante, name: &str, count: usize) {
    const SAME: &str = "keep_copy, automatic_check, enabled, address, port, protocol, security, skip_certificate, \
                        credential, check_interval_seconds, folders, created";
    if count > 1 {
        restante.execute(&format!(
            "INSERT INTO account (name, name_key, {SAME}) WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL \
             SELECT i + 1 FROM n WHERE i < {count}) SELECT name || '-' || i, name_key || '-' || i, {SAME} \
             FROM account, n WHERE name = '{name}'"
        ));
    }
}

/// How often each good account was checked within the window.
fn checks(dovecot: &Dovecot, size: &Size, hostile: usize) -> Vec<i64> {
    let restante = Restante::new();
    restante.add_account("good", "imap", dovecot.imap, "none", &[]);
    multiply(&restante, "good", size.good);
    for (number, manner) in MANNERS.into_iter().enumerate().take(hostile) {
        let name = format!("bad{number}");
        restante.add_account(&name, "imap", start(manner), "none", &[]);
        multiply(&restante, &name, hostile / MANNERS.len());
    }
    restante.execute(&format!(
        "UPDATE account SET automatic_check = TRUE, next_due = 0, check_interval_seconds = {}",
        size.interval
    ));
    let server = Server::start(&restante, &[]);
    // What is measured is what happens in this time.
    std::thread::sleep(size.window);
    let each = "SELECT (SELECT COUNT(*) FROM check_history WHERE account = account.id AND outcome = 'ok') \
                FROM account WHERE name LIKE 'good%'";
    let checks = restante.numbers(each);
    assert_eq!(checks.len(), size.good);
    let memory = peak_memory(server.process.0.id());
    assert!(memory < MOST_MEMORY, "{memory} MiB");
    checks
}

/// In MiB.
fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[test]
fn hostile_accounts_do_not_keep_the_good_ones_waiting() {
    let size = if soaks() { FULL } else { SAMPLE };
    let dovecot = Dovecot::start();
    (0..3).for_each(|number| dovecot.deliver("good", number, &message(number)));
    let alone = checks(&dovecot, &size, 0);
    let beside = checks(&dovecot, &size, size.hostile);
    let (all_alone, all_beside): (i64, i64) = (alone.iter().sum(), beside.iter().sum());
    let told = format!(
        "{} hostile accounts beside {} good ones: {all_beside} checks instead of {all_alone}",
        size.hostile, size.good
    );
    let _ = writeln!(std::io::stderr(), "\ncounted: {told}");
    let least = |checks: &[i64]| *checks.iter().min().unwrap();
    assert!(least(&alone) > 1, "the window is too short to tell: {alone:?}");
    assert!(all_beside * 5 >= all_alone * 4, "{told}: {beside:?}");
    assert!(least(&beside) * 2 >= least(&alone), "{told}, the slowest: {beside:?}");
}
