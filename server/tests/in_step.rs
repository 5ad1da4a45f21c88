//! Accounts that stay in step with their server: read and flagged state the same on both sides, and what left the server
//! known and, where that is wanted, dropped. Once with a server that counts changes and tells what left (Dovecot: CONDSTORE,
//! QRESYNC), once with one that has nothing but its lists.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

mod support;

use serde_json::{Value, json};
use std::collections::BTreeMap;
use support::dovecot::{Dovecot, message};
use support::imap::{ImapServer, Mailbox};
use support::mail_client::MailClient;
use support::restante::Restante;
use support::server::Server;
use support::wait_for;

/// How messages are marked, by UID: `r` where read, `f` where flagged.
type Marks = BTreeMap<u32, String>;

/// One mailbox, its account *ann* here, and somebody who marks its messages in the browser.
struct Story {
    restante: Restante,
    server: Server,
    cookie: String,
}

impl Story {
    fn new(port: u16, more: &[&str]) -> Self {
        let restante = Restante::new();
        restante.add_account("ann", "imap", port, "none", more);
        let (server, cookie) = Server::start_signed_in(&restante);
        Self { restante, server, cookie }
    }

    fn check(&self) {
        let check = self.restante.check("ann");
        assert_eq!(check["outcome"], "ok", "{check}");
    }

    fn account(&self) -> Value {
        self.restante.json(&["account", "show", "ann"])
    }

    fn rows(&self) -> Vec<Value> {
        let query = json!({ "query": { "filter": {}, "page_size": 200 } });
        let page: Value =
            serde_json::from_str(&self.server.call("messages/list", &self.cookie, &query).body).unwrap();
        page["rows"].as_array().unwrap().clone()
    }

    /// The number of each message here, by UID.
    fn ids(&self) -> BTreeMap<u32, i64> {
        let messages = self.restante.messages("ann");
        let uid = |message: &Value| u32::try_from(message["uid"].as_u64().unwrap()).unwrap();
        messages.iter().map(|message| (uid(message), message["id"].as_i64().unwrap())).collect()
    }

    fn here(&self) -> Marks {
        let rows: BTreeMap<i64, Value> =
            self.rows().into_iter().map(|row| (row["id"].as_i64().unwrap(), row)).collect();
        let marks = |id: &i64| letters(rows[id]["unread"] == false, rows[id]["flagged"] == true);
        let marks: Marks = self.ids().iter().map(|(uid, id)| (*uid, marks(id))).collect();
        let unread = marks.values().filter(|marks| !marks.contains('r')).count();
        assert_eq!(self.account()["unread"], unread, "the count of unread messages");
        marks
    }

    fn mark(&self, uid: u32, mark: &Value) {
        let body = json!({ "ids": [self.ids()[&uid]], "mark": mark });
        assert_eq!(self.server.call("messages/mark", &self.cookie, &body).status, 200);
    }

    fn states(&self) -> BTreeMap<u64, String> {
        let messages = self.restante.messages("ann").into_iter();
        messages
            .map(|message| (message["uid"].as_u64().unwrap(), message["state"].as_str().unwrap().to_owned()))
            .collect()
    }
}

fn letters(read: bool, flagged: bool) -> String {
    format!("{}{}", if read { "r" } else { "" }, if flagged { "f" } else { "" })
}

fn marks(all: &[(u32, &str)]) -> Marks {
    all.iter().map(|(uid, marks)| (*uid, (*marks).to_owned())).collect()
}

/// What both sides are to each other, whatever the server can do. `there` tells how it has its messages marked, `elsewhere`
/// marks one of them with another program, `deliver` brings one.
fn the_story_of_marks(
    story: &Story,
    there: &mut dyn FnMut() -> Marks,
    elsewhere: &mut dyn FnMut(u32, &str),
    deliver: &mut dyn FnMut(u32),
) {
    // Read elsewhere before anything was fetched; flagged here, and nobody is told yet.
    elsewhere(2, "+FLAGS (\\Seen)");
    story.check();
    story.mark(1, &json!({ "flagged": true }));
    story.check();
    assert_eq!(story.here(), marks(&[(1, "f"), (2, ""), (3, ""), (4, "")]), "nothing is mirrored unasked");
    assert_eq!(there(), marks(&[(1, ""), (2, "r"), (3, ""), (4, "")]));

    assert!(story.restante.run(&["account", "edit", "ann", "--mirror-read-state"]).status.success());
    story.check();
    let both = marks(&[(1, "f"), (2, "r"), (3, ""), (4, "")]);
    assert_eq!((story.here(), there()), (both.clone(), both), "what is so on either side");

    // Both ways at once, on different messages and on one.
    elsewhere(2, "-FLAGS (\\Seen)");
    elsewhere(3, "+FLAGS (\\Flagged)");
    elsewhere(4, "+FLAGS (\\Seen)");
    story.mark(1, &json!({ "unread": false }));
    story.mark(3, &json!({ "unread": false }));
    story.mark(4, &json!({ "unread": false }));
    story.mark(4, &json!({ "flagged": true }));
    story.check();
    let both = marks(&[(1, "rf"), (2, ""), (3, "rf"), (4, "rf")]);
    assert_eq!((story.here(), there()), (both.clone(), both));

    // And back, with a message that comes read.
    story.mark(1, &json!({ "unread": true }));
    story.mark(1, &json!({ "flagged": false }));
    elsewhere(3, "-FLAGS (\\Seen \\Flagged)");
    deliver(5);
    elsewhere(5, "+FLAGS (\\Seen)");
    story.check();
    let both = marks(&[(1, ""), (2, ""), (3, ""), (4, "rf"), (5, "r")]);
    assert_eq!((story.here(), there()), (both.clone(), both.clone()));
    story.check();
    assert_eq!((story.here(), there()), (both.clone(), both), "what was told is no news");
}

/// What leaves: known, and dropped when its days are over. `leave` takes a message out with another program.
fn the_story_of_leaving(story: &Story, leave: &mut dyn FnMut(u32)) {
    leave(2);
    leave(4);
    story.check();
    let state = |uid| story.states()[&uid].clone();
    assert_eq!([1, 2, 3, 4, 5].map(state), ["stored", "gone", "stored", "gone", "stored"]);
    assert_eq!(story.rows().len(), 5, "nothing is dropped unasked");
    story.mark(2, &json!({ "flagged": true }));

    assert!(story.restante.run(&["account", "edit", "ann", "--drop-gone-after-days", "3"]).status.success());
    story.check();
    assert_eq!(story.rows().len(), 5, "not before its time");
    let day = 24 * 60 * 60 * 1000;
    story.restante.execute(&format!("UPDATE message SET state_at = state_at - 4 * {day} WHERE uid = 4"));
    story.check();
    assert_eq!(story.states().into_keys().collect::<Vec<_>>(), [1, 2, 3, 5]);
    assert_eq!(story.account()["messages"], 4);
    assert_eq!(story.here().len(), 4);
    let records = story.restante.json(&["audit"]);
    let dropped =
        records.as_array().unwrap().iter().find(|record| record["action"] == "account.gone_dropped");
    assert_eq!(dropped.unwrap()["changes"][0]["after"], "1", "{records}");
    let blobs = story.restante.numbers("SELECT COUNT(*) FROM blob");
    assert_eq!(blobs, [4], "its bytes went with it");
}

#[test]
fn with_a_server_that_counts_changes() {
    let dovecot = Dovecot::start();
    for number in 1..=4 {
        dovecot.deliver("ann", number, &message(number));
    }
    let story = Story::new(dovecot.imap, &[]);
    let mut other = MailClient::sign_in(dovecot.imap, "ann");
    let flags = |other: &mut MailClient| -> Marks {
        let on_server = other.contents("INBOX");
        let has = |flags: &[String], name: &str| flags.iter().any(|flag| flag == name);
        on_server
            .iter()
            .map(|message| {
                (message.uid, letters(has(&message.flags, "\\Seen"), has(&message.flags, "\\Flagged")))
            })
            .collect()
    };
    let mut looking = MailClient::sign_in(dovecot.imap, "ann");
    the_story_of_marks(
        &story,
        &mut || flags(&mut looking),
        &mut |uid, change| {
            other.open("INBOX");
            other.mark(uid, change);
        },
        &mut |number| dovecot.deliver("ann", number as usize, &message(number as usize)),
    );
    the_story_of_leaving(&story, &mut |uid| {
        other.open("INBOX");
        other.expunge(uid);
    });

    // What is fetched long after it was marked there is no change any more, and marked all the same.
    let limit =
        |bytes| story.restante.run(&["account", "edit", "ann", "--largest-message", bytes]).status.success();
    assert!(limit("50"));
    dovecot.deliver("ann", 6, &message(6));
    other.open("INBOX");
    other.mark(6, "+FLAGS (\\Seen)");
    story.check();
    story.check();
    assert_eq!(story.here().len(), 4, "it is too large");
    assert!(limit("0"));
    story.check();
    assert_eq!(story.here()[&6], "r");

    // Whoever is told at once of new mail is told of marks as well; what is marked here is told soon.
    let instant = ["account", "edit", "ann", "--instant", "--automatic-check", "yes", "--interval", "3000"];
    assert!(story.restante.run(&instant).status.success());
    other.open("INBOX");
    wait_for("the marks of another program", 60, || {
        // The connection that waits stands some time after the account was changed.
        other.mark(5, "-FLAGS (\\Flagged)");
        other.mark(5, "+FLAGS (\\Flagged)");
        std::thread::sleep(std::time::Duration::from_millis(500));
        story.here()[&5] == "rf"
    });
    let due = |story: &Story| story.account()["next_check"].as_str().unwrap().to_owned();
    wait_for("the next check to be far away", 30, || story.account()["status"] == "healthy");
    let far = due(&story);
    story.mark(5, &json!({ "flagged": false }));
    // A check that was under way may have told it already.
    wait_for("the next check, or the mark there", 30, || due(&story) < far || flags(&mut looking)[&5] == "r");
}

#[test]
fn with_a_server_that_has_nothing_but_its_lists() {
    let mailbox = Mailbox::new(7, (1..=4).map(|uid| (uid, message(uid as usize))));
    let imap = ImapServer::start([("INBOX", mailbox), ("Empty", Mailbox::new(9, []))]);
    // Two folders: it says of both in one listing how many messages they have, and quiet ones are not opened.
    let story = Story::new(imap.port, &["--folders", "INBOX,Empty"]);
    the_story_of_marks(
        &story,
        &mut || {
            let state = imap.state();
            let mailbox = &state.mailboxes["INBOX"];
            let has =
                |uid: &u32, name: &str| mailbox.flags.get(uid).is_some_and(|flags| flags.contains(name));
            mailbox
                .messages
                .iter()
                .map(|(uid, _)| (*uid, letters(has(uid, "\\Seen"), has(uid, "\\Flagged"))))
                .collect()
        },
        &mut |uid, change| {
            imap.change("INBOX", |mailbox| {
                let flags = mailbox.flags.entry(uid).or_default();
                for flag in change.split(['(', ')']).nth(1).unwrap().split(' ') {
                    if change.starts_with('-') {
                        flags.remove(flag)
                    } else {
                        flags.insert(flag.to_owned())
                    };
                }
            });
        },
        &mut |uid| {
            imap.change("INBOX", |mailbox| {
                mailbox.messages.push((uid, message(uid as usize)));
                mailbox.uid_next = uid + 1;
            });
        },
    );
    the_story_of_leaving(&story, &mut |uid| {
        imap.change("INBOX", |mailbox| mailbox.messages.retain(|(other, _)| *other != uid));
    });

    // One comes while another leaves: the count alone would say that nothing happened.
    imap.change("INBOX", |mailbox| {
        mailbox.messages.retain(|(uid, _)| *uid != 3);
        mailbox.messages.push((6, message(6)));
        mailbox.uid_next = 7;
    });
    story.check();
    assert_eq!(story.states()[&3], "gone");
    // What comes back is there again.
    imap.change("INBOX", |mailbox| mailbox.messages.insert(1, (2, message(2))));
    story.check();
    assert_eq!((story.states()[&2].as_str(), story.states()[&3].as_str()), ("stored", "gone"));
    // What nobody touched is not listed again.
    assert!(story.restante.run(&["account", "edit", "ann", "--mirror-read-state", "no"]).status.success());
    story.check();
    imap.asked();
    story.check();
    assert!(!imap.asked().iter().any(|command| command == "EXAMINE \"INBOX\""), "it is not opened");

    // A server that does not let itself be told says so, and the mark stays here to be told later.
    assert!(story.restante.run(&["account", "edit", "ann", "--mirror-read-state"]).status.success());
    story.mark(1, &json!({ "flagged": true }));
    imap.state().refuses_marks = true;
    let check = story.restante.check("ann");
    assert_eq!((&check["outcome"], &check["cause"]), (&json!("failed"), &json!("protocol_error")), "{check}");
    assert!(check["server_reply"].as_str().unwrap().contains("read-only"), "{check}");
    imap.state().refuses_marks = false;
    story.check();
    assert!(imap.state().mailboxes["INBOX"].flags[&1].contains("\\Flagged"));
}
