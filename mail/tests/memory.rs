//! What a large message costs in memory. Alone in its process, because memory is counted by process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use mail::{Access, FetchedBody};
use model::{Protocol, Security};
use support::imap;
use support::peer::{Kept, Peer, Reply, Tamper};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
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

/// A POP3 server with one message, which it never has as a whole either.
async fn pop3_giver(theirs: DuplexStream) {
    let mut stream = BufReader::new(theirs);
    stream.write_all(b"+OK\r\n").await.unwrap();
    let mut line = String::new();
    while stream.read_line(&mut line).await.unwrap_or_default() > 0 {
        match line.trim_end() {
            "CAPA" => stream.write_all(b"-ERR\r\n").await.unwrap(),
            "UIDL" => stream.write_all(b"+OK\r\n1 one\r\n.\r\n").await.unwrap(),
            "LIST" => stream.write_all(format!("+OK\r\n1 {SIZE}\r\n.\r\n").as_bytes()).await.unwrap(),
            "RETR 1" => {
                stream.write_all(b"+OK\r\n").await.unwrap();
                let lines = [[b'x'; 78].as_slice(), b"\r\n"].concat().repeat(1000);
                for _ in 0..SIZE / lines.len() {
                    stream.write_all(&lines).await.unwrap();
                }
                stream.write_all(b".\r\n").await.unwrap();
            }
            _ => stream.write_all(b"+OK 1 1\r\n").await.unwrap(),
        }
        line.clear();
    }
}

#[tokio::test]
async fn a_message_of_100_mb_is_held_once() {
    let before = peak();
    by_imap().await;
    let grown = peak() - before;
    assert!(grown < SIZE + 30_000_000, "by IMAP it took {grown} bytes");
    by_pop3().await;
    let grown = peak() - before;
    assert!(grown < SIZE + 30_000_000, "by POP3 it took {grown} bytes");
}

async fn by_pop3() {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    tokio::spawn(pop3_giver(theirs));
    let peer = Peer::new(ours);
    let mut session = mail::open(&support::target(Protocol::Pop3, Security::Plaintext), &peer).await.unwrap();
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    let listed = session.list_messages(None).await.unwrap();
    let (into, mut from) = mpsc::channel(1);
    session.fetch(&listed, into).await.unwrap();
    let FetchedBody::Raw(bytes) = from.recv().await.unwrap().body else { panic!() };
    assert_eq!(bytes.len(), SIZE);
}

async fn by_imap() {
    let server = Kept::shared(&[(1, b"in its place\r\n")], imap::USUAL);
    let peer = Peer::new(imap::serve(&server, giver()));
    let mut session = mail::open(&support::target(Protocol::Imap, Security::Plaintext), &peer).await.unwrap();
    session.open("INBOX", Access::ReadOnly).await.unwrap();
    let listed = session.list_messages(None).await.unwrap();
    let (into, mut from) = mpsc::channel(1);
    session.fetch(&listed, into).await.unwrap();
    let FetchedBody::Raw(bytes) = from.recv().await.unwrap().body else { panic!() };
    assert_eq!(bytes.len(), SIZE);
    assert!(
        bytes.iter().enumerate().step_by(997).all(|(at, byte)| usize::from(*byte - b'a') == at >> 20 & 15)
    );
}
