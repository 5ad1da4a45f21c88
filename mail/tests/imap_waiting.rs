//! Against a real Dovecot: what IMAP does beyond fetching. Folders, Message-IDs, waiting for mail.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, Awaited, Direct, MailSession, SpecialUse, Target, Trust, Waited};
use model::{Protocol, Security};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::dovecot::Dovecot;
use support::peer::Counted;

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
    assert_eq!(session.wait(Awaited::Messages, Duration::from_millis(300)).await.unwrap(), Waited::Nothing);
    assert!(begun.elapsed() < Duration::from_secs(5));

    let begun = Instant::now();
    let waiting = session.wait(Awaited::Messages, Duration::from_mins(1));
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
    let (waited, ()) = tokio::join!(session.wait(Awaited::Messages, Duration::from_mins(1)), delivery);
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

/// A server elsewhere, as far as we can tell.
struct Elsewhere {
    port: u16,
    read: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl mail::Dialer for Elsewhere {
    async fn dial(
        &self,
        _: &str,
        _: u16,
        limits: &mail::Limits,
        progress: &mut mail::Progress<'_>,
    ) -> Result<mail::net::BoxStream, mail::MailError> {
        let inner = Direct::default().dial("127.0.0.1", self.port, limits, progress).await?;
        Ok(Box::new(Counted { inner, read: self.read.clone() }))
    }
}

#[tokio::test]
async fn what_comes_from_elsewhere_comes_compressed() {
    let dovecot = Dovecot::start();
    let bodies: Vec<String> = (0..120)
        .map(|number| {
            format!("Subject: number {number}\n\n{}", "All the same, again and again.\n".repeat(number * 30))
        })
        .collect();
    for (number, body) in bodies.iter().enumerate() {
        dovecot.deliver("zoe", number, body.as_bytes());
    }
    for security in [Security::Plaintext, Security::StartTls, Security::ImplicitTls] {
        let target = Target {
            address: "mail.example".to_owned(),
            user_name: "zoe".to_owned(),
            trust: Trust::SkipVerification,
            ..support::target(Protocol::Imap, security)
        };
        let read = Arc::new(AtomicUsize::new(0));
        let dialer = Elsewhere { port: dovecot.port(Protocol::Imap, security), read: read.clone() };
        let mut session = mail::open(&target, &dialer).await.unwrap();
        assert!(session.capabilities().iter().any(|offered| offered == "COMPRESS=DEFLATE"));
        session.open("INBOX", Access::ReadOnly).await.unwrap();
        let listed = session.list_messages(None).await.unwrap();
        let (into, mut from) = tokio::sync::mpsc::channel(1000);
        session.fetch(&listed, into).await.unwrap();
        for body in &bodies {
            let mail::FetchedBody::Raw(bytes) = from.recv().await.unwrap().body else { panic!() };
            assert!(bytes == body.replace('\n', "\r\n").into_bytes());
        }
        assert_eq!(
            session.wait(Awaited::Messages, Duration::from_millis(100)).await.unwrap(),
            Waited::Nothing
        );
        session.close().await;
        let (came, bytes) = (read.load(Ordering::Relaxed), bodies.iter().map(String::len).sum::<usize>());
        assert!(came < bytes / 20, "{came} bytes came for {bytes}");
    }
}
