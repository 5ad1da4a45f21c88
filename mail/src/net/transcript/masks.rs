//! Secrets that the client was seen to send, so that a server that repeats one does not put it into the transcript.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice};

/// Shorter ones would be found in everything.
const SHORTEST: usize = 4;
const MOST: usize = 32;
const LONGEST: usize = 16 * 1024;

/// What is taken out of every line.
#[derive(Default)]
pub(super) struct Masks(Vec<SecretSlice<u8>>);

impl Masks {
    /// A secret as it was sent, or as it stood inside of what was sent.
    pub(super) fn add(&mut self, secret: &[u8]) {
        let known = |mask: &SecretSlice<u8>| mask.expose_secret() == secret;
        if (SHORTEST..=LONGEST).contains(&secret.len()) && self.0.len() < MOST && !self.0.iter().any(known) {
            self.0.push(secret.to_vec().into());
            // A longer one may hold a shorter one.
            self.0.sort_by_key(|mask| std::cmp::Reverse(mask.expose_secret().len()));
        }
    }

    /// What a client answers during a sign-in: base64 of the secret alone, or of fields one of which is the secret.
    pub(super) fn add_answer(&mut self, line: &[u8]) {
        self.add(line);
        let Ok(plain) = STANDARD.decode(line) else { return };
        self.add(&plain);
        // PLAIN (RFC 4616): who it is for, who it is, the password. OAUTHBEARER and XOAUTH2: fields.
        if let [_, _, password] = plain.split(|byte| *byte == 0).collect::<Vec<_>>()[..] {
            self.add(password);
        }
        for field in plain.split(|byte| *byte == 1) {
            if let Some(token) = field.strip_prefix(b"auth=Bearer ") {
                self.add(token);
            }
        }
    }

    /// `line` without them.
    pub(super) fn hide(&self, line: &[u8]) -> Vec<u8> {
        self.0.iter().fold(line.to_vec(), |line, mask| without(line, mask.expose_secret()))
    }
}

fn without(line: Vec<u8>, mask: &[u8]) -> Vec<u8> {
    let mut found = memchr::memmem::find_iter(&line, mask).peekable();
    if found.peek().is_none() {
        return line;
    }
    let (mut hidden, mut from) = (Vec::with_capacity(line.len()), 0);
    for at in found {
        hidden.extend_from_slice(line.get(from..at).unwrap_or_default());
        hidden.extend_from_slice("••••".as_bytes());
        from = at + mask.len();
    }
    hidden.extend_from_slice(line.get(from..).unwrap_or_default());
    hidden
}
