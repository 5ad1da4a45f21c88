//! A real Dovecot on loopback, for as long as the value lives.

use model::{Protocol, Security};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

pub struct Dovecot {
    folder: TempDir,
    ports: [u16; 4],
    child: Child,
}

/// A port that nobody listens on, below those that the system gives to connections: one of these could be taken, even by
/// whoever asks whether the server answers yet, before the server takes it.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let next = || NEXT.fetch_add(1, Ordering::Relaxed);
    // Another process begins elsewhere.
    let ports = std::iter::repeat_with(|| 10_000 + (std::process::id() * 89 + next()) % 20_000);
    let mut free = ports.filter_map(|port| {
        let port = u16::try_from(port).unwrap();
        TcpListener::bind(("127.0.0.1", port)).is_ok().then_some(port)
    });
    free.next().unwrap()
}

impl Dovecot {
    /// Starts it on four free ports and waits until it answers.
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../xtask/lab/dovecot.sh");
        let folder = tempfile::tempdir().unwrap();
        let ports = [(); 4].map(|()| free_port());
        let child = Command::new("sh")
            .arg(&script)
            .arg(folder.path())
            .args(ports.map(|port| port.to_string()))
            .stderr(Stdio::from(std::fs::File::create(folder.path().join("dovecot.log")).unwrap()))
            .spawn()
            .unwrap();
        let dovecot = Self { folder, ports, child };
        for _ in 0..200 {
            if ports.iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()) {
                return dovecot;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = std::fs::read_to_string(dovecot.folder.path().join("dovecot.log")).unwrap_or_default();
        panic!("{} does not answer: {log}", script.display());
    }

    pub fn port(&self, protocol: Protocol, security: Security) -> u16 {
        let [imap, imaps, pop3, pop3s] = self.ports;
        match (protocol, security) {
            (Protocol::Imap, Security::ImplicitTls) => imaps,
            (Protocol::Imap, _) => imap,
            (Protocol::Pop3, Security::ImplicitTls) => pop3s,
            (Protocol::Pop3, _) => pop3,
        }
    }

    /// The certificate it shows, in PEM.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Puts a message, written with LF, into the inbox of `user` as new mail.
    pub fn deliver(&self, user: &str, number: usize, message: &[u8]) {
        let mail = self.folder.path().join("mail");
        let owner = std::fs::metadata(&mail).unwrap();
        let give = |path: &Path| chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
        let maildir = self.maildir(user);
        for folder in
            [mail.join(user), maildir.clone(), maildir.join("tmp"), maildir.join("new"), maildir.join("cur")]
        {
            std::fs::create_dir_all(&folder).unwrap();
            give(&folder);
        }
        let file = maildir.join("new").join(format!("{}.M{number}P1.lab", 1_700_000_000 + number));
        std::fs::write(&file, message).unwrap();
        give(&file);
    }

    /// The names of the files that the inbox of `user` consists of, flags at their end.
    pub fn files(&self, user: &str) -> Vec<String> {
        let folders = ["new", "cur"].map(|folder| self.maildir(user).join(folder));
        folders
            .iter()
            .flat_map(|folder| std::fs::read_dir(folder).unwrap())
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    fn maildir(&self, user: &str) -> PathBuf {
        self.folder.path().join("mail").join(user).join("Maildir")
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // TERM, so that it takes its own processes with it.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
