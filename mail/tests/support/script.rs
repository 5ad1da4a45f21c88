//! A peer that follows a transcript in `tests/transcripts`:
//!
//! - `C: …` the client must send exactly this line; a first word `$x` stands for any tag and remembers it.
//! - `S: …` is sent with CRLF, `$x` replaced by the remembered tag; `S- …` is sent without CRLF.
//! - `END` closes the connection; `C END` waits for the client to close it without another byte.
//! - `C HELLO` the client must begin TLS.
//!
//! In `S` lines `\x15` and the like are bytes. Empty lines and lines with `#` are comments.

use async_trait::async_trait;
use mail::net::BoxStream;
use mail::{Dialer, Limits, MailError, Progress};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio::task::JoinHandle;

/// A dialer whose only connection leads to a script.
pub struct Script {
    ours: Mutex<Option<DuplexStream>>,
    peer: JoinHandle<()>,
}

impl Script {
    /// Begins to play `tests/transcripts/<name>.txt`.
    pub fn play(name: &str) -> Self {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(format!("{name}.txt"));
        let lines =
            std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::tell(lines)
    }

    /// Begins to play `lines`.
    pub fn tell(lines: String) -> Self {
        let (ours, theirs) = tokio::io::duplex(1 << 20);
        Self { ours: Mutex::new(Some(ours)), peer: tokio::spawn(follow(lines, theirs)) }
    }

    /// Waits until the script is at its end; fails where it did not get there.
    pub async fn finish(self) {
        self.peer.await.unwrap();
    }
}

#[async_trait]
impl Dialer for Script {
    async fn dial(&self, _: &str, _: u16, _: &Limits, _: &mut Progress<'_>) -> Result<BoxStream, MailError> {
        Ok(Box::new(self.ours.lock().unwrap().take().expect("one connection a script")))
    }
}

async fn follow(script: String, theirs: DuplexStream) {
    let mut stream = BufReader::new(theirs);
    let mut tags: HashMap<String, String> = HashMap::new();
    for line in script.lines() {
        if line == "END" {
            return;
        } else if line == "C END" {
            let mut rest = String::new();
            stream.read_to_string(&mut rest).await.unwrap();
            assert_eq!(rest, "", "the client had to close without another word");
            return;
        } else if line == "C HELLO" {
            assert_eq!(stream.fill_buf().await.unwrap().first(), Some(&0x16), "a TLS handshake");
            let length = stream.buffer().len();
            stream.consume(length);
        } else if let Some(expected) = line.strip_prefix("C: ") {
            let mut sent = String::new();
            stream.read_line(&mut sent).await.unwrap();
            expect(sent.trim_end_matches("\r\n"), expected, &mut tags);
        } else if let Some(text) = line.strip_prefix("S: ") {
            let bytes = [bytes_of(text, &tags), b"\r\n".to_vec()].concat();
            send(&mut stream, &bytes).await;
        } else if let Some(text) = line.strip_prefix("S- ") {
            send(&mut stream, &bytes_of(text, &tags)).await;
        } else {
            assert!(line.is_empty() || line.starts_with('#'), "not a line of a script: {line}");
        }
    }
    // At the end of the script the peer stays, silent.
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
}

/// A client that gave up is found out by the test itself.
async fn send(stream: &mut BufReader<DuplexStream>, bytes: &[u8]) {
    let _ = stream.write_all(bytes).await;
}

fn expect(sent: &str, expected: &str, tags: &mut HashMap<String, String>) {
    if let Some((name, pattern)) = expected.split_once(' ').filter(|(name, _)| name.starts_with('$')) {
        let (tag, command) = sent.split_once(' ').unwrap_or((sent, ""));
        assert_eq!(command, pattern, "the client's next command");
        tags.insert(name.to_owned(), tag.to_owned());
    } else {
        assert_eq!(sent, expected, "the client's next line");
    }
}

fn bytes_of(text: &str, tags: &HashMap<String, String>) -> Vec<u8> {
    let mut text = text.to_owned();
    for (name, tag) in tags {
        text = text.replace(&format!("{name} "), &format!("{tag} "));
    }
    let mut bytes = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).unwrap());
        rest = &after[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}
