//! What a client and a server said to each other, to be read by whoever looks for a fault: without passwords, tokens and
//! mail. It is made of the bytes on the wire alone, so that a mistake in a driver cannot put a secret into it.
//! Deliberately absent: what is not said inside of TLS or DEFLATE but around it.

mod client;
mod masks;
mod pieces;
mod server;

use client::Client;
use masks::Masks;
use model::Protocol;
use server::Server;
use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// Longest transcript, in bytes.
const LONGEST: usize = 1024 * 1024;

/// A transcript that may be read while it grows; clones are the same one.
#[derive(Clone)]
pub struct Transcript(Arc<Mutex<Told>>);

impl std::fmt::Debug for Transcript {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transcript(…)")
    }
}

/// What both sides know of the conversation.
struct Talk {
    protocol: Protocol,
    /// The client signs in: what both say until the server ends it is not told.
    signing_in: bool,
    /// What the POP3 server is to answer next.
    expected: VecDeque<Answer>,
    masks: Masks,
}

impl Talk {
    /// Nothing was said so far.
    fn new(protocol: Protocol, masks: Masks) -> Self {
        // The greeting.
        let expected = VecDeque::from([Answer::Line]);
        Self { protocol, signing_in: false, expected, masks }
    }
}

/// What follows a POP3 server's `+OK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// Nothing.
    Line,
    /// Lines up to a dot.
    Listing,
    /// A message up to a dot.
    Body,
}

struct Told {
    started: Instant,
    text: String,
    talk: Talk,
    client: Client,
    server: Server,
}

impl Transcript {
    /// Nothing was said so far.
    pub fn new(protocol: Protocol) -> Self {
        let talk = Talk::new(protocol, Masks::default());
        let (client, server) = (Client::default(), Server::default());
        let told = Told { started: Instant::now(), text: String::new(), talk, client, server };
        Self(Arc::new(Mutex::new(told)))
    }

    /// Another conversation begins, wherever the last one broke off. What was secret in that one is so in this one.
    pub fn begin(&self, protocol: Protocol) {
        self.with(|told| {
            if !told.text.is_empty() {
                told.tell('-', vec!["another connection".to_owned()]);
            }
            told.talk = Talk::new(protocol, std::mem::take(&mut told.talk.masks));
            (told.client, told.server) = (Client::default(), Server::default());
        });
    }

    /// What was said: a line each with the milliseconds since the start, `C:` the client, `S:` the server, `-:` neither.
    pub fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).text.clone()
    }

    /// The client said `bytes`, which need not be whole lines.
    pub fn sent(&self, bytes: &[u8]) {
        self.with(|told| {
            let lines = told.client.take(bytes, &mut told.talk);
            told.tell('C', lines);
        });
    }

    /// The server said `bytes`, which need not be whole lines.
    pub fn heard(&self, bytes: &[u8]) {
        self.with(|told| {
            let lines = told.server.take(bytes, &mut told.talk);
            told.tell('S', lines);
        });
    }

    fn with(&self, tell: impl FnOnce(&mut Told)) {
        tell(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Told {
    fn tell(&mut self, who: char, lines: Vec<String>) {
        const CUT: &str = "It goes on, and is cut here.\n";
        let at = self.started.elapsed().as_millis();
        for line in lines {
            if self.text.len() > LONGEST {
                if !self.text.ends_with(CUT) {
                    self.text.push_str(CUT);
                }
                return;
            }
            // Writing to a string cannot fail.
            let _ = writeln!(self.text, "{at:>7} {who}: {line}");
        }
    }
}

#[cfg(test)]
mod tests;
