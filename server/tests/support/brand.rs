//! The mail servers of the lab, all in one form: Dovecot, Cyrus and Courier.

use super::{Running, free_port, lab, wait_for};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// Whose server it is, and how its folders are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brand {
    pub name: &'static str,
    /// What every folder's name begins with.
    pub prefix: &'static str,
    /// What stands between the names of a folder and the one above it.
    pub separator: char,
    /// False where bytes above 127 in a header do not survive their arrival.
    pub eight_bit_headers: bool,
}

/// In Maildir, with Maildir's separator.
pub const DOVECOT: Brand = Brand { name: "dovecot", prefix: "", separator: '.', eight_bit_headers: true };
/// As Cyrus 3 comes.
pub const CYRUS: Brand = Brand { name: "cyrus", prefix: "", separator: '/', eight_bit_headers: false };
/// Everything is below INBOX.
pub const COURIER: Brand =
    Brand { name: "courier", prefix: "INBOX.", separator: '.', eight_bit_headers: true };

/// A running one; `users` sign in with [`super::dovecot::PASSWORD`].
pub struct BrandServer {
    pub brand: Brand,
    pub imap: u16,
    pub imaps: u16,
    pub pop3: u16,
    pub pop3s: u16,
    _process: Running,
    _folder: tempfile::TempDir,
}

impl BrandServer {
    /// Starts one on free ports and waits until it answers.
    pub fn start(brand: Brand, users: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [imap, imaps, pop3, pop3s] = std::array::from_fn(|_| free_port());
        let log = folder.path().join("log");
        let mut command = Command::new(lab(&format!("{}.sh", brand.name)));
        command.arg(folder.path()).args([imap, imaps, pop3, pop3s].map(|port| port.to_string()));
        if brand != DOVECOT {
            // Dovecot lets anybody in.
            command.args(users);
        }
        let process =
            command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        let mut process = Running(process);
        // The first start of a brand may have to make its root.
        wait_for(brand.name, 300, || {
            let ended = process.0.try_wait().unwrap();
            assert!(ended.is_none(), "{} ended: {}", brand.name, std::fs::read_to_string(&log).unwrap());
            [imap, imaps, pop3, pop3s].iter().all(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok())
        });
        Self { brand, imap, imaps, pop3, pop3s, _process: process, _folder: folder }
    }

    /// The port for a protocol over a security, as the command line names them.
    pub fn port(&self, protocol: &str, security: &str) -> u16 {
        match (protocol, security) {
            ("imap", "ssl") => self.imaps,
            ("imap", _) => self.imap,
            (_, "ssl") => self.pop3s,
            _ => self.pop3,
        }
    }

    /// A folder inside of a folder, with names that are not ASCII: as a person reads it, and as `IMAP4rev1` writes it.
    pub fn odd_folders(&self) -> [(String, String); 2] {
        let Brand { prefix, separator, .. } = self.brand;
        [("Grüße", "Größe & Co"), ("Gr&APwA3w-e", "Gr&APYA3w-e &- Co")]
            .map(|(above, below)| (format!("{prefix}{above}"), format!("{prefix}{above}{separator}{below}")))
    }
}
