//! The messages of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding. No I/O.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};
use secrecy::{ExposeSecret, SecretString};
use std::num::NonZeroU32;
use stringprep::saslprep;
use tokio::task::spawn_blocking;

/// Rounds below which a proof would give the password away to whoever can try guesses on it (RFC 7677 §4).
const FEWEST_ROUNDS: u32 = 4096;
/// Rounds above which a server only wants to keep us busy.
const MOST_ROUNDS: u32 = 1_000_000;
const KEY: usize = 32;

/// The client's side before the server said anything.
pub struct Scram {
    /// The first message without its header.
    bare: String,
    nonce: String,
    password: SecretString,
}

/// What the server's last message must prove.
pub struct Proof {
    server_key: hmac::Key,
    conversation: String,
}

impl Scram {
    /// With a fresh nonce.
    ///
    /// # Errors
    /// User name or password hold what `SASLprep` (RFC 4013) forbids.
    pub fn new(user_name: &str, password: &SecretString) -> Result<Self, &'static str> {
        let mut nonce = [0; 18];
        SystemRandom::new().fill(&mut nonce).map_err(|_| "This machine gives no random numbers.")?;
        Self::with_nonce(user_name, password, STANDARD.encode(nonce))
    }

    fn with_nonce(user_name: &str, password: &SecretString, nonce: String) -> Result<Self, &'static str> {
        let forbidden = |_| "User name or password contain characters that SCRAM forbids.";
        let user = saslprep(user_name).map_err(forbidden)?.replace('=', "=3D").replace(',', "=2C");
        let password = saslprep(password.expose_secret()).map_err(forbidden)?.into_owned().into();
        Ok(Self { bare: format!("n={user},r={nonce}"), nonce, password })
    }

    /// The first message, in base64.
    pub fn first(&self) -> String {
        STANDARD.encode(format!("n,,{}", self.bare))
    }

    /// The answer to the server's challenge, in base64, and what its next message must prove.
    ///
    /// # Errors
    /// The challenge is none, or asks for what is unsafe.
    pub async fn respond(self, challenge: &str) -> Result<(SecretString, Proof), &'static str> {
        let challenge = decoded(challenge).ok_or("The server's SCRAM challenge cannot be read.")?;
        let (nonce, salt, rounds) = read(&challenge).ok_or("The server's SCRAM challenge cannot be read.")?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err("The server's SCRAM challenge does not belong to this sign-in.");
        }
        if !(FEWEST_ROUNDS..=MOST_ROUNDS).contains(&rounds.get()) {
            return Err("The server asks for too few or too many rounds of SCRAM.");
        }
        let unfinished = format!("c=biws,r={nonce}");
        let conversation = format!("{},{challenge},{unfinished}", self.bare);
        let password = self.password;
        let salted = spawn_blocking(move || {
            let mut salted = [0; KEY];
            let password = password.expose_secret().as_bytes();
            pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, &salt, password, &mut salted);
            hmac::Key::new(hmac::HMAC_SHA256, &salted)
        });
        let salted = salted.await.map_err(|_| "The SCRAM proof could not be computed.")?;
        let client_key = hmac::sign(&salted, b"Client Key");
        let stored = digest::digest(&digest::SHA256, client_key.as_ref());
        let stored = hmac::Key::new(hmac::HMAC_SHA256, stored.as_ref());
        let signature = hmac::sign(&stored, conversation.as_bytes());
        let proof: Vec<u8> =
            client_key.as_ref().iter().zip(signature.as_ref()).map(|(key, mask)| key ^ mask).collect();
        let last = format!("{unfinished},p={}", STANDARD.encode(proof));
        let server_key = hmac::sign(&salted, b"Server Key");
        let server_key = hmac::Key::new(hmac::HMAC_SHA256, server_key.as_ref());
        Ok((STANDARD.encode(last).into(), Proof { server_key, conversation }))
    }
}

impl Proof {
    /// True where the server's last message, in base64, shows that it knows the password.
    pub fn holds(&self, last: &str) -> bool {
        let Some(last) = decoded(last) else { return false };
        let signature = last.split(',').next().and_then(|field| field.strip_prefix("v="));
        let signature = signature.and_then(|signature| STANDARD.decode(signature).ok());
        signature.is_some_and(|signature| {
            hmac::verify(&self.server_key, self.conversation.as_bytes(), &signature).is_ok()
        })
    }
}

fn decoded(message: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(message.trim()).ok()?).ok()
}

/// Nonce, salt and rounds. An extension that must be understood (`m=`) makes it unreadable, as it should.
fn read(challenge: &str) -> Option<(&str, Vec<u8>, NonZeroU32)> {
    let mut fields = challenge.split(',');
    let nonce = fields.next()?.strip_prefix("r=")?;
    let salt = STANDARD.decode(fields.next()?.strip_prefix("s=")?).ok()?;
    let rounds = fields.next()?.strip_prefix("i=")?.parse().ok()?;
    Some((nonce, salt, rounds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(base64: &str) -> String {
        decoded(base64).unwrap()
    }

    fn begun() -> Scram {
        let password = "pencil".to_owned().into();
        Scram::with_nonce("user", &password, "rOprNGfwEbeRWgbNEkqO".to_owned()).unwrap()
    }

    const CHALLENGE: &str =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    #[tokio::test]
    async fn the_example_of_the_rfc() {
        let scram = begun();
        assert_eq!(text(&scram.first()), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let (last, proof) = scram.respond(&STANDARD.encode(CHALLENGE)).await.unwrap();
        let expected = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        assert_eq!(text(last.expose_secret()), expected);
        let check = |last: &str, holds| assert_eq!(proof.holds(&STANDARD.encode(last)), holds, "{last}");
        check("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", true);
        check("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=", false);
        check("e=invalid-proof", false);
        check("", false);
    }

    #[tokio::test]
    async fn challenges_of_others_and_unsafe_ones_are_refused() {
        for (from, to) in [
            ("r=rOpr", "r=xOpr"),
            ("i=4096", "i=1"),
            ("i=4096", "i=4294967295"),
            ("i=4096", "i=0"),
            ("s=W22", "s=!22"),
            ("%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", ""),
            ("r=rOpr", "m=ext,r=rOpr"),
        ] {
            let changed = STANDARD.encode(CHALLENGE.replace(from, to));
            assert!(begun().respond(&changed).await.is_err(), "{to}");
        }
        assert!(begun().respond("not base64!").await.is_err());
    }

    #[test]
    fn names_are_escaped_and_prepared() {
        let password = String::from("x").into();
        let scram = Scram::with_nonce("a=b,c\u{ad}", &password, "nonce".to_owned()).unwrap();
        assert_eq!(text(&scram.first()), "n,,n=a=3Db=2Cc,r=nonce");
        assert!(Scram::new("line\nend", &password).is_err());
    }
}
