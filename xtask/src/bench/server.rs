//! The mail server that everybody is measured against: Dovecot of the lab, with mailboxes laid down before it starts.
//! Deliberately absent: what a message looks like (`mail`).

use crate::{command, house};
use anyhow::{Context, Result, bail};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// The password of everybody.
pub const PASSWORD: &str = "secret1";

/// A folder of mailboxes, not served yet.
pub struct Mailboxes {
    folder: PathBuf,
}

/// Dovecot on loopback; ends with this value.
pub struct Server {
    /// Its port for IMAP.
    pub imap: u16,
    /// Its port for POP3.
    pub pop3: u16,
    mailboxes: Mailboxes,
    process: Child,
}

impl Mailboxes {
    /// An empty folder at this place.
    pub fn new(folder: PathBuf) -> Result<Self> {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("mail"))?;
        Ok(Self { folder })
    }

    /// Lays `count` messages into the INBOX of `user`, numbered from `first`; returns their bytes.
    pub fn fill(
        &self,
        user: &str,
        first: usize,
        count: usize,
        mut make: impl FnMut(usize) -> Vec<u8>,
    ) -> Result<u64> {
        let new = self.open(user)?;
        // As root the mail belongs to whom the server runs as, which it sees to when it starts.
        let owner = fs::metadata(self.folder.join("mail"))?;
        let mut bytes = 0;
        for number in first..first + count {
            let raw = make(number);
            bytes += raw.len() as u64;
            let path = new.join(file_name(number));
            fs::write(&path, raw)?;
            chown(&path, Some(owner.uid()), Some(owner.gid()))?;
        }
        Ok(bytes)
    }

    fn open(&self, user: &str) -> Result<PathBuf> {
        let home = self.folder.join("mail").join(user);
        let maildir = home.join("Maildir");
        let owner = fs::metadata(self.folder.join("mail"))?;
        for folder in [home, maildir.clone(), maildir.join("cur"), maildir.join("tmp"), maildir.join("new")] {
            if !folder.is_dir() {
                fs::create_dir_all(&folder)?;
                chown(&folder, Some(owner.uid()), Some(owner.gid()))?;
            }
        }
        Ok(maildir.join("new"))
    }

    /// Starts Dovecot over them and waits until it answers.
    pub fn serve(self) -> Result<Server> {
        let [imap, imaps, pop3, pop3s] = [free_port()?, free_port()?, free_port()?, free_port()?];
        let log = fs::File::create(self.folder.join("log"))?;
        let process = command::command(house::root().join("xtask/lab/dovecot.sh"))
            .arg(&self.folder)
            .args([imap, imaps, pop3, pop3s].map(|port| port.to_string()))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .context("cannot start the lab's Dovecot")?;
        let mut server = Server { imap, pop3, mailboxes: self, process };
        let end = Instant::now() + Duration::from_mins(2);
        while [imap, pop3].iter().any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()) {
            if Instant::now() > end || server.process.try_wait()?.is_some() {
                bail!("Dovecot does not answer; its log: {}", server.mailboxes.folder.join("log").display());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }
}

impl Server {
    /// Its mailboxes, to be filled further.
    pub fn mailboxes(&self) -> &Mailboxes {
        &self.mailboxes
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dovecot ends its own children on SIGTERM.
        let _ = command::command("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.mailboxes.folder);
    }
}

/// How many files lie in a Maildir's `new` and `cur`.
pub fn count_maildir(folder: &Path) -> usize {
    ["new", "cur"].iter().filter_map(|name| fs::read_dir(folder.join(name)).ok()).map(Iterator::count).sum()
}

fn file_name(number: usize) -> String {
    format!("{}.M{number}P1.bench", 1_700_000_000 + number)
}

/// A port of loopback that nobody listens on.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
