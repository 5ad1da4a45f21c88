//! Against a real Dovecot: every protocol over every security.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, Direct, Fetched, FetchedBody, MailSession, RemoteMessage, Target, Trust};
use model::{Cause, MessageKey, Protocol, Security, Stage};
use std::time::Duration;
use support::dovecot::Dovecot;
use tokio::sync::mpsc;

const PROTOCOLS: [Protocol; 2] = [Protocol::Imap, Protocol::Pop3];
const SECURITIES: [Security; 3] = [Security::Plaintext, Security::StartTls, Security::ImplicitTls];

fn target(dovecot: &Dovecot, user: &str, protocol: Protocol, security: Security) -> Target {
    let port = dovecot.port(protocol, security);
    let user_name = user.to_owned();
    Target { port, user_name, trust: Trust::SkipVerification, ..support::target(protocol, security) }
}

/// Messages with all that a protocol could stumble over, written with LF.
fn messages() -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = vec![
        b"Subject: dots\n\n.\n..\n...three\n.end\n".to_vec(),
        b"Subject: 8 bit\n\nGr\xfc\xdfe \xff\x01 {400000000}\nA1 OK not an answer\n* BYE neither\n".to_vec(),
        b"Subject: no body\n\n".to_vec(),
        [b"Subject: a long line\n\n".to_vec(), vec![b'x'; 200_000], b"\n".to_vec()].concat(),
        [
            &b"Subject: above a batch\n\n"[..],
            &b"0123456789 0123456789 0123456789 0123456789\n".repeat(110_000),
        ]
        .concat(),
    ];
    for number in 0..150 {
        messages.push(format!("Subject: number {number}\n\nHello {number}.\n").into_bytes());
    }
    messages
}

fn with_crlf(message: &[u8]) -> Vec<u8> {
    message.split_inclusive(|byte| *byte == b'\n').fold(Vec::new(), |mut lines, line| {
        lines.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        lines.extend_from_slice(b"\r\n");
        lines
    })
}

async fn fetch(session: &mut dyn MailSession, wanted: &[RemoteMessage]) -> Vec<Fetched> {
    let (into, mut from) = mpsc::channel(4);
    let collect = async {
        let mut all = Vec::new();
        while let Some(fetched) = from.recv().await {
            all.push(fetched);
        }
        all
    };
    let (fetched, all) = tokio::join!(session.fetch(wanted, into), collect);
    fetched.unwrap();
    all
}

#[tokio::test]
async fn mail_arrives_exactly_and_is_deleted_when_asked() {
    let dovecot = Dovecot::start();
    let messages = messages();
    for protocol in PROTOCOLS {
        for security in SECURITIES {
            let user = format!("{}-{}", protocol.id(), security.id());
            for (number, message) in messages.iter().enumerate() {
                dovecot.deliver(&user, number, message);
            }
            story(&dovecot, &target(&dovecot, &user, protocol, security), &messages).await;
        }
    }
}

async fn story(dovecot: &Dovecot, target: &Target, messages: &[Vec<u8>]) {
    let dialer = Direct::default();
    let mut session = mail::open(target, &dialer).await.unwrap();
    assert!(session.list().await.unwrap().iter().any(|folder| folder.name == "INBOX" && folder.selectable));
    let mailbox = session.open("INBOX", Access::ReadOnly).await.unwrap();
    assert_eq!(mailbox.exists as usize, messages.len());
    assert!(mailbox.keys_are_unique);
    let listed = session.list_messages(None).await.unwrap();
    assert_eq!(listed.len(), messages.len());
    if target.protocol == Protocol::Imap {
        assert!(mailbox.uid_validity.is_some() && mailbox.uid_next.is_some());
        assert!(listed.iter().all(|message| message.received.is_some()));
        // `n:*` names the last message in any case; it is not new.
        assert_eq!(session.list_messages(mailbox.uid_next).await.unwrap(), []);
        let MessageKey::Uid(last) = listed[listed.len() - 1].key else { panic!() };
        assert_eq!(session.list_messages(Some(last)).await.unwrap(), listed[listed.len() - 1..]);
    }
    let fetched = fetch(&mut *session, &listed).await;
    assert_eq!(fetched.len(), messages.len());
    for ((fetched, listed), message) in fetched.iter().zip(&listed).zip(messages) {
        assert_eq!(&fetched.message, listed);
        let FetchedBody::Raw(bytes) = &fetched.body else { panic!("{fetched:?}") };
        assert!(*bytes == with_crlf(message), "{:?}", &bytes[..bytes.len().min(60)]);
    }
    session.close().await;
    let seen = dovecot.files(&target.user_name).iter().filter(|name| name.ends_with('S')).count();
    assert!(target.protocol == Protocol::Pop3 || seen == 0, "{seen} messages were marked as read");

    let mut session = mail::open(target, &dialer).await.unwrap();
    session.open("INBOX", Access::ReadWrite).await.unwrap();
    let listed = session.list_messages(None).await.unwrap();
    let (delete, keep) = listed.split_at(120);
    let gone = session.delete(delete).await.unwrap();
    assert_eq!(gone, delete.iter().map(|message| message.key.clone()).collect::<Vec<_>>());
    session.close().await;
    assert_eq!(dovecot.files(&target.user_name).len(), keep.len());

    let mut session = mail::open(target, &dialer).await.unwrap();
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    let left: Vec<_> = session.list_messages(None).await.unwrap().into_iter().map(|left| left.key).collect();
    assert_eq!(left, keep.iter().map(|message| message.key.clone()).collect::<Vec<_>>());
}

#[tokio::test]
async fn refusals_are_typed_and_carry_the_servers_words() {
    let dovecot = Dovecot::start();
    for protocol in PROTOCOLS {
        for security in SECURITIES {
            let good = target(&dovecot, "ann", protocol, security);
            let wrong = Target { secret: mail::Secret::Password("wrong".to_owned().into()), ..good.clone() };
            let error = mail::open(&wrong, &Direct::default()).await.err().unwrap();
            assert_eq!((error.kind, error.stage), (Cause::SignInRejected, Stage::SignIn), "{error}");
            assert!(error.server_reply.unwrap().contains("Authentication failed"));

            let mut session = mail::open(&good, &Direct::default()).await.unwrap();
            let error = session.open("Nowhere & back", Access::ReadOnly).await.unwrap_err();
            assert_eq!((error.kind, error.reach), (Cause::FolderMissing, mail::Reach::Mailbox), "{error}");
            session.open("inbox", Access::ReadOnly).await.unwrap();
            assert_eq!(session.list_messages(None).await.unwrap(), []);
            session.close().await;
        }
    }
}

#[tokio::test]
async fn certificates_and_mixed_up_ports_are_named() {
    let dovecot = Dovecot::start();
    for protocol in PROTOCOLS {
        for security in [Security::StartTls, Security::ImplicitTls] {
            let strict = Target { trust: Trust::SystemRoots, ..target(&dovecot, "ann", protocol, security) };
            let error = mail::open(&strict, &Direct::default()).await.err().unwrap();
            assert_eq!((error.kind, error.stage), (Cause::CertSelfSigned, Stage::Security), "{error}");
        }
        let plain = dovecot.port(protocol, Security::Plaintext);
        let mixed = Target { port: plain, ..target(&dovecot, "ann", protocol, Security::ImplicitTls) };
        let error = mail::open(&mixed, &Direct::default()).await.err().unwrap();
        assert_eq!(error.kind, Cause::TlsOnPlainPort, "{error}");
        let secured = dovecot.port(protocol, Security::ImplicitTls);
        let mut mixed = Target { port: secured, ..target(&dovecot, "ann", protocol, Security::Plaintext) };
        mixed.limits.greeting = Duration::from_millis(300);
        let error = mail::open(&mixed, &Direct::default()).await.err().unwrap();
        assert_eq!(error.kind, Cause::PlainOnTlsPort, "{error}");
        for other in PROTOCOLS.into_iter().filter(|other| *other != protocol) {
            let port = dovecot.port(other, Security::Plaintext);
            let mixed = Target { port, ..target(&dovecot, "ann", protocol, Security::Plaintext) };
            let error = mail::open(&mixed, &Direct::default()).await.err().unwrap();
            assert_eq!(error.kind, Cause::WrongProtocol, "{error}");
        }
    }
}

#[tokio::test]
async fn a_dropped_pop3_session_deletes_nothing_and_a_dropped_receiver_leaves_the_session_usable() {
    let dovecot = Dovecot::start();
    for protocol in PROTOCOLS {
        let user = format!("drop-{}", protocol.id());
        let messages = messages();
        for (number, message) in messages.iter().enumerate() {
            dovecot.deliver(&user, number, message);
        }
        let target = target(&dovecot, &user, protocol, Security::Plaintext);
        let mut session = mail::open(&target, &Direct::default()).await.unwrap();
        session.open("INBOX", Access::ReadOnly).await.unwrap();
        let listed = session.list_messages(None).await.unwrap();
        let (into, mut from) = mpsc::channel(1);
        let first = async move { from.recv().await };
        let (fetched, first) = tokio::join!(session.fetch(&listed, into), first);
        fetched.unwrap();
        assert!(matches!(first.unwrap().body, FetchedBody::Raw(_)));
        assert_eq!(session.list_messages(None).await.unwrap(), listed);
        drop(session);
        assert_eq!(dovecot.files(&user).len(), messages.len());
    }
}
