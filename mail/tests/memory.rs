//! What a large message costs in memory. Alone in its process, because memory is counted by process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, FetchedBody};
use model::{Protocol, Security};
use support::imap;
use support::peer::{Kept, Peer, Reply, Tamper};
use tokio::sync::mpsc;

const SIZE: usize = 100_000_000;

/// The largest the process has been, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_ascii_whitespace().next().unwrap().parse::<usize>().unwrap() * 1024
}

/// Gives windows of a message that it never has as a whole.
fn giver() -> Tamper {
    Box::new(|_, command| {
        if command.starts_with("FETCH") {
            return Reply::Instead(
                format!("* 1 FETCH (UID 1 RFC822.SIZE {SIZE})\r\n$tag OK\r\n").into_bytes(),
            );
        }
        let Some((_, window)) = command.split_once('<') else { return Reply::Honest };
        let (offset, _) = window.split_once('.').unwrap();
        let offset: usize = offset.parse().unwrap();
        let length = SIZE.saturating_sub(offset).min(1 << 20);
        let head = format!("* 1 FETCH (UID 1 BODY[]<{offset}> {{{length}}}\r\n");
        let body = vec![b'a' + u8::try_from(offset >> 20 & 15).unwrap(); length];
        Reply::Instead([head.into_bytes(), body, b")\r\n$tag OK\r\n".to_vec()].concat())
    })
}

#[tokio::test]
async fn a_message_of_100_mb_is_held_once() {
    let server = Kept::shared(&[(1, b"in its place\r\n")], imap::USUAL);
    let peer = Peer::new(imap::serve(&server, giver()));
    let mut session = mail::open(&support::target(Protocol::Imap, Security::Plaintext), &peer).await.unwrap();
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    let listed = session.list_messages(None).await.unwrap();
    let before = peak();
    let (into, mut from) = mpsc::channel(1);
    session.fetch(&listed, into).await.unwrap();
    let FetchedBody::Raw(bytes) = from.recv().await.unwrap().body else { panic!() };
    assert_eq!(bytes.len(), SIZE);
    assert!(
        bytes.iter().enumerate().step_by(997).all(|(at, byte)| usize::from(*byte - b'a') == at >> 20 & 15)
    );
    let grown = peak() - before;
    assert!(grown < SIZE + 30_000_000, "it took {grown} bytes");
}
