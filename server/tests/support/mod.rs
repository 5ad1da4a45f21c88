//! The product from outside: the built program, a real Dovecot, a real PostgreSQL, all on loopback and in folders that
//! go away.
#![allow(dead_code, reason = "each test uses its part of the support")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot be set up fails loudly"
)]

pub mod agent;
pub mod authorization;
pub mod brand;
pub mod closed;
pub mod disk;
pub mod dovecot;
pub mod hostile;
pub mod imap;
pub mod ledger;
pub mod mail_client;
pub mod pop3;
pub mod postgres;
pub mod proxy;
pub mod restante;
pub mod script;
pub mod server;
pub mod sshd;

use socket2::{Domain, Socket, Type};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A process that ends with the test.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM first: labs end their own children on it.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A SOCKS5 proxy on loopback with these settings, and its port.
pub fn microsocks(settings: &[&str]) -> (Running, u16) {
    let port = free_port();
    let mut command = Command::new("microsocks");
    command.args(["-i", "127.0.0.1", "-p", &port.to_string()]).args(settings).stderr(Stdio::null());
    let proxy = Running(command.spawn().unwrap());
    wait_for("microsocks", 20, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    (proxy, port)
}

/// A port that nobody has and that nobody is given by chance: below those that the system gives to whoever asks for any,
/// and each once in a process.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        // Another process begins elsewhere.
        let port = u16::try_from(10_000 + (std::process::id() * 97 + next) % 20_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Waits until `holds`, at most `seconds`.
pub fn wait_for(what: &str, seconds: u64, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !holds() {
        assert!(Instant::now() < end, "waited {seconds} s for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Looks for each of `secrets` in every file of a folder, the key's and the database's among them.
pub fn holds_none_of(folder: &Path, secrets: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds_none_of(&path, secrets);
            continue;
        }
        if !path.is_file() {
            // A socket, which holds nothing.
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} is in {}", path.display());
        }
    }
}

/// A script of the lab.
pub fn lab(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../xtask/lab").join(name)
}

/// A listener that takes nobody in any more, and those who wait there: further calls are not answered.
pub fn full_house() -> (Socket, Vec<Socket>) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let wait = |_| {
        let caller = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        caller.set_nonblocking(true).unwrap();
        // Under way is all that it ever is.
        let _ = caller.connect(&address);
        caller
    };
    let waiting = (0..4).map(wait).collect();
    (listener, waiting)
}
