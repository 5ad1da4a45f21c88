//! The one file that an agent has: which server, which key of it, and its own. Lines of `name = value`, for its owner
//! alone, written anew as a whole or not at all.

use super::AgentError;
use super::link::ServerUrl;
use connector::keys::{KeyPair, PublicKey};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What it holds.
#[derive(Debug)]
pub struct Identity {
    /// The server.
    pub server: ServerUrl,
    /// The key that the server has to prove.
    pub server_key: PublicKey,
    /// The Network Connector that this agent serves, as it was called at enrolment.
    pub connector: String,
    /// The key of this agent.
    pub key: KeyPair,
    /// The key that is to take its place, which the server may or may not know already.
    pub next_key: Option<KeyPair>,
}

/// Where the file is unless somebody says so: below systemd's state folder, else root's, else the user's.
pub fn usual_place() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = variable("STATE_DIRECTORY").unwrap_or_else(|| {
        if rustix::process::geteuid().is_root() {
            return PathBuf::from("/var/lib/restante-connector");
        }
        let home = || variable("HOME").unwrap_or_default().join(".local/state");
        variable("XDG_STATE_HOME").unwrap_or_else(home).join("restante-connector")
    });
    folder.join("key")
}

impl Identity {
    /// Reads it.
    ///
    /// # Errors
    /// It is not there, cannot be read, or holds something else.
    pub fn read(path: &Path) -> Result<Self, AgentError> {
        let failed = |error| AgentError::KeyFile { path: path.to_owned(), error };
        let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| {
            if error.kind() == io::ErrorKind::NotFound {
                return failed(io::Error::other("there is no key yet: run restante-connector enrol first"));
            }
            failed(error)
        })?);
        let value = |name: &str| {
            text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                (key.trim() == name).then(|| value.trim())
            })
        };
        let needed = |name: &str| {
            value(name).ok_or_else(|| failed(io::Error::other(format!("there is no {name} in it"))))
        };
        Ok(Self {
            server: needed("server")?.parse()?,
            server_key: needed("server_key")?.parse()?,
            connector: needed("connector")?.to_owned(),
            key: KeyPair::from_secret_text(needed("key")?)?,
            next_key: value("next_key").map(KeyPair::from_secret_text).transpose()?,
        })
    }

    /// The key that was to take the place of this one has taken it.
    ///
    /// # Errors
    /// The disk's.
    pub fn promote_next_key(&mut self, path: &Path) -> Result<(), AgentError> {
        let Some(next) = self.next_key.take() else { return Ok(()) };
        self.key = next;
        self.write(path)
    }

    /// Writes it: beside its place, then into it, so that there is a whole one at any time.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, path: &Path) -> Result<(), AgentError> {
        let failed = |error| AgentError::KeyFile { path: path.to_owned(), error };
        let mut text = Zeroizing::new(format!(
            "# Whoever reads this can act as this agent.\nserver = {}\nserver_key = {}\nconnector = {}\nkey = {}\n",
            self.server,
            self.server_key,
            self.connector.replace(['\r', '\n'], " "),
            self.key.secret_text().as_str(),
        ));
        if let Some(next) = &self.next_key {
            for part in ["next_key = ", next.secret_text().as_str(), "\n"] {
                text.push_str(part);
            }
        }
        replace(path, text.as_bytes()).map_err(failed)
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let beside = path.with_extension("new");
    // What an earlier try left may have another mode, or lead elsewhere.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    if rustix::process::geteuid().is_root() {
        // systemd's user owns the folder: what root writes there is to be read by it.
        let owner = std::fs::metadata(folder)?;
        fchown(&file, Some(owner.uid()), Some(owner.gid()))?;
    }
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn it_survives_the_disk_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below/key");
        assert!(Identity::read(&path).unwrap_err().to_string().contains("enrol first"));
        let pair = || KeyPair::generate().unwrap();
        let mut identity = Identity {
            server: "https://mail.example.org".parse().unwrap(),
            server_key: pair().public(),
            connector: "Branch = office".into(),
            key: pair(),
            next_key: Some(pair()),
        };
        identity.write(&path).unwrap();
        let read = Identity::read(&path).unwrap();
        assert_eq!(read.key.public(), identity.key.public());
        assert_eq!(read.next_key.map(|key| key.public()), identity.next_key.as_ref().map(KeyPair::public));
        assert_eq!((read.server_key, read.connector.as_str()), (identity.server_key, "Branch = office"));
        identity.next_key = None;
        identity.write(&path).unwrap();
        assert!(Identity::read(&path).unwrap().next_key.is_none());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(path.parent().unwrap().read_dir().unwrap().count(), 1);
        std::fs::write(&path, "server = https://mail.example.org\n").unwrap();
        assert!(Identity::read(&path).unwrap_err().to_string().contains("server_key"));
    }
}
