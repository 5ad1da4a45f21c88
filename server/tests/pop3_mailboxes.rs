//! Checks of POP3 mailboxes that a test holds in its hands: names given twice, anew, too long or not at all, sizes that
//! lie, messages and deletions that are refused, good-byes without an answer. Nothing is lost, nothing is doubled, what
//! was put aside is never deleted, and each deletion has its receipt.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::dovecot::message;
use support::ledger::{hash, here_whole, receipts_are};
use support::pop3::{Held, Pop3Server, Quit};
use support::restante::Restante;

const KEEP: [&str; 2] = ["--keep-copy", "yes"];
const EMPTY: [&str; 2] = ["--keep-copy", "no"];

fn world(messages: impl IntoIterator<Item = Held>, policy: &[&str]) -> (Pop3Server, Restante) {
    let (server, restante) = (Pop3Server::start(messages), Restante::new());
    restante.add_account("a", "pop3", server.port, "none", policy);
    (server, restante)
}

/// Messages 0 to `count`, named `u0` and so on.
fn held(count: usize) -> Vec<Held> {
    (0..count).map(|number| Held::new(&format!("u{number}"), message(number))).collect()
}

fn outcome(check: &Value) -> (&str, u64, u64) {
    (check["outcome"].as_str().unwrap(), check["new"].as_u64().unwrap(), check["deleted"].as_u64().unwrap())
}

fn hashes(numbers: &[usize]) -> BTreeSet<String> {
    numbers.iter().map(|number| hash(&message(*number))).collect()
}

fn edit(restante: &Restante, policy: &[&str]) {
    assert!(restante.run(&[&["account", "edit", "a"], policy].concat()).status.success());
}

/// Exactly these messages are here, and these of them have a receipt.
fn holds(restante: &Restante, numbers: &[usize], deleted: &[usize], what: &str) {
    assert_eq!(here_whole(restante, "a", what), hashes(numbers), "{what}");
    receipts_are(restante, "a", &hashes(deleted), what);
}

#[test]
fn names_given_twice_are_told_apart() {
    let mut messages = held(4);
    messages[1].uidl = "u0".into();
    messages[3].uidl = "u0".into();
    let (server, restante) = world(messages, &KEEP);
    assert_eq!(outcome(&restante.check("a")), ("ok", 4, 0));
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0), "nothing is fetched twice");
    holds(&restante, &[0, 1, 2, 3], &[], "kept");
    server.state().refuses.insert("u0".into());
    edit(&restante, &EMPTY);
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 4));
    holds(&restante, &[0, 1, 2, 3], &[0, 1, 2, 3], "emptied");
    assert_eq!(server.state().messages.len(), 0);
}

#[test]
fn names_too_long_to_keep_still_name() {
    let mut messages = held(3);
    for (number, held) in messages.iter_mut().enumerate() {
        held.uidl = format!("{}{number}", "x".repeat(5000));
    }
    let (server, restante) = world(messages, &KEEP);
    assert_eq!(outcome(&restante.check("a")), ("ok", 3, 0));
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    edit(&restante, &EMPTY);
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 3));
    holds(&restante, &[0, 1, 2], &[0, 1, 2], "emptied");
    assert_eq!(server.state().messages.len(), 0);
}

/// Longer than any other message of these tests.
fn other() -> Vec<u8> {
    [message(20), b"and more\r\n".to_vec()].concat()
}

#[test]
fn a_name_given_to_another_message_hides_it_not_where_a_copy_is_kept() {
    let (server, restante) = world(held(3), &KEEP);
    assert_eq!(outcome(&restante.check("a")), ("ok", 3, 0));
    server.state().messages[1].raw = other();
    server.asked_for();
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 0), "its size says that it is another one");
    assert_eq!(server.asked_for(), ["2"]);
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    let all = &hashes(&[0, 1, 2]) | &BTreeSet::from([hash(&other())]);
    assert_eq!(here_whole(&restante, "a", "both are here"), all);
    // The same message with another lie about its size is fetched once more, and is not there twice.
    server.state().messages[0].listed = Some(7);
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    assert_eq!(server.asked_for(), ["1"]);
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    assert_eq!(server.asked_for(), [""; 0]);
    assert_eq!(here_whole(&restante, "a", "in the end"), all);
}

#[test]
fn a_name_given_to_another_message_deletes_nothing_unseen() {
    let mut messages = held(3);
    // What is listed does not give it away.
    messages[1].listed = Some(5);
    let (server, restante) = world(messages, &KEEP);
    assert_eq!(outcome(&restante.check("a")), ("ok", 3, 0));
    server.state().messages[1].raw = other();
    edit(&restante, &EMPTY);
    server.asked_for();
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 2), "its size says that it may be another one");
    assert_eq!(server.asked_for(), ["2"], "and its bytes that it is");
    assert_eq!(server.state().messages.len(), 1);
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 1), "it is new");
    let all = &hashes(&[0, 1, 2]) | &BTreeSet::from([hash(&other())]);
    assert_eq!(here_whole(&restante, "a", "in the end"), all);
    let deleted = BTreeSet::from([hash(&message(0)), hash(&message(2)), hash(&other())]);
    receipts_are(&restante, "a", &deleted, "what was there");
    assert_eq!(server.state().messages.len(), 0);
}

#[test]
fn a_name_given_anew_after_a_good_bye_without_an_answer_loses_nothing() {
    let (server, restante) = world(held(2), &EMPTY);
    server.state().quit = Quit::DoneInSilence;
    assert_eq!(outcome(&restante.check("a")), ("failed", 2, 0));
    server.state().quit = Quit::Honest;
    server.state().messages = vec![Held::new("u0", other())];
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 1), "another size tells another message");
    assert_eq!(server.state().messages.len(), 0);
    let all = &hashes(&[0, 1]) | &BTreeSet::from([hash(&other())]);
    assert_eq!(here_whole(&restante, "a", "in the end"), all);
    receipts_are(&restante, "a", &all, "in the end");
}

#[test]
fn without_names_a_copy_cannot_be_kept_but_a_mailbox_can_be_emptied() {
    let mut messages = held(3);
    // The same bytes delivered twice.
    messages.push(messages[1].clone());
    let (server, restante) = world(messages, &KEEP);
    server.state().without_uidl = true;
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["cause"]), (("failed", 0, 0), &json!("uidl_missing")), "{check}");
    assert_eq!(server.asked_for(), [""; 0]);

    edit(&restante, &EMPTY);
    server.state().quit = Quit::UndoneInSilence;
    let check = restante.check("a");
    assert_eq!(outcome(&check), ("failed", 3, 0), "{check}");
    holds(&restante, &[0, 1, 2], &[], "told by their bytes");
    server.state().quit = Quit::Honest;
    let check = restante.check("a");
    assert_eq!((check["outcome"].as_str(), &check["new"]), (Some("ok"), &json!(0)), "{check}");
    assert_eq!(server.state().messages.len(), 0);
    holds(&restante, &[0, 1, 2], &[0, 1, 2], "emptied");
}

#[test]
fn sizes_that_lie_lose_nothing_and_fetch_nothing_twice() {
    let mut messages = held(5);
    for (held, size) in messages.iter_mut().zip([0, 1, 90_000, 600, 5_000_000_000]) {
        held.listed = Some(size);
    }
    let (server, restante) = world(messages, &KEEP);
    server.state().stat = Some("7000 1");
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["quarantined"]), (("ok", 4, 0), &json!(1)), "{check}");
    holds(&restante, &[0, 1, 2, 3], &[], "kept");
    server.asked_for();
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    assert_eq!(server.asked_for(), [""; 0], "a size that was a lie before is no news");

    edit(&restante, &EMPTY);
    server.state().stat = Some("0 0");
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 4));
    holds(&restante, &[0, 1, 2, 3], &[0, 1, 2, 3], "emptied");
    assert_eq!(server.state().messages.len(), 1, "what is said to be too large stays");
}

#[test]
fn a_message_that_is_not_given_is_put_aside_and_its_neighbours_go_on() {
    let (server, restante) = world(held(4), &EMPTY);
    server.state().refuses.insert("u1".into());
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["stage"]), (("failed", 3, 3), &json!("fetch")), "{check}");
    assert_eq!(outcome(&restante.check("a")), ("failed", 0, 0));
    assert_eq!(restante.json(&["quarantine", "list", "a"]), json!([]), "two tries are not enough");
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["quarantined"]), (("ok", 0, 0), &json!(1)), "{check}");
    let list = restante.json(&["quarantine", "list", "a"]);
    assert_eq!((&list[0]["uidl"], &list[0]["kind"]), (&json!("u1"), &json!("fetch")), "{list}");
    server.asked_for();
    server.state().messages.push(Held::new("u9", message(9)));
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 1));
    assert_eq!(server.asked_for(), ["2"], "it is left alone");
    let left: Vec<String> = server.state().messages.iter().map(|held| held.uidl.clone()).collect();
    assert_eq!(left, ["u1"], "and never deleted");

    server.state().refuses.clear();
    restante.json(&["quarantine", "retry", "a"]);
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 1));
    holds(&restante, &[0, 1, 2, 3, 9], &[0, 1, 2, 3, 9], "in the end");
}

#[test]
fn a_good_bye_without_an_answer_may_mean_either() {
    for (quit, left) in [(Quit::DoneInSilence, 0), (Quit::UndoneInSilence, 3), (Quit::Refused, 3)] {
        let (server, restante) = world(held(3), &EMPTY);
        server.state().quit = quit;
        let check = restante.check("a");
        assert_eq!((outcome(&check), &check["stage"]), (("failed", 3, 0), &json!("delete")), "{check}");
        assert_eq!(server.state().messages.len(), left);
        holds(&restante, &[0, 1, 2], &[], "nobody knows yet");
        server.state().quit = Quit::Honest;
        server.asked_for();
        assert_eq!(restante.check("a")["outcome"], "ok");
        assert_eq!(server.asked_for(), [""; 0], "what is here is not fetched again");
        holds(&restante, &[0, 1, 2], &[0, 1, 2], "the next listing tells");
        assert_eq!(server.state().messages.len(), 0);
    }
}

#[test]
fn a_deletion_that_is_refused_is_asked_for_again() {
    let (server, restante) = world(held(3), &EMPTY);
    server.state().keeps.insert("u1".into());
    assert_eq!(outcome(&restante.check("a")), ("ok", 3, 2));
    holds(&restante, &[0, 1, 2], &[0, 2], "one was kept");
    assert_eq!(server.state().messages.len(), 1);
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    server.state().keeps.clear();
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 1));
    holds(&restante, &[0, 1, 2], &[0, 1, 2], "in the end");
}

#[test]
fn words_of_the_server_in_place_of_a_message_delete_nothing() {
    let words =
        b"From: Microsoft Exchange Server\r\nSubject: Retrieval using the POP3 protocol failed for the \
                  following message: 2\r\n\r\nThe server couldn't retrieve the following message.\r\n";
    let mut messages = held(2);
    messages.push(Held::new("odd", words.to_vec()));
    let (server, restante) = world(messages, &EMPTY);
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["quarantined"]), (("ok", 3, 2), &json!(1)), "{check}");
    let left: Vec<String> = server.state().messages.iter().map(|held| held.uidl.clone()).collect();
    assert_eq!(left, ["odd"]);
    let list = restante.json(&["quarantine", "list", "a"]);
    assert_eq!((&list[0]["uidl"], &list[0]["kind"]), (&json!("odd"), &json!("short")), "{list}");
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0), "and none the next time");
    assert_eq!(server.state().messages.len(), 1);
}
