//! A real PostgreSQL.

use super::{Running, free_port, lab, wait_for};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// A throw-away cluster on loopback.
pub struct Postgres {
    _folder: tempfile::TempDir,
    port: u16,
    _process: Running,
}

impl Postgres {
    /// Starts one on a free port and waits until it answers.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let process = Command::new(lab("postgres.sh"))
            .arg(folder.path())
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let postgres = Self { _folder: folder, port, _process: Running(process) };
        wait_for("postgres", 60, || TcpStream::connect(("127.0.0.1", port)).is_ok());
        postgres
    }

    /// Where it listens on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}
