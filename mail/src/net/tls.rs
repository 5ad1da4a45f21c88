//! TLS 1.2 and 1.3 over any stream: whom to trust, and what a failed handshake means. Deliberately absent: STARTTLS
//! and STLS, which are commands (`imap::sign_in`, `pop3::sign_in`).

use super::BoxStream;
use crate::{Limits, MailError};
use model::{Cause, Stage};
use std::io;
use std::sync::{Arc, OnceLock};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError,
    PeerIncompatible, RootCertStore, SignatureScheme,
};

/// Whose certificates are accepted.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Those that a root of this machine vouches for (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured).
    SystemRoots,
    /// Those that one of these roots vouches for.
    Roots(Arc<RootCertStore>),
    /// Any, for one account whose owner chose so; the peer must still hold the certificate's key.
    SkipVerification,
}

impl Trust {
    /// The roots in a PEM file, and no others.
    ///
    /// # Errors
    /// It cannot be read, or has no certificate in it.
    pub fn from_pem_file(path: &std::path::Path) -> io::Result<Self> {
        use tokio_rustls::rustls::pki_types::pem::PemObject;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(&std::fs::read(path)?) {
            let certificate = certificate.map_err(io::Error::other)?;
            roots.add(certificate).map_err(io::Error::other)?;
        }
        if roots.is_empty() {
            return Err(io::Error::other("there is no certificate in it"));
        }
        Ok(Self::Roots(Arc::new(roots)))
    }
}

/// TLS with `host` over `stream`, within `limits.tls`.
///
/// # Errors
/// Stage `security`, with the cause that tells apart whose certificate it is, until when, and what else answered.
pub async fn secure(
    stream: BoxStream,
    host: &str,
    trust: &Trust,
    limits: &Limits,
) -> Result<BoxStream, MailError> {
    let failed = |cause, detail: String| MailError::account(Stage::Security, cause, detail);
    let config = config(trust)
        .map_err(|error| failed(Cause::CertUnknownCa, format!("No usable root certificate: {error}.")))?;
    let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
        .map_err(|_| failed(Cause::CertNameMismatch, format!("No certificate can be for {host}.")))?;
    match timeout(limits.tls, TlsConnector::from(config).connect(name, stream)).await {
        Ok(Ok(secured)) => Ok(Box::new(secured)),
        Ok(Err(error)) => {
            let (cause, why) = cause_of(&error);
            Err(failed(cause, format!("TLS with {host} failed: {why}.")))
        }
        Err(_) => Err(failed(Cause::Timeout, format!("TLS with {host} was not agreed in time."))),
    }
}

fn config(trust: &Trust) -> Result<Arc<ClientConfig>, String> {
    // Named here, because a process-wide default may be missing or be another.
    let provider = Arc::new(ring::default_provider());
    let inner = match trust {
        Trust::SkipVerification => None,
        Trust::SystemRoots => Some(system_roots()),
        Trust::Roots(roots) => Some(Arc::clone(roots)),
    };
    let chain = inner
        .map(|roots| WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build())
        .transpose()
        .map_err(|error| error.to_string())?;
    let verifier = Arc::new(Verifier { chain, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn system_roots() -> Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    Arc::clone(ROOTS.get_or_init(|| {
        let mut store = RootCertStore::empty();
        let loaded = rustls_native_certs::load_native_certs();
        for error in &loaded.errors {
            tracing::warn!(%error, "a root certificate could not be read");
        }
        store.add_parsable_certificates(loaded.certs);
        Arc::new(store)
    }))
}

/// The usual verification, which also tells a self-signed certificate from an unknown authority's.
#[derive(Debug)]
struct Verifier {
    /// None accepts any certificate.
    chain: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

/// The certificate vouches for itself and nobody else does.
#[derive(Debug, thiserror::Error)]
#[error("the certificate is self-signed")]
struct SelfSigned;

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(chain) = &self.chain else {
            return Ok(ServerCertVerified::assertion());
        };
        match chain.verify_server_cert(leaf, between, name, ocsp, now) {
            // Most self-signed certificates are marked as an authority's: then that is what webpki objects to.
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_)))
                if is_self_issued(leaf) =>
            {
                Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(SelfSigned)))))
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn cause_of(error: &io::Error) -> (Cause, String) {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
        let why = match error.kind() {
            io::ErrorKind::UnexpectedEof => "the server closed the connection".to_owned(),
            _ => error.to_string(),
        };
        return (Cause::TlsHandshakeFailed, why);
    };
    let cause = match tls {
        Error::InvalidCertificate(certificate) => certificate_cause(certificate),
        Error::InvalidMessage(_) => Cause::TlsOnPlainPort,
        Error::AlertReceived(AlertDescription::ProtocolVersion)
        | Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => Cause::TlsVersionTooOld,
        _ => Cause::TlsHandshakeFailed,
    };
    (cause, if cause == Cause::TlsOnPlainPort { "plain text answered".to_owned() } else { tls.to_string() })
}

fn certificate_cause(error: &CertificateError) -> Cause {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Cause::CertExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Cause::CertNotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            Cause::CertNameMismatch
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Cause::CertUnknownCa,
        CertificateError::Other(OtherError(inner)) if inner.is::<SelfSigned>() => Cause::CertSelfSigned,
        _ => Cause::TlsHandshakeFailed,
    }
}

/// True where issuer and subject are the same name (RFC 5280 §4.1): certificate, its to-be-signed part, then version,
/// serial number, algorithm, issuer, validity, subject.
fn is_self_issued(certificate: &[u8]) -> bool {
    names(certificate).is_some_and(|(issuer, subject)| issuer == subject)
}

fn names(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    const VERSION: u8 = 0xa0;
    let (_, certificate, _) = element(certificate)?;
    let (_, signed, _) = element(certificate)?;
    let (tag, _, after_first) = element(signed)?;
    let serial = if tag == VERSION { after_first } else { signed };
    let (_, _, algorithm) = element(serial)?;
    let (_, _, rest) = element(algorithm)?;
    let (_, issuer, rest) = element(rest)?;
    let (_, _, rest) = element(rest)?;
    let (_, subject, _) = element(rest)?;
    Some((issuer, subject))
}

/// The first DER element: its tag, its content and what follows it.
fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = input.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if digits.len() > 4 {
            return None;
        }
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}
