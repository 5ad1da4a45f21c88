//! Servers that lie, refuse, chatter and drip, one lie a case: each ends in time with a typed cause or with the truth.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Limits, Target};
use model::{Cause, Protocol, Security};
use std::time::Duration;
use support::peer::{Kept, Peer, Reply, Tamper};
use support::story::{Told, check, nothing_is_lost_or_doubled};
use support::{imap, pop3};
use tokio::time::Instant;

const MESSAGES: [(u32, &[u8]); 3] = [
    (3, b"Message-ID: <a@b>\r\n\r\none\r\n"),
    (4, b"Message-ID: <c@d>\r\n\r\ntwo\r\n"),
    (9, b"Message-ID: <e@f>\r\n\r\nthree\r\n"),
];

fn target(protocol: Protocol) -> Target {
    let limits = Limits { message_bytes: 1_000_000, ..Limits::default() };
    Target { limits, ..support::target(protocol, Security::Plaintext) }
}

/// What comes of a check against a server that lies as `tamper` says. Whatever that is, nothing is lost or doubled, and
/// it ends within half an hour.
async fn against(protocol: Protocol, capabilities: &str, case: &str, tamper: Tamper) -> Told {
    let server = Kept::shared(&MESSAGES, capabilities);
    let stream = match protocol {
        Protocol::Imap => imap::serve(&server, tamper),
        Protocol::Pop3 => pop3::serve(&server, tamper),
    };
    let begun = Instant::now();
    let told = check(&target(protocol), &Peer::new(stream)).await;
    assert!(begun.elapsed() <= Duration::from_mins(30), "{case} took {:?}", begun.elapsed());
    tokio::task::yield_now().await;
    nothing_is_lost_or_doubled(case, &told, &server, &MESSAGES);
    told
}

/// Says `reply` to the first command that begins with `verb`.
fn at(verb: &str, mut reply: impl FnMut() -> Reply + Send + 'static) -> Tamper {
    let verb = verb.to_owned();
    let mut said = false;
    Box::new(move |_, command| {
        if said || !command.starts_with(&verb) {
            return Reply::Honest;
        }
        said = true;
        reply()
    })
}

async fn imap(case: &str, verb: &str, reply: impl FnMut() -> Reply + Send + 'static) -> Told {
    against(Protocol::Imap, imap::USUAL, case, at(verb, reply)).await
}

async fn pop3(case: &str, verb: &str, reply: impl FnMut() -> Reply + Send + 'static) -> Told {
    against(Protocol::Pop3, "UIDL,PIPELINING", case, at(verb, reply)).await
}

fn instead(text: &str) -> impl FnMut() -> Reply + Send + 'static {
    let text = text.to_owned();
    move || Reply::Instead(text.clone().into_bytes())
}

fn before(text: &str) -> impl FnMut() -> Reply + Send + 'static {
    let text = text.to_owned();
    move || Reply::Before(text.clone().into_bytes())
}

fn cause(told: &Told) -> Option<Cause> {
    told.error.as_ref().map(|error| error.kind)
}

const IMAP_VERBS: [&str; 11] = [
    "CAPABILITY",
    "AUTHENTICATE",
    "ID",
    "LIST",
    "EXAMINE",
    "FETCH",
    "UID FETCH 3",
    "SELECT",
    "UID STORE",
    "UID EXPUNGE",
    "LOGOUT",
];

const POP3_VERBS: [&str; 9] = ["CAPA", "USER", "PASS", "STAT", "UIDL", "LIST", "RETR", "DELE", "QUIT"];

#[tokio::test(start_paused = true)]
async fn any_command_may_be_refused_or_be_the_last() {
    for verb in IMAP_VERBS {
        for (words, lost) in [
            ("$tag NO not today\r\n", false),
            ("$tag BAD what?\r\n", false),
            ("$tag BAD\r\n", false),
            ("* BYE [UNAVAILABLE] going down\r\n", true),
            ("* BYE\r\n", true),
            ("$tag PREAUTH welcome\r\n", true),
            ("zzz OK another tag\r\n", true),
            ("+ more?\r\n", true),
        ] {
            let case = format!("IMAP {words:?} to {verb}");
            let told = imap(&case, verb, instead(words)).await;
            let harmless = matches!(verb, "ID" | "LIST" | "LOGOUT");
            assert!(told.error.is_some() || harmless || verb.starts_with("UID FETCH"), "{case}: {told:?}");
            assert!(told.error.is_some() || !lost || verb == "LOGOUT", "{case}: {told:?}");
        }
        let told = imap(verb, verb, || Reply::Close).await;
        assert_eq!(cause(&told), (verb != "LOGOUT").then_some(Cause::ConnectionLost), "closed at {verb}");
    }
    for verb in POP3_VERBS {
        for words in ["-ERR no\r\n", "-ERR\r\n", "+OKAY\r\n", "* OK\r\n", "\r\n"] {
            let case = format!("POP3 {words:?} to {verb}");
            let told = pop3(&case, verb, instead(words)).await;
            let err = words.starts_with("-ERR");
            let harmless = err && matches!(verb, "CAPA" | "RETR" | "DELE" | "UIDL");
            assert!(told.error.is_some() || harmless, "{case}: {told:?}");
        }
        let told = pop3(verb, verb, || Reply::Close).await;
        assert_eq!(cause(&told), Some(Cause::ConnectionLost), "closed at {verb}");
    }
}

#[tokio::test(start_paused = true)]
async fn imap_lies_are_named() {
    let check = async |verb: &str, words: &str, expected: Cause| {
        let case = format!("{words:?} to {verb}");
        let told = imap(&case, verb, instead(words)).await;
        assert_eq!(cause(&told), Some(expected), "{case}: {told:?}");
    };
    // Memory is asked for in vain.
    check("UID FETCH", "* 1 FETCH (UID 3 BODY[] {400000000}\r\nabc", Cause::LimitExceeded).await;
    check("UID FETCH", "* 1 FETCH (UID 3 BODY[] {18446744073709551615}\r\n", Cause::LimitExceeded).await;
    check("EXAMINE", "* OK {90000}\r\n", Cause::ProtocolError).await;
    check("EXAMINE", &format!("* OK {}\r\n", "x".repeat(70_000)), Cause::LimitExceeded).await;
    check("FETCH", &"* 5 RECENT\r\n".repeat(120_000), Cause::LimitExceeded).await;
    // The parser of the library panics on this.
    check("EXAMINE", "* OK [ALERT]\u{e9}\r\n$tag OK done\r\n", Cause::ProtocolError).await;
    // What is no IMAP.
    check("EXAMINE", "* OK \0\r\n$tag OK done\r\n", Cause::ProtocolError).await;
    check("EXAMINE", "* 3 EXISTS\n$tag OK done\n", Cause::ProtocolError).await;
    check("EXAMINE", "* 3 EXISTS\r$tag OK done\r\n", Cause::ProtocolError).await;
    check("EXAMINE", "\r\n\r\n\r\n", Cause::ProtocolError).await;
    check("EXAMINE", "$tag OKAY done\r\n", Cause::ProtocolError).await;
    // Mailboxes that cannot be.
    check("EXAMINE", "* 3 EXISTS\r\n$tag OK no UIDVALIDITY\r\n", Cause::ProtocolError).await;
    check("EXAMINE", "* OK [UIDVALIDITY 0] v\r\n* 3 EXISTS\r\n$tag OK\r\n", Cause::ProtocolError).await;
    check("CAPABILITY", "$tag OK nothing\r\n", Cause::ProtocolError).await;
    check("CAPABILITY", "* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n$tag OK\r\n", Cause::LoginDisabled).await;
    check("FETCH", "$tag OK what messages?\r\n", Cause::ProtocolError).await;
    // Refusals say what they are.
    check("AUTHENTICATE", "$tag NO [AUTHENTICATIONFAILED] no\r\n", Cause::SignInRejected).await;
    check("AUTHENTICATE", "+ ZXJyb3I=\r\n", Cause::ProtocolError).await;
    check("EXAMINE", "$tag NO [INUSE] rebuilding\r\n", Cause::MailboxInUse).await;
    check("FETCH", "$tag NO [LIMIT] later\r\n", Cause::Throttled).await;
    check(
        "UID FETCH",
        "$tag BAD Request is throttled. Suggested Backoff Time: 9 milliseconds\r\n",
        Cause::Throttled,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn uidvalidity_that_changes_midway_ends_the_session() {
    for verb in ["FETCH", "UID FETCH", "UID STORE", "UID EXPUNGE"] {
        let told = imap(verb, verb, before("* OK [UIDVALIDITY 8] everything is new\r\n")).await;
        assert_eq!(cause(&told), Some(Cause::ProtocolError), "{verb}");
        assert!(told.deleted.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_asked_for_changes_nothing() {
    for verb in ["UID FETCH", "UID STORE", "UID EXPUNGE", "LOGOUT"] {
        let chatter = "* 2 FETCH (FLAGS (\\Seen))\r\n* 1 FETCH (UID 3 FLAGS ())\r\n* 7 EXISTS\r\n* 9 EXPUNGE\r\n\
                       * 1 FETCH (UID 99 BODY[] {5}\r\nalien)\r\n* OK [ALERT] hello\r\n* 0 RECENT\r\n";
        let told = imap(verb, verb, before(chatter)).await;
        assert_eq!(cause(&told), None, "{verb}: {told:?}");
        assert_eq!((told.delivered.len(), told.deleted.len()), (3, 3), "{verb}");
    }
    // A body that comes twice counts once, and the first is taken.
    let twice = "* 1 FETCH (UID 3 BODY[] {26}\r\nMessage-ID: <a@b>\r\n\r\none\r\n)\r\n";
    let told = imap("twice", "UID FETCH", before(twice)).await;
    assert_eq!((cause(&told), told.delivered.len()), (None, 3));
}

#[tokio::test(start_paused = true)]
async fn uids_given_twice_and_numbers_that_are_none_are_listed_once() {
    let listing = "* 1 FETCH (UID 3 RFC822.SIZE 26)\r\n* 2 FETCH (UID 3 RFC822.SIZE 26)\r\n\
                   * 0 FETCH (UID 4 RFC822.SIZE 26)\r\n* 3 FETCH (UID 9 RFC822.SIZE 28)\r\n$tag OK\r\n";
    let told = imap("doubles", "FETCH", instead(listing)).await;
    assert_eq!((cause(&told), told.listed, told.delivered.len()), (None, 3, 3));
}

#[tokio::test(start_paused = true)]
async fn messages_that_leave_while_they_are_listed_make_it_begin_again() {
    let told = imap("expunge", "FETCH", before("* 1 EXPUNGE\r\n* 3 EXISTS\r\n")).await;
    assert_eq!((cause(&told), told.listed), (None, 3), "{told:?}");
    let always: Tamper = Box::new(|_, command| {
        let listing = command.starts_with("FETCH");
        if listing { Reply::Before(b"* 1 EXPUNGE\r\n* 3 EXISTS\r\n".to_vec()) } else { Reply::Honest }
    });
    let told = against(Protocol::Imap, imap::USUAL, "always", always).await;
    assert_eq!(cause(&told), Some(Cause::ProtocolError));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_listing_leaves_out_is_asked_for_again() {
    let holes = "* 1 FETCH (UID 3 RFC822.SIZE 26)\r\n* 3 FETCH (UID 9 RFC822.SIZE 28)\r\n$tag OK\r\n";
    let told = imap("hole", "FETCH", instead(holes)).await;
    assert_eq!((cause(&told), told.listed, told.delivered.len()), (None, 3, 3), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn sizes_that_lie_lose_nothing() {
    for size in ["0", "1", "900000", "4294967295"] {
        let listing = format!(
            "* 1 FETCH (UID 3 RFC822.SIZE {size})\r\n* 2 FETCH (UID 4 RFC822.SIZE 26)\r\n\
             * 3 FETCH (UID 9 RFC822.SIZE 28)\r\n$tag OK\r\n"
        );
        let told = imap(size, "FETCH", instead(&listing)).await;
        assert_eq!(cause(&told), None, "{size}");
        let expected = if size.len() > 6 { 2 } else { 3 };
        assert_eq!(told.delivered.len(), expected, "{size}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_without_a_date_is_listed_like_any_other() {
    for date in ["NIL", "nil", "\"\"", "\"yesterday\"", "\"99-Jul-1996 02:44:25 -0700\""] {
        for from in [None, Some(1)] {
            let listing = format!(
                "* 1 FETCH (INTERNALDATE {date} UID 3 RFC822.SIZE 26)\r\n\
                 * 2 FETCH (UID 4 RFC822.SIZE 26 INTERNALDATE {date})\r\n\
                 * 3 FETCH (UID 9 INTERNALDATE \" 7-Jul-1996 02:44:25 -0700\" RFC822.SIZE 28)\r\n$tag OK\r\n"
            );
            let server = Kept::shared(&MESSAGES, imap::USUAL);
            let verb = if from.is_some() { "UID FETCH 1:*" } else { "FETCH" };
            let peer = Peer::new(imap::serve(&server, at(verb, instead(&listing))));
            let mut session = mail::open(&target(Protocol::Imap), &peer).await.unwrap();
            session.open("INBOX", mail::Access::ReadOnly).await.unwrap();
            let listed = session.list_messages(from).await.unwrap();
            let dates: Vec<_> = listed.iter().map(|message| message.received.is_some()).collect();
            assert_eq!(dates, [false, false, true], "{date}");
            // What looks like such a date inside a message stays what it is.
            let (into, mut fetched) = tokio::sync::mpsc::channel(10);
            session.fetch(&listed, into).await.unwrap();
            assert!(matches!(fetched.recv().await.unwrap().body, mail::FetchedBody::Raw(_)), "{date}");
        }
    }
}

/// What comes of checks that leave out what an earlier session put aside: the UIDs delivered, what was put aside, and
/// how many sessions it took.
async fn sessions(
    protocol: Protocol,
    capabilities: &str,
    tamper: impl Fn() -> Tamper,
) -> (Vec<u32>, Vec<u32>, usize) {
    let server = Kept::shared(&MESSAGES, capabilities);
    let (mut delivered, mut aside) = (Vec::new(), Vec::new());
    for count in 1..5 {
        let stream = match protocol {
            Protocol::Imap => imap::serve(&server, tamper()),
            Protocol::Pop3 => pop3::serve(&server, tamper()),
        };
        let mut session = mail::open(&target(protocol), &Peer::new(stream)).await.unwrap();
        session.open("INBOX", mail::Access::ReadOnly).await.unwrap();
        let uid = |message: &mail::RemoteMessage| match &message.key {
            model::MessageKey::Uid(uid) => *uid,
            model::MessageKey::Uidl { uidl, .. } => uidl.trim_start_matches("id").parse().unwrap(),
            model::MessageKey::Unnamed => unreachable!(),
        };
        let mut listed = session.list_messages(None).await.unwrap();
        listed.retain(|message| !delivered.contains(&uid(message)) && !aside.contains(&uid(message)));
        let (into, mut from) = tokio::sync::mpsc::channel(10);
        let ended = session.fetch(&listed, into).await;
        while let Some(fetched) = from.recv().await {
            match fetched.body {
                mail::FetchedBody::Raw(_) => delivered.push(uid(&fetched.message)),
                _ => aside.push(uid(&fetched.message)),
            }
        }
        match ended {
            Ok(()) => {
                delivered.sort_unstable();
                return (delivered, aside, count);
            }
            Err(error) => assert_eq!(error.reach, mail::Reach::Session, "{error}"),
        }
    }
    panic!("it never ends");
}

#[tokio::test(start_paused = true)]
async fn a_message_that_would_end_every_session_is_put_aside_and_its_neighbours_come() {
    let quoted = format!("UID 4 BODY[] \"{}", "x".repeat(70_000));
    for lie in [
        "UID 4 BODY[] {400000000}",
        "UID 4 BODY[] {18446744073709551615}",
        "FLAGS (\\Seen $Uid) UID 4 BODY[] ~{400000000}",
        "BODY[] {400000000}",
        quoted.as_str(),
    ] {
        let tamper = || -> Tamper {
            let lie = lie.to_owned();
            Box::new(move |_, command| {
                let asked = command.starts_with("UID FETCH ") && command.contains("BODY.PEEK[]");
                if asked && command.split(' ').nth(2).unwrap().contains('4') {
                    return Reply::Instead(format!("* 2 FETCH ({lie}\r\nabc").into_bytes());
                }
                Reply::Honest
            })
        };
        let told = sessions(Protocol::Imap, imap::USUAL, tamper).await;
        assert_eq!(told, (vec![3, 9], vec![4], 2), "{}", &lie[..20]);
    }
    for capabilities in ["UIDL", "UIDL,PIPELINING", "UIDL,TOP"] {
        let tamper = || -> Tamper {
            Box::new(|_, command| {
                let endless = command.starts_with("RETR 2") || command.starts_with("TOP 2 ");
                let body = || format!("+OK\r\n{}", "x\r\n".repeat(2_000_000)).into_bytes();
                if endless { Reply::Instead(body()) } else { Reply::Honest }
            })
        };
        let told = sessions(Protocol::Pop3, capabilities, tamper).await;
        assert_eq!(told, (vec![3, 9], vec![4], 2), "{capabilities}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_is_only_claimed_is_not_reported() {
    for verb in ["UID STORE", "UID EXPUNGE"] {
        let told = imap(verb, verb, instead("$tag OK of course\r\n")).await;
        assert_eq!((cause(&told), told.deleted.len()), (None, 0), "{verb}");
    }
    let told = pop3("DELE", "DELE", instead("-ERR no\r\n")).await;
    assert_eq!((cause(&told), told.deleted.len()), (None, 2));
}

#[tokio::test(start_paused = true)]
async fn where_only_the_trash_deletes_messages_are_moved_there() {
    for capabilities in ["IMAP4rev1 UIDPLUS MOVE X-GM-EXT-1", "IMAP4rev1 MOVE"] {
        let refuse = |words: &'static str| at("UID MOVE", instead(words));
        let told = against(Protocol::Imap, capabilities, capabilities, refuse("$tag NO no trash\r\n")).await;
        assert_eq!((cause(&told), told.deleted.len()), (Some(Cause::ProtocolError), 0));
        let told = against(Protocol::Imap, capabilities, capabilities, refuse("$tag OK\r\n")).await;
        assert_eq!((cause(&told), told.deleted.len()), (None, 0));
        let told = against(Protocol::Imap, capabilities, capabilities, support::peer::honest()).await;
        assert_eq!((cause(&told), told.deleted.len()), (None, 3));
    }
}

/// A peer that says `line` every `pause`, for ever, once the client has said `verb`.
async fn dripping(
    protocol: Protocol,
    verb: &'static str,
    line: &'static [u8],
    pause: Duration,
) -> (Told, Duration) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Kept::shared(&MESSAGES, if protocol == Protocol::Imap { imap::USUAL } else { "UIDL" });
    let honest = match protocol {
        Protocol::Imap => imap::serve(&server, support::peer::honest()),
        Protocol::Pop3 => pop3::serve(&server, support::peer::honest()),
    };
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (mut honest_read, mut honest_write) = tokio::io::split(honest);
    let (mut read, mut write) = tokio::io::split(theirs);
    tokio::spawn(async move {
        let (mut bytes, mut answers) = (vec![0; 65_536], vec![0; 65_536]);
        loop {
            tokio::select! {
                Ok(count @ 1..) = read.read(&mut bytes) => {
                    if String::from_utf8_lossy(&bytes[..count]).contains(verb) {
                        // A line that never ends begins like any other.
                        if !line.ends_with(b"\n") {
                            let begun = if protocol == Protocol::Imap { "* OK " } else { "+OK " };
                            let _ = write.write_all(begun.as_bytes()).await;
                        }
                        while write.write_all(line).await.is_ok() {
                            tokio::time::sleep(pause).await;
                        }
                        return;
                    }
                    honest_write.write_all(&bytes[..count]).await.unwrap();
                }
                Ok(count @ 1..) = honest_read.read(&mut answers) => {
                    let _ = write.write_all(&answers[..count]).await;
                }
                else => return,
            }
        }
    });
    let begun = Instant::now();
    let told = check(&target(protocol), &Peer::new(ours)).await;
    let (case, took) = (format!("{protocol:?} {verb}"), begun.elapsed());
    assert!(took <= Duration::from_mins(30), "{case} took {took:?}");
    nothing_is_lost_or_doubled(&case, &told, &server, &MESSAGES);
    (told, took)
}

#[tokio::test(start_paused = true)]
async fn whoever_drips_or_chatters_for_ever_is_left() {
    let second = Duration::from_secs(1);
    for verb in ["CAPABILITY", "AUTHENTICATE", "LIST", "EXAMINE", " FETCH", "UID FETCH", "UID STORE"] {
        for (line, pause) in [
            (&b"* OK still here\r\n"[..], 50 * second),
            (b"* 1 FETCH (UID 3 FLAGS ())\r\n", 50 * second),
            (b"* OK x\r\n", second),
            (b"x", second),
        ] {
            let (told, took) = dripping(Protocol::Imap, verb, line, pause).await;
            // Within a line nobody thinks: it is left as soon as it is known to be slow.
            assert!(line.ends_with(b"\n") || took < Duration::from_mins(3), "{verb} {line:?}: {took:?}");
            let kind = cause(&told).unwrap();
            let expected = [Cause::Timeout, Cause::LimitExceeded, Cause::ProtocolError];
            assert!(expected.contains(&kind), "{verb} {line:?}: {told:?}");
        }
    }
    for verb in ["CAPA", "PASS", "STAT", "UIDL", "LIST", "RETR", "DELE", "QUIT"] {
        for (line, pause) in [(&b"x\r\n"[..], second), (b"+OK\r\n", 30 * second), (b"x", second)] {
            // A server that says +OK to DELE and QUIT has said that it deleted.
            if line.starts_with(b"+OK") && matches!(verb, "DELE" | "QUIT") {
                continue;
            }
            let (told, took) = dripping(Protocol::Pop3, verb, line, pause).await;
            assert!(line.ends_with(b"\n") || took < Duration::from_mins(3), "{verb} {line:?}: {took:?}");
            assert!(told.error.is_some(), "{verb} {line:?}: {told:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn pop3_lies_are_named_or_harmless() {
    let check = async |verb: &str, words: &str, expected: Option<Cause>, delivered: usize| {
        let case = format!("{words:?} to {verb}");
        let told = pop3(&case, verb, instead(words)).await;
        assert_eq!((cause(&told), told.delivered.len()), (expected, delivered), "{case}: {told:?}");
    };
    // STAT is only words.
    check("STAT", "+OK 0 0\r\n", None, 3).await;
    check("STAT", "+OK 4294967295 1\r\n", None, 3).await;
    check("STAT", "+OK many\r\n", None, 3).await;
    // A listing that names messages that are not there, twice, or not at all.
    check("UIDL", "+OK\r\n1 id3\r\n2 id4\r\n3 id9\r\n4 id99\r\n77 id77\r\n.\r\n", None, 3).await;
    check("LIST", "+OK\r\n1 1\r\n1 26\r\n2 99999999999999999999\r\n3 28\r\nx y\r\n.\r\n", None, 2).await;
    check("LIST", "+OK\r\n1 999999999\r\n2 26\r\n3 28\r\n.\r\n", None, 2).await;
    check("RETR 1", "-ERR [SYS/TEMP] disk\r\n", None, 2).await;
    check("PASS", "-ERR [IN-USE] locked\r\n", Some(Cause::MailboxInUse), 0).await;
    check("PASS", "-ERR [LOGIN-DELAY] wait 900 s\r\n", Some(Cause::Throttled), 0).await;
    check("PASS", "-ERR [SYS/TEMP] later\r\n", Some(Cause::Throttled), 0).await;
    check("PASS", "-ERR [AUTH] no\r\n", Some(Cause::SignInRejected), 0).await;
    check("STAT", &format!("+OK {}", "x".repeat(70_000)), Some(Cause::LimitExceeded), 0).await;
}
