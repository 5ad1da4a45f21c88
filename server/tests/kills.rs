//! The program is killed at every step of a check that empties a mailbox, and once more at any time. Afterwards every
//! message that was ever on the server is here or still there, and none is here twice: told from outside, by content.
//! `RESTANTE_SOAK=1` runs the full count.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;
use support::dovecot::{Dovecot, message};
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

/// Small messages, and two that become files.
fn mail(number: usize) -> Vec<u8> {
    let mut raw = message(number);
    if number < 2 {
        // What no compression shrinks, in lines.
        for line in 0..3000_usize {
            let hash = blake3::hash(format!("{number} {line}").as_bytes());
            raw.extend(format!("{}\r\n", hash.to_hex()).bytes());
        }
    }
    raw
}

fn hash(raw: &[u8]) -> String {
    blake3::hash(raw).to_hex().to_string()
}

/// One life: mail arrives, the program dies, more mail arrives, the program runs again.
fn story(dovecot: &Dovecot, restante: &Restante, protocol: &str, user: &str, death: Death) {
    let ever: BTreeSet<String> = (0..=MESSAGES).map(|number| hash(&mail(number))).collect();
    (0..MESSAGES).for_each(|number| dovecot.deliver(user, number, &mail(number)));
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
    let here = here(restante, user, &what);
    let there: BTreeSet<String> = dovecot.contents(user).iter().map(|raw| hash(raw)).collect();
    let before: BTreeSet<String> = (0..MESSAGES).map(|number| hash(&mail(number))).collect();
    assert_eq!(&here | &there, before, "{what}: here or still there");

    dovecot.deliver(user, MESSAGES, &mail(MESSAGES));
    // The server may hold on to the mailbox of a client that died for a moment.
    let mut again = restante.check(user);
    for _ in 0..20 {
        if again["outcome"] == "ok" {
            break;
        }
        std::thread::sleep(Duration::from_millis(250));
        again = restante.check(user);
    }
    assert_eq!(again["outcome"], "ok", "{what}: {again}");
    assert_eq!(self::here(restante, user, &what), ever, "{what}: all of it is here");
    assert_eq!(dovecot.files(user), Vec::<String>::new(), "{what}: what was begun is finished");
    let receipts = restante.json(&["receipts", user]);
    let receipts: Vec<_> = receipts.as_array().unwrap().iter().map(|it| it["blake3"].to_string()).collect();
    let distinct: BTreeSet<_> = receipts.iter().collect();
    assert_eq!((receipts.len(), distinct.len()), (MESSAGES + 1, MESSAGES + 1), "{what}: one receipt each");
}

fn here(restante: &Restante, user: &str, what: &str) -> BTreeSet<String> {
    let messages = restante.messages(user);
    let hashes: BTreeSet<String> =
        messages.iter().map(|message| message["blake3"].as_str().unwrap().to_owned()).collect();
    assert_eq!(hashes.len(), messages.len(), "{what}: none twice");
    for message in &messages {
        assert_eq!(hash(&restante.raw(message)), message["blake3"].as_str().unwrap(), "{what}: whole");
    }
    hashes
}

/// Numbers that look like chance and are the same each time.
fn dice(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    }
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
    let soak = std::env::var_os("RESTANTE_SOAK").is_some();
    let mut deaths = every_step();
    let mut dice = dice(7);
    if let Some(sample) = sample.filter(|_| !soak) {
        while deaths.len() > sample {
            let last = deaths.len() as u64;
            deaths.swap_remove(usize::try_from(dice(last)).unwrap());
        }
    }
    let more = if soak { 200 - deaths.len() } else { more };
    for number in 0..more {
        deaths.push((if number % 2 == 0 { "imap" } else { "pop3" }, Death::At(dice(250))));
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
