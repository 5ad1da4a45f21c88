//! A POP3 server whose mailbox a test holds in its hands: it lies, refuses, names messages anew and falls silent as it is
//! told. What it is asked is written down.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// A message of it.
#[derive(Clone)]
pub struct Held {
    pub uidl: String,
    pub raw: Vec<u8>,
    /// What LIST says instead of the truth.
    pub listed: Option<u64>,
}

impl Held {
    /// A message that nothing is wrong with.
    pub fn new(uidl: &str, raw: Vec<u8>) -> Self {
        Self { uidl: uidl.to_owned(), raw, listed: None }
    }
}

/// What becomes of a QUIT after deletions.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum Quit {
    #[default]
    Honest,
    /// The messages are gone, the answer never comes.
    DoneInSilence,
    /// The messages stay, the answer never comes.
    UndoneInSilence,
    /// The messages stay, and it says so.
    Refused,
}

/// What the server has, how it behaves and what it was asked.
#[derive(Default)]
pub struct State {
    pub messages: Vec<Held>,
    pub without_uidl: bool,
    /// UIDLs of messages that it lists and does not give.
    pub refuses: BTreeSet<String>,
    /// UIDLs of messages that it does not mark as deleted.
    pub keeps: BTreeSet<String>,
    pub quit: Quit,
    /// What STAT says instead of the truth.
    pub stat: Option<&'static str>,
    pub commands: Vec<String>,
}

/// The running server; it ends with the test.
pub struct Pop3Server {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl Pop3Server {
    /// Starts one; anybody may sign in.
    pub fn start(messages: impl IntoIterator<Item = Held>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = State { messages: messages.into_iter().collect(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, state) = (stream.unwrap(), Arc::clone(&shared));
                // A client that goes away in the middle is no failure of the server.
                std::thread::spawn(move || drop(converse(&stream, &state)));
            }
        });
        Self { port, state }
    }

    /// What it has and how it behaves, to be changed between two checks.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// The bodies it was asked for since the last time, by message number.
    pub fn asked_for(&self) -> Vec<String> {
        let commands = std::mem::take(&mut self.state().commands);
        let bodies = commands.iter().filter_map(|command| command.strip_prefix("RETR "));
        bodies.map(ToOwned::to_owned).collect()
    }
}

fn converse(stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let lines = BufReader::new(stream.try_clone()?).lines();
    // A session sees the mailbox as it was when it began (RFC 1939 §3).
    let mailbox = state.lock().unwrap().messages.clone();
    let mut marked = BTreeSet::new();
    out.write_all(b"+OK ready\r\n")?;
    for line in lines {
        let line = line?;
        let mut state = state.lock().unwrap();
        let secret = line.starts_with("PASS") || line.starts_with("AUTH");
        state.commands.push(if secret { line[..4].to_owned() } else { line.clone() });
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let number: usize = rest.split(' ').next().unwrap_or_default().parse().unwrap_or(0);
        let message = number.checked_sub(1).and_then(|place| mailbox.get(place));
        let answer = match (verb, message) {
            ("CAPA", _) if state.without_uidl => b"+OK\r\nUSER\r\n.\r\n".to_vec(),
            ("CAPA", _) => b"+OK\r\nUSER\r\nUIDL\r\nPIPELINING\r\n.\r\n".to_vec(),
            ("USER" | "PASS", _) => b"+OK\r\n".to_vec(),
            ("STAT", _) => {
                let truth = format!("{} 1", mailbox.len());
                format!("+OK {}\r\n", state.stat.unwrap_or(&truth)).into_bytes()
            }
            ("UIDL", _) if !state.without_uidl => listing(&mailbox, |held| held.uidl.clone()),
            ("LIST", _) => listing(&mailbox, |held| held.listed.unwrap_or(held.raw.len() as u64).to_string()),
            ("RETR", Some(held)) if !state.refuses.contains(&held.uidl) => {
                [b"+OK\r\n".to_vec(), stuffed(&held.raw)].concat()
            }
            ("DELE", Some(held)) if !state.keeps.contains(&held.uidl) => {
                marked.insert(number);
                b"+OK\r\n".to_vec()
            }
            ("QUIT", _) => {
                let quit = if marked.is_empty() { Quit::Honest } else { state.quit };
                if matches!(quit, Quit::Honest | Quit::DoneInSilence) {
                    let gone = |held: &Held| {
                        let same = |number: &usize| {
                            let marked = &mailbox[number - 1];
                            marked.uidl == held.uidl && marked.raw == held.raw
                        };
                        marked.iter().any(same)
                    };
                    state.messages.retain(|held| !gone(held));
                }
                return match quit {
                    Quit::Honest => out.write_all(b"+OK bye\r\n"),
                    Quit::Refused => out.write_all(b"-ERR some messages could not be removed\r\n"),
                    Quit::DoneInSilence | Quit::UndoneInSilence => Ok(()),
                };
            }
            _ => b"-ERR no such thing\r\n".to_vec(),
        };
        drop(state);
        out.write_all(&answer)?;
    }
    Ok(())
}

fn listing(mailbox: &[Held], what: impl Fn(&Held) -> String) -> Vec<u8> {
    let lines = mailbox.iter().enumerate().map(|(place, held)| format!("{} {}\r\n", place + 1, what(held)));
    format!("+OK\r\n{}.\r\n", lines.collect::<String>()).into_bytes()
}

fn stuffed(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    out.extend_from_slice(b".\r\n");
    out
}
