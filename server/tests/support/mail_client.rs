//! Another person's mail client: plain `IMAP4rev1`, one command after the other, on any server. It is the eye and the hand
//! of the tests on a real server, and shares nothing with the code that they test.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A signed-in session.
pub struct MailClient {
    server: BufReader<TcpStream>,
    tag: u32,
}

/// A message as the server has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnServer {
    pub uid: u32,
    pub raw: Vec<u8>,
    /// Without `\Recent`, which is not a property of the message.
    pub flags: Vec<String>,
}

struct Line {
    text: String,
    literal: Vec<u8>,
}

impl MailClient {
    /// Signs in without protection; on loopback that is enough.
    pub fn sign_in(port: u16, user: &str) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut client = Self { server: BufReader::new(stream), tag: 0 };
        client.line();
        client.command(&format!("LOGIN \"{user}\" \"{}\"", super::dovecot::PASSWORD));
        client
    }

    /// Makes a folder, named as the wire has it.
    pub fn create(&mut self, folder: &str) {
        self.command(&format!("CREATE \"{folder}\""));
    }

    /// Adds a message and returns its UID.
    pub fn append(&mut self, folder: &str, flags: &str, raw: &[u8]) -> u32 {
        self.tag += 1;
        let size = raw.len();
        self.say(format!("t{} APPEND \"{folder}\" ({flags}) {{{size}}}\r\n", self.tag).as_bytes());
        let go_on = self.line();
        assert!(go_on.text.starts_with('+'), "{}", go_on.text);
        self.say(&[raw, b"\r\n"].concat());
        let (done, _) = self.answer("APPEND");
        // UIDPLUS: `[APPENDUID <validity> <uid>]`.
        let told = done.split("APPENDUID ").nth(1).unwrap().split(']').next().unwrap();
        told.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Opens a folder for writing.
    pub fn open(&mut self, folder: &str) {
        self.command(&format!("SELECT \"{folder}\""));
    }

    /// Marks one message of the open folder as deleted and expunges exactly that.
    pub fn expunge(&mut self, uid: u32) {
        // Courier (2026-11) shows a session what it appended itself only when it has looked again.
        self.command("NOOP");
        self.command(&format!("UID STORE {uid} +FLAGS.SILENT (\\Deleted)"));
        self.command(&format!("UID EXPUNGE {uid}"));
    }

    /// Changes the flags of one message of the open folder, such as `+FLAGS (\\Seen)`.
    pub fn mark(&mut self, uid: u32, change: &str) {
        self.command(&format!("UID STORE {uid} {change}"));
    }

    /// Everything in a folder, looked at without changing it.
    pub fn contents(&mut self, folder: &str) -> Vec<OnServer> {
        let opened = self.command(&format!("EXAMINE \"{folder}\""));
        if opened.iter().any(|line| line.text == "* 0 EXISTS") {
            return Vec::new();
        }
        // A server may tell one message in several answers.
        let mut found: BTreeMap<u32, OnServer> = BTreeMap::new();
        for line in self.command("UID FETCH 1:* (UID FLAGS BODY.PEEK[])") {
            let between = |from: &str, to| line.text.split(from).nth(1)?.split(to).next();
            let Some(uid) = between("UID ", [' ', ')']).and_then(|uid| uid.parse().ok()) else { continue };
            let message = found.entry(uid).or_insert(OnServer { uid, raw: Vec::new(), flags: Vec::new() });
            if !line.literal.is_empty() {
                message.raw.clone_from(&line.literal);
            }
            if let Some(flags) = between("FLAGS (", [')', '\r']) {
                message.flags = flags.split_whitespace().map(str::to_owned).collect();
                message.flags.retain(|flag| flag != "\\Recent");
                message.flags.sort();
            }
        }
        found.into_values().collect()
    }

    fn command(&mut self, command: &str) -> Vec<Line> {
        self.tag += 1;
        self.say(format!("t{} {command}\r\n", self.tag).as_bytes());
        self.answer(command).1
    }

    fn answer(&mut self, command: &str) -> (String, Vec<Line>) {
        let tag = format!("t{} ", self.tag);
        let mut lines = Vec::new();
        loop {
            let line = self.line();
            if let Some(done) = line.text.strip_prefix(&tag) {
                assert!(done.starts_with("OK"), "{command}: {done}");
                return (done.to_owned(), lines);
            }
            lines.push(line);
        }
    }

    /// One line, with a literal taken out of it where it has one.
    fn line(&mut self) -> Line {
        let mut line = Line { text: String::new(), literal: Vec::new() };
        loop {
            let mut bytes = Vec::new();
            let count = self.server.read_until(b'\n', &mut bytes).unwrap();
            assert!(count > 0, "the server hung up after {:?}", line.text);
            line.text.push_str(String::from_utf8_lossy(&bytes).trim_end());
            let announced = line.text.strip_suffix('}').and_then(|text| text.rsplit_once('{'));
            let Some(size) = announced.and_then(|(_, size)| size.parse::<usize>().ok()) else { return line };
            line.text.truncate(line.text.rfind('{').unwrap());
            line.literal = vec![0; size];
            self.server.read_exact(&mut line.literal).unwrap();
        }
    }

    fn say(&mut self, bytes: &[u8]) {
        self.server.get_mut().write_all(bytes).unwrap();
    }
}
