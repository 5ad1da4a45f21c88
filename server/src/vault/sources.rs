//! Secrets that are not sealed here: variables, files of one directory and commands, each only where the server's
//! configuration file names it. Deliberately absent: paths and commands from anywhere else, and keeping what was read.

use model::{CredentialSource, SourceKind};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// How often a command that has said everything is asked whether it has ended.
const EVERY: Duration = Duration::from_millis(5);

/// What the configuration file names, and how long and large it may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Names of variables.
    pub variables: Vec<String>,
    /// The one directory.
    pub directory: PathBuf,
    /// Names of files in it.
    pub files: Vec<String>,
    /// Programs with their arguments, by name.
    pub commands: BTreeMap<String, Vec<String>>,
    /// How long a command may take.
    pub limit: Duration,
    /// How many bytes a secret may have.
    pub bytes: u64,
}

/// Why a secret cannot be had from its source. Nothing of the secret is in it, and nothing that a command printed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The configuration file does not name it.
    #[error("the server's configuration file does not name the {0} as a source of credentials")]
    NotConfigured(String),
    /// The variable is not set.
    #[error("the variable {0} is not set for the server")]
    NotSet(String),
    /// The file is not there.
    #[error("there is no file {0} in the directory of credential sources")]
    FileMissing(String),
    /// The file cannot be read.
    #[error("the file {name} cannot be read: {kind}")]
    FileUnreadable {
        /// Which.
        name: String,
        /// Why not.
        kind: ErrorKind,
    },
    /// The program is not there or may not be run.
    #[error("the command {name} cannot be started: {kind}")]
    CommandNotStarted {
        /// Which.
        name: String,
        /// Why not.
        kind: ErrorKind,
    },
    /// The command said that it failed.
    #[error("the command {name} failed ({how})")]
    CommandFailed {
        /// Which.
        name: String,
        /// Such as `exit status: 1`.
        how: String,
    },
    /// The command did not end.
    #[error("the command {name} did not end within {seconds} s")]
    CommandTimedOut {
        /// Which.
        name: String,
        /// The limit.
        seconds: u64,
    },
    /// More than a secret may have.
    #[error("the {source_words} has more than {bytes} bytes")]
    TooLarge {
        /// Which.
        source_words: String,
        /// The limit.
        bytes: u64,
    },
    /// Nothing but a line break.
    #[error("the {0} is empty")]
    Empty(String),
    /// Not one line of text.
    #[error("the {0} is not a single line of text")]
    NotOneLine(String),
}

impl Sources {
    /// Everything that may be chosen, by name.
    pub fn list(&self) -> Vec<CredentialSource> {
        let of = |kind, names: &mut dyn Iterator<Item = &String>| {
            names.map(|name| CredentialSource { kind, name: name.clone() }).collect::<Vec<_>>()
        };
        let mut all = of(SourceKind::Variable, &mut self.variables.iter());
        all.extend(of(SourceKind::File, &mut self.files.iter()));
        all.extend(of(SourceKind::Command, &mut self.commands.keys()));
        all.sort();
        all
    }

    /// True where the configuration file names it.
    pub fn names(&self, source: &CredentialSource) -> bool {
        let name = &source.name;
        match source.kind {
            SourceKind::Variable => self.variables.contains(name),
            SourceKind::File => self.files.contains(name),
            SourceKind::Command => self.commands.contains_key(name),
        }
    }

    /// The secret as it is there now, without the line break at its end. Waits for a command no longer than it may take.
    ///
    /// # Errors
    /// [`SourceError`].
    pub async fn read(&self, source: &CredentialSource) -> Result<SecretString, SourceError> {
        let (sources, source) = (self.clone(), source.clone());
        let reading = tokio::task::spawn_blocking(move || sources.read_now(&source));
        match reading.await {
            Ok(read) => read,
            Err(_) => Err(SourceError::NotOneLine("source".to_owned())),
        }
    }

    fn read_now(&self, source: &CredentialSource) -> Result<SecretString, SourceError> {
        if !self.names(source) {
            return Err(SourceError::NotConfigured(source.words()));
        }
        let name = source.name.as_str();
        let bytes = match source.kind {
            SourceKind::Variable => std::env::var_os(name)
                .map(|value| Zeroizing::new(value.into_encoded_bytes()))
                .ok_or_else(|| SourceError::NotSet(name.to_owned()))?,
            SourceKind::File => self.read_file(name)?,
            SourceKind::Command => {
                let argv = self.commands.get(name).map(Vec::as_slice).unwrap_or_default();
                run(name, argv, self.limit, self.bytes)?
            }
        };
        if bytes.len() as u64 > self.bytes {
            return Err(SourceError::TooLarge { source_words: source.words(), bytes: self.bytes });
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| SourceError::NotOneLine(source.words()))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.is_empty() {
            return Err(SourceError::Empty(source.words()));
        }
        if text.contains(['\r', '\n', '\0']) {
            return Err(SourceError::NotOneLine(source.words()));
        }
        Ok(SecretString::from(text))
    }

    fn read_file(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, SourceError> {
        let unreadable = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => SourceError::FileMissing(name.to_owned()),
            kind => SourceError::FileUnreadable { name: name.to_owned(), kind },
        };
        let path = self.directory.join(name);
        // A pipe or a device would keep the check waiting for ever.
        if !std::fs::metadata(&path).map_err(unreadable)?.is_file() {
            return Err(SourceError::FileUnreadable { name: name.to_owned(), kind: ErrorKind::InvalidInput });
        }
        let file = std::fs::File::open(&path).map_err(unreadable)?;
        let mut bytes = Zeroizing::new(Vec::new());
        file.take(self.bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }
}

/// What a command prints, at most one byte more than `bytes`.
fn run(name: &str, argv: &[String], limit: Duration, bytes: u64) -> Result<Zeroizing<Vec<u8>>, SourceError> {
    let not_started = |kind| SourceError::CommandNotStarted { name: name.to_owned(), kind };
    let (program, arguments) = argv.split_first().ok_or_else(|| not_started(ErrorKind::InvalidInput))?;
    let mut command = Command::new(Path::new(program));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // Our own key and database are none of its business.
    for (variable, _) in std::env::vars_os() {
        if variable.to_string_lossy().starts_with("RESTANTE_") {
            command.env_remove(variable);
        }
    }
    let began = Instant::now();
    let mut child = command.spawn().map_err(|error| not_started(error.kind()))?;
    let ended = follow(&mut child, bytes, || limit.saturating_sub(began.elapsed()));
    let timed_out = || SourceError::CommandTimedOut { name: name.to_owned(), seconds: limit.as_secs() };
    let Some((said, status)) = ended else {
        // It may have ended by itself meanwhile; either way nobody is left behind.
        drop(child.kill());
        drop(child.wait());
        return Err(timed_out());
    };
    // Whoever says too much is told so, and is stopped by its closed output.
    if said.len() as u64 > bytes || status.success() {
        return Ok(said);
    }
    Err(SourceError::CommandFailed { name: name.to_owned(), how: status.to_string() })
}

/// What a child says until it ends; `None` where its time is over.
fn follow(
    child: &mut Child,
    bytes: u64,
    left: impl Fn() -> Duration,
) -> Option<(Zeroizing<Vec<u8>>, ExitStatus)> {
    let output = child.stdout.take()?;
    let (told, said) = mpsc::channel();
    // A thread of its own: a child of the child may hold the output open for ever.
    std::thread::spawn(move || {
        let mut bytes_said = Zeroizing::new(Vec::new());
        let read = output.take(bytes.saturating_add(1)).read_to_end(&mut bytes_said);
        read.is_ok().then(|| told.send(bytes_said))
    });
    let said = said.recv_timeout(left()).ok()?;
    loop {
        if let Some(status) = child.try_wait().ok()? {
            return Some((said, status));
        }
        if left().is_zero() {
            return None;
        }
        std::thread::sleep(EVERY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn sources(directory: &Path) -> Sources {
        let command = |line: &str| vec!["/bin/sh".to_owned(), "-c".to_owned(), line.to_owned()];
        Sources {
            variables: vec!["PATH".into(), "NOT_SET_ANYWHERE".into()],
            directory: directory.to_owned(),
            files: ["sales", "gone", "large", "empty", "two", "binary", "folder"].map(str::to_owned).into(),
            commands: [
                ("prints", command("echo canary")),
                ("fails", command("echo canary; echo canary >&2; exit 3")),
                ("hangs", command("exec sleep 60")),
                ("leaves", command("sleep 60 & echo canary")),
                ("floods", command("while :; do echo canary; done")),
                ("spies", command("echo \"$RESTANTE_VAULT_KEY-\"")),
                ("missing", vec!["/nowhere/at/all".to_owned()]),
            ]
            .map(|(name, argv)| (name.to_owned(), argv))
            .into(),
            limit: Duration::from_secs(1),
            bytes: 2000,
        }
    }

    #[tokio::test]
    async fn what_is_named_is_read_and_everything_else_is_said() {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("sales", b"canary\r\n".to_vec()),
            ("unnamed", b"canary".to_vec()),
            ("large", vec![b'x'; 2001]),
            ("empty", b"\n".to_vec()),
            ("two", b"canary\ncanary\n".to_vec()),
            ("binary", vec![0xFF, 0xFE]),
        ] {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        let sources = sources(folder.path());
        for (id, expected) in [
            ("file:sales", Ok("canary")),
            ("file:unnamed", Err("does not name the file unnamed")),
            ("file:../sales", Err("does not name")),
            ("file:gone", Err("there is no file gone")),
            ("file:folder", Err("cannot be read")),
            ("file:large", Err("more than 2000 bytes")),
            ("file:empty", Err("the file empty is empty")),
            ("file:two", Err("not a single line")),
            ("file:binary", Err("not a single line")),
            ("variable:HOME", Err("does not name the variable HOME")),
            ("variable:NOT_SET_ANYWHERE", Err("the variable NOT_SET_ANYWHERE is not set")),
            ("command:prints", Ok("canary")),
            ("command:spies", Ok("-")),
            ("command:fails", Err("the command fails failed (exit status: 3)")),
            ("command:hangs", Err("did not end within 1 s")),
            ("command:leaves", Err("did not end within 1 s")),
            ("command:floods", Err("more than 2000 bytes")),
            ("command:missing", Err("cannot be started")),
            ("command:echo it", Err("does not name")),
        ] {
            let read = sources.read(&CredentialSource::from_id(id).unwrap()).await;
            match (read, expected) {
                (Ok(secret), Ok(expected)) => assert_eq!(secret.expose_secret(), expected, "{id}"),
                (Err(error), Err(words)) => {
                    let said = format!("{error} {error:?}");
                    assert!(said.contains(words) && !said.contains("canary"), "{id}: {said}");
                }
                (read, _) => panic!("{id}: {read:?}"),
            }
        }
        let path = CredentialSource::from_id("variable:PATH").unwrap();
        assert!(sources.read(&path).await.is_ok());
        assert_eq!(sources.list().len(), 16);
    }
}
