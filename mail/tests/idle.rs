//! Servers that make IDLE difficult.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, Awaited, MailError, MailSession, Reach, Waited};
use model::{Cause, Protocol, Security};
use std::time::Duration;
use support::script::Script;
use tokio::time::Instant;

const SIGN_IN: &str = "\
S: * OK ready
C: $a CAPABILITY
S: * CAPABILITY IMAP4rev1
S: $a OK done
C: $b LOGIN \"ann\" \"secret1\"
S: $b OK [CAPABILITY IMAP4rev1 IDLE] in
C: $c EXAMINE \"INBOX\"
S: * 3 EXISTS
S: * OK [UIDVALIDITY 7] epoch
S: * OK [UIDNEXT 12] next
S: $c OK open
C: $d IDLE
";

/// Waits up to `at_most` on a server that goes on with `rest`.
async fn waited(
    rest: &str,
    at_most: Duration,
) -> (Result<Waited, MailError>, Duration, Box<dyn MailSession>, Script) {
    let script = Script::tell(format!("{SIGN_IN}{rest}"));
    let target = support::target(Protocol::Imap, Security::Plaintext);
    let mut session = mail::open(&target, &script).await.unwrap();
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    let begun = Instant::now();
    let waited = session.wait(Awaited::Messages, at_most).await;
    (waited, begun.elapsed(), session, script)
}

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test(start_paused = true)]
async fn what_wakes_and_what_does_not() {
    for (news, expected) in [
        ("S: * 4 EXISTS", Waited::Changed),
        ("S: * 2 EXPUNGE", Waited::Changed),
        ("S: * 2 EXPUNGE\nS: * 3 EXISTS", Waited::Changed),
        ("S: * 3 EXISTS", Waited::Nothing),
        ("S: * OK Still here", Waited::Nothing),
        ("S: * 2 FETCH (FLAGS (\\Seen))", Waited::Nothing),
        ("", Waited::Nothing),
    ] {
        let rest =
            format!("S: + idling\n{news}\nC: DONE\nS: $d OK done\nC: $e LOGOUT\nS: * BYE\nS: $e OK\nC END\n");
        let (waited, took, session, script) = waited(&rest, 3 * MINUTE).await;
        assert_eq!(waited.unwrap(), expected, "{news}");
        let at_once = expected == Waited::Changed;
        assert_eq!(took, if at_once { Duration::ZERO } else { 3 * MINUTE }, "{news}");
        session.close().await;
        script.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_it_ahead_of_the_continuation_is_heard() {
    let rest = "S: * 4 EXISTS\nS: + idling\nC: DONE\nS: $d OK done\n";
    let (waited, took, ..) = waited(rest, MINUTE).await;
    assert_eq!((waited.unwrap(), took), (Waited::Changed, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_leaves_the_session_usable() {
    for refusal in ["$d NO not here", "$d BAD", "$d BAD what?"] {
        let rest = format!("S: {refusal}\nC: $e LOGOUT\nS: * BYE\nS: $e OK\nC END\n");
        let (waited, _, session, script) = waited(&rest, MINUTE).await;
        let error = waited.unwrap_err();
        assert_eq!((error.kind, error.reach), (Cause::ProtocolError, Reach::Mailbox), "{refusal}");
        session.close().await;
        script.finish().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_else_happens_ends_the_session_in_time() {
    let check = async |rest: &str, cause: Cause, longest: Duration| {
        let (waited, took, mut session, _script) = waited(rest, 10 * MINUTE).await;
        assert_eq!(waited.unwrap_err().kind, cause, "{rest}");
        assert!(took <= longest, "{rest}: {took:?}");
        assert_eq!(session.list().await.unwrap_err().kind, Cause::ConnectionLost, "{rest}");
    };
    check("END\n", Cause::ConnectionLost, Duration::ZERO).await;
    check("S: + idling\nEND\n", Cause::ConnectionLost, Duration::ZERO).await;
    check("S: + idling\nS: * BYE going down\n", Cause::ConnectionLost, Duration::ZERO).await;
    check("S: + idling\nS: $d OK enough\n", Cause::ProtocolError, Duration::ZERO).await;
    check("S: $d OK before it began\n", Cause::ProtocolError, Duration::ZERO).await;
    check("S: + idling\nS: + again\n", Cause::ProtocolError, Duration::ZERO).await;
    check("", Cause::Timeout, MINUTE).await;
    check("S: + idling\nC: DONE\n", Cause::Timeout, 10 * MINUTE + Duration::from_secs(15)).await;
    check("S: + idling\nC: DONE\nS: other OK done\n", Cause::ProtocolError, 10 * MINUTE).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_servers_allow() {
    let (waited, took, ..) = waited("S: + idling\nC: DONE\nS: $d OK done\n", 600 * MINUTE).await;
    assert_eq!((waited.unwrap(), took), (Waited::Nothing, 29 * MINUTE));
}

#[tokio::test(start_paused = true)]
async fn pop3_cannot_wait_and_says_so() {
    let script = Script::tell(
        "S: +OK\nC: CAPA\nS: -ERR\nC: USER ann\nS: +OK\nC: PASS secret1\nS: +OK\nC: CAPA\nS: -ERR\n"
            .to_owned(),
    );
    let mut session =
        mail::open(&support::target(Protocol::Pop3, Security::Plaintext), &script).await.unwrap();
    assert!(!session.can_wait());
    assert_eq!(session.wait(Awaited::Messages, MINUTE).await.unwrap_err().reach, Reach::Mailbox);
    assert_eq!(session.fetch_ids(&[]).await.unwrap(), []);
}
