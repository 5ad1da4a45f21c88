//! Disks that fail: full ones, files that may not grow, syncs that end in an error, a database that somebody else holds.

use super::proxy::{Moment, Next, Proxy};
use sqlx::{Connection, Executor};
use std::any::Any;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;

/// Says, past the capture of the tests' output, that something could not be tried here.
pub fn skip(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "\nSKIPPED: {what}: {why}");
}

/// Starts a program whose files may not grow beyond so many KiB: writing more is an error, as on a full disk.
pub fn limited(kib: u32) -> [String; 4] {
    let script = "trap '' XFSZ; ulimit -f $0; exec \"$@\"";
    ["sh".to_owned(), "-c".to_owned(), script.to_owned(), (kib * 2).to_string()]
}

/// A small disk; gone with the test.
pub struct Tmpfs {
    folder: tempfile::TempDir,
}

impl Tmpfs {
    /// Mounts one; `None` where this user may not.
    pub fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={size},mode=0755");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        mounted.is_ok_and(|status| status.success()).then_some(Self { folder })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Makes it larger.
    pub fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.path()).status().unwrap().success());
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

/// True where system calls can be made to fail from outside.
pub fn strace_works() -> bool {
    let probe = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "inject=fsync:error=EIO", "true"])
        .stderr(Stdio::null())
        .status();
    probe.is_ok_and(|status| status.success())
}

/// Runs `command` to its end. From the moment on at which it says one of `words` on the wire, its syncs fail, in each
/// thread those that `when` says (`1`: the first, `2+`: all but the first), with `file` those of that file alone. Without
/// `when` they are only written down. Last: each sync that was made to fail, or all that were written down.
pub fn syncs_of(
    proxy: &Proxy,
    words: &[&'static str],
    command: &mut Command,
    when: Option<&str>,
    file: Option<&Path>,
) -> (Output, Vec<String>) {
    let (tell, pid) = mpsc::channel::<u32>();
    let (attached, strace) = mpsc::channel();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut tracing = Command::new("strace");
    tracing.args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-o"]).arg(&log);
    if let Some(when) = when {
        tracing.args(["-e", &format!("inject=fsync,fdatasync:error=EIO:when={when}")]);
    }
    if let Some(file) = file {
        tracing.arg("-P").arg(file);
    }
    let mut first = true;
    proxy.on(words, Moment::Before, move |_| {
        if std::mem::take(&mut first) {
            tracing.args(["-p", &pid.recv().unwrap().to_string()]);
            let mut strace = tracing.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            // It says so once it holds every thread.
            let mut said = BufReader::new(strace.stderr.take().unwrap()).lines();
            let holds = said.any(|line| line.unwrap().contains("attached"));
            std::thread::spawn(move || said.for_each(drop));
            attached.send((strace, holds)).unwrap();
        }
        Next::GoOn
    });
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    tell.send(child.id()).unwrap();
    let output = child.wait_with_output().unwrap();
    proxy.calm();
    // A program that never came to the word has no syncs to tell of.
    let Ok((mut strace, holds)) = strace.try_recv() else { return (output, Vec::new()) };
    assert!(holds && strace.wait().is_ok(), "strace does not attach");
    let log = std::fs::read_to_string(log).unwrap();
    let syncs =
        log.lines().filter(|line| line.contains("sync(") && (when.is_none() || line.contains("INJECTED")));
    (output, syncs.map(ToOwned::to_owned).collect())
}

/// What a check has to write to, held by another process than the program's; dropping it gives it back.
pub struct Lock {
    runtime: tokio::runtime::Runtime,
    connection: Option<Box<dyn Any + Send>>,
}

impl Lock {
    /// Takes the write lock of the SQLite database in `data` as soon as it is free.
    pub fn take(data: &Path) -> Self {
        let url = format!("sqlite:{}", data.join("restante.db").display());
        Self::holding(async {
            let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
            connection.execute("BEGIN IMMEDIATE").await.unwrap();
            Box::new(connection) as Box<_>
        })
    }

    /// Takes the accounts of a PostgreSQL.
    pub fn take_rows(url: &str) -> Self {
        Self::holding(async {
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            connection.execute("BEGIN").await.unwrap();
            connection.execute("SELECT id FROM account FOR UPDATE").await.unwrap();
            Box::new(connection) as Box<_>
        })
    }

    fn holding(connection: impl Future<Output = Box<dyn Any + Send>>) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let connection = Some(runtime.block_on(connection));
        Self { runtime, connection }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // What goes away in the middle of a transaction rolls it back.
        let connection = self.connection.take();
        self.runtime.block_on(async { drop(connection) });
    }
}
