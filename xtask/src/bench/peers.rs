//! The fetchers that people use today, each of which pulls a whole INBOX into a fresh local Maildir. Deliberately
//! absent: their opinion on security; all of this is loopback in the clear.

use super::server::{PASSWORD, Server, count_maildir};
use super::watch::{self, Cost};
use crate::command;
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// mbsync, with an fsync for each message (as it comes) or without any.
pub fn mbsync(server: &Server, user: &str, fsync: bool, messages: usize, folder: &Path) -> Result<Cost> {
    fs::create_dir_all(folder.join("mail"))?;
    // On loopback deflate costs far more than it saves, and restante does not ask for it there either: with it mbsync
    // would be measured at the speed of zlib.
    let here = folder.display();
    let configuration = format!(
        "FSync {}\n\nIMAPAccount lab\nHost 127.0.0.1\nPort {}\nUser {user}\nPass {PASSWORD}\nSSLType None\n\
         AuthMechs LOGIN\nDisableExtension COMPRESS=DEFLATE\n\nIMAPStore there\nAccount lab\n\nMaildirStore here\nPath {here}/mail/\n\
         Inbox {here}/mail/INBOX\n\nChannel all\nFar :there:INBOX\nNear :here:INBOX\nCreate Near\nSync Pull\n\
         SyncState {here}/state/\n",
        if fsync { "yes" } else { "no" },
        server.imap
    );
    fs::create_dir_all(folder.join("state"))?;
    fs::write(folder.join("mbsyncrc"), configuration)?;
    let mut mbsync = command::command("mbsync");
    measure(
        mbsync.arg("-q").arg("-c").arg(folder.join("mbsyncrc")).arg("all"),
        &folder.join("mail/INBOX"),
        messages,
    )
}

/// mpop, which waits for the disk at each message.
pub fn mpop(server: &Server, user: &str, messages: usize, folder: &Path) -> Result<Cost> {
    let maildir = folder.join("mail");
    for name in ["cur", "new", "tmp"] {
        fs::create_dir_all(maildir.join(name))?;
    }
    let port = server.pop3;
    let mut mpop = command::command("mpop");
    mpop.args([
        "--host=127.0.0.1",
        &format!("--port={port}"),
        &format!("--user={user}"),
        "--auth=user",
        "--tls=off",
    ])
    .arg(format!("--passwordeval=echo {PASSWORD}"))
    .args(["--keep=on", "--quiet", &format!("--uidls-file={}/uidls", folder.display())])
    .arg(format!("--delivery=maildir,{}", maildir.display()));
    measure(&mut mpop, &maildir, messages)
}

fn measure(command: &mut Command, maildir: &Path, messages: usize) -> Result<Cost> {
    let cost = watch::run(command.stdin(Stdio::null()).stdout(Stdio::null()))?;
    match count_maildir(maildir) {
        count if count == messages => Ok(cost),
        count => bail!("{} stored {count} of {messages} messages", command.get_program().to_string_lossy()),
    }
}
