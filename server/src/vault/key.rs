//! The one key: 32 random bytes, as 64 hexadecimal digits in a file of its own or a variable.

use super::{KEY_ID, VaultError};
use rand::TryRng;
use rand::rngs::SysRng;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use zeroize::Zeroizing;

const LENGTH: usize = 32;

/// A key that leaves no trace in memory once it is dropped.
pub(super) struct Key(Zeroizing<[u8; LENGTH]>);

impl Key {
    /// Reads a key; `place` says where the text came from.
    pub(super) fn parse(text: &str, place: &str) -> Result<Self, VaultError> {
        let malformed = || VaultError::MalformedKey { place: place.to_owned() };
        let digits = text.trim().as_bytes();
        if digits.len() != 2 * LENGTH {
            return Err(malformed());
        }
        let mut key = Zeroizing::new([0; LENGTH]);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            for digit in pair {
                let value = char::from(*digit).to_digit(16).ok_or_else(malformed)?;
                *byte = (*byte << 4) | u8::try_from(value).map_err(|_| malformed())?;
            }
        }
        Ok(Self(key))
    }

    /// Reads the key in `file`, making the file where there is none.
    pub(super) fn from_file(file: &Path) -> Result<Self, VaultError> {
        let unusable = |error| VaultError::KeyFile { path: file.to_owned(), error };
        let text = match fs::read(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let text = new_text()?;
                match make(file, text.as_bytes()) {
                    Ok(()) => text.into_bytes(),
                    // Another process that started at the same time was first: its key counts.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                        fs::read(file).map_err(unusable)?
                    }
                    Err(error) => return Err(unusable(error)),
                }
            }
            text => text.map_err(unusable)?,
        };
        let text = Zeroizing::new(text);
        let place = format!("The key file {}", file.display());
        let text =
            std::str::from_utf8(&text).map_err(|_| VaultError::MalformedKey { place: place.clone() })?;
        Self::parse(text, &place)
    }

    /// Tells keys apart without telling anything about them.
    pub(super) fn id(&self) -> [u8; KEY_ID] {
        let [a, b, c, d, ..] = *blake3::hash(self.0.as_slice()).as_bytes();
        [a, b, c, d]
    }

    pub(super) fn bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

fn new_text() -> Result<String, VaultError> {
    let mut key = Zeroizing::new([0_u8; LENGTH]);
    SysRng.try_fill_bytes(key.as_mut_slice()).map_err(|_| VaultError::NoRandomness)?;
    let mut text = String::with_capacity(2 * LENGTH + 1);
    for byte in key.iter() {
        for half in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(half), 16));
        }
    }
    text.push('\n');
    Ok(text)
}

/// Makes `file` with `text`, durable and whole from the first moment, or fails where it exists.
fn make(file: &Path, text: &[u8]) -> io::Result<()> {
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
    written.write_all(text)?;
    written.sync_all()?;
    // Unlike a rename, a link never replaces what is there.
    let linked = fs::hard_link(&temporary, file);
    fs::remove_file(&temporary)?;
    linked?;
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restante.key");
        let made = Key::from_file(&file).unwrap();
        let read = Key::from_file(&file).unwrap();
        assert_eq!(made.bytes(), read.bytes());
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
        make(&file, b"first").unwrap();
        assert_eq!(make(&file, b"second").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&file).unwrap(), b"first");
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for text in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
            let error = Key::parse(text, "RESTANTE_VAULT_KEY").err().unwrap();
            assert!(error.to_string().starts_with("RESTANTE_VAULT_KEY does not hold a key"), "{text}");
        }
        assert!(Key::parse(&format!(" {}\n", "A0".repeat(32)), "x").is_ok());
    }

    #[test]
    fn a_file_that_is_no_key_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restante.key");
        fs::write(&file, [0xFF, 0xFE]).unwrap();
        assert!(matches!(Key::from_file(&file), Err(VaultError::MalformedKey { .. })));
        assert_eq!(fs::read(&file).unwrap(), [0xFF, 0xFE]);
    }
}
