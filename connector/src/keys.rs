//! The keys by which agent and server know each other: X25519, as Noise uses them. As text they are base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use snow::params::DHChoice;
use snow::resolvers::{CryptoResolver, DefaultResolver};
use std::fmt;
use std::str::FromStr;
use zeroize::Zeroizing;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;

/// What is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Another length or another alphabet.
    #[error("this is no key: 43 letters, digits, - and _ are expected")]
    Malformed,
    /// The machine gives no random numbers.
    #[error("the machine gives no random numbers for a key")]
    NoRandomness,
}

/// Who somebody is, for everybody to see.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; KEY_BYTES]);

/// A key of ours with its public half.
pub struct KeyPair {
    secret: Zeroizing<[u8; KEY_BYTES]>,
    public: PublicKey,
}

impl PublicKey {
    /// Of these bytes.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] where it are not 32.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        bytes.try_into().map(Self).map_err(|_| KeyError::Malformed)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl KeyPair {
    /// A new one.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`].
    pub fn generate() -> Result<Self, KeyError> {
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        let mut random = DefaultResolver.resolve_rng().ok_or(KeyError::NoRandomness)?;
        random.try_fill_bytes(secret.as_mut()).map_err(|_| KeyError::NoRandomness)?;
        Self::of(secret)
    }

    /// The one that [`Self::secret_text`] wrote.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn from_secret_text(text: &str) -> Result<Self, KeyError> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| KeyError::Malformed)?);
        let secret = bytes.as_slice().try_into().map_err(|_| KeyError::Malformed)?;
        Self::of(Zeroizing::new(secret))
    }

    fn of(secret: Zeroizing<[u8; KEY_BYTES]>) -> Result<Self, KeyError> {
        let mut curve = DefaultResolver.resolve_dh(&DHChoice::Curve25519).ok_or(KeyError::Malformed)?;
        curve.set(secret.as_ref());
        let public = PublicKey::from_bytes(curve.pubkey())?;
        Ok(Self { secret, public })
    }

    /// The secret half as text. It is for a sealed place alone.
    pub fn secret_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.secret.as_ref()))
    }

    /// The secret half.
    pub(crate) fn secret(&self) -> &[u8] {
        self.secret.as_ref()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        self.public
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({}, ••••)", self.public)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_bytes(&URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| KeyError::Malformed)?)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_as_text_and_its_secret_does_not_print() {
        let pair = KeyPair::generate().unwrap();
        let again = KeyPair::from_secret_text(&pair.secret_text()).unwrap();
        assert_eq!(again.public(), pair.public());
        assert_eq!(pair.public().to_string().parse::<PublicKey>().unwrap(), pair.public());
        assert!(!format!("{pair:?}").contains(pair.secret_text().as_str()));
        assert_ne!(KeyPair::generate().unwrap().public(), pair.public());
        for wrong in ["", "AAAA", "not a key", &"A".repeat(44)] {
            assert_eq!(wrong.parse::<PublicKey>(), Err(KeyError::Malformed), "{wrong}");
        }
    }
}
