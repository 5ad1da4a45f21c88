//! The program is killed at every step of a check that empties a mailbox, and once more at any time. Afterwards every
//! message that was ever on the server is here or still there, and none is here twice: told from outside, by content.
//! `RESTANTE_SOAK=1` runs the full count.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;
use support::dovecot::{Dovecot, large_message, message};
use support::ledger::{Dice, check_until_empty, hash, here_whole, receipts_are, soaks, there};
use support::postgres::Postgres;
use support::proxy::{Moment, Proxy};
use support::restante::Restante;

const MESSAGES: usize = 6;

/// Where the program dies.
#[derive(Debug, Clone, Copy)]
enum Death {
    /// At a place in its own code, the nth time.
    Within(&'static str, u32),
    /// As it says a word to the server, the nth time.
    Saying(&'static str, u32, Moment),
    /// After so many milliseconds.
    At(u64),
}

const WITHIN: [Death; 5] = [
    Death::Within("blob_fsync", 2),
    Death::Within("commit", 1),
    Death::Within("committed", 1),
    Death::Within("delete_sent", 1),
    Death::Within("store_deleted", 1),
];
const IMAP: [Death; 5] = [
    Death::Saying("BODY.PEEK[]", 1, Moment::After),
    Death::Saying("UID STORE", 1, Moment::Before),
    Death::Saying("UID STORE", 1, Moment::After),
    Death::Saying("UID EXPUNGE", 1, Moment::Before),
    Death::Saying("UID EXPUNGE", 1, Moment::After),
];
const POP3: [Death; 6] = [
    Death::Saying("TOP ", 3, Moment::After),
    Death::Saying("DELE", 1, Moment::Before),
    Death::Saying("DELE", 1, Moment::After),
    Death::Saying("DELE", 4, Moment::After),
    Death::Saying("QUIT", 1, Moment::Before),
    Death::Saying("QUIT", 1, Moment::After),
];

/// Small messages, and two that become files; no two accounts have one in common.
fn mail(user: &str, number: usize) -> Vec<u8> {
    let raw = if number < 2 { large_message(number) } else { message(number) };
    [raw, format!("{user}\r\n").into_bytes()].concat()
}

/// One life: mail arrives, the program dies, more mail arrives, the program runs again.
fn story(dovecot: &Dovecot, restante: &Restante, protocol: &str, user: &str, death: Death) {
    let ever: BTreeSet<String> = (0..=MESSAGES).map(|number| hash(&mail(user, number))).collect();
    (0..MESSAGES).for_each(|number| dovecot.deliver(user, number, &mail(user, number)));
    let proxy = Proxy::to(if protocol == "imap" { dovecot.imap } else { dovecot.pop3 });
    restante.add_account(user, protocol, proxy.port, "none", &["--keep-copy", "no"]);

    let mut command = restante.command(&["check", user]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    match death {
        Death::Within(step, times) => {
            let status = command.env("RESTANTE_FAILPOINT", format!("{step}:{times}")).status().unwrap();
            // On PostgreSQL no message becomes a file.
            assert!(status.code().is_none() || step == "blob_fsync", "{death:?}: {status}");
        }
        Death::Saying(word, times, moment) => {
            let status = proxy.kill_at(&mut command, word, times, moment);
            assert!(status.code().is_none(), "{death:?}: {status}");
        }
        Death::At(milliseconds) => {
            let mut child = command.spawn().unwrap();
            std::thread::sleep(Duration::from_millis(milliseconds));
            let _ = child.kill();
            child.wait().unwrap();
        }
    }
    let what = format!("{protocol} {death:?}");
    let before: BTreeSet<String> = (0..MESSAGES).map(|number| hash(&mail(user, number))).collect();
    assert_eq!(
        &here_whole(restante, user, &what) | &there(dovecot, user),
        before,
        "{what}: here or still there"
    );

    dovecot.deliver(user, MESSAGES, &mail(user, MESSAGES));
    check_until_empty(restante, dovecot, user, &what);
    assert_eq!(here_whole(restante, user, &what), ever, "{what}: all of it is here");
    receipts_are(restante, user, &ever, &what);
}

fn stories(restante: &Restante, deaths: &[(&'static str, Death)]) {
    let dovecot = Dovecot::start();
    for (number, (protocol, death)) in deaths.iter().enumerate() {
        story(&dovecot, restante, protocol, &format!("{protocol}{number}"), *death);
    }
}

fn every_step() -> Vec<(&'static str, Death)> {
    let within = ["imap", "pop3"].into_iter().flat_map(|protocol| WITHIN.map(|death| (protocol, death)));
    within.chain(IMAP.map(|death| ("imap", death))).chain(POP3.map(|death| ("pop3", death))).collect()
}

/// All steps and `more` deaths at any time; in soak 200 in all.
fn deaths(sample: Option<usize>, more: usize) -> Vec<(&'static str, Death)> {
    let mut deaths = every_step();
    let mut dice = Dice(7);
    if let Some(sample) = sample.filter(|_| !soaks()) {
        while deaths.len() > sample {
            let last = deaths.len() as u64;
            deaths.swap_remove(usize::try_from(dice.roll(last)).unwrap());
        }
    }
    let more = if soaks() { 200 - deaths.len() } else { more };
    for number in 0..more {
        deaths.push((if number % 2 == 0 { "imap" } else { "pop3" }, Death::At(dice.roll(250))));
    }
    deaths
}

#[test]
fn a_kill_at_any_step_loses_and_doubles_nothing_on_sqlite() {
    stories(&Restante::new(), &deaths(None, 6));
}

#[test]
fn a_kill_at_any_step_loses_and_doubles_nothing_on_postgresql() {
    let postgres = Postgres::start();
    stories(&Restante::on(postgres.url()), &deaths(Some(5), 2));
}
