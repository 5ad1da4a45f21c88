//! An account that is led elsewhere, or stopped, while it is fetched and its mail deleted: what one server calls its messages
//! means nothing to another, and whoever pauses an account or wants the copies kept is heard at once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use support::dovecot::message;
use support::imap::{ImapServer, Mailbox};
use support::ledger::{hash, here_whole};
use support::pop3::{Held, Pop3Server};
use support::restante::Restante;

/// Messages with these numbers, by UID from 1 on, always of the same UIDVALIDITY.
fn mailbox(numbers: &[usize]) -> Mailbox {
    Mailbox::new(7, (1..).zip(numbers).map(|(uid, number)| (uid, message(*number))))
}

fn server(numbers: &[usize]) -> ImapServer {
    ImapServer::start([("INBOX", mailbox(numbers))])
}

fn there(server: &ImapServer) -> BTreeSet<String> {
    server.state().mailboxes["INBOX"].messages.iter().map(|(_, raw)| hash(raw)).collect()
}

fn hashes(numbers: &[usize]) -> BTreeSet<String> {
    numbers.iter().map(|number| hash(&message(*number))).collect()
}

fn edit(restante: &Restante, arguments: &[&str]) {
    let output = restante.run(&[&["account", "edit", "a"], arguments].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn lead_to(restante: &Restante, address: &str, port: u16, more: &[&str]) {
    edit(restante, &[&["--address", address, "--port", &port.to_string()], more].concat());
}

fn told(check: &Value) -> (&str, u64, u64) {
    (check["outcome"].as_str().unwrap(), check["new"].as_u64().unwrap(), check["deleted"].as_u64().unwrap())
}

/// Both servers count alike: the second one has other mail under the names of the first one's.
#[test]
fn mail_of_another_server_is_fetched_and_not_deleted_by_the_names_of_the_first_one() {
    let (first, second) = (server(&[0, 1, 2, 3]), server(&[10, 11, 1, 12, 13]));
    let restante = Restante::new();
    restante.add_account("a", "imap", first.port, "none", &["--drop-gone-after-days", "1"]);
    assert_eq!(told(&restante.check("a")), ("ok", 4, 0));

    // It comes back from a place that lets nobody in, and nothing was lost by that.
    let strict = server(&[20]);
    strict.state().turns_away = Some("NO [AUTHENTICATIONFAILED] who are you");
    lead_to(&restante, "localhost", strict.port, &[]);
    assert_eq!(restante.check("a")["cause"], "sign_in_rejected");
    first.state().commands.clear();
    lead_to(&restante, "127.0.0.1", first.port, &[]);
    assert_eq!(told(&restante.check("a")), ("ok", 0, 0));
    assert!(
        !first.state().commands.iter().any(|command| command.contains("FETCH")),
        "nothing is asked again"
    );

    // What would be done is said before it is done.
    lead_to(&restante, "localhost", second.port, &["--keep-copy", "no", "--delete-after-days", "30"]);
    let forecast = restante.json(&["check", "a", "--dry-run"]);
    assert_eq!(forecast["would_fetch"].as_array().map(Vec::len), Some(5), "{forecast}");
    assert_eq!(forecast["would_delete"], json!([]), "{forecast}");

    // 1 is here already and told by its bytes; nothing is due for deletion by its age on the first server.
    assert_eq!(told(&restante.check("a")), ("ok", 4, 0));
    assert_eq!(here_whole(&restante, "a", "both"), hashes(&[0, 1, 2, 3, 10, 11, 12, 13]));
    assert_eq!(there(&second).len(), 5);
    // What is not on the second server did not leave it.
    let states: BTreeSet<_> =
        restante.messages("a").iter().map(|message| message["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, BTreeSet::from(["stored".to_owned()]));

    edit(&restante, &["--delete-after-days", "0"]);
    assert_eq!(told(&restante.check("a")), ("ok", 0, 5));
    assert_eq!((there(&second).len(), there(&first).len()), (0, 4));
}

/// Behind one address there may be two servers, and what is known again there has its days before it from then on.
#[test]
fn another_port_is_another_server_and_what_is_known_again_is_not_old_there() {
    let (first, second) = (server(&[0, 1]), server(&[7, 0]));
    let restante = Restante::new();
    restante.add_account(
        "a",
        "imap",
        first.port,
        "none",
        &["--keep-copy", "no", "--delete-after-days", "30"],
    );
    assert_eq!(told(&restante.check("a")), ("ok", 2, 0));
    restante.execute("UPDATE message SET state_at = 0");
    lead_to(&restante, "127.0.0.1", second.port, &[]);
    assert_eq!(told(&restante.check("a")), ("ok", 1, 0));
    assert_eq!(there(&second), hashes(&[0, 7]));
    assert_eq!(here_whole(&restante, "a", "two ports"), hashes(&[0, 1, 7]));
}

/// The same server in another name is another mailbox, too, however alike both are counted.
#[test]
fn another_user_name_is_another_mailbox() {
    let at = server(&[0, 1]);
    let restante = Restante::new();
    restante.add_account("a", "imap", at.port, "none", &["--keep-copy", "no", "--delete-after-days", "30"]);
    assert_eq!(told(&restante.check("a")), ("ok", 2, 0));
    // Somebody else's mailbox by the same UIDs.
    at.state().mailboxes.insert("INBOX".to_owned(), mailbox(&[30, 31, 32]));
    restante.execute("UPDATE message SET state_at = 0");
    // This checks the account as well.
    let rotate = ["credential", "rotate", "a", "--username", "b", "--password-stdin"];
    let rotated = restante.run_with(&rotate, "secret1");
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    assert_eq!(told(&restante.check("a")), ("ok", 0, 0), "none of them is deleted for the age of another");
    assert_eq!(there(&at), hashes(&[30, 31, 32]));
    assert_eq!(here_whole(&restante, "a", "both names"), hashes(&[0, 1, 30, 31, 32]));
}

/// A mail to two people has one Message-ID, one date and one size, and is not the same: in somebody else's mailbox bytes alone
/// tell.
#[test]
fn what_only_looks_alike_in_another_mailbox_is_fetched() {
    let mine = message(0);
    let mut theirs = mine.clone();
    *theirs.iter_mut().rfind(|byte| byte.is_ascii_lowercase()).unwrap() ^= 1;
    let at = server(&[0]);
    let restante = Restante::new();
    restante.add_account("a", "imap", at.port, "none", &[]);
    assert_eq!(told(&restante.check("a")), ("ok", 1, 0));
    at.state().mailboxes.insert("INBOX".to_owned(), Mailbox::new(7, [(1, theirs.clone())]));
    let rotate = ["credential", "rotate", "a", "--username", "b", "--password-stdin"];
    let rotated = restante.run_with(&rotate, "secret1");
    assert!(rotated.status.success(), "{}", String::from_utf8_lossy(&rotated.stderr));
    assert_eq!(told(&restante.check("a")), ("ok", 0, 0), "it came with the check of the new name");
    assert_eq!(here_whole(&restante, "a", "two people"), BTreeSet::from([hash(&mine), hash(&theirs)]));
}

#[test]
fn a_mailbox_that_is_reached_in_another_way_is_not_doubled() {
    let imap = server(&[0, 1, 2]);
    let pop3 = |numbers: &[usize]| {
        Pop3Server::start(
            (0_u32..).zip(numbers).map(|(place, number)| Held::new(&place.to_string(), message(*number))),
        )
    };
    // Names that mean something else on the other server.
    let (one, other) = (pop3(&[0, 1, 2]), pop3(&[2, 1, 3]));
    let restante = Restante::new();
    restante.add_account("a", "imap", imap.port, "none", &[]);
    for (address, port, protocol, new) in [
        ("127.0.0.1", imap.port, "imap", 3),
        ("127.0.0.1", one.port, "pop3", 0),
        ("localhost", other.port, "pop3", 1),
        ("localhost", imap.port, "imap", 0),
    ] {
        lead_to(&restante, address, port, &["--protocol", protocol]);
        assert_eq!(told(&restante.check("a")), ("ok", new, 0), "{address} {protocol}");
        assert_eq!(told(&restante.check("a")), ("ok", 0, 0), "{address} {protocol}");
    }
    assert_eq!(here_whole(&restante, "a", "three ways"), hashes(&[0, 1, 2, 3]));
}

/// Lets `change` happen before the first command with `word` in it is answered.
fn at(server: &ImapServer, word: &'static str, change: impl FnOnce() + Send + 'static) {
    let mut change = Some(change);
    server.state().midway = Some(Box::new(move |command: &str, _: &mut BTreeMap<String, Mailbox>| {
        if let Some(change) = change.take_if(|_| command.contains(word)) {
            change();
        }
        String::new()
    }));
}

#[test]
fn whoever_pauses_an_account_or_wants_the_copies_kept_is_heard_at_once() {
    let numbers: Vec<usize> = (0..5).collect();
    for (word, change, outcome) in [
        ("SELECT", &["--keep-copy", "yes"][..], "ok"),
        ("SELECT", &["--keep-copy", "no", "--delete-after-days", "9"], "ok"),
        ("SELECT", &["--disabled"], "failed"),
        ("BODY.PEEK[]", &["--disabled"], "failed"),
    ] {
        let at_server = server(&numbers);
        let restante = Restante::new();
        restante.add_account("a", "imap", at_server.port, "none", &["--keep-copy", "no"]);
        let command = restante.command(&[&["account", "edit", "a"], change].concat());
        let mut command = command;
        at(&at_server, word, move || assert!(command.status().unwrap().success()));
        let check = restante.check("a");
        assert_eq!(told(&check), (outcome, 5, 0), "{word} {change:?} {check}");
        assert!(outcome == "ok" || check["error"].as_str().unwrap().contains("was paused"), "{check}");
        assert_eq!(there(&at_server), hashes(&numbers), "{word} {change:?}: nothing was deleted");
        assert_eq!(here_whole(&restante, "a", word), hashes(&numbers), "what came is here");
    }
}
