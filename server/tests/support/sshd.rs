//! OpenSSH's server at the gate of a closed network, with a user of its own whom the machine does not know: the files of
//! accounts are others in its namespace.

use super::Running;
use super::closed::ClosedNetwork;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The user whom it lets in.
pub const USER: &str = "jump";
/// Their password.
pub const PASSWORD: &str = "jump-secret-8c2";
/// Where it listens.
pub const PORT: u16 = 2222;

/// Its files, and the keys of whoever comes.
pub struct Sshd {
    folder: TempDir,
}

impl Sshd {
    /// Its accounts and a host key.
    pub fn new() -> Self {
        let sshd = Self { folder: tempfile::tempdir().unwrap() };
        let hash = Command::new("openssl").args(["passwd", "-6", PASSWORD]).output().unwrap();
        let hash = String::from_utf8(hash.stdout).unwrap();
        let with = |file: &str, line: &str| {
            let known = std::fs::read_to_string(Path::new("/etc").join(file)).unwrap();
            std::fs::write(sshd.path(file), format!("{known}{line}\n")).unwrap();
        };
        with("passwd", &format!("{USER}:x:23456:23456::/nonexistent:/bin/false"));
        with("shadow", &format!("{USER}:{}:19000:0:99999:7:::", hash.trim()));
        sshd.new_key("host", "ed25519");
        sshd
    }

    /// The path of one of its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a key without a passphrase, and returns the text of its file.
    pub fn new_key(&self, name: &str, kind: &str) -> String {
        self.new_key_with(name, kind, "")
    }

    /// Makes a key, and returns the text of its file.
    pub fn new_key_with(&self, name: &str, kind: &str, passphrase: &str) -> String {
        let file = self.path(name);
        let _ = std::fs::remove_file(&file);
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-t", kind, "-N", passphrase, "-C", "test", "-f"]).arg(&file);
        assert!(command.status().unwrap().success());
        std::fs::read_to_string(file).unwrap()
    }

    /// Lets the key of this name in.
    pub fn authorise(&self, name: &str) {
        std::fs::copy(self.path(&format!("{name}.pub")), self.path("authorized")).unwrap();
    }

    /// The fingerprint of its host key, as an administrator reads it on the machine.
    pub fn fingerprint(&self) -> String {
        let output = Command::new("ssh-keygen").arg("-lf").arg(self.path("host.pub")).output().unwrap();
        String::from_utf8(output.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
    }

    /// What it says of whoever comes.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    /// Starts it with more settings.
    pub fn start(&self, network: &ClosedNetwork, more: &str) -> Running {
        let folder = self.folder.path().display();
        let settings = format!(
            "Port {PORT}\nHostKey {folder}/host\nPidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication yes\n\
             KbdInteractiveAuthentication no\nAuthorizedKeysFile {folder}/authorized\nAllowUsers {USER}\nLogLevel VERBOSE\n\
             {more}\n"
        );
        std::fs::write(self.path("config"), settings).unwrap();
        let script = format!(
            "mkdir -p /run/sshd && mount --bind {folder}/passwd /etc/passwd && mount --bind {folder}/shadow /etc/shadow \
             && exec /usr/sbin/sshd -D -f {folder}/config -E {folder}/log"
        );
        let mut command = network.command("sh");
        let process = command.args(["-c", &script]).stdout(Stdio::null()).spawn().unwrap();
        network.wait_for("sshd", "127.0.0.1", PORT);
        Running(process)
    }
}
