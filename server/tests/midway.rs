//! IMAP servers that change their minds in the middle of a check: UIDs given anew, said twice, messages that leave or never
//! come. Nothing is lost, nothing is doubled, and nothing is deleted by a name that means something else by now.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::dovecot::message;
use support::imap::{ImapServer, Mailbox};
use support::ledger::{hash, here_whole, receipts_are};
use support::restante::Restante;

/// Messages with these numbers, by UID from `first` on.
fn mailbox(uid_validity: u32, first: u32, numbers: &[usize]) -> Mailbox {
    Mailbox::new(uid_validity, (first..).zip(numbers).map(|(uid, number)| (uid, message(*number))))
}

fn world(mailbox: Mailbox) -> (ImapServer, Restante) {
    let (server, restante) = (ImapServer::start([("INBOX", mailbox)]), Restante::new());
    restante.add_account("a", "imap", server.port, "none", &["--keep-copy", "no"]);
    (server, restante)
}

/// Lets `change` happen before the first command with `word` in it is answered.
fn at(
    server: &ImapServer,
    word: &'static str,
    change: impl FnOnce(&mut BTreeMap<String, Mailbox>) -> String + Send + 'static,
) {
    let mut change = Some(change);
    server.state().midway = Some(Box::new(move |command, mailboxes| {
        let change = change.take_if(|_| command.contains(word));
        change.map_or_else(String::new, |change| change(mailboxes))
    }));
}

fn outcome(check: &Value) -> (&str, u64, u64) {
    (check["outcome"].as_str().unwrap(), check["new"].as_u64().unwrap(), check["deleted"].as_u64().unwrap())
}

fn hashes(numbers: &[usize]) -> BTreeSet<String> {
    numbers.iter().map(|number| hash(&message(*number))).collect()
}

fn there(server: &ImapServer) -> BTreeSet<String> {
    server.state().mailboxes["INBOX"].messages.iter().map(|(_, raw)| hash(raw)).collect()
}

/// However the next checks begin: in the end all of `numbers` is here once, each with a receipt, and nothing is there.
fn ends_well(server: &ImapServer, restante: &Restante, numbers: &[usize], what: &str) {
    server.state().midway = None;
    support::ledger::check_until_ok(restante, "a", what);
    assert_eq!(here_whole(restante, "a", what), hashes(numbers), "{what}");
    assert_eq!(there(server), BTreeSet::new(), "{what}");
    receipts_are(restante, "a", &hashes(numbers), what);
}

#[test]
fn uids_given_anew_midway_delete_nothing_by_their_old_meaning() {
    // The new mailbox gives the old UIDs to other messages.
    for (word, said) in [
        ("UID FETCH", "* OK [UIDVALIDITY 8] everything is new\r\n"),
        ("SELECT", ""),
        ("UID STORE", "* OK [UIDVALIDITY 8] everything is new\r\n"),
    ] {
        let (server, restante) = world(mailbox(7, 1, &[0, 1, 2]));
        at(&server, word, move |mailboxes| {
            *mailboxes.get_mut("INBOX").unwrap() = mailbox(8, 1, &[10, 0, 11, 1, 2]);
            said.to_owned()
        });
        let check = restante.check("a");
        assert_eq!((&check["outcome"], &check["deleted"]), (&json!("failed"), &json!(0)), "{word}: {check}");
        let both = &here_whole(&restante, "a", word) | &there(&server);
        assert_eq!(both, hashes(&[0, 1, 2, 10, 11]), "{word}: here or there");
        if word != "UID STORE" {
            assert_eq!(there(&server).len(), 5, "{word}: nothing was deleted");
        }
        ends_well(&server, &restante, &[0, 1, 2, 10, 11], word);
    }
}

#[test]
fn uids_said_twice_are_one_message_each() {
    let (server, restante) = world(mailbox(7, 1, &[0, 1, 2]));
    let twice = |raw: &[u8]| {
        format!("* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{})\r\n", raw.len(), String::from_utf8_lossy(raw))
    };
    let mut listed = false;
    server.state().midway = Some(Box::new(move |command, _| match command {
        _ if command.contains("BODY.PEEK[]") => twice(&message(0)).repeat(2),
        _ if command.contains("RFC822.SIZE") && !std::mem::replace(&mut listed, true) => {
            "* 1 FETCH (UID 1 RFC822.SIZE 9 INTERNALDATE \"14-Nov-2023 22:13:20 +0000\")\r\n".repeat(2)
        }
        _ => String::new(),
    }));
    assert_eq!(outcome(&restante.check("a")), ("ok", 3, 3));
    ends_well(&server, &restante, &[0, 1, 2], "twice");
}

#[test]
fn messages_that_leave_while_others_are_fetched_take_none_with_them() {
    for word in ["UID FETCH", "UID STORE", "UID EXPUNGE"] {
        let (server, restante) = world(mailbox(7, 1, &[0, 1, 2, 3]));
        // Somebody else deletes the second message; every number after it moves.
        at(&server, word, |mailboxes| {
            let mailbox = mailboxes.get_mut("INBOX").unwrap();
            mailbox.messages.remove(1);
            "* 2 EXPUNGE\r\n* 3 EXISTS\r\n".to_owned()
        });
        let check = restante.check("a");
        assert_eq!(check["outcome"], "ok", "{word}: {check}");
        let stayed = if word == "UID FETCH" { &[0, 2, 3][..] } else { &[0, 1, 2, 3] };
        assert_eq!(here_whole(&restante, "a", word), hashes(stayed), "{word}");
        assert_eq!(there(&server), BTreeSet::new(), "{word}");
    }
}

#[test]
fn a_message_that_never_comes_is_put_aside_and_never_deleted() {
    let (server, restante) = world(mailbox(7, 1, &[0, 1, 2, 3]));
    server.change("INBOX", |mailbox| {
        mailbox.passes_over.insert(2);
    });
    let checks: Vec<Value> = (0..4).map(|_| restante.check("a")).collect();
    let outcomes: Vec<_> = checks.iter().map(outcome).collect();
    assert_eq!(outcomes, [("failed", 3, 3), ("failed", 0, 0), ("ok", 0, 0), ("ok", 0, 0)], "{checks:?}");
    let list = restante.json(&["quarantine", "list", "a"]);
    assert_eq!((&list[0]["uid"], &list[0]["kind"]), (&json!(2), &json!("fetch")), "{list}");
    assert_eq!(there(&server), hashes(&[1]));
    server.change("INBOX", |mailbox| mailbox.passes_over.clear());
    restante.json(&["quarantine", "retry", "a"]);
    ends_well(&server, &restante, &[0, 1, 2, 3], "in the end");
}

/// What Courier gives with OK where it does not find the file.
const COURIER: &[u8] = b"From: System Administrator <root@localhost>\r\nSubject: message unavailable\r\n\r\n\
                         This message is no longer available on the server.\r\n";
/// What another server may say.
const OTHER: &[u8] = b"Subject: sorry\r\n\r\nThis message cannot be shown.\r\n";

/// A server of three messages, which gives one as words of its own: unknown ones, with the size of the message in its list,
/// or Courier's, whose size it lists.
fn with_words_in_place(words: &[u8]) -> (ImapServer, Restante) {
    let (server, restante) = world(mailbox(7, 1, &[0, 1, 2]));
    server.change("INBOX", |mailbox| {
        mailbox.instead.insert(2, words.to_vec());
        mailbox.lists_what_it_gives = words == COURIER;
    });
    (server, restante)
}

#[test]
fn words_in_place_of_a_message_are_not_stored_for_it() {
    // The file is found, or found to be gone, when the server next looks.
    for (words, expunged) in [(OTHER, false), (OTHER, true), (COURIER, false), (COURIER, true)] {
        let expected = if expunged { &[0, 2][..] } else { &[0, 1, 2] };
        let (server, restante) = with_words_in_place(words);
        at(&server, "NOOP", move |mailboxes| {
            let mailbox = mailboxes.get_mut("INBOX").unwrap();
            mailbox.instead.clear();
            if !expunged {
                return String::new();
            }
            mailbox.messages.remove(1);
            "* 2 EXPUNGE\r\n".to_owned()
        });
        let check = restante.check("a");
        let count = expected.len() as u64;
        assert_eq!(outcome(&check), ("ok", count, count), "{check}");
        ends_well(&server, &restante, expected, "in its place");
    }
}

#[test]
fn a_message_that_is_never_given_is_never_deleted_for_the_words_in_its_place() {
    for words in [OTHER, COURIER] {
        never_deleted_for(words);
    }
}

fn never_deleted_for(words: &[u8]) {
    let (server, restante) = with_words_in_place(words);
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["quarantined"]), (("ok", 3, 2), &json!(1)), "{check}");
    assert_eq!(there(&server), hashes(&[1]), "what came is kept, and so is the message");
    let list = restante.json(&["quarantine", "list", "a"]);
    assert_eq!((&list[0]["uid"], &list[0]["kind"]), (&json!(2), &json!("short")), "{list}");
    // Asked for again it is no better, and later it is.
    restante.json(&["quarantine", "retry", "a"]);
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["quarantined"]), (("ok", 0, 0), &json!(1)), "{check}");
    assert_eq!(there(&server), hashes(&[1]));
    server.change("INBOX", |mailbox| mailbox.instead.clear());
    restante.json(&["quarantine", "retry", "a"]);
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 1));
    assert_eq!(there(&server), BTreeSet::new());
    let here: BTreeSet<String> = here_whole(&restante, "a", "with the words that came first");
    assert_eq!(here, &hashes(&[0, 1, 2]) | &BTreeSet::from([hash(words)]));
}
