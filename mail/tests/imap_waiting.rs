//! Against a real Dovecot: what IMAP does beyond fetching. Folders, Message-IDs, waiting for mail.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, Direct, MailSession, SpecialUse, Target, Waited};
use model::{Protocol, Security};
use std::time::{Duration, Instant};
use support::dovecot::Dovecot;

async fn session(dovecot: &Dovecot, user: &str) -> Box<dyn MailSession> {
    let port = dovecot.port(Protocol::Imap, Security::Plaintext);
    let user_name = user.to_owned();
    let target = Target { port, user_name, ..support::target(Protocol::Imap, Security::Plaintext) };
    mail::open(&target, &Direct::default()).await.unwrap()
}

fn deliver(dovecot: &Dovecot, user: &str, number: usize) {
    let text = format!("Message-ID: <{number}@example>\nSubject: number {number}\n\nHello.\n");
    dovecot.deliver(user, number, text.as_bytes());
}

#[tokio::test]
async fn new_mail_ends_the_wait_at_once_and_silence_ends_it_in_time() {
    let dovecot = Dovecot::start();
    deliver(&dovecot, "ann", 0);
    let mut session = session(&dovecot, "ann").await;
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    assert!(session.can_wait());
    let begun = Instant::now();
    assert_eq!(session.wait(Duration::from_millis(300)).await.unwrap(), Waited::Nothing);
    assert!(begun.elapsed() < Duration::from_secs(5));

    let begun = Instant::now();
    let waiting = session.wait(Duration::from_mins(1));
    let delivery = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        deliver(&dovecot, "ann", 1);
    };
    let (waited, ()) = tokio::join!(waiting, delivery);
    assert_eq!(waited.unwrap(), Waited::Changed);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    // The session goes on, and knows of the new message without opening the mailbox again.
    assert_eq!(session.list_messages(None).await.unwrap().len(), 2);
    session.close().await;
}

#[tokio::test]
async fn an_empty_mailbox_that_fills_while_waiting_is_listed() {
    let dovecot = Dovecot::start();
    let mut session = session(&dovecot, "eve").await;
    assert_eq!(session.open("INBOX", Access::ReadOnly).await.unwrap().exists, 0);
    let delivery = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        deliver(&dovecot, "eve", 0);
    };
    let (waited, ()) = tokio::join!(session.wait(Duration::from_mins(1)), delivery);
    assert_eq!(waited.unwrap(), Waited::Changed);
    assert_eq!(session.list_messages(Some(1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn folders_come_with_what_is_in_them_and_messages_with_their_ids() {
    let dovecot = Dovecot::start();
    for number in 0..3 {
        deliver(&dovecot, "ann", number);
    }
    dovecot.deliver("ann", 3, b"Subject: without an id\n\nHello.\n");
    let mut session = session(&dovecot, "ann").await;
    let folders = session.list().await.unwrap();
    let inbox = folders.iter().find(|folder| folder.name == "INBOX").unwrap();
    assert_eq!((inbox.special_use, inbox.selectable), (Some(SpecialUse::Inbox), true));
    let opened = session.open("INBOX", Access::ReadOnly).await.unwrap();
    let status = inbox.status.unwrap();
    assert_eq!(status.messages, opened.exists);
    assert_eq!((Some(status.uid_next), Some(status.uid_validity)), (opened.uid_next, opened.uid_validity));
    let listed = session.list_messages(None).await.unwrap();
    let ids = session.fetch_ids(&listed).await.unwrap();
    let expected: Vec<_> = listed[..3]
        .iter()
        .enumerate()
        .map(|(number, message)| (message.key.clone(), format!("{number}@example")))
        .collect();
    assert_eq!(ids, expected);
    session.close().await;
}
