//! Checks of mailboxes that a test holds in its hands: servers that refuse, renumber, count anew; messages that cannot be
//! taken in. Seen from outside: what the program says, what is stored, what the server was asked.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::dovecot::{Dovecot, message};
use support::imap::{ImapServer, Mailbox};
use support::restante::Restante;

/// Messages 1 to 6, by UID from `first` on.
fn six(first: u32) -> Vec<(u32, Vec<u8>)> {
    (0..6_usize).map(|number| (first + u32::try_from(number).unwrap(), message(number))).collect()
}

fn contents(restante: &Restante, name: &str) -> Vec<Vec<u8>> {
    let mut raws: Vec<_> = restante.messages(name).iter().map(|message| restante.raw(message)).collect();
    raws.sort();
    raws
}

fn sorted(mut raws: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    raws.sort();
    raws
}

fn uids(restante: &Restante, name: &str, validity: u32) -> BTreeSet<u64> {
    let messages = restante.messages(name);
    let here = messages.iter().filter(|message| message["uidvalidity"] == validity);
    here.map(|message| message["uid"].as_u64().unwrap()).collect()
}

/// The UIDs whose bodies were asked for.
fn bodies(server: &ImapServer) -> Vec<String> {
    let asked = server.asked().into_iter().filter(|command| command.contains("BODY.PEEK[]"));
    asked.map(|command| command.split(' ').nth(2).unwrap().to_owned()).collect()
}

fn outcome(check: &Value) -> (&str, u64, u64) {
    (check["outcome"].as_str().unwrap(), check["new"].as_u64().unwrap(), check["deleted"].as_u64().unwrap())
}

#[test]
fn one_bad_message_keeps_neither_its_neighbours_nor_the_other_folders_from_being_fetched() {
    let mut first = Mailbox::new(7, six(1));
    first.refuses.insert(3);
    let second = Mailbox::new(9, vec![(1, message(10)), (2, message(11))]);
    let server = ImapServer::start([("INBOX", first), ("Work", second)]);
    let restante = Restante::new();
    let folders = ["--folders", "INBOX,Gone,Work"];
    restante.add_account("a", "imap", server.port, "none", &folders);
    let check = restante.check("a");
    assert_eq!(outcome(&check), ("failed", 7, 0), "{check}");
    assert_eq!(check["cause"], "folder_missing", "the missing folder is said: {check}");
    assert!(restante.run(&["account", "edit", "a", "--folders", "INBOX,Work"]).status.success());
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["stage"]), (("failed", 0, 0), &json!("fetch")), "{check}");
    assert!(check["server_reply"].as_str().unwrap().contains("cannot be read"), "{check}");
    assert_eq!(restante.json(&["quarantine", "list", "a"]), json!([]), "two tries are not enough");

    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["quarantined"]), (("ok", 0, 0), &json!(1)), "{check}");
    let list = restante.json(&["quarantine", "list", "a"]);
    assert_eq!(
        (list.as_array().unwrap().len(), &list[0]["uid"], &list[0]["tries"]),
        (1, &json!(3), &json!(3))
    );
    assert_eq!((&list[0]["account"], &list[0]["folder"]), (&json!("a"), &json!("INBOX")));
    assert!(list[0]["reason"].as_str().unwrap().contains("cannot be read"), "{list}");
    server.asked();
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    assert_eq!(bodies(&server), [""; 0], "it is left alone");

    assert_eq!(restante.json(&["quarantine", "retry", "a"]), json!({ "account": "a", "retried": 1 }));
    server.change("INBOX", |mailbox| mailbox.refuses.clear());
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 0));
    assert_eq!(bodies(&server), ["3"], "nothing but this one is fetched again");
    assert_eq!(restante.messages("a").len(), 8);
}

#[test]
fn messages_that_end_their_session_are_put_aside_and_the_others_come_with_the_same_check() {
    let mut first = Mailbox::new(7, six(1));
    first.announces.extend([(2, u64::MAX), (5, 400_000_000)]);
    let second = Mailbox::new(9, vec![(1, message(10)), (2, message(11))]);
    let server = ImapServer::start([("INBOX", first), ("Work", second)]);
    let restante = Restante::new();
    restante.add_account("a", "imap", server.port, "none", &["--folders", "INBOX,Work"]);
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["quarantined"]), (("ok", 6, 0), &json!(2)), "{check}");
    let list = restante.json(&["quarantine", "list", "a"]);
    let aside: BTreeSet<_> =
        list.as_array().unwrap().iter().map(|row| row["uid"].as_u64().unwrap()).collect();
    assert_eq!(aside, BTreeSet::from([2, 5]), "{list}");
    assert!(list[0]["reason"].as_str().unwrap().contains("larger than the limit"), "{list}");
    server.asked();
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    assert_eq!(bodies(&server), [""; 0], "they are left alone");

    // More of them than one check has patience for: each check gets further.
    let mut third = Mailbox::new(7, six(1));
    third.announces.extend((1..=6).map(|uid| (uid, u64::MAX)));
    let server = ImapServer::start([("INBOX", third)]);
    restante.add_account("b", "imap", server.port, "none", &[]);
    let check = restante.check("b");
    assert_eq!((&check["outcome"], &check["cause"]), (&json!("failed"), &json!("limit_exceeded")), "{check}");
    assert_eq!(outcome(&restante.check("b")), ("ok", 0, 0));
    assert_eq!(restante.json(&["quarantine", "list", "b"]).as_array().unwrap().len(), 6);
}

/// What another mail program does to messages of the INBOX.
fn expunge_elsewhere(port: u16, user: &str, numbers: &str) {
    use std::io::{BufRead, BufReader, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    for command in [
        format!("LOGIN {user} {}", support::dovecot::PASSWORD),
        "SELECT INBOX".to_owned(),
        format!("STORE {numbers} +FLAGS.SILENT (\\Deleted)"),
        "EXPUNGE".to_owned(),
        "LOGOUT".to_owned(),
    ] {
        write!(stream, "x {command}\r\n").unwrap();
        let answer = lines.find(|line| line.as_ref().unwrap().starts_with("x ")).unwrap().unwrap();
        assert!(answer.starts_with("x OK"), "{command}: {answer}");
    }
}

#[test]
fn what_another_program_expunges_stays_here_and_is_known_to_be_gone() {
    let dovecot = Dovecot::start();
    for number in 1..=6 {
        dovecot.deliver("ann", number, &message(number));
        dovecot.deliver("bob", number, &message(number));
    }
    let restante = Restante::new();
    // Where no copy is kept, these nine days of it are.
    let later = ["--keep-copy", "no", "--delete-after-days", "9"];
    for (account, own) in [("ann", &[][..]), ("bob", &later)] {
        restante.add_account(account, "imap", dovecot.imap, "none", own);
        assert_eq!(outcome(&restante.check(account)), ("ok", 6, 0));
        expunge_elsewhere(dovecot.imap, account, "2,4:5");
        assert_eq!(outcome(&restante.check(account)), ("ok", 0, 0));
        let messages = restante.messages(account);
        let mut states: Vec<_> = messages
            .iter()
            .map(|message| (message["uid"].as_u64().unwrap(), message["state"].as_str().unwrap()))
            .collect();
        states.sort_unstable();
        let expected = [(1, "stored"), (2, "gone"), (3, "stored"), (4, "gone"), (5, "gone"), (6, "stored")];
        assert_eq!(states, expected, "{account}");
        assert!(messages.iter().all(|message| !restante.raw(message).is_empty()), "nothing is deleted here");
    }
}

#[test]
fn a_server_that_asks_to_be_left_alone_is_and_a_rejected_password_waits_for_a_person() {
    let server = ImapServer::start([("INBOX", Mailbox::new(7, six(1)))]);
    let restante = Restante::new();
    restante.add_account("a", "imap", server.port, "none", &[]);
    let edit = ["account", "edit", "a", "--automatic-check", "yes", "--interval", "30"];
    assert!(restante.run(&edit).status.success());
    let seconds = |text: &Value| {
        let output =
            std::process::Command::new("date").args(["-u", "+%s", "-d", text.as_str().unwrap()]).output();
        String::from_utf8(output.unwrap().stdout).unwrap().trim().parse::<i64>().unwrap()
    };
    server.state().turns_away = Some("NO Request is throttled. Suggested Backoff Time: 7200000 milliseconds");
    assert_eq!(restante.check("a")["cause"], "throttled");
    let account = restante.json(&["account", "show", "a"]);
    let wait = seconds(&account["next_check"]) - seconds(&account["last_check"]);
    assert!((7199..7300).contains(&wait), "{wait} s: {account}");

    server.state().turns_away = Some("NO [AUTHENTICATIONFAILED] no");
    for _ in 0..2 {
        assert_eq!(restante.check("a")["cause"], "sign_in_rejected");
        assert!(
            restante.json(&["account", "show", "a"])["next_check"].is_string(),
            "it may have been a mood"
        );
    }
    assert_eq!(restante.check("a")["cause"], "sign_in_rejected");
    let account = restante.json(&["account", "show", "a"]);
    assert_eq!((&account["next_check"], &account["status"]), (&Value::Null, &json!("failing")), "{account}");
}

#[test]
fn quiet_folders_are_not_opened() {
    let mail = |first| Mailbox::new(7, six(first));
    let server = ImapServer::start([("A", mail(1)), ("B", mail(11)), ("C", mail(21)), ("INBOX", mail(31))]);
    let restante = Restante::new();
    let folders = ["--folders", "INBOX,A,B,C", "--keep-copy", "no", "--delete-after-days", "9"];
    restante.add_account("a", "imap", server.port, "none", &folders);
    assert_eq!(outcome(&restante.check("a")), ("ok", 24, 0));
    let opened = || {
        let asked =
            server.asked().into_iter().filter(|it| it.starts_with("EXAMINE") || it.starts_with("SELECT"));
        asked.collect::<Vec<_>>()
    };
    opened();
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    assert_eq!(opened(), [""; 0], "one listing says that nothing is new");
    server.change("B", |mailbox| {
        mailbox.messages.push((17, message(50)));
        mailbox.uid_next = 18;
    });
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 0));
    assert_eq!(opened(), ["EXAMINE \"B\""]);
    assert!(restante.run(&["account", "edit", "a", "--delete-after-days", "0"]).status.success());
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 25), "what may be deleted is a reason to open it");
}

#[test]
fn a_quarantined_message_is_never_deleted_on_the_server() {
    let mut mailbox = Mailbox::new(7, six(1));
    mailbox.refuses.insert(3);
    mailbox.messages.push((7, [message(6), vec![b'x'; 5000]].concat()));
    mailbox.uid_next = 8;
    let server = ImapServer::start([("INBOX", mailbox)]);
    let restante = Restante::new();
    let policy = ["--keep-copy", "no", "--largest-message", "4000"];
    restante.add_account("a", "imap", server.port, "none", &policy);
    for _ in 0..4 {
        restante.check("a");
    }
    let left: Vec<u32> = server.state().mailboxes["INBOX"].messages.iter().map(|(uid, _)| *uid).collect();
    assert_eq!(left, [3, 7]);
    let list = restante.json(&["quarantine", "list", "a"]);
    let mut kinds: Vec<_> = list.as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["fetch", "too_large"]);
    assert!(restante.run(&["account", "edit", "a", "--largest-message", "0"]).status.success());
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 1), "a raised limit lets it in by itself");
    let left: Vec<u32> = server.state().mailboxes["INBOX"].messages.iter().map(|(uid, _)| *uid).collect();
    assert_eq!(left, [3]);
}

#[test]
fn a_new_uidvalidity_fetches_nothing_twice_and_deletes_nothing_here() {
    let server = ImapServer::start([("INBOX", Mailbox::new(7, six(1)))]);
    let restante = Restante::new();
    restante.add_account("a", "imap", server.port, "none", &[]);
    assert_eq!(outcome(&restante.check("a")), ("ok", 6, 0));
    // One is gone, one is new, and two that nobody could tell apart by name.
    let mut anew: Vec<_> = six(101).into_iter().skip(1).collect();
    anew.push((200, message(20)));
    server.change("INBOX", |mailbox| *mailbox = Mailbox::new(8, anew));
    server.asked();
    let dry = restante.json(&["check", "a", "--dry-run"]);
    assert_eq!((&dry["new"], &dry["would_fetch"][0]["uid"]), (&json!(1), &json!(200)), "{dry}");
    server.asked();
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 0));
    assert_eq!(bodies(&server), ["200"], "what is here was told by name");
    assert_eq!(contents(&restante, "a"), sorted([(0..6).map(message).collect(), vec![message(20)]].concat()));
    assert_eq!(uids(&restante, "a", 8), BTreeSet::from([102, 103, 104, 105, 106, 200]));
    assert_eq!(uids(&restante, "a", 7), BTreeSet::from([1]), "it stays as it is");
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));

    // Somebody wants them deleted now. One of them only looks like the one that is here.
    server.change("INBOX", |mailbox| {
        let raw = &mut mailbox.messages[0].1;
        let at = raw.len() - 10;
        raw[at] = b'#';
    });
    assert!(restante.run(&["account", "edit", "a", "--keep-copy", "no"]).status.success());
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 6), "its bytes are seen before it may go");
    assert_eq!(restante.messages("a").len(), 8, "both of them are here");
    assert_eq!(server.state().mailboxes["INBOX"].messages, []);
}

#[test]
fn without_a_copy_a_new_uidvalidity_is_told_by_bytes() {
    let mut mailbox = Mailbox::new(7, six(1));
    mailbox.refuses.extend(1..=6);
    let server = ImapServer::start([("INBOX", mailbox)]);
    let restante = Restante::new();
    let policy = ["--keep-copy", "no", "--delete-after-days", "30"];
    restante.add_account("a", "imap", server.port, "none", &policy);
    server.change("INBOX", |mailbox| mailbox.refuses.clear());
    assert_eq!(outcome(&restante.check("a")), ("ok", 6, 0));
    server.change("INBOX", |mailbox| *mailbox = Mailbox::new(8, six(101)));
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    assert_eq!(restante.messages("a").len(), 6, "none is doubled");
    assert_eq!(uids(&restante, "a", 8).len(), 6);
}

#[test]
fn a_server_that_counts_anew_without_a_word_loses_nothing() {
    let server = ImapServer::start([("INBOX", Mailbox::new(7, six(1)))]);
    let restante = Restante::new();
    restante.add_account("a", "imap", server.port, "none", &[]);
    assert_eq!(outcome(&restante.check("a")), ("ok", 6, 0));
    // The old ones come back in another order, behind a new one.
    let anew = vec![(1, message(30)), (2, message(4)), (3, message(2))];
    server.change("INBOX", |mailbox| *mailbox = Mailbox::new(7, anew));
    server.asked();
    assert_eq!(outcome(&restante.check("a")), ("ok", 1, 0));
    assert_eq!(bodies(&server), ["1"]);
    assert_eq!(restante.messages("a").len(), 7);
    // A server that only understates its next UID is left in peace.
    server.change("INBOX", |mailbox| mailbox.uid_next = 2);
    server.asked();
    assert_eq!(outcome(&restante.check("a")), ("ok", 0, 0));
    let asked = server.asked();
    assert!(!asked.iter().any(|command| command.contains("HEADER.FIELDS")), "{asked:?}");
}

#[test]
fn an_interrupted_first_check_goes_on_and_takes_what_is_fresh_first() {
    let mut mailbox = Mailbox::new(7, six(1));
    mailbox.refuses.extend([1, 2]);
    let server = ImapServer::start([("INBOX", mailbox)]);
    let restante = Restante::new();
    restante.add_account("a", "imap", server.port, "none", &[]);
    assert_eq!(outcome(&restante.check("a")), ("failed", 4, 0), "the newest four are here");
    server.change("INBOX", |mailbox| {
        mailbox.refuses.clear();
        mailbox.messages.push((7, message(7)));
        mailbox.uid_next = 8;
    });
    server.asked();
    assert_eq!(outcome(&restante.check("a")), ("ok", 3, 0));
    let first = bodies(&server).remove(0);
    assert!(
        ["7,2,1", "7,2:1", "1:2,7", "7,1:2"].contains(&first.as_str()),
        "one command for the rest: {first}"
    );
    let messages = restante.messages("a");
    let id = |uid: u64| messages.iter().find(|it| it["uid"] == uid).unwrap()["id"].as_u64().unwrap();
    assert!(id(7) < id(2) && id(2) < id(1), "stored newest first");
    let asked = restante.check("a");
    assert_eq!(outcome(&asked), ("ok", 0, 0));
    assert!(!server.asked().iter().any(|command| command.contains("FETCH")), "progress stands at the end");
}

#[test]
fn a_dry_run_changes_nothing_and_says_what_would_happen() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    for (protocol, port) in [("imap", dovecot.imap), ("pop3", dovecot.pop3)] {
        (0..3).for_each(|number| dovecot.deliver(protocol, number, &message(number)));
        restante.add_account(protocol, protocol, port, "none", &["--keep-copy", "no"]);
        let before = restante.json(&["account", "show", protocol]);
        let dry = restante.json(&["check", protocol, "--dry-run"]);
        assert_eq!((outcome(&dry), &dry["dry_run"]), (("ok", 3, 3), &json!(true)), "{dry}");
        assert!(dry["bytes"].as_u64().unwrap() > 1000, "{dry}");
        let name = if protocol == "imap" { "uid" } else { "uidl" };
        assert!(!dry["would_delete"][0][name].is_null(), "{dry}");
        assert_eq!(dovecot.contents(protocol).len(), 3);
        assert_eq!(restante.messages(protocol), [Value::Null; 0]);
        assert_eq!(restante.json(&["account", "show", protocol]), before);

        let policy = ["account", "edit", protocol, "--delete-after-days", "5"];
        assert!(restante.run(&policy).status.success());
        assert_eq!(outcome(&restante.check(protocol)), ("ok", 3, 0), "not yet");
        let dry = restante.json(&["check", protocol, "--dry-run"]);
        assert_eq!(outcome(&dry), ("ok", 0, 0), "{dry}");
        assert!(restante.run(&["account", "edit", protocol, "--delete-after-days", "0"]).status.success());
        let dry = restante.json(&["check", protocol, "--dry-run"]);
        assert_eq!(outcome(&dry), ("ok", 0, 3), "{dry}");
        let ids = |messages: &[Value]| {
            messages.iter().map(|message| message["id"].as_u64().unwrap()).collect::<BTreeSet<_>>()
        };
        assert_eq!(ids(dry["would_delete"].as_array().unwrap()), ids(&restante.messages(protocol)));
        let receipts = restante.json(&["receipts", protocol]);
        assert_eq!(receipts, json!([]));
        assert_eq!(outcome(&restante.check(protocol)), ("ok", 0, 3));
        let receipts = restante.json(&["receipts", protocol]);
        assert_eq!(receipts.as_array().unwrap().len(), 3);
        assert_eq!(receipts[0]["reason"], "keep copy in server: no");
        assert!(!receipts[0]["at"].is_null() && !receipts[0]["blake3"].is_null(), "{receipts}");
    }
}

#[test]
fn after_n_days_and_not_before() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    let policy = ["--keep-copy", "no", "--delete-after-days", "5"];
    let ways = [("imap", dovecot.imap), ("pop3", dovecot.pop3)];
    for (protocol, port) in ways {
        (0..2).for_each(|number| dovecot.deliver(protocol, number, &message(number)));
        restante.add_account(protocol, protocol, port, "none", &policy);
        assert_eq!(outcome(&restante.check(protocol)), ("ok", 2, 0));
    }
    let day = 24 * 60 * 60 * 1000_i64;
    for (days, deleted) in [(4, 0), (2, 2)] {
        restante.execute(&format!("UPDATE message SET state_at = state_at - {}", days * day));
        for (protocol, _) in ways {
            assert_eq!(outcome(&restante.check(protocol)), ("ok", 0, deleted), "{protocol} {days}");
        }
    }
    let receipts = restante.json(&["receipts", "imap"]);
    assert!(receipts[0]["reason"].as_str().unwrap().contains("5 days"), "{receipts}");
}

#[test]
fn a_message_that_the_database_does_not_take_is_put_aside() {
    let server = ImapServer::start([("INBOX", Mailbox::new(7, six(1)))]);
    let restante = Restante::new();
    restante.add_account("a", "imap", server.port, "none", &["--keep-copy", "no"]);
    restante.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON message WHEN NEW.subject LIKE '% 3' \
         BEGIN SELECT RAISE(ABORT, 'not this one'); END",
    );
    let check = restante.check("a");
    assert_eq!((outcome(&check), &check["stage"]), (("failed", 0, 0), &json!("store")), "{check}");
    let check = restante.check("a");
    assert_eq!(outcome(&check), ("ok", 5, 5), "the others come without it: {check}");
    let list = restante.json(&["quarantine", "list", "a"]);
    assert_eq!((&list[0]["uid"], &list[0]["kind"]), (&json!(4), &json!("store")), "{list}");
    assert_eq!(server.state().mailboxes["INBOX"].messages.len(), 1, "and it stays where it is");
}

#[test]
fn a_panic_ends_one_check_and_nothing_else() {
    let server = ImapServer::start([("INBOX", Mailbox::new(7, six(1)))]);
    let restante = Restante::new();
    for name in ["a", "b"] {
        restante.add_account(name, "imap", server.port, "none", &[]);
    }
    let mut command = restante.command(&["check", "--all", "--json"]);
    let output = command.env("RESTANTE_FAILPOINT", "commit:1:panic").output().unwrap();
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results[0]["outcome"], "failed", "{results}");
    assert!(results[0]["error"].as_str().unwrap().contains("panic"), "{results}");
    assert_eq!((&results[1]["outcome"], &results[1]["new"]), (&json!("ok"), &json!(6)), "{results}");
    assert_eq!(restante.check("a")["new"], 6);
}

#[test]
fn older_mail_stays_on_the_server_until_somebody_wants_it() {
    const DAY: u64 = 86_400;
    let mail = Dovecot::start();
    let restante = Restante::new();
    // 2023-01-15, 2024-03-01 and 2025-06-01.
    for (number, days) in [19_372, 19_783, 20_240].into_iter().enumerate() {
        mail.deliver("old", number, &message(number));
        mail.date("old", number, days * DAY);
    }
    let policy = ["--fetch-since", "2025-01-01", "--keep-copy", "no"];
    restante.add_account("old", "imap", mail.imap, "none", &policy);
    let dry = || {
        let dry = restante.json(&["check", "old", "--dry-run"]);
        (dry["new"].as_u64().unwrap(), dry["deleted"].as_u64().unwrap())
    };
    assert_eq!(dry(), (1, 1));
    assert_eq!(outcome(&restante.check("old")), ("ok", 1, 1));
    assert_eq!(mail.files("old").len(), 2, "what is older is not deleted either");
    assert_eq!(outcome(&restante.check("old")), ("ok", 0, 0));

    let since =
        |day: &str| assert!(restante.run(&["account", "edit", "old", "--fetch-since", day]).status.success());
    since("2024-01-01");
    assert_eq!(dry(), (1, 1));
    assert_eq!(outcome(&restante.check("old")), ("ok", 1, 1));
    since("2026-01-01");
    assert_eq!(outcome(&restante.check("old")), ("ok", 0, 0));
    mail.deliver("old", 7, &message(7));
    mail.date("old", 7, 20_300 * DAY);
    assert_eq!(outcome(&restante.check("old")), ("ok", 0, 0), "it is new and of 2025 all the same");
    since("");
    assert_eq!(dry(), (2, 2), "what was passed over twice, long ago and just now");
    assert_eq!(outcome(&restante.check("old")), ("ok", 2, 2));
    assert_eq!((mail.files("old").len(), restante.messages("old").len()), (0, 4));
}

#[test]
fn a_folder_that_is_listed_in_utf_8_is_opened_as_it_is_listed() {
    let drafts = Mailbox::new(9, [(1, message(1)), (2, message(2))]);
    let server = ImapServer::start([("INBOX", Mailbox::new(7, [(1, message(0))])), ("Entwürfe", drafts)]);
    let restante = Restante::new();
    restante.add_account(
        "a",
        "imap",
        server.port,
        "none",
        &["--folders", "INBOX,Entwürfe", "--keep-copy", "no"],
    );
    let folders = restante.json(&["account", "folders", "a"]);
    assert_eq!(folders[1]["name"], "Entwürfe", "{folders}");
    assert_eq!(outcome(&restante.check("a")), ("ok", 3, 3));
}
