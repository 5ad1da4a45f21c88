//! Accounts that wait for new mail: it is here, and said in the stream of events, within a second.

#![expect(clippy::unwrap_used, reason = "a story told outside of a test function")]

mod support;

use std::io::BufRead;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use support::dovecot::{Dovecot, message};
use support::imap::{ImapServer, Mailbox};
use support::restante::Restante;
use support::server::Server;

const POLICY: [&str; 5] = ["--instant", "--automatic-check", "yes", "--interval", "604800"];

#[test]
fn new_mail_is_in_the_stream_of_events_within_a_second_and_the_end_is_clean() {
    let (dovecot, restante) = (Dovecot::start(), Restante::new());
    dovecot.deliver("a", 0, &message(0));
    restante.add_account("a", "imap", dovecot.imap, "none", &[]);
    assert!(restante.run(&[&["account", "edit", "a"][..], &POLICY].concat()).status.success());
    let (server, cookie) = Server::start_signed_in(&restante);
    support::wait_for("the first check", 20, || restante.messages("a").len() == 1);
    support::wait_for("the connection that waits", 20, || waits(&restante));
    let events = server.stream("/api/live", &cookie);
    let (sender, heard) = mpsc::channel();
    std::thread::spawn(move || {
        for line in events.lines().map_while(Result::ok) {
            if line.contains("messages") {
                let _ = sender.send(Instant::now());
            }
        }
    });
    std::thread::sleep(Duration::from_millis(1500));
    for number in 1..4 {
        while heard.try_recv().is_ok() {}
        let delivered = Instant::now();
        dovecot.deliver("a", number, &message(number));
        let at = heard.recv_timeout(Duration::from_secs(10)).unwrap();
        let took = at.duration_since(delivered);
        assert!(took < Duration::from_secs(1), "{took:?}");
        support::wait_for("the message", 5, || restante.messages("a").len() == number + 1);
        std::thread::sleep(Duration::from_millis(700));
    }
    let mut server = server;
    let began = Instant::now();
    let pid = server.process.0.id().to_string();
    assert!(std::process::Command::new("kill").arg(pid).status().unwrap().success());
    let status = server.process.0.wait().unwrap();
    assert!(status.success() && began.elapsed() < Duration::from_secs(10), "{status} {:?}", began.elapsed());
}

/// The second check follows the connection that waits.
fn waits(restante: &Restante) -> bool {
    std::fs::read_to_string(restante.data().join("server.log")).unwrap().matches("checked").count() >= 2
}

#[test]
fn where_nobody_can_wait_the_schedule_stays() {
    let server = ImapServer::start([("INBOX", Mailbox::new(7, vec![(1, message(1))]))]);
    let restante = Restante::new();
    restante.add_account("a", "imap", server.port, "none", &[]);
    assert!(restante.run(&[&["account", "edit", "a"][..], &POLICY].concat()).status.success());
    let (_running, _) = Server::start_signed_in(&restante);
    let log = || std::fs::read_to_string(restante.data().join("server.log")).unwrap();
    support::wait_for("the word about it", 20, || log().contains("cannot tell of new mail"));
    server.asked();
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(server.asked(), [""; 0], "it is not asked again and again");
    assert_eq!(restante.json(&["account", "show", "a"])["instant"], true);
}
