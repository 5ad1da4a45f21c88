//! Disks that are full, files that cannot grow, syncs that fail, a database that somebody else holds: the check ends in
//! a typed failure, nothing is deleted on the server that is not durable here, and once the fault is gone the next check
//! finishes everything by itself.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::mpsc;
use support::disk::{Lock, Tmpfs, limited, skip, strace_works, syncs_of};
use support::dovecot::{Dovecot, large_message, message};
use support::ledger::{check_until_ok, hash, here, here_whole, receipts_are, soaks, there};
use support::postgres::Postgres;
use support::proxy::{Moment, Next, Proxy};
use support::restante::Restante;

/// What the program says when it asks for bodies.
const ASKS: [&str; 2] = ["BODY.PEEK[]", "TOP "];
const PROTOCOLS: [&str; 2] = ["imap", "pop3"];

/// An account whose server is emptied, the contents of its mailbox, and the wire in between.
struct Mail {
    user: String,
    contents: BTreeSet<String>,
    proxy: Proxy,
}

impl Mail {
    fn deliver(dovecot: &Dovecot, restante: &Restante, protocol: &str, case: &str, mail: &[Vec<u8>]) -> Self {
        let user = format!("{protocol}-{case}");
        mail.iter().enumerate().for_each(|(number, raw)| dovecot.deliver(&user, number, raw));
        let proxy = Proxy::to(if protocol == "imap" { dovecot.imap } else { dovecot.pop3 });
        restante.add_account(&user, protocol, proxy.port, "none", &["--keep-copy", "no"]);
        Self { user, contents: mail.iter().map(|raw| hash(raw)).collect(), proxy }
    }

    /// A check ended so because of our own storage, and nothing was lost, doubled or deleted.
    fn failed(&self, dovecot: &Dovecot, restante: &Restante, check: &Value, what: &str) {
        assert_eq!(
            (&check["outcome"], &check["stage"]),
            (&"failed".into(), &"store".into()),
            "{what}: {check}"
        );
        assert!(check["error"].as_str().is_some_and(|words| words.len() > 20), "{what}: {check}");
        assert_eq!(there(dovecot, &self.user), self.contents, "{what}: nothing was deleted");
        here(restante, &self.user, what);
    }

    /// The fault is gone: everything is here, nothing is there.
    fn finishes(&self, dovecot: &Dovecot, restante: &Restante, what: &str) {
        check_until_ok(restante, &self.user, what);
        assert_eq!(here_whole(restante, &self.user, what), self.contents, "{what}: all of it is here");
        assert_eq!(there(dovecot, &self.user), BTreeSet::new(), "{what}: all of it is gone there");
        receipts_are(restante, &self.user, &self.contents, what);
    }
}

/// Two messages that become files and some that do not.
fn some() -> Vec<Vec<u8>> {
    (0..6).map(|number| if number < 2 { large_message(number) } else { message(number) }).collect()
}

/// So many messages of about so many KiB that no compression shrinks.
fn bulk(count: usize, kib: usize) -> Vec<Vec<u8>> {
    let one = |number: usize| {
        let mut raw = message(number);
        for line in 0..kib * 16 {
            // Of all letters and digits, six bits are in each byte.
            let hash = blake3::hash(format!("{number} {line}").as_bytes());
            raw.extend(hash.as_bytes().iter().map(|byte| b'0' + byte % 64).chain(*b"\r\n"));
            raw.extend(hash.as_bytes().iter().map(|byte| b'0' + byte / 4).take(30));
        }
        raw.extend(*b"\r\n");
        raw
    };
    (0..count).map(one).collect()
}

#[test]
fn a_full_disk_stops_the_check_and_loses_nothing() {
    let Some(disk) = Tmpfs::mount("3m") else {
        return skip("a full disk", "a small disk can only be mounted by root");
    };
    let (dovecot, restante) = (Dovecot::start(), Restante::inside(disk.path()));
    // Either the files of large messages find no room, or the database itself.
    for (protocol, case, mail) in [("imap", "files", bulk(4, 900)), ("pop3", "rows", bulk(90, 40))] {
        let mail = Mail::deliver(&dovecot, &restante, protocol, case, &mail);
        let what = format!("{protocol} {case}");
        let check = restante.check(&mail.user);
        mail.failed(&dovecot, &restante, &check, &what);
        let check = restante.check(&mail.user);
        mail.failed(&dovecot, &restante, &check, &format!("{what}, once more"));
        disk.grow("200m");
        mail.finishes(&dovecot, &restante, &what);
        disk.grow(&format!("{}k", used_kib(disk.path()) + 1500));
    }
}

fn used_kib(folder: &Path) -> u64 {
    let output =
        std::process::Command::new("du").args(["-sk", "--apparent-size"]).arg(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap().split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn files_that_cannot_grow_stop_the_check_and_lose_nothing() {
    let dovecot = Dovecot::start();
    let starter = limited(900);
    let starter: Vec<&str> = starter.iter().map(String::as_str).collect();
    for protocol in PROTOCOLS {
        // What is here already needs no room.
        let restante = Restante::new();
        for (case, mail) in [("files", bulk(2, 1500)), ("rows", bulk(60, 40))] {
            let mail = Mail::deliver(&dovecot, &restante, protocol, case, &mail);
            let what = format!("{protocol} {case}");
            let check = restante.json_under(&starter, &["check", &mail.user]);
            mail.failed(&dovecot, &restante, &check, &what);
            mail.finishes(&dovecot, &restante, &what);
        }
    }
}

/// A check in which syncs fail from the moment on at which bodies are asked for; what it says, and which failed.
fn with_syncs(
    restante: &Restante,
    mail: &Mail,
    when: Option<&str>,
    file: Option<&Path>,
) -> (Value, Vec<String>) {
    let mut command = restante.command(&["check", &mail.user, "--json"]);
    let (output, syncs) = syncs_of(&mail.proxy, &ASKS, &mut command, when, file);
    (serde_json::from_slice(&output.stdout).unwrap(), syncs)
}

#[test]
fn a_sync_that_fails_stops_the_check_and_is_not_relied_on() {
    if !strace_works() {
        return skip("syncs that fail", "strace does not work here");
    }
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    let wal = restante.data().join("restante.db-wal");
    let all: [(&str, Option<&Path>); 5] =
        [("1", None), ("2", None), ("1", Some(&wal)), ("1+", Some(&wal)), ("2+", Some(&wal))];
    let (imap, pop3) = if soaks() { (&all[..], &all[..]) } else { (&all[..3], &all[3..]) };
    for (protocol, cases) in [("imap", imap), ("pop3", pop3)] {
        for (number, (when, file)) in cases.iter().enumerate() {
            let mail = Mail::deliver(&dovecot, &restante, protocol, &number.to_string(), &some());
            let what = format!("{protocol}, syncs {when} of {file:?}");
            let (check, failed) = with_syncs(&restante, &mail, Some(when), *file);
            assert!(!failed.is_empty(), "{what}: none failed: {check}");
            mail.failed(&dovecot, &restante, &check, &what);
            mail.finishes(&dovecot, &restante, &what);
        }
    }
}

/// A check during which somebody takes what `lock` takes, from the moment on at which bodies are asked for.
fn while_held(mail: &Mail, restante: &Restante, lock: Box<dyn Fn() -> Lock + Send>) -> Value {
    let (sender, held) = mpsc::channel();
    let mut first = true;
    mail.proxy.on(&ASKS, Moment::Before, move |_| {
        if std::mem::take(&mut first) {
            sender.send(lock()).unwrap();
        }
        Next::GoOn
    });
    let check = restante.check(&mail.user);
    drop(held.try_recv().unwrap());
    check
}

/// Every folder on the way to a file is synced before a row names it, also where another check made the folder and died
/// before it could do that.
#[test]
fn a_folder_whose_name_was_not_synced_is_synced_by_the_next_check() {
    if !strace_works() {
        return skip("folders that are not synced", "strace does not work here");
    }
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    let mail = Mail::deliver(&dovecot, &restante, "imap", "folders", &some());
    let blobs = restante.data().join("blobs");
    let (check, failed) = with_syncs(&restante, &mail, Some("1+"), Some(&blobs));
    assert!(!failed.is_empty(), "none failed: {check}");
    mail.failed(&dovecot, &restante, &check, "folders");
    let (check, syncs) = with_syncs(&restante, &mail, None, None);
    assert_eq!(check["outcome"], "ok", "{check}");
    for folder in [&blobs, &blobs.join("packs")] {
        let name = format!("<{}>)", folder.display());
        let synced = |sync: &String| sync.contains(&name) && sync.ends_with("= 0");
        assert!(syncs.iter().any(synced), "{name}: {syncs:#?}");
    }
    mail.finishes(&dovecot, &restante, "folders");
}

/// All at once: they wait for as long as the program waits for the database, and do nothing.
#[test]
fn a_database_that_somebody_else_holds_stops_the_check_and_loses_nothing() {
    let (dovecot, postgres) = (Dovecot::start(), Postgres::start());
    let locked = |restante: &Restante, protocol: &str, case: &str, lock: Box<dyn Fn() -> Lock + Send>| {
        let mail = Mail::deliver(&dovecot, restante, protocol, case, &some());
        let check = while_held(&mail, restante, lock);
        mail.failed(&dovecot, restante, &check, protocol);
        mail.finishes(&dovecot, restante, protocol);
    };
    std::thread::scope(|scope| {
        for protocol in PROTOCOLS {
            scope.spawn({
                let locked = &locked;
                move || {
                    let restante = Restante::new();
                    let data = restante.data().to_owned();
                    locked(&restante, protocol, "file", Box::new(move || Lock::take(&data)));
                }
            });
        }
        scope.spawn(|| {
            let (restante, url) = (Restante::on(postgres.url()), postgres.url());
            locked(&restante, "pop3", "rows", Box::new(move || Lock::take_rows(&url)));
        });
    });
}
