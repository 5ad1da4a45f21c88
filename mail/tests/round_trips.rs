//! How often we wait for a server: counted by the clock, with every byte delayed and the clock paused.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, FetchedBody, MailSession, Observed, Target};
use model::{MessageKey, Protocol, Security, Stage};
use std::time::Duration;
use support::peer::{Kept, Peer, Shared, delayed, honest};
use support::{imap, pop3};
use tokio::sync::mpsc;
use tokio::time::Instant;

const ROUND_TRIP: Duration = Duration::from_millis(80);

fn mailbox(count: u32, capabilities: &str) -> Shared {
    let bodies: Vec<(u32, Vec<u8>)> = (1..=count)
        .map(|uid| (uid, format!("Subject: {uid}\r\n\r\nHello {uid}.\r\n").into_bytes()))
        .collect();
    let messages: Vec<(u32, &[u8])> = bodies.iter().map(|(uid, bytes)| (*uid, &bytes[..])).collect();
    Kept::shared(&messages, capabilities)
}

fn round_trips(since: Instant) -> u128 {
    since.elapsed().as_millis() / ROUND_TRIP.as_millis()
}

/// Signs in; also says when the sign-in itself was done.
async fn signed_in(protocol: Protocol, server: &Shared) -> (Box<dyn MailSession>, Instant) {
    let stream = match protocol {
        Protocol::Imap => imap::serve(server, honest()),
        Protocol::Pop3 => pop3::serve(server, honest()),
    };
    let peer = Peer::new(delayed(stream, ROUND_TRIP));
    let target: Target = support::target(protocol, Security::Plaintext);
    let mut done = Instant::now();
    let mut entered = |observed| {
        if observed == Observed::Stage(Stage::Capabilities) {
            done = Instant::now();
        }
    };
    let session = mail::open_observed(&target, &peer, &mut entered).await.unwrap();
    (session, done)
}

#[tokio::test(start_paused = true)]
async fn finding_nothing_new_takes_three_whatever_the_size_of_the_mailbox() {
    for (protocol, capabilities) in
        [(Protocol::Imap, imap::USUAL), (Protocol::Imap, "IMAP4rev1"), (Protocol::Pop3, "UIDL,PIPELINING")]
    {
        for count in [100, 100_000] {
            // A listing of 100,000 lines takes POP3 no round trip more.
            let server = mailbox(count, capabilities);
            let (mut session, done) = signed_in(protocol, &server).await;
            let opened = session.open("INBOX", Access::ReadOnly).await.unwrap();
            assert_eq!(opened.exists, count);
            if protocol == Protocol::Pop3 {
                assert_eq!(session.list_messages(None).await.unwrap().len(), count as usize);
            }
            session.close().await;
            assert!(round_trips(done) <= 3, "{protocol:?} {count}: {}", round_trips(done));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn all_folders_are_told_in_one() {
    let server = mailbox(3, imap::USUAL);
    let (mut session, _) = signed_in(Protocol::Imap, &server).await;
    let begun = Instant::now();
    let folders = session.list().await.unwrap();
    assert_eq!(round_trips(begun), 1);
    assert_eq!(folders[0].status.unwrap().messages, 3);
    assert_eq!(folders[1].name, "Gesendet & mehr");
    assert_eq!((folders[1].special_use, folders[1].status), (Some(mail::SpecialUse::Sent), None));
}

#[tokio::test(start_paused = true)]
async fn five_hundred_messages_take_forty_deletion_included() {
    for (protocol, capabilities) in [(Protocol::Imap, imap::USUAL), (Protocol::Pop3, "UIDL,PIPELINING")] {
        let server = mailbox(500, capabilities);
        let begun = Instant::now();
        let (mut session, _) = signed_in(protocol, &server).await;
        session.open("INBOX", Access::ReadOnly).await.unwrap();
        let listed = session.list_messages(None).await.unwrap();
        let (into, mut from) = mpsc::channel(1000);
        session.fetch(&listed, into).await.unwrap();
        let mut whole = 0;
        while let Some(fetched) = from.recv().await {
            whole += usize::from(matches!(fetched.body, FetchedBody::Raw(_)));
        }
        assert_eq!(whole, 500);
        if protocol == Protocol::Imap {
            session.open("INBOX", Access::ReadWrite).await.unwrap();
        }
        assert_eq!(session.delete(&listed).await.unwrap().len(), 500);
        session.close().await;
        assert!(round_trips(begun) <= 40, "{protocol:?}: {}", round_trips(begun));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_new_among_many_is_asked_for_alone() {
    let server = mailbox(100_000, imap::USUAL);
    let (mut session, done) = signed_in(Protocol::Imap, &server).await;
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    let listed = session.list_messages(Some(99_981)).await.unwrap();
    let keys: Vec<_> = listed.iter().map(|message| message.key.clone()).collect();
    assert_eq!(keys, (99_981..=100_000).map(MessageKey::Uid).collect::<Vec<_>>());
    let (into, _from) = mpsc::channel(1000);
    session.fetch(&listed, into).await.unwrap();
    assert!(round_trips(done) <= 4, "{}", round_trips(done));
    let heard = server.lock().unwrap().heard.clone();
    let fetches: Vec<_> = heard.iter().filter(|command| command.contains("FETCH")).collect();
    assert_eq!(
        fetches,
        ["UID FETCH 99981:* (UID RFC822.SIZE INTERNALDATE)", "UID FETCH 99981:100000 (UID BODY.PEEK[])",]
    );
}

#[tokio::test(start_paused = true)]
async fn a_whole_mailbox_is_listed_in_windows_that_fly_together() {
    let server = mailbox(10_001, imap::USUAL);
    let (mut session, _) = signed_in(Protocol::Imap, &server).await;
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    let begun = Instant::now();
    assert_eq!(session.list_messages(None).await.unwrap().len(), 10_001);
    assert!(round_trips(begun) <= 2, "{}", round_trips(begun));
    let heard = server.lock().unwrap().heard.clone();
    assert!(heard.iter().any(|command| command.starts_with("FETCH 10001:10001 ")), "{heard:?}");
}
