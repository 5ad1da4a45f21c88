//! TLS 1.2 and 1.3 over any stream: whom to trust, and what a failed handshake means. Deliberately absent: STARTTLS
//! and STLS, which are commands (`imap::sign_in`, `pop3::sign_in`).

use super::BoxStream;
use super::certificate::{is_self_issued, key_of};
use crate::{Limits, MailError, Observed, Progress};
use model::{Cause, Stage};
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError,
    PeerIncompatible, ProtocolVersion, RootCertStore, SignatureScheme,
};

/// Most certificates of one server that are remembered.
const MOST_SHOWN: usize = 10;

/// Whose certificates are accepted.
#[derive(Debug, Clone)]
pub enum Trust {
    /// Those that a root of this machine vouches for (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured).
    SystemRoots,
    /// Those that one of these roots vouches for.
    Roots(Arc<RootCertStore>),
    /// The one whose public key has this SHA-256 (as `model::Certificate::key` writes it), whatever its names and dates.
    Pinned(Arc<str>),
    /// Any, for one account whose owner chose so; the peer must still hold the certificate's key.
    SkipVerification,
}

impl Trust {
    /// Those that an authority in `pem` vouches for.
    ///
    /// # Errors
    /// One sentence, where there is none in it.
    pub fn authority(pem: &str) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate =
                certificate.map_err(|error| format!("This is no certificate in PEM: {error}."))?;
            roots.add(certificate).map_err(|error| format!("This certificate cannot be read: {error}."))?;
        }
        if roots.is_empty() {
            Err("There is no certificate in it.".to_owned())
        } else {
            Ok(Self::Roots(Arc::new(roots)))
        }
    }
}

/// TLS with `host` over `stream`, within `limits.tls`. `progress` is told what the server showed, whether it was
/// believed or not, and what was agreed.
///
/// # Errors
/// Stage `security`, with the cause that tells apart whose certificate it is, until when, and what else answered.
pub async fn secure(
    stream: BoxStream,
    host: &str,
    trust: &Trust,
    limits: &Limits,
    progress: &mut Progress<'_>,
) -> Result<BoxStream, MailError> {
    let failed = |cause, detail: String| MailError::account(Stage::Security, cause, detail);
    let shown = Shown::default();
    let config = config(trust, &shown)
        .map_err(|error| failed(Cause::CertUnknownCa, format!("No usable root certificate: {error}.")))?;
    let name = ServerName::try_from(host.trim_end_matches('.').to_owned())
        .map_err(|_| failed(Cause::CertNameMismatch, format!("No certificate can be for {host}.")))?;
    let agreed = timeout(limits.tls, TlsConnector::from(config).connect(name, stream)).await;
    let certificates = std::mem::take(&mut *shown.0.lock().unwrap_or_else(PoisonError::into_inner));
    if !certificates.is_empty() {
        progress.tell(Observed::Certificates(certificates));
    }
    match agreed {
        Ok(Ok(secured)) => {
            let (_, session) = secured.get_ref();
            let version = match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
                _ => "TLS 1.2",
            };
            let cipher = session.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
            progress.tell(Observed::Secured { version, cipher: cipher.unwrap_or_default() });
            Ok(Box::new(secured))
        }
        Ok(Err(error)) => {
            let (cause, why) = cause_of(&error);
            Err(failed(cause, format!("TLS with {host} failed: {why}.")))
        }
        Err(_) => Err(failed(Cause::Timeout, format!("TLS with {host} was not agreed in time."))),
    }
}

/// What the server showed of itself.
#[derive(Debug, Clone, Default)]
struct Shown(Arc<Mutex<Vec<CertificateDer<'static>>>>);

fn config(trust: &Trust, shown: &Shown) -> Result<Arc<ClientConfig>, String> {
    // Named here, because a process-wide default may be missing or be another.
    let provider = Arc::new(ring::default_provider());
    let chain = |roots: Arc<RootCertStore>| {
        let built = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build();
        built.map(Verdict::Chain).map_err(|error| error.to_string())
    };
    let verdict = match trust {
        Trust::SystemRoots => chain(system_roots())?,
        Trust::Roots(roots) => chain(Arc::clone(roots))?,
        Trust::Pinned(key) => Verdict::Key(Arc::clone(key)),
        Trust::SkipVerification => Verdict::Any,
    };
    let verifier = Arc::new(Verifier { verdict, shown: shown.clone(), provider: Arc::clone(&provider) });
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

/// What makes a certificate a good one.
#[derive(Debug)]
enum Verdict {
    /// Somebody vouches for it.
    Chain(Arc<WebPkiServerVerifier>),
    /// It is for this key.
    Key(Arc<str>),
    /// Nothing.
    Any,
}

/// The usual verification, which also tells a self-signed certificate from an unknown authority's, and remembers what it
/// saw.
#[derive(Debug)]
struct Verifier {
    verdict: Verdict,
    shown: Shown,
    provider: Arc<CryptoProvider>,
}

/// Another key than the one that was trusted.
#[derive(Debug, thiserror::Error)]
#[error("the server's key has the fingerprint {now}, and {trusted} was trusted")]
struct AnotherKey {
    now: String,
    trusted: Arc<str>,
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
        let all = std::iter::once(leaf).chain(between).map(|certificate| certificate.clone().into_owned());
        *self.shown.0.lock().unwrap_or_else(PoisonError::into_inner) = all.take(MOST_SHOWN).collect();
        let chain = match &self.verdict {
            Verdict::Chain(chain) => chain,
            Verdict::Any => return Ok(ServerCertVerified::assertion()),
            Verdict::Key(trusted) => {
                let now = key_of(leaf).unwrap_or_default();
                if now == **trusted {
                    return Ok(ServerCertVerified::assertion());
                }
                let another = AnotherKey { now, trusted: Arc::clone(trusted) };
                return Err(Error::InvalidCertificate(CertificateError::Other(OtherError(Arc::new(
                    another,
                )))));
            }
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
    let why = match tls {
        _ if cause == Cause::TlsOnPlainPort => "plain text answered".to_owned(),
        Error::InvalidCertificate(CertificateError::Other(OtherError(inner))) => inner.to_string(),
        _ => tls.to_string(),
    };
    (cause, why)
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
        CertificateError::Other(OtherError(inner)) if inner.is::<AnotherKey>() => Cause::CertPinChanged,
        _ => Cause::TlsHandshakeFailed,
    }
}
