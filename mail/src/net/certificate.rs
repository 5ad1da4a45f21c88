//! What a certificate says of itself, for people to look at. Deliberately absent: whether it is to be believed (see
//! [`super::tls`]).

use crate::error::bounded;
use model::{Certificate, Timestamp};
use ring::digest::{SHA256, digest};
use std::fmt::Write;
use std::net::IpAddr;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate, X509Name};

/// Most names that are read of one certificate.
const MOST_NAMES: usize = 100;

/// What `certificate` says; `None` where it is none.
pub fn describe(certificate: &CertificateDer<'_>) -> Option<Certificate> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let names = parsed.subject_alternative_name().ok().flatten();
    let names = names.into_iter().flat_map(|found| found.value.general_names.iter());
    let validity = parsed.validity();
    Some(Certificate {
        subject: name(parsed.subject()),
        issuer: name(parsed.issuer()),
        names: names.filter_map(host).take(MOST_NAMES).collect(),
        not_before: Timestamp::from_seconds(validity.not_before.timestamp()),
        not_after: Timestamp::from_seconds(validity.not_after.timestamp()),
        fingerprint: fingerprint(certificate),
        key: fingerprint(parsed.public_key().raw),
    })
}

/// The first certificate in `pem`; `None` where there is none.
pub fn in_pem(pem: &str) -> Option<Certificate> {
    describe(&CertificateDer::from_pem_slice(pem.as_bytes()).ok()?)
}

/// SHA-256 of the public key of `certificate`, as [`Certificate::key`] has it.
pub fn key_of(certificate: &CertificateDer<'_>) -> Option<String> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Some(fingerprint(parsed.public_key().raw))
}

/// True where issuer and subject are the same name (RFC 5280 §4.1).
pub fn is_self_issued(certificate: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(certificate)
        .is_ok_and(|(_, parsed)| parsed.issuer().as_raw() == parsed.subject().as_raw())
}

/// SHA-256 in hexadecimal, with colons.
fn fingerprint(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in digest(&SHA256, bytes).as_ref() {
        let colon = if text.is_empty() { "" } else { ":" };
        let _ = write!(text, "{colon}{byte:02X}");
    }
    text
}

fn name(name: &X509Name<'_>) -> String {
    bounded(&name.to_string())
}

fn host(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(bounded(name)),
        GeneralName::IPAddress(bytes) => {
            let four = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
            let address = four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from));
            address.ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_described() {
        let names = ["mail.example.org".to_owned(), "*.example.org".to_owned(), "192.0.2.7".to_owned()];
        let mut params = rcgen::CertificateParams::new(names.to_vec()).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, "The\u{7} mail");
        params.not_before = rcgen::date_time_ymd(2026, 1, 2);
        params.not_after = rcgen::date_time_ymd(2027, 1, 2);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let described = describe(certificate.der()).unwrap();
        assert_eq!(described.names, names);
        assert_eq!(described.subject, "CN=The  mail");
        assert_eq!(described.issuer, described.subject);
        assert_eq!(described.not_before.rfc3339(), "2026-01-02T00:00:00Z");
        assert_eq!(described.not_after.rfc3339(), "2027-01-02T00:00:00Z");
        assert_eq!(described.fingerprint.len(), 95);
        assert_eq!(described.usable_name(), Some("mail.example.org"));
        assert!(is_self_issued(certificate.der()));
        // Renewed for the same key, it is another certificate of the same server.
        params.not_after = rcgen::date_time_ymd(2028, 1, 2);
        let renewed = describe(params.self_signed(&key).unwrap().der()).unwrap();
        assert_ne!(renewed.fingerprint, described.fingerprint);
        assert_eq!(renewed.key, described.key);
        assert_eq!(Some(&described.key), key_of(certificate.der()).as_ref());
        assert!(describe(&CertificateDer::from(vec![0x30, 0x82, 1])).is_none());
    }
}
