//! One key: 32 random bytes, written as 64 hexadecimal digits. Deliberately absent: where keys are kept (see `ring`).

use super::{KEY_ID, VaultError};
use rand::TryRng;
use rand::rngs::SysRng;
use zeroize::Zeroizing;

const LENGTH: usize = 32;

/// A key that leaves no trace in memory once it is dropped.
pub(super) struct Key(Zeroizing<[u8; LENGTH]>);

impl Key {
    /// A new one.
    pub(super) fn random() -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0_u8; LENGTH]);
        SysRng.try_fill_bytes(key.as_mut_slice()).map_err(|_| VaultError::NoRandomness)?;
        Ok(Self(key))
    }

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

    /// Its digits, as [`Self::parse`] reads them.
    pub(super) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2 * LENGTH));
        for byte in self.0.iter() {
            for half in [byte >> 4, byte & 15] {
                text.extend(char::from_digit(u32::from(half), 16));
            }
        }
        text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = Key::random().unwrap();
        assert_eq!(Key::parse(&key.text(), "x").unwrap().bytes(), key.bytes());
        assert_ne!(Key::random().unwrap().id(), key.id());
        assert!(Key::parse(&format!(" {}\n", "A0".repeat(32)), "x").is_ok());
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        for text in ["", "abc", &"g".repeat(64), &"a".repeat(63), &"é".repeat(32)] {
            let error = Key::parse(text, "RESTANTE_VAULT_KEY").err().unwrap();
            assert!(error.to_string().starts_with("RESTANTE_VAULT_KEY does not hold a key"), "{text}");
        }
    }
}
