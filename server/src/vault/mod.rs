//! Secrets at rest: XChaCha20-Poly1305 under one key that is not in the database. A sealed secret opens only at the
//! place it was sealed for, so nobody who can write to the database can move one. Deliberately absent: storing
//! anything but the key; deciding who may use a secret.

mod key;
mod random;

pub use random::{chance, random_code, random_reference};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use key::Key;
use model::CredentialId;
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use zeroize::{Zeroize, Zeroizing};

/// The first byte of what [`Vault::seal`] returns: this layout.
const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 24;

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
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers for a new key")]
    NoRandomness,
    /// The secret was sealed with another key.
    #[error("this secret was sealed with another key: start with the key it was sealed with")]
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
    key: Key,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(••••)")
    }
}

impl Vault {
    /// Opens the vault with the key from the environment, else from `key_file`, else from `restante.key` in `data`.
    /// A file that is not there is made, with a new key, for its owner alone.
    ///
    /// # Errors
    /// [`VaultError::KeyFile`], [`VaultError::MalformedKey`] and [`VaultError::NoRandomness`]. Whether it is the right
    /// key shows when a secret is opened.
    pub fn unlock(
        data: &Path,
        key_file: Option<&Path>,
        key_from_env: Option<SecretString>,
    ) -> Result<Self, VaultError> {
        let key = match (key_from_env, key_file) {
            (Some(text), _) => Key::parse(text.expose_secret(), "RESTANTE_VAULT_KEY")?,
            (None, Some(file)) => Key::from_file(file)?,
            (None, None) => Key::from_file(&data.join("restante.key"))?,
        };
        Ok(Self { key })
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
        let ciphertext =
            self.cipher().encrypt(&XNonce::from(nonce), payload).expect("a secret shorter than 256 GiB");
        [&[VERSION], self.key.id().as_slice(), &nonce, &ciphertext].concat()
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
        if *id != self.key.id() {
            return Err(VaultError::WrongKey);
        }
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(VaultError::Damaged)?;
        let payload = Payload { msg: ciphertext, aad: &place.bytes() };
        let plain = self.cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| VaultError::Damaged)?;
        match String::from_utf8(plain) {
            Ok(secret) => Ok(SecretString::from(secret)),
            Err(error) => {
                error.into_bytes().zeroize();
                Err(VaultError::Damaged)
            }
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(*self.key.bytes()).into())
    }
}

impl Place<'static> {
    /// The secret of a credential.
    pub fn credential(id: CredentialId) -> Self {
        Self { table: "credential", row: id.0, column: "sealed" }
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
        Vault::unlock(Path::new("/nowhere"), None, Some(SecretString::from(digit.repeat(64)))).unwrap()
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
    fn nothing_of_a_vault_prints() {
        assert_eq!(format!("{:?}", vault("a")), "Vault(••••)");
    }
}
