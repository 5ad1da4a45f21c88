//! A real mail server.

use super::closed::ClosedNetwork;
use super::{Running, free_port, lab, wait_for};
use std::collections::BTreeMap;
use std::net::TcpStream;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Dovecot on loopback; any user signs in with [`PASSWORD`].
pub struct Dovecot {
    folder: tempfile::TempDir,
    pub imap: u16,
    pub imaps: u16,
    pub pop3: u16,
    pub pop3s: u16,
    _process: Running,
}

/// The password of everybody.
pub const PASSWORD: &str = "secret1";

impl Dovecot {
    /// Starts one on free ports and waits until it answers.
    pub fn start() -> Self {
        Self::started(&[])
    }

    /// The same, where the tokens sign in as well that the authorization server behind `introspection` knows, by this
    /// mechanism.
    pub fn start_with_tokens(introspection: &str, mechanism: &str) -> Self {
        Self::started(&[introspection, mechanism])
    }

    /// The same inside of a network that is not reached from here.
    pub fn start_in(network: &ClosedNetwork) -> Self {
        let dovecot = Self::spawned(network.command(lab("dovecot.sh")), &[]);
        network.wait_for("dovecot", "127.0.0.1", dovecot.imaps);
        dovecot
    }

    fn started(tokens: &[&str]) -> Self {
        let dovecot = Self::spawned(Command::new(lab("dovecot.sh")), tokens);
        let Self { imap, imaps, pop3, pop3s, .. } = dovecot;
        wait_for("dovecot", 20, || {
            [imap, imaps, pop3, pop3s].iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok())
        });
        dovecot
    }

    fn spawned(mut command: Command, tokens: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [imap, imaps, pop3, pop3s] = std::array::from_fn(|_| free_port());
        let process = command
            .arg(folder.path())
            .args([imap, imaps, pop3, pop3s].map(|port| port.to_string()))
            .args(tokens)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        Self { folder, imap, imaps, pop3, pop3s, _process: Running(process) }
    }

    /// Puts a message into the INBOX of `user`.
    pub fn deliver(&self, user: &str, number: usize, raw: &[u8]) {
        let new = self.maildir(user).join("new");
        let owner = std::fs::metadata(self.folder.path().join("mail")).unwrap();
        let give = |path: &Path| chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
        if !new.is_dir() {
            for folder in ["new", "cur", "tmp"] {
                std::fs::create_dir_all(self.maildir(user).join(folder)).unwrap();
                give(&self.maildir(user).join(folder));
            }
            give(&self.maildir(user));
            give(self.maildir(user).parent().unwrap());
        }
        let path = new.join(format!("{}.M{number}P1.lab", 1_700_000_000 + number));
        let fresh = self.maildir(user).join("tmp").join(number.to_string());
        std::fs::write(&fresh, raw).unwrap();
        give(&fresh);
        std::fs::rename(fresh, path).unwrap();
    }

    /// Lets a message that was just delivered have come at another time.
    pub fn date(&self, user: &str, number: usize, seconds: u64) {
        let path = self.maildir(user).join("new").join(format!("{}.M{number}P1.lab", 1_700_000_000 + number));
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
    }

    /// The files of a user's INBOX: their flags are in their names (RFC-less Maildir: `:2,S` is seen).
    pub fn files(&self, user: &str) -> Vec<String> {
        let mut names = Vec::new();
        for folder in ["new", "cur"] {
            for entry in std::fs::read_dir(self.maildir(user).join(folder)).into_iter().flatten() {
                names.push(entry.unwrap().file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        names
    }

    /// The messages of a user's INBOX, byte for byte; looked at again where the server was at work meanwhile.
    pub fn contents(&self, user: &str) -> Vec<Vec<u8>> {
        loop {
            let names = self.files(user);
            let read = |name: &String| {
                let in_folder = |folder| std::fs::read(self.maildir(user).join(folder).join(name)).ok();
                ["new", "cur"].into_iter().find_map(in_folder)
            };
            let messages: Vec<Vec<u8>> = names.iter().filter_map(read).collect();
            if messages.len() == names.len() && names == self.files(user) {
                return messages;
            }
        }
    }

    /// The server's ledger: which content has which UID. On POP3 the messages are numbered in this order.
    pub fn ledger(&self, user: &str) -> BTreeMap<u32, String> {
        let base = |name: &str| name.split(":2,").next().unwrap().to_owned();
        let mut files = BTreeMap::new();
        for folder in ["new", "cur"] {
            for entry in std::fs::read_dir(self.maildir(user).join(folder)).unwrap() {
                let path = entry.unwrap().path();
                files.insert(base(&path.file_name().unwrap().to_string_lossy()), path);
            }
        }
        let list = std::fs::read_to_string(self.maildir(user).join("dovecot-uidlist")).unwrap();
        let named = list.lines().skip(1).filter_map(|line| {
            let (uid, name) = line.split_once(" :")?;
            let path = files.get(&base(name))?;
            let hash = blake3::hash(&std::fs::read(path).unwrap()).to_hex().to_string();
            Some((uid.split(' ').next()?.parse().unwrap(), hash))
        });
        named.collect()
    }

    fn maildir(&self, user: &str) -> PathBuf {
        self.folder.path().join("mail").join(user).join("Maildir")
    }
}

/// A message of its own, with CRLF line ends and an attachment.
pub fn message(number: usize) -> Vec<u8> {
    let words = ["invoice", "backup", "alert", "meeting", "größe"];
    let word = words.get(number % words.len()).unwrap();
    format!(
        "Date: Tue, 14 Nov 2023 22:13:{:02} +0000\r\nFrom: Ana Example <ana{number}@example.org>\r\n\
         To: Bruno <bruno@example.org>\r\nMessage-ID: <{number}@example.org>\r\nSubject: {} {number}\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nThe {word} number {number} is here.\r\n..dots\r\n\r\n--b\r\n\
         Content-Type: application/pdf; name=\"report-{number}.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"report-{number}.pdf\"\r\n\r\naGVsbG8gd29ybGQ=\r\n--b--\r\n",
        number % 60,
        if word.is_ascii() { word } else { "=?utf-8?q?gr=C3=B6=C3=9Fe?=" },
    )
    .into_bytes()
}

/// One that becomes a file here: no compression shrinks it, and it comes in lines.
pub fn large_message(number: usize) -> Vec<u8> {
    let mut raw = message(number);
    for line in 0..3000_usize {
        let hash = blake3::hash(format!("{number} {line}").as_bytes());
        raw.extend(format!("{}\r\n", hash.to_hex()).bytes());
    }
    raw
}
