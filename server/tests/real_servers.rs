//! Real servers, each protocol over each security, with a copy kept and without, while somebody else's client adds and
//! expunges mail in the same mailbox. What is true afterwards is read from the server by that other client and compared
//! by content: everything that ever was there, and that the other did not expunge, is here or still there; nothing is
//! here twice; nothing of the other's is touched. Dovecot is asked in every run, Cyrus and Courier with
//! `RESTANTE_SOAK=1`.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::mpsc;
use std::time::Duration;
use support::brand::{Brand, BrandServer, COURIER, CYRUS, DOVECOT};
use support::dovecot::message;
use support::mail_client::{MailClient, OnServer};
use support::restante::Restante;

/// Bytes; the one larger message of each mailbox is somebody else's and marked as deleted.
const LARGEST: usize = 100_000;

/// How much of it.
#[derive(Clone, Copy)]
struct Count {
    /// Messages in the mailbox as the check begins.
    messages: usize,
    /// What the other client adds at most while it runs.
    meanwhile: usize,
}

fn count() -> Count {
    if in_soak() { Count { messages: 400, meanwhile: 400 } } else { Count { messages: 12, meanwhile: 60 } }
}

fn in_soak() -> bool {
    std::env::var_os("RESTANTE_SOAK").is_some()
}

/// Content, in the spelling of `messages --json`.
fn hash(raw: &[u8]) -> String {
    blake3::hash(raw).to_hex().to_string()
}

fn hashes(messages: &[OnServer]) -> BTreeSet<String> {
    messages.iter().map(|message| hash(&message.raw)).collect()
}

/// By content: the flags.
fn flags(messages: &[OnServer]) -> BTreeMap<String, Vec<String>> {
    messages.iter().map(|message| (hash(&message.raw), message.flags.clone())).collect()
}

/// What is stored here, each once.
fn here(restante: &Restante, name: &str, what: &str) -> BTreeSet<String> {
    let messages = restante.messages(name);
    let hashes: BTreeSet<_> = messages.iter().map(|it| it["blake3"].as_str().unwrap().to_owned()).collect();
    assert_eq!(hashes.len(), messages.len(), "{what}: none twice");
    hashes
}

/// What the other client did.
#[derive(Default)]
struct Meanwhile {
    added: BTreeMap<String, Vec<String>>,
    expunged: BTreeSet<String>,
}

/// Adds mail and expunges every other one of it until told to stop.
fn other_client(port: u16, user: &str, most: usize, stop: &mpsc::Receiver<()>) -> Meanwhile {
    let mut client = MailClient::sign_in(port, user);
    client.open("INBOX");
    let mut did = Meanwhile::default();
    for number in 0..most {
        let raw = message(20_000 + number);
        let uid = client.append("INBOX", if number % 4 == 0 { "\\Seen" } else { "" }, &raw);
        if number % 2 == 0 {
            client.expunge(uid);
            did.expunged.insert(hash(&raw));
        } else {
            did.added.insert(hash(&raw), Vec::new());
        }
        // As fast as a person who does nothing else.
        if stop.recv_timeout(Duration::from_millis(5)) != Err(mpsc::RecvTimeoutError::Timeout) {
            break;
        }
    }
    did
}

/// Checks an account. Courier's POP3 server ends without a word where a message is expunged in the moment in which it looks
/// at the mailbox for the first time (13 of 100 sign-ins of any client, 2026-11): whoever checks again is served.
fn check(restante: &Restante, brand: Brand, user: &str) -> Value {
    for _ in 0..10 {
        let checked = restante.check(user);
        let hung_up = checked["stage"] == "sign_in" && checked["cause"] == "connection_lost";
        if brand != COURIER || !hung_up {
            return checked;
        }
    }
    restante.check(user)
}

/// One mailbox: what it holds, a check with somebody else at work, and a check in peace.
fn story(server: &BrandServer, restante: &Restante, way: &Way) {
    let Way { user, protocol, security, keep } = way;
    let count = count();
    let what = format!("{} {user}", server.brand.name);
    let mut client = MailClient::sign_in(server.imap, user);
    let mut first: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for number in 0..count.messages {
        let seen = if number % 3 == 0 { "\\Seen" } else { "" };
        let mut raw = message(number);
        if number % 4 == 1 && server.brand.eight_bit_headers {
            raw.splice(0..0, "X-Note: Grüße\r\n".bytes());
        }
        client.append("INBOX", seen, &raw);
        first.insert(hash(&raw), seen.split_whitespace().map(str::to_owned).collect());
    }
    let mut large = message(10_000);
    large.extend(b"0123456789 0123456789 0123456789 0123456789\r\n".repeat(LARGEST / 40));
    client.append("INBOX", "\\Deleted", &large);
    let large = hash(&large);

    let mut folders = vec!["INBOX".to_owned()];
    let mut odd: BTreeSet<String> = BTreeSet::new();
    let [(above, below), (above_wire, below_wire)] = server.odd_folders();
    if *protocol == "imap" {
        for (number, folder) in [&above_wire, &below_wire].into_iter().enumerate() {
            client.create(folder);
            let raw = message(11_000 + number);
            client.append(folder, "", &raw);
            odd.insert(hash(&raw));
        }
        folders.extend([above, below]);
    }
    let (folders, largest) = (folders.join(","), LARGEST.to_string());
    let keep_copy = if *keep { "yes" } else { "no" };
    let more = ["--keep-copy", keep_copy, "--folders", &folders, "--largest-message", &largest];
    restante.add_account(user, protocol, server.port(protocol, security), security, &more);

    let (stop, stopped) = mpsc::channel();
    let (imap, name) = (server.imap, user.clone());
    let other = std::thread::spawn(move || other_client(imap, &name, count.meanwhile, &stopped));
    let checked = check(restante, server.brand, user);
    let _ = stop.send(());
    let did = other.join().unwrap();
    assert_eq!(checked["outcome"], "ok", "{what}: {checked}");

    let must: BTreeSet<String> = first.keys().chain(did.added.keys()).chain(&odd).cloned().collect();
    let may: BTreeSet<String> = &must | &did.expunged;
    let stored = here(restante, user, &what);
    let there = client.contents("INBOX");
    assert_lost_nothing(&what, &must, &(&stored | &hashes(&there)));
    let others: Vec<_> = stored.difference(&may).map(|hash| described(restante, user, hash)).collect();
    assert!(others.is_empty(), "{what}: {others:#?} is here as well; the large one is {large}");
    assert!(first.keys().chain(&odd).all(|hash| stored.contains(hash)), "{what}: what was there came");

    let checked = restante.check(user);
    assert_eq!(checked["outcome"], "ok", "{what}: {checked}");
    let stored = here(restante, user, &what);
    assert_lost_nothing(&what, &must, &stored);
    assert!(stored.is_subset(&may), "{what}: nothing else is here");
    let there = flags(&client.contents("INBOX"));
    assert_eq!(there.get(&large), Some(&vec!["\\Deleted".to_owned()]), "{what}: marked, and left alone");
    let receipts = restante.json(&["receipts", user]);
    let receipts: Vec<_> = receipts.as_array().unwrap().iter().map(|it| it["blake3"].clone()).collect();
    if *keep {
        let mut expected = first;
        expected.extend(did.added.clone());
        expected.insert(large, vec!["\\Deleted".to_owned()]);
        let wrong: Vec<_> = expected.iter().filter(|(hash, flags)| there.get(*hash) != Some(flags)).collect();
        let is: Vec<_> = wrong.iter().map(|(hash, _)| there.get(*hash)).collect();
        assert!(wrong.is_empty(), "{what}: the mailbox is as its owner left it: {wrong:?} is {is:?}");
        let more: Vec<_> = there.iter().filter(|(hash, _)| !expected.contains_key(*hash)).collect();
        let back = more.iter().filter(|(hash, _)| did.expunged.contains(*hash)).count();
        assert!(more.is_empty(), "{what}: nothing else is there: {more:?}, {back} of them expunged before");
        assert_eq!(receipts, [Value::Null; 0], "{what}");
    } else {
        assert_eq!(there.len(), 1, "{what}: all of ours is gone: {there:?}");
        if *protocol == "imap" {
            assert_eq!(client.contents(&below_wire), [], "{what}: from the other folder too");
        }
        let told: BTreeSet<_> = receipts.iter().map(|hash| hash.as_str().unwrap().to_owned()).collect();
        assert_eq!(told.len(), receipts.len(), "{what}: one receipt each");
        assert!(must.is_subset(&told), "{what}: a receipt for everything");
    }
    let list = restante.json(&["quarantine", "list", user]);
    assert_eq!(list.as_array().unwrap().len(), 1, "{what}: the large one is listed: {list}");
}

/// What is known here of the message with this content, and its beginning.
fn described(restante: &Restante, user: &str, hash: &str) -> (Value, String) {
    let message = restante.messages(user).into_iter().find(|it| it["blake3"] == *hash).unwrap();
    let raw = restante.raw(&message);
    let beginning = String::from_utf8_lossy(&raw[..raw.len().min(500)]).into_owned();
    (message, beginning)
}

fn assert_lost_nothing(what: &str, must: &BTreeSet<String>, found: &BTreeSet<String>) {
    let lost: Vec<_> = must.difference(found).collect();
    assert!(lost.is_empty(), "{what}: {} of {} are lost: {lost:?}", lost.len(), must.len());
}

/// One account.
struct Way {
    user: String,
    protocol: &'static str,
    security: &'static str,
    keep: bool,
}

fn ways() -> Vec<Way> {
    let mut ways = Vec::new();
    for protocol in ["imap", "pop3"] {
        for security in ["none", "ssl", "tls"] {
            for keep in [true, false] {
                let user = format!("{protocol}-{security}-{}", if keep { "kept" } else { "taken" });
                ways.push(Way { user, protocol, security, keep });
            }
        }
    }
    ways
}

fn with_somebody_else_at_work(brand: Brand) {
    let ways = ways();
    let users: Vec<_> = ways.iter().map(|way| way.user.clone()).collect();
    let server = BrandServer::start(brand, &users);
    let restante = Restante::new();
    for way in &ways {
        story(&server, &restante, way);
    }
    let folders = restante.json(&["account", "folders", &ways[0].user]);
    let names: Vec<_> = folders.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    let [(above, below), _] = server.odd_folders();
    assert_eq!(names, ["INBOX", &above, &below], "as `--folders` takes them");
}

/// True in soak; otherwise says, past the harness that would swallow it, that nothing was looked at.
fn in_soak_alone(brand: Brand) -> bool {
    if !in_soak() {
        let told = format!("SKIPPED: {} is asked by `make soak`\n", brand.name);
        let _ = std::io::stderr().write_all(told.as_bytes());
    }
    in_soak()
}

#[test]
fn dovecot_with_somebody_else_at_work() {
    with_somebody_else_at_work(DOVECOT);
}

#[test]
fn cyrus_with_somebody_else_at_work() {
    if in_soak_alone(CYRUS) {
        with_somebody_else_at_work(CYRUS);
    }
}

#[test]
fn courier_with_somebody_else_at_work() {
    if in_soak_alone(COURIER) {
        with_somebody_else_at_work(COURIER);
    }
}
