//! Transcripts replayed by a scripted peer: what servers may do wrong, and that it is named and loses nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, Fetched, FetchedBody, Limits, MailError, MailSession, Reach, RemoteMessage, Target};
use model::{Cause, MessageKey, Protocol, Security, Stage};
use support::script::Script;
use support::target;
use tokio::sync::mpsc;

use Protocol::{Imap, Pop3};
use Security::{Plaintext, StartTls};

/// The failure of opening `target` against the transcript `name`.
async fn refused(name: &str, target: &Target) -> MailError {
    let script = Script::play(name);
    let error = mail::open(target, &script).await.err().expect(name);
    script.finish().await;
    error
}

async fn check_refused(name: &str, protocol: Protocol, security: Security, cause: Cause, stage: Stage) {
    let error = refused(name, &target(protocol, security)).await;
    assert_eq!((error.kind, error.stage, error.reach), (cause, stage, Reach::Account), "{name}: {error}");
    if security == StartTls {
        assert_eq!(error.server_reply, None, "{name}: words from before TLS were repeated");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_talks_the_client_out_of_tls() {
    let check = |name, protocol, cause, stage| check_refused(name, protocol, StartTls, cause, stage);
    check("imap-starttls-stripped", Imap, Cause::StarttlsMissing, Stage::Security).await;
    check("imap-starttls-refused", Imap, Cause::StarttlsRefused, Stage::Security).await;
    check("imap-starttls-injection", Imap, Cause::StarttlsInjection, Stage::Security).await;
    check("imap-starttls-continued", Imap, Cause::ProtocolError, Stage::Security).await;
    check("imap-preauth-before-tls", Imap, Cause::PreauthRefused, Stage::Greeting).await;
    check("imap-bye-before-tls", Imap, Cause::GreetingRefused, Stage::Greeting).await;
    check("pop3-stls-stripped", Pop3, Cause::StarttlsMissing, Stage::Security).await;
    check("pop3-stls-injection", Pop3, Cause::StarttlsInjection, Stage::Security).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_no_such_server_is_named() {
    let check = |name, protocol, cause| check_refused(name, protocol, Plaintext, cause, Stage::Greeting);
    check("imap-silent", Imap, Cause::GreetingTimeout).await;
    check("imap-silent-http", Imap, Cause::NotAMailServer).await;
    check("imap-meets-pop3", Imap, Cause::WrongProtocol).await;
    check("imap-meets-tls", Imap, Cause::PlainOnTlsPort).await;
    check("imap-meets-http", Imap, Cause::NotAMailServer).await;
    check("imap-crowded", Imap, Cause::TooManyConnections).await;
    check("pop3-meets-imap", Pop3, Cause::WrongProtocol).await;
    let silent = Target { port: 993, ..target(Imap, Plaintext) };
    assert_eq!(refused("imap-silent", &silent).await.kind, Cause::PlainOnTlsPort);
}

#[tokio::test(start_paused = true)]
async fn refused_sign_ins_are_told_apart() {
    let check = |name, protocol, cause| check_refused(name, protocol, Plaintext, cause, Stage::SignIn);
    check("imap-login-disabled", Imap, Cause::LoginDisabled).await;
    check("imap-wrong-password", Imap, Cause::SignInRejected).await;
    check("imap-app-password", Imap, Cause::AppPasswordNeeded).await;
    check("pop3-wrong-password", Pop3, Cause::SignInRejected).await;
    check("pop3-locked", Pop3, Cause::MailboxInUse).await;
    let error = refused("pop3-wrong-password", &target(Pop3, Plaintext)).await;
    assert_eq!(error.server_reply.as_deref(), Some("Wrong, says the server."));
}

#[tokio::test(start_paused = true)]
async fn one_deadline_stands_over_the_whole_sign_in() {
    let mut slow = target(Imap, Plaintext);
    slow.limits.greeting = slow.limits.sign_in * 2;
    slow.limits.idle = slow.limits.greeting;
    let error = refused("imap-mute", &slow).await;
    assert_eq!((error.kind, error.stage), (Cause::Timeout, Stage::Greeting));
}

/// A session after its sign-in.
async fn signed_in(name: &str, target: &Target) -> (Script, Box<dyn MailSession>) {
    let script = Script::play(name);
    let session = mail::open(target, &script).await.expect(name);
    (script, session)
}

/// A session with INBOX open, and the three messages in it.
async fn listed(
    name: &str,
    target: &Target,
    access: Access,
) -> (Script, Box<dyn MailSession>, Vec<RemoteMessage>) {
    let (script, mut session) = signed_in(name, target).await;
    session.open("INBOX", access).await.expect(name);
    let messages = session.list_messages(None).await.expect(name);
    (script, session, messages)
}

/// What came of `wanted`, each body in a word, and how the fetch ended.
async fn fetched(
    session: &mut dyn MailSession,
    wanted: &[RemoteMessage],
) -> (Vec<String>, Result<(), MailError>) {
    let (into, mut from) = mpsc::channel(10);
    let ended = session.fetch(wanted, into).await;
    let mut words = Vec::new();
    while let Some(Fetched { body, .. }) = from.recv().await {
        words.push(match body {
            FetchedBody::Raw(bytes) => String::from_utf8(bytes).unwrap(),
            FetchedBody::TooLarge { size } => format!("too large: {size}"),
            FetchedBody::Gone => "gone".to_owned(),
            FetchedBody::Failed(error) => format!("failed: {}", error.server_reply.unwrap_or_default()),
        });
    }
    (words, ended)
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_that_does_not_open_is_no_empty_mailbox() {
    let (script, mut session) = signed_in("imap-open", &target(Imap, Plaintext)).await;
    for cause in [Cause::FolderMissing, Cause::ProtocolError, Cause::ProtocolError] {
        let error = session.open("INBOX", Access::ReadOnly).await.unwrap_err();
        assert_eq!((error.kind, error.reach), (cause, Reach::Mailbox), "{error}");
    }
    let mailbox = session.open("INBOX", Access::ReadOnly).await.unwrap();
    assert_eq!((mailbox.uid_validity, mailbox.uid_next, mailbox.exists), (Some(7), Some(12), 3));
    session.close().await;
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_listing_is_no_short_listing() {
    let (script, mut session) = signed_in("imap-cut-listing", &target(Imap, Plaintext)).await;
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    let error = session.list_messages(None).await.unwrap_err();
    assert_eq!((error.kind, error.reach), (Cause::ConnectionLost, Reach::Account));
    assert_eq!(session.list_messages(None).await.unwrap_err().kind, Cause::ConnectionLost);
    script.finish().await;
}

async fn check_fetch(name: &str, expected: &[&str], cause: Option<Cause>) {
    let (script, mut session, messages) = listed(name, &target(Imap, Plaintext), Access::ReadOnly).await;
    let (words, ended) = fetched(&mut *session, &messages).await;
    assert_eq!(words, expected, "{name}");
    assert_eq!(ended.err().map(|error| error.kind), cause, "{name}");
    drop(session);
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn bodies_count_when_their_command_is_done() {
    check_fetch("imap-mixed-fetch", &["* OK ", "", "three"], None).await;
    check_fetch("imap-cut-fetch", &[], Some(Cause::ConnectionLost)).await;
    check_fetch("imap-huge-literal", &["too large: 400000000"], Some(Cause::LimitExceeded)).await;
    check_fetch("imap-throttled-fetch", &[], Some(Cause::Throttled)).await;
    let refused = ["again", "failed: [SERVERBUG] this one is broken", "gone"];
    check_fetch("imap-refused-fetch", &refused, None).await;
}

#[tokio::test(start_paused = true)]
async fn only_what_is_proved_gone_counts_as_deleted() {
    let keys = |uids: &[u32]| uids.iter().map(|uid| MessageKey::Uid(*uid)).collect::<Vec<_>>();
    for (name, expected) in [
        ("imap-half-expunged", Ok(keys(&[9, 10]))),
        ("imap-expunge-ours", Ok(keys(&[9, 10, 11]))),
        ("imap-refused-store", Err(Cause::ProtocolError)),
        ("imap-foreign-deleted", Err(Cause::ProtocolError)),
    ] {
        let (script, mut session, messages) = listed(name, &target(Imap, Plaintext), Access::ReadWrite).await;
        let deleted = session.delete(&messages).await;
        if let Err(error) = &deleted {
            assert_eq!((error.stage, error.reach), (Stage::Delete, Reach::Mailbox));
        }
        assert_eq!(deleted.map_err(|error| error.kind), expected, "{name}");
        drop(session);
        script.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_opened_read_only_is_never_deleted_from() {
    let (script, mut session, messages) =
        listed("imap-throttled-fetch", &target(Imap, Plaintext), Access::ReadOnly).await;
    assert_eq!(session.delete(&messages).await.unwrap_err().stage, Stage::Delete);
    let (words, _) = fetched(&mut *session, &messages).await;
    assert_eq!(words, [""; 0]);
    drop(session);
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn pop3_messages_have_keys_of_their_own_and_leave_without_quit() {
    let (script, mut session, messages) =
        listed("pop3-lockstep", &target(Pop3, Plaintext), Access::ReadOnly).await;
    let key = |uidl: &str, occurrence| MessageKey::Uidl { uidl: uidl.to_owned(), occurrence };
    let keys: Vec<_> = messages.iter().map(|message| message.key.clone()).collect();
    assert_eq!(keys, [key("same", 0), key("other", 0), key("same", 1)]);
    let (words, ended) = fetched(&mut *session, &messages).await;
    assert_eq!(words, ["one\r\n.\r\n", "", "failed: this one is broken"]);
    ended.unwrap();
    drop(session);
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn pop3_takes_by_top_only_what_is_certainly_whole() {
    let (script, mut session, messages) =
        listed("pop3-top", &target(Pop3, Plaintext), Access::ReadOnly).await;
    let (words, ended) = fetched(&mut *session, &messages).await;
    assert_eq!(words, ["one\r\n", "two\r\n", "three\r\n"]);
    ended.unwrap();
    drop(session);
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn pop3_messages_that_somebody_else_expunged_are_gone_and_no_failure() {
    let (script, mut session, messages) =
        listed("pop3-gone", &target(Pop3, Plaintext), Access::ReadOnly).await;
    let (words, ended) = fetched(&mut *session, &messages).await;
    assert_eq!(words, ["gone", "gone", "one\r\n"]);
    ended.unwrap();
    drop(session);
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn pop3_asks_for_headers_as_they_are() {
    let (script, session) = signed_in("pop3-utf8", &target(Pop3, Plaintext)).await;
    session.close().await;
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn pop3_without_unique_ids_says_so() {
    let (script, mut session) = signed_in("pop3-no-uidl", &target(Pop3, Plaintext)).await;
    let mailbox = session.open("INBOX", Access::ReadOnly).await.unwrap();
    assert!(!mailbox.keys_are_unique);
    let messages = session.list_messages(None).await.unwrap();
    assert!(messages.iter().all(|message| message.key == MessageKey::Unnamed));
    session.close().await;
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_cut_pop3_message_is_none_and_ends_the_session() {
    let (script, mut session, messages) =
        listed("pop3-cut-message", &target(Pop3, Plaintext), Access::ReadOnly).await;
    let (words, ended) = fetched(&mut *session, &messages).await;
    assert_eq!(words, [""; 0]);
    assert_eq!(ended.unwrap_err().kind, Cause::ConnectionLost);
    session.close().await;
    script.finish().await;
}

#[tokio::test(start_paused = true)]
async fn pop3_deletes_what_was_marked_once_quit_is_answered() {
    for (name, expected) in [
        ("pop3-refused-dele", Ok(vec![0, 2])),
        ("pop3-refused-quit", Err(Stage::Delete)),
        ("pop3-odd-dele", Err(Stage::Delete)),
    ] {
        let (script, mut session, messages) = listed(name, &target(Pop3, Plaintext), Access::ReadWrite).await;
        let expected = expected
            .map(|places: Vec<usize>| places.into_iter().map(|place| messages[place].key.clone()).collect());
        assert_eq!(session.delete(&messages).await.map_err(|error| error.stage), expected, "{name}");
        session.close().await;
        script.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_larger_than_it_said_does_not_hold_up_the_next() {
    let limits = Limits { message_bytes: 20, ..Limits::default() };
    let small = Target { limits, ..target(Pop3, Plaintext) };
    let (script, mut session, messages) = listed("pop3-lying-size", &small, Access::ReadOnly).await;
    let (words, ended) = fetched(&mut *session, &messages[..2]).await;
    assert_eq!(words, ["too large: 34", "two\r\n"]);
    ended.unwrap();
    drop(session);
    script.finish().await;
}
