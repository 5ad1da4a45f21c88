//! A server's certificate as a person looks at it, and whose certificates an account accepts. Deliberately absent: reading
//! and judging certificates (see `mail::net`).

use crate::Timestamp;
use serde::{Deserialize, Serialize};

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whom it is for, such as `CN=mail.example.org`.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// The host names and addresses that it is for.
    pub names: Vec<String>,
    /// When it begins to be valid.
    pub not_before: Timestamp,
    /// When it ends to be valid.
    pub not_after: Timestamp,
    /// SHA-256 of the whole certificate, in hexadecimal with colons, as browsers show it.
    pub fingerprint: String,
    /// SHA-256 of its public key (RFC 7469 §2.4), written alike: what stays when a certificate is renewed for a key.
    pub key: String,
}

impl Certificate {
    /// True for what a certificate can say: fingerprints in their form, and no more text than one holds. What a browser sends
    /// is not made by us.
    pub fn is_plausible(&self) -> bool {
        let is_fingerprint = |text: &str| {
            text.len() == 95
                && text.split(':').all(|pair| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit()))
        };
        let words = [&self.subject, &self.issuer].into_iter().chain(&self.names);
        is_fingerprint(&self.key)
            && is_fingerprint(&self.fingerprint)
            && self.names.len() <= 100
            && words.into_iter().all(|text| text.len() <= 2000 && !text.chars().any(char::is_control))
    }

    /// The first name that an account could have as its address.
    pub fn usable_name(&self) -> Option<&str> {
        self.names.iter().map(String::as_str).find(|name| !name.contains('*'))
    }
}

/// Whose certificates an account accepts, from the safest rung to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust<'a> {
    /// Those that a root of the server's machine vouches for.
    SystemRoots,
    /// Those that one of these authorities vouches for (PEM).
    Authority(&'a str),
    /// The one key of this certificate, whatever else is wrong with it.
    Pinned(&'a Certificate),
    /// Any.
    Any,
}

/// The certificates of authorities in PEM, as a person pastes or uploads them; what stands around them is left out.
///
/// # Errors
/// The sentence for the field.
pub fn authority(text: &str) -> Result<Option<String>, String> {
    const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
    const END: &str = "-----END CERTIFICATE-----";
    const LONGEST: usize = 16 * 1024;
    if text.trim().is_empty() {
        return Ok(None);
    }
    if text.len() > LONGEST {
        return Err("At most 16 KB: the certificate of one authority is enough.".to_owned());
    }
    if text.contains("PRIVATE KEY") {
        return Err(
            "This holds a private key, which belongs to its owner alone. Only the certificate is needed."
                .to_owned(),
        );
    }
    let mut found = String::new();
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once(BEGIN) {
        let Some((body, after)) = begun.split_once(END) else {
            return Err("A certificate is cut off: its last line is missing.".to_owned());
        };
        let body: String = body.chars().filter(|letter| !letter.is_whitespace()).collect();
        let known = |letter: char| letter.is_ascii_alphanumeric() || "+/=".contains(letter);
        if body.is_empty() || !body.chars().all(known) {
            return Err("What stands between the lines of a certificate is no certificate.".to_owned());
        }
        found.push_str(BEGIN);
        for (at, letter) in body.chars().enumerate() {
            if at % 64 == 0 {
                found.push('\n');
            }
            found.push(letter);
        }
        found.push('\n');
        found.push_str(END);
        found.push('\n');
        rest = after;
    }
    if found.is_empty() {
        return Err(format!("A certificate in PEM begins with {BEGIN}"));
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_certificate_can_say_is_believed() {
        let fingerprint = vec!["0A"; 32].join(":");
        let good = Certificate {
            subject: "CN=mail.example.org".to_owned(),
            issuer: "CN=x".to_owned(),
            names: vec!["mail.example.org".to_owned()],
            not_before: Timestamp(0),
            not_after: Timestamp(1),
            fingerprint: fingerprint.clone(),
            key: fingerprint,
        };
        assert!(good.is_plausible());
        for wrong in [
            Certificate { key: "0A".to_owned(), ..good.clone() },
            Certificate { key: "é".repeat(95), ..good.clone() },
            Certificate { subject: "x".repeat(3000), ..good.clone() },
            Certificate { issuer: "a\nb".to_owned(), ..good.clone() },
            Certificate { names: vec![String::new(); 101], ..good.clone() },
        ] {
            assert!(!wrong.is_plausible(), "{wrong:?}");
        }
    }

    #[test]
    fn an_authority_is_read_as_people_paste_it() {
        let pem = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        assert_eq!(authority("  \n"), Ok(None));
        assert_eq!(authority(&pem("QUJD")), Ok(Some(pem("QUJD"))));
        let pasted = format!("subject=CN x\r\n{}\r\nmore\n{}", pem("QU\r\nJD"), pem("RA=="));
        assert_eq!(authority(&pasted), Ok(Some(pem("QUJD") + &pem("RA=="))));
        let long = "A".repeat(100);
        let wrapped = format!("{}\n{}", "A".repeat(64), "A".repeat(36));
        assert_eq!(authority(&pem(&long)), Ok(Some(pem(&wrapped))));
        for wrong in [
            "hello",
            "-----BEGIN CERTIFICATE-----\nQUJD",
            &pem(""),
            &pem("<b>"),
            &format!("{}-----BEGIN PRIVATE KEY-----", pem("QUJD")),
            &"x".repeat(70_000),
        ] {
            assert!(authority(wrong).is_err(), "{wrong}");
        }
    }
}
