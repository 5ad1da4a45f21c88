//! The connection ends, or falls silent, at every byte of what a server says in a whole check.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use model::{Cause, MessageKey, Protocol, Security};
use std::collections::HashSet;
use std::time::Duration;
use support::peer::{Cut, Kept, Peer, Shared, honest};
use support::story::{Told, check, nothing_is_lost_or_doubled};
use support::{imap, pop3, target};
use tokio::time::Instant;

const MESSAGES: [(u32, &[u8]); 4] = [
    (3, b"Message-ID: <a@b>\r\n\r\none\r\n"),
    (4, b"Subject: dots\r\n\r\n.\r\n..\r\n* BYE )\r\n"),
    (9, b"\r\n"),
    (12, b"Subject: 8 bit\r\n\r\n\x00\xff{9}\r\n"),
];

fn server(protocol: Protocol, capabilities: &str) -> Shared {
    let usual = match protocol {
        Protocol::Imap => imap::USUAL,
        Protocol::Pop3 => "UIDL,PIPELINING",
    };
    Kept::shared(&MESSAGES, if capabilities.is_empty() { usual } else { capabilities })
}

async fn cut(
    protocol: Protocol,
    capabilities: &str,
    at: usize,
    then_silent: bool,
) -> (Told, Shared, Duration) {
    let server = server(protocol, capabilities);
    let stream = match protocol {
        Protocol::Imap => imap::serve(&server, honest()),
        Protocol::Pop3 => pop3::serve(&server, honest()),
    };
    let begun = Instant::now();
    let target = target(protocol, Security::Plaintext);
    let told = check(&target, &Peer::new(Cut::after(stream, at, then_silent))).await;
    // Lets the server come to its end.
    tokio::task::yield_now().await;
    (told, server, begun.elapsed())
}

async fn sweep(protocol: Protocol, capabilities: &str, then_silent: bool) {
    let mut at = 0;
    loop {
        let (told, server, took) = cut(protocol, capabilities, at, then_silent).await;
        let case = format!("{protocol:?} {capabilities} cut at {at}");
        nothing_is_lost_or_doubled(&case, &told, &server, &MESSAGES);
        let Some(error) = told.error else {
            assert_eq!((told.delivered.len(), told.deleted.len()), (4, 4), "{case}");
            break;
        };
        if then_silent {
            let greeting = if protocol == Protocol::Imap { "* OK ready\r\n" } else { "+OK ready\r\n" };
            let expected = if at < greeting.len() { Cause::GreetingTimeout } else { Cause::Timeout };
            assert_eq!(error.kind, expected, "{case}: {error}");
            assert!(took <= Duration::from_mins(3), "{case} took {took:?}");
        } else {
            assert_eq!(error.kind, Cause::ConnectionLost, "{case}: {error}");
            assert_eq!(took, Duration::ZERO, "{case}");
        }
        at += 1;
    }
    assert!(at > 250, "the story is told in {at} bytes");
}

#[tokio::test(start_paused = true)]
async fn imap_ends_at_any_byte() {
    sweep(Protocol::Imap, "", false).await;
}

#[tokio::test(start_paused = true)]
async fn imap_without_uidplus_ends_at_any_byte() {
    sweep(Protocol::Imap, "IMAP4rev1", false).await;
}

#[tokio::test(start_paused = true)]
async fn imap_falls_silent_at_any_byte() {
    sweep(Protocol::Imap, "", true).await;
}

#[tokio::test(start_paused = true)]
async fn pop3_ends_at_any_byte() {
    sweep(Protocol::Pop3, "", false).await;
}

#[tokio::test(start_paused = true)]
async fn pop3_in_lock_step_ends_at_any_byte() {
    sweep(Protocol::Pop3, "UIDL,TOP", false).await;
}

#[tokio::test(start_paused = true)]
async fn pop3_falls_silent_at_any_byte() {
    sweep(Protocol::Pop3, "", true).await;
}

/// A message that comes in windows: cut around the ends of each, and in between.
#[tokio::test(start_paused = true)]
async fn a_large_message_is_whole_or_none() {
    let body: Vec<u8> =
        (0..5_000_000_u32).map(|at| if at % 78 == 77 { b'\n' } else { b'a' + (at % 26) as u8 }).collect();
    let messages: [(u32, &[u8]); 2] = [(1, b"small\r\n"), (2, &body)];
    let mut cuts: Vec<usize> = (0..5)
        .flat_map(|window| {
            let end = window * (1 << 20);
            [end + 300, end + 700, end + 900, end + 1200, end + 500_000]
        })
        .collect();
    cuts.push(usize::MAX);
    for at in cuts {
        let server = Kept::shared(&messages, imap::USUAL);
        let peer = Peer::new(Cut::after(imap::serve(&server, honest()), at, false));
        let told = check(&target(Protocol::Imap, Security::Plaintext), &peer).await;
        let case = format!("cut at {at}");
        nothing_is_lost_or_doubled(&case, &told, &server, &messages);
        assert_eq!(
            told.error.map(|error| error.kind),
            (at < usize::MAX).then_some(Cause::ConnectionLost),
            "{case}"
        );
        assert!(at < usize::MAX || told.delivered.len() == 2);
    }
}

/// What a byte is changed into.
const BYTES: [u8; 6] = *b"\0\n\xc3{9\"";

/// One byte of the server's words comes as another, each in turn. Nothing can tell a changed body from a true one; but
/// whatever is changed, it ends in time, gives no key twice and calls nothing deleted that did not come.
async fn changed(protocol: Protocol, capabilities: &str) {
    let target = target(protocol, Security::Plaintext);
    for at in 0..1000 {
        for byte in [BYTES[at % 6], BYTES[(at + 2) % 6]] {
            let server = server(protocol, capabilities);
            let stream = match protocol {
                Protocol::Imap => imap::serve(&server, honest()),
                Protocol::Pop3 => pop3::serve(&server, honest()),
            };
            let begun = Instant::now();
            let told = check(&target, &Peer::new(Cut::changing(stream, at, byte))).await;
            let case = format!("{protocol:?}: byte {at} as {byte:#x}");
            assert!(begun.elapsed() <= Duration::from_mins(30), "{case}: {told:?}");
            let keys: HashSet<_> = told.delivered.iter().map(|(key, _)| key).collect();
            assert!(
                keys.len() == told.delivered.len() || keys.contains(&MessageKey::Unnamed),
                "{case}: {told:?}"
            );
            assert!(told.deleted.iter().all(|key| keys.contains(key)), "{case}: {told:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn imap_survives_any_changed_byte() {
    changed(Protocol::Imap, "").await;
}

#[tokio::test(start_paused = true)]
async fn pop3_survives_any_changed_byte() {
    changed(Protocol::Pop3, "").await;
}
