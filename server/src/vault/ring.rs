//! The keys of a vault and where they are kept: a file with one key a line, or a variable with commas between them. The
//! first one seals; the others open what was sealed before it became the first.

use super::key::Key;
use super::{KEY_ID, VaultError};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// At least one key.
pub(super) struct Ring {
    first: Key,
    older: Vec<Key>,
}

impl Ring {
    /// Reads keys; `place` says where the text came from.
    pub(super) fn parse(text: &str, place: &str) -> Result<Self, VaultError> {
        let mut keys = text.split([',', '\n']).map(str::trim).filter(|key| !key.is_empty());
        let first = Key::parse(keys.next().unwrap_or_default(), place)?;
        let older = keys.map(|key| Key::parse(key, place)).collect::<Result<_, _>>()?;
        Ok(Self { first, older })
    }

    /// Reads the keys in `file`.
    pub(super) fn read(file: &Path) -> Result<Self, VaultError> {
        let text = Zeroizing::new(
            fs::read(file).map_err(|error| VaultError::KeyFile { path: file.to_owned(), error })?,
        );
        let place = format!("The key file {}", file.display());
        let text =
            std::str::from_utf8(&text).map_err(|_| VaultError::MalformedKey { place: place.clone() })?;
        Self::parse(text, &place)
    }

    /// Reads the keys in `file`, making the file with a new key where there is none.
    pub(super) fn read_or_make(file: &Path) -> Result<Self, VaultError> {
        match Self::read(file) {
            Err(VaultError::KeyFile { error, .. }) if error.kind() == ErrorKind::NotFound => {}
            read => return read,
        }
        let ring = Self { first: Key::random()?, older: Vec::new() };
        match ring.write(file, Replace::Never) {
            Ok(()) => Ok(ring),
            // Another process that started at the same time was first: its key counts.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::read(file),
            Err(error) => Err(VaultError::KeyFile { path: file.to_owned(), error }),
        }
    }

    /// These keys behind a new one, in `file` before they are returned. Of the older ones only those stay that `needed`
    /// says something is sealed with, and the one that was the first.
    pub(super) fn rotated(
        self,
        file: &Path,
        needed: impl Fn([u8; KEY_ID]) -> bool,
    ) -> Result<Self, VaultError> {
        let older = self.older.into_iter().filter(|key| needed(key.id()));
        let older = [self.first].into_iter().chain(older).collect();
        let ring = Self { first: Key::random()?, older };
        ring.write(file, Replace::Always)
            .map_err(|error| VaultError::KeyFile { path: file.to_owned(), error })?;
        Ok(ring)
    }

    /// The key that seals.
    pub(super) fn first(&self) -> &Key {
        &self.first
    }

    /// The key with this id.
    pub(super) fn find(&self, id: [u8; KEY_ID]) -> Option<&Key> {
        [&self.first].into_iter().chain(&self.older).find(|key| key.id() == id)
    }

    /// True where a second key is there.
    pub(super) fn has_older(&self) -> bool {
        !self.older.is_empty()
    }

    /// Makes `file`, durable and whole from the first moment, for its owner alone.
    fn write(&self, file: &Path, replace: Replace) -> io::Result<()> {
        let mut text = Zeroizing::new(String::new());
        for key in [&self.first].into_iter().chain(&self.older) {
            text.push_str(&key.text());
            text.push('\n');
        }
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let mut temporary = file.as_os_str().to_owned();
        temporary.push(format!(".{}.tmp", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut written = options.open(&temporary)?;
        written.write_all(text.as_bytes())?;
        written.sync_all()?;
        match replace {
            Replace::Always => fs::rename(&temporary, file)?,
            // Unlike a rename, a link never replaces what is there.
            Replace::Never => {
                let linked = fs::hard_link(&temporary, file);
                fs::remove_file(&temporary)?;
                linked?;
            }
        }
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    }
}

/// What becomes of a file that is there.
#[derive(Clone, Copy)]
enum Replace {
    Never,
    Always,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restante.key");
        let made = Ring::read_or_make(&file).unwrap();
        let read = Ring::read_or_make(&file).unwrap();
        assert_eq!(made.first().bytes(), read.first().bytes());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn of_two_processes_that_start_at_once_one_makes_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restante.key");
        let ring = || Ring { first: Key::random().unwrap(), older: Vec::new() };
        ring().write(&file, Replace::Never).unwrap();
        let first = fs::read(&file).unwrap();
        assert_eq!(ring().write(&file, Replace::Never).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&file).unwrap(), first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "and leaves nothing behind");
    }

    #[test]
    fn a_file_that_is_no_key_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restante.key");
        fs::write(&file, [0xFF, 0xFE]).unwrap();
        assert!(matches!(Ring::read_or_make(&file), Err(VaultError::MalformedKey { .. })));
        assert_eq!(fs::read(&file).unwrap(), [0xFF, 0xFE]);
    }

    #[test]
    fn a_rotation_keeps_what_is_needed_and_the_key_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restante.key");
        let one = Ring::read_or_make(&file).unwrap().first().id();
        let two = Ring::read(&file).unwrap().rotated(&file, |_| false).unwrap();
        assert!(two.find(one).is_some() && two.first().id() != one);
        let two = two.first().id();
        let three = Ring::read(&file).unwrap().rotated(&file, |id| id == one).unwrap();
        assert!(three.find(one).is_some() && three.find(two).is_some());
        let four = Ring::read(&file).unwrap().rotated(&file, |_| false).unwrap();
        assert!(four.find(one).is_none() && four.find(two).is_none(), "nobody needs them any more");
        assert!(four.find(three.first().id()).is_some());
        assert!(Ring::read(&file).unwrap().find(four.first().id()).is_some(), "as it is in the file");
    }

    #[test]
    fn a_variable_may_hold_several() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let ring = Ring::parse(&format!("{a}, {b}"), "RESTANTE_VAULT_KEY").unwrap();
        assert_eq!(*ring.first().text(), a);
        assert!(ring.has_older() && ring.find(Key::parse(&b, "x").unwrap().id()).is_some());
        assert!(Ring::parse(&format!("{a},short"), "RESTANTE_VAULT_KEY").is_err());
        assert!(Ring::parse("", "RESTANTE_VAULT_KEY").is_err());
    }
}
