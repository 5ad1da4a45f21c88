//! At each deletion on a server a second process looks: what is being deleted is committed here under the name that the
//! server knows it by, whole, and marked as being deleted; and it is still there.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use support::dovecot::{Dovecot, message};
use support::imap::contains;
use support::postgres::Postgres;
use support::proxy::{Moment, Next, Proxy};
use support::restante::Restante;

const MESSAGES: usize = 9;

/// Small messages, and every fourth one becomes a file.
fn mail(number: usize) -> Vec<u8> {
    if number % 4 == 1 { support::dovecot::large_message(number) } else { message(number) }
}

fn hash(raw: &[u8]) -> String {
    blake3::hash(raw).to_hex().to_string()
}

/// What was seen at each deletion: how often, of which contents, and what was not as it must be.
#[derive(Default)]
struct Seen {
    commands: BTreeMap<String, usize>,
    contents: BTreeSet<String>,
    wrong: Vec<String>,
}

/// The UIDs (IMAP) or numbers (POP3) that a command deletes.
fn names(protocol: &str, line: &str) -> (String, String) {
    let words: Vec<&str> = line.split_whitespace().collect();
    match protocol {
        "imap" => (words[1..3].join(" "), words[3].to_owned()),
        _ => (words[0].to_owned(), words[1].to_owned()),
    }
}

/// Looks from a process of its own, while the server has not heard the command yet.
fn look(dovecot: &Dovecot, restante: &Restante, protocol: &str, line: &str, seen: &mut Seen) {
    let (command, set) = names(protocol, line);
    let ledger = dovecot.ledger(protocol);
    let by_number = ledger.iter().enumerate();
    let meant: Vec<(u32, &String)> = by_number
        .filter(|(place, (uid, _))| {
            let name = if protocol == "imap" { **uid } else { u32::try_from(place + 1).unwrap() };
            contains(&set, name, u32::MAX)
        })
        .map(|(_, (uid, hash))| (*uid, hash))
        .collect();
    if meant.is_empty() {
        seen.wrong.push(format!("{line}: deletes what is not there: {ledger:?}"));
    }
    let rows = restante.messages(protocol);
    for (uid, content) in meant {
        let row =
            rows.iter().find(|row| row["blake3"] == **content && (protocol == "pop3" || row["uid"] == uid));
        match row {
            None => seen.wrong.push(format!("{line}: {uid} is not committed")),
            Some(row) if row["state"] != "delete_sent" => seen.wrong.push(format!("{line}: {row}")),
            Some(row) if hash(&restante.raw(row)) != **content => {
                seen.wrong.push(format!("{line}: {uid} is not whole"));
            }
            Some(_) => {
                seen.contents.insert(content.clone());
            }
        }
    }
    *seen.commands.entry(command).or_default() += 1;
}

fn story(restante: Restante) {
    let (dovecot, restante) = (Arc::new(Dovecot::start()), Arc::new(restante));
    let ever: BTreeSet<String> = (0..MESSAGES).map(|number| hash(&mail(number))).collect();
    for (protocol, port) in [("imap", dovecot.imap), ("pop3", dovecot.pop3)] {
        (0..MESSAGES).for_each(|number| dovecot.deliver(protocol, number, &mail(number)));
        let proxy = Proxy::to(port);
        restante.add_account(protocol, protocol, proxy.port, "none", &["--keep-copy", "no"]);
        let seen = Arc::new(Mutex::new(Seen::default()));
        // The proxy outlives the story; the mail server and the folder end with it.
        let (server, program) = (Arc::downgrade(&dovecot), Arc::downgrade(&restante));
        let told = Arc::clone(&seen);
        proxy.on(&["UID STORE", "EXPUNGE", "DELE "], Moment::Before, move |line| {
            let (server, program) = (server.upgrade().unwrap(), program.upgrade().unwrap());
            look(&server, &program, protocol, line.trim_end(), &mut told.lock().unwrap());
            Next::GoOn
        });
        let check = restante.check(protocol);
        assert_eq!((&check["outcome"], &check["deleted"]), (&"ok".into(), &MESSAGES.into()), "{check}");
        let seen = seen.lock().unwrap();
        assert_eq!(seen.wrong, Vec::<String>::new());
        assert_eq!(seen.contents, ever, "each was looked at before it was deleted");
        let commands: Vec<_> =
            seen.commands.iter().map(|(command, times)| (command.as_str(), *times)).collect();
        let expected = match protocol {
            "imap" => vec![("UID EXPUNGE", 1), ("UID STORE", 1)],
            _ => vec![("DELE", MESSAGES)],
        };
        assert_eq!(commands, expected, "and nothing else deletes");
        assert_eq!(dovecot.files(protocol), Vec::<String>::new());
    }
}

#[test]
fn what_is_deleted_on_a_server_is_committed_here() {
    story(Restante::new());
    let postgres = Postgres::start();
    story(Restante::on(postgres.url()));
}
