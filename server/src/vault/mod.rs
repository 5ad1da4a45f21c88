//! Secrets at rest: XChaCha20-Poly1305 under a key that is not in the database. A sealed secret opens only at the
//! place it was sealed for, so nobody who can write to the database can move one. Deliberately absent: storing
//! anything but the keys; deciding who may use a secret.

mod key;
mod random;
mod ring;
mod sources;

pub use random::{random_code, random_long_code, random_reference};
pub use sources::{SourceError, Sources};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use model::CredentialId;
use ring::Ring;
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::{Zeroize, Zeroizing};

/// The first byte of what [`Vault::seal`] returns: this layout.
const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;
const VARIABLE: &str = "RESTANTE_VAULT_KEY";

/// Why the vault could not be opened, or a secret in it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file cannot be read, or not be made.
    #[error("the key file {} cannot be used: {error}", path.display())]
    KeyFile {
        /// Which file.
        path: PathBuf,
        /// What the disk said.
        error: std::io::Error,
    },
    /// What should be the key is something else.
    #[error("{place} does not hold a key: 64 hexadecimal digits are expected")]
    MalformedKey {
        /// The file or the variable.
        place: String,
    },
    /// The key file is not there, and secrets are sealed already.
    #[error(
        "the key file {} is not there, and this database holds secrets that were sealed with it: put it back, or name \
         it with --key-file",
        path.display()
    )]
    MissingKey {
        /// Which file.
        path: PathBuf,
    },
    /// The key was given to this process, which cannot make another one.
    #[error(
        "the key comes from {VARIABLE} or a systemd credential: put a new one before it, with a comma between them \
         (`openssl rand -hex 32` makes one), restart the server with both, and run this again"
    )]
    OneGivenKey,
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers for a new key")]
    NoRandomness,
    /// The secret was sealed with another key.
    #[error(
        "the secrets in this database were sealed with another key: start with the key they were sealed with"
    )]
    WrongKey,
    /// The sealed bytes were changed, cut or moved here from elsewhere.
    #[error("this secret is damaged or was moved here from elsewhere: set it again")]
    Damaged,
}

/// Where in the database a sealed secret stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The row's number.
    pub row: i64,
    /// The column.
    pub column: &'a str,
}

/// Seals secrets and opens them.
pub struct Vault {
    keeper: Keeper,
    /// What was read last; another process may have rotated the key meanwhile.
    ring: RwLock<Arc<Ring>>,
}

/// Where the keys are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Keeper {
    /// A file that we may write.
    File(PathBuf),
    /// Something that was given to this process.
    Given,
}

/// The id of the key that sealed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; KEY_ID]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl KeyId {
    /// Of something sealed; `None` where it is not.
    pub fn of(sealed: &[u8]) -> Option<Self> {
        let (_, rest) = sealed.split_first().filter(|(version, _)| **version == VERSION)?;
        rest.first_chunk().map(|id| Self(*id))
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(••••)")
    }
}

impl Vault {
    /// Opens the vault with the keys from the environment, else from `key_file`, else from `restante.key` in `data`.
    /// A file that is not there is made, with a new key, for its owner alone; not so where secrets are `sealed` already.
    ///
    /// # Errors
    /// [`VaultError::MissingKey`], [`VaultError::KeyFile`], [`VaultError::MalformedKey`] and
    /// [`VaultError::NoRandomness`]. Whether it is the right key shows when a secret is opened.
    pub fn unlock(
        data: &Path,
        key_file: Option<&Path>,
        key_from_env: Option<SecretString>,
        sealed: bool,
    ) -> Result<Self, VaultError> {
        let (keeper, ring) = if let Some(text) = key_from_env {
            (Keeper::Given, Ring::parse(text.expose_secret(), VARIABLE)?)
        } else {
            let file = key_file.map_or_else(|| data.join("restante.key"), Path::to_owned);
            if sealed && !file.exists() {
                return Err(VaultError::MissingKey { path: file });
            }
            let ring = Ring::read_or_make(&file)?;
            (Keeper::File(file), ring)
        };
        Ok(Self { keeper, ring: RwLock::new(Arc::new(ring)) })
    }

    /// Puts a new key before the present one, where all is sealed with that; goes on with a rotation that was
    /// interrupted otherwise. `in_use` are the keys that something is sealed with. Returns the key to seal all with
    /// anew, and true where it was there already.
    ///
    /// # Errors
    /// [`VaultError::OneGivenKey`] where the key is not in a file of ours and nobody put another one before it.
    pub fn rotate(&self, in_use: &[KeyId]) -> Result<(KeyId, bool), VaultError> {
        let ring = self.latest();
        let first = KeyId(ring.first().id());
        if in_use.iter().any(|id| *id != first) {
            return Ok((first, true));
        }
        let Keeper::File(file) = &self.keeper else {
            return if ring.has_older() { Ok((first, true)) } else { Err(VaultError::OneGivenKey) };
        };
        let rotated = Ring::read(file)?.rotated(file, |id| in_use.contains(&KeyId(id)))?;
        crate::failpoint::hit("vault_key");
        let first = KeyId(rotated.first().id());
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rotated);
        Ok((first, false))
    }

    /// The keys as they are now.
    fn latest(&self) -> Arc<Ring> {
        let read = match &self.keeper {
            Keeper::File(file) => Ring::read(file).ok(),
            Keeper::Given => None,
        };
        match read.map(Arc::new) {
            Some(ring) => {
                *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&ring);
                ring
            }
            // What was read once is good as long as nothing else can be read.
            None => self.ring(),
        }
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The sealed form of `secret`, to be stored at `place` and nowhere else: version, key id, nonce, ciphertext.
    ///
    /// # Panics
    /// For a secret above 256 GiB.
    #[expect(clippy::expect_used, reason = "fails above 256 GiB alone; a secret is a line somebody typed")]
    pub fn seal(&self, place: Place<'_>, secret: &SecretString) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        rand::fill(&mut nonce);
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &place.bytes() };
        // Another process may have put another key before ours: what is sealed with the older one is one thing more
        // for it to find.
        let ring = self.latest();
        let key = ring.first();
        let ciphertext =
            cipher(key).encrypt(&XNonce::from(nonce), payload).expect("a secret shorter than 256 GiB");
        [&[VERSION], key.id().as_slice(), &nonce, &ciphertext].concat()
    }

    /// The secret that was sealed for `place`.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] where another key sealed it, [`VaultError::Damaged`] where it is not what was sealed
    /// for this place.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<SecretString, VaultError> {
        let (version, rest) = sealed.split_first().ok_or(VaultError::Damaged)?;
        if *version != VERSION {
            return Err(VaultError::Damaged);
        }
        let (id, rest) = rest.split_first_chunk::<KEY_ID>().ok_or(VaultError::Damaged)?;
        let ring = match self.ring() {
            ring if ring.find(*id).is_some() => ring,
            _ => self.latest(),
        };
        let key = ring.find(*id).ok_or(VaultError::WrongKey)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Damaged)?;
        let payload = Payload { msg: ciphertext, aad: &place.bytes() };
        let plain = cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::Damaged)?;
        match String::from_utf8(plain) {
            Ok(secret) => Ok(SecretString::from(secret)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(VaultError::Damaged)
            }
        }
    }
}

fn cipher(key: &key::Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key.bytes()).into())
}

impl Place<'static> {
    /// The secret of a credential.
    pub fn credential(id: CredentialId) -> Self {
        Self { table: "credential", row: id.0, column: "sealed" }
    }

    /// The key that this server proves to agents.
    pub fn hub_key() -> Self {
        Self { table: "hub_key", row: 1, column: "sealed" }
    }
}

impl Place<'_> {
    /// What the seal covers besides the secret. No table is named with a NUL, so no two places look alike.
    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let row = self.row.to_string();
        Zeroizing::new([self.table.as_bytes(), b"\0", row.as_bytes(), b"\0", self.column.as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place<'static> = Place { table: "credential", row: 7, column: "sealed" };

    fn vault(digit: &str) -> Vault {
        Vault::unlock(Path::new("/nowhere"), None, Some(SecretString::from(digit.repeat(64))), false).unwrap()
    }

    #[test]
    fn a_secret_opens_where_it_was_sealed_for() {
        let vault = vault("a");
        let sealed = vault.seal(PLACE, &SecretString::from("hünter2"));
        assert!(!sealed.windows(6).any(|window| window == b"nter2\0" || window == "hünte".as_bytes()));
        assert_eq!(vault.open(PLACE, &sealed).unwrap().expose_secret(), "hünter2");
        for place in [
            Place { row: 8, ..PLACE },
            Place { table: "account", ..PLACE },
            Place { column: "name", ..PLACE },
        ] {
            assert!(matches!(vault.open(place, &sealed), Err(VaultError::Damaged)), "{place:?}");
        }
    }

    #[test]
    fn every_seal_is_another_one() {
        let vault = vault("a");
        let secret = SecretString::from("same");
        assert_ne!(vault.seal(PLACE, &secret), vault.seal(PLACE, &secret));
    }

    #[test]
    fn another_key_is_told_from_damage() {
        let sealed = vault("a").seal(PLACE, &SecretString::from("secret"));
        assert!(matches!(vault("b").open(PLACE, &sealed), Err(VaultError::WrongKey)));
        for index in 5..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert!(matches!(vault("a").open(PLACE, &damaged), Err(VaultError::Damaged)), "{index}");
        }
        for length in 0..sealed.len() {
            assert!(vault("a").open(PLACE, &sealed[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_key_that_is_missing_is_not_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Vault::unlock(folder.path(), None, None, true);
        assert!(matches!(missing, Err(VaultError::MissingKey { .. })));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(Vault::unlock(folder.path(), None, None, false).is_ok());
    }

    #[test]
    fn a_rotation_by_another_process_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Vault::unlock(folder.path(), None, None, false).unwrap();
        let (serving, rotating) = (open(), open());
        let old = serving.seal(PLACE, &SecretString::from("secret"));
        let in_use = [KeyId::of(&old).unwrap()];
        let (first, resumed) = rotating.rotate(&in_use).unwrap();
        assert!(!resumed && first != in_use[0]);
        assert_eq!(rotating.rotate(&in_use).unwrap(), (first, true), "it is not finished yet");
        let new = rotating.seal(PLACE, &SecretString::from("secret"));
        assert_eq!(KeyId::of(&new), Some(first));
        for sealed in [&old, &new] {
            assert_eq!(serving.open(PLACE, sealed).unwrap().expose_secret(), "secret");
        }
        assert_eq!(KeyId::of(&serving.seal(PLACE, &SecretString::from("x"))), Some(first));
    }

    #[test]
    fn a_key_that_was_given_is_rotated_by_whoever_gave_it() {
        let one = vault("a");
        let sealed = one.seal(PLACE, &SecretString::from("secret"));
        let in_use = [KeyId::of(&sealed).unwrap()];
        assert!(matches!(one.rotate(&in_use), Err(VaultError::OneGivenKey)));
        let both = SecretString::from(format!("{},{}", "b".repeat(64), "a".repeat(64)));
        let both = Vault::unlock(Path::new("/nowhere"), None, Some(both), true).unwrap();
        assert_eq!(both.open(PLACE, &sealed).unwrap().expose_secret(), "secret");
        let (first, _) = both.rotate(&in_use).unwrap();
        assert_eq!(KeyId::of(&vault("b").seal(PLACE, &SecretString::from("x"))), Some(first));
    }

    #[test]
    fn nothing_of_a_vault_prints() {
        assert_eq!(format!("{:?}", vault("a")), "Vault(••••)");
    }
}
