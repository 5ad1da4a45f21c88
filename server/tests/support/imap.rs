//! An IMAP server whose mailboxes a test holds in its hands: it lies, refuses and counts anew as it is told. What it is
//! asked is written down.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

/// A mailbox of it.
#[derive(Clone, Default)]
pub struct Mailbox {
    pub uid_validity: u32,
    /// What it says of its next UID.
    pub uid_next: u32,
    pub messages: Vec<(u32, Vec<u8>)>,
    /// UIDs that it lists and does not give.
    pub refuses: BTreeSet<u32>,
    /// UIDs that it lists and passes over in silence.
    pub passes_over: BTreeSet<u32>,
    /// What it gives in place of a message that it cannot read.
    pub instead: BTreeMap<u32, Vec<u8>>,
    /// It lists such a message with the size of what it gives, not with the true one.
    pub lists_what_it_gives: bool,
    /// UIDs whose body it announces with this many bytes, and gives none of them.
    pub announces: BTreeMap<u32, u64>,
    /// The flags of its messages; none where a message is not among them.
    pub flags: BTreeMap<u32, BTreeSet<String>>,
}

impl Mailbox {
    /// Messages with these UIDs.
    pub fn new(uid_validity: u32, messages: impl IntoIterator<Item = (u32, Vec<u8>)>) -> Self {
        let messages: Vec<_> = messages.into_iter().collect();
        let uid_next = messages.iter().map(|(uid, _)| uid + 1).max().unwrap_or(1);
        Self { uid_validity, uid_next, messages, ..Self::default() }
    }
}

/// Called with each command before it is answered: may change the mailboxes, and says what nobody asked for.
pub type Midway = Box<dyn FnMut(&str, &mut BTreeMap<String, Mailbox>) -> String + Send>;

/// What the server has and what it was asked.
#[derive(Default)]
pub struct State {
    pub mailboxes: BTreeMap<String, Mailbox>,
    pub commands: Vec<String>,
    /// What it says to whoever signs in, instead of OK.
    pub turns_away: Option<&'static str>,
    pub midway: Option<Midway>,
    /// It lets nobody change flags.
    pub refuses_marks: bool,
}

/// The running server; it ends with the test.
pub struct ImapServer {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl ImapServer {
    /// Starts one; anybody may sign in.
    pub fn start(mailboxes: impl IntoIterator<Item = (&'static str, Mailbox)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mailboxes = mailboxes.into_iter().map(|(name, mailbox)| (name.to_owned(), mailbox)).collect();
        let state = Arc::new(Mutex::new(State { mailboxes, ..State::default() }));
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

    /// What it has, to be changed between two checks.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes one mailbox.
    pub fn change(&self, name: &str, change: impl FnOnce(&mut Mailbox)) {
        change(self.state().mailboxes.get_mut(name).unwrap());
    }

    /// What it was asked since the last time, without tags.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().commands)
    }
}

fn converse(stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let lines = BufReader::new(stream.try_clone()?).lines();
    let mut open = String::new();
    out.write_all(b"* OK ready\r\n")?;
    for line in lines {
        let line = line?;
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        let mut state = state.lock().unwrap();
        let words: Vec<&str> = command.split(' ').collect();
        let secret = matches!(words[0], "LOGIN" | "AUTHENTICATE");
        state.commands.push(if secret { words[0].to_owned() } else { command.to_owned() });
        let mut answer = Vec::new();
        if let Some(mut midway) = state.midway.take() {
            answer.extend(midway(command, &mut state.mailboxes).bytes());
            state.midway = Some(midway);
        }
        let verdict = match words.as_slice() {
            ["CAPABILITY"] => {
                answer.extend(b"* CAPABILITY IMAP4rev1 UIDPLUS LIST-STATUS\r\n");
                "OK"
            }
            ["EXAMINE" | "SELECT", ..] => {
                command.split('"').nth(1).unwrap_or_default().clone_into(&mut open);
                match state.mailboxes.get(&open) {
                    Some(mailbox) => {
                        let count = mailbox.messages.len();
                        let (validity, next) = (mailbox.uid_validity, mailbox.uid_next);
                        answer.extend(
                            format!("* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n").bytes(),
                        );
                        answer.extend(format!("* OK [UIDNEXT {next}] x\r\n").bytes());
                        "OK"
                    }
                    None => "NO [NONEXISTENT]",
                }
            }
            ["LOGIN" | "AUTHENTICATE", ..] => state.turns_away.unwrap_or("OK"),
            ["LIST", ..] => {
                for (name, mailbox) in &state.mailboxes {
                    let (count, validity, next) =
                        (mailbox.messages.len(), mailbox.uid_validity, mailbox.uid_next);
                    answer.extend(format!("* LIST () \"/\" \"{name}\"\r\n").bytes());
                    answer.extend(
                        format!(
                            "* STATUS \"{name}\" (MESSAGES {count} UIDNEXT {next} UIDVALIDITY {validity})\r\n"
                        )
                        .bytes(),
                    );
                }
                "OK"
            }
            ["LOGOUT"] => {
                out.write_all(format!("* BYE x\r\n{tag} OK done\r\n").as_bytes())?;
                return Ok(());
            }
            ["UID", "STORE", ..] if state.refuses_marks => "NO this mailbox is read-only,",
            ["FETCH" | "UID", ..] => match state.mailboxes.get_mut(&open) {
                Some(mailbox) => about_messages(mailbox, &words, &mut answer),
                None => "BAD",
            },
            _ => "OK",
        };
        drop(state);
        answer.extend(format!("{tag} {verdict} done\r\n").bytes());
        out.write_all(&answer)?;
    }
    Ok(())
}

fn about_messages(mailbox: &mut Mailbox, words: &[&str], answer: &mut Vec<u8>) -> &'static str {
    let by_uid = words[0] == "UID";
    let (verb, set) = if by_uid { (words[1], words[2]) } else { (words[0], words[1]) };
    let items = words.join(" ");
    let highest = mailbox.messages.iter().map(|(uid, _)| *uid).max().unwrap_or(0);
    let named: Vec<(usize, u32, Vec<u8>)> = mailbox
        .messages
        .iter()
        .enumerate()
        .map(|(index, (uid, raw))| (index + 1, *uid, raw.clone()))
        .filter(|(number, uid, _)| {
            let (name, last) =
                if by_uid { (*uid, highest) } else { (u32::try_from(*number).unwrap(), u32::MAX) };
            contains(set, name, last)
        })
        .collect();
    match verb {
        "STORE" => {
            let takes_off = words.iter().any(|word| word.starts_with("-FLAGS"));
            let flag = items.split(['(', ')']).nth(1).unwrap_or_default();
            for (_, uid, _) in &named {
                let flags = mailbox.flags.entry(*uid).or_default();
                if takes_off {
                    flags.remove(flag)
                } else {
                    flags.insert(flag.to_owned())
                };
            }
        }
        "EXPUNGE" => {
            let gone: BTreeSet<u32> = named.iter().map(|(_, uid, _)| *uid).collect();
            let flags = &mailbox.flags;
            let marked = |uid: &u32| flags.get(uid).is_some_and(|flags| flags.contains("\\Deleted"));
            mailbox.messages.retain(|(uid, _)| !(gone.contains(uid) && marked(uid)));
        }
        "FETCH" if items.contains("BODY.PEEK[]") => {
            if named.len() == 1 && mailbox.refuses.contains(&named[0].1) {
                return "NO [SERVERBUG] this one cannot be read,";
            }
            let gives = |uid| !mailbox.refuses.contains(uid) && !mailbox.passes_over.contains(uid);
            for (number, uid, raw) in named.iter().filter(|(_, uid, _)| gives(uid)) {
                if let Some(size) = mailbox.announces.get(uid) {
                    answer.extend(format!("* {number} FETCH (UID {uid} BODY[] {{{size}}}\r\n").bytes());
                    return "OK";
                }
                literal(answer, *number, *uid, "BODY[]", mailbox.instead.get(uid).unwrap_or(raw));
            }
        }
        "FETCH" if items.contains("HEADER.FIELDS") => {
            for (number, uid, raw) in &named {
                let text = String::from_utf8_lossy(raw);
                let line =
                    text.split("\r\n").find(|line| line.starts_with("Message-ID:")).unwrap_or_default();
                let field = "BODY[HEADER.FIELDS (MESSAGE-ID)]";
                literal(answer, *number, *uid, field, format!("{line}\r\n\r\n").as_bytes());
            }
        }
        "FETCH" => {
            for (number, uid, raw) in &named {
                let given = mailbox.instead.get(uid).filter(|_| mailbox.lists_what_it_gives);
                let size = given.unwrap_or(raw).len();
                let date = "14-Nov-2023 22:13:20 +0000";
                let flags = mailbox.flags.get(uid).into_iter().flatten();
                let flags = flags.map(String::as_str).collect::<Vec<_>>().join(" ");
                let line = format!(
                    "* {number} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{date}\" FLAGS ({flags}))\r\n"
                );
                answer.extend(line.bytes());
            }
        }
        _ => return "BAD",
    }
    "OK"
}

fn literal(answer: &mut Vec<u8>, number: usize, uid: u32, item: &str, bytes: &[u8]) {
    answer.extend(format!("* {number} FETCH (UID {uid} {item} {{{}}}\r\n", bytes.len()).bytes());
    answer.extend(bytes);
    answer.extend(b")\r\n");
}

/// True where a set of IMAP (`1:3,7`) names `name`; `last` is what `*` stands for.
pub fn contains(set: &str, name: u32, last: u32) -> bool {
    let number = |text: &str| if text == "*" { last } else { text.parse().unwrap() };
    set.split(',').any(|range| match range.split_once(':') {
        Some((from, to)) => {
            let (from, to) = (number(from), number(to));
            (from.min(to)..=from.max(to)).contains(&name)
        }
        None => number(range) == name,
    })
}
