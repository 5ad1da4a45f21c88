//! A throw-away PostgreSQL of the lab, for the inbox on the other database.

use super::server::free_port;
use crate::house;
use anyhow::{Context, Result, bail};
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Running on loopback; ends with this value, and its files with it.
pub struct Postgres {
    folder: PathBuf,
    port: u16,
    process: Child,
}

impl Postgres {
    /// Starts one in `folder` and waits until it answers.
    pub fn start(folder: PathBuf) -> Result<Self> {
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let port = free_port()?;
        let process = Command::new(house::root().join("xtask/lab/postgres.sh"))
            .arg(&folder)
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start PostgreSQL")?;
        let mut postgres = Self { folder, port, process };
        let end = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > end || postgres.process.try_wait()?.is_some() {
                bail!("PostgreSQL did not start");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(postgres)
    }

    /// How to reach it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
