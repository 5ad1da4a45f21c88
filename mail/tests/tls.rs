//! Certificates and handshakes that go wrong, each named; and those that go right.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use async_trait::async_trait;
use mail::net::BoxStream;
use mail::{Dialer, Limits, MailError, Observed, Progress, Target, Trust};
use model::{Cause, Protocol, Security, Stage};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A dialer with one connection.
struct Pipe(Mutex<Option<DuplexStream>>);

#[async_trait]
impl Dialer for Pipe {
    async fn dial(&self, _: &str, _: u16, _: &Limits, _: &mut Progress<'_>) -> Result<BoxStream, MailError> {
        Ok(Box::new(self.0.lock().unwrap().take().unwrap()))
    }
}

fn pipe() -> (Pipe, DuplexStream) {
    let (ours, theirs) = tokio::io::duplex(1 << 16);
    (Pipe(Mutex::new(Some(ours))), theirs)
}

fn target() -> Target {
    let address = "mail.example".to_owned();
    Target { address, ..support::target(Protocol::Imap, Security::ImplicitTls) }
}

fn authority(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn trust(authority: &CertifiedIssuer<'static, KeyPair>) -> Trust {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).unwrap();
    Trust::Roots(Arc::new(roots))
}

fn leaf(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, "the leaf");
    params
}

fn changed(mut params: CertificateParams, change: impl FnOnce(&mut CertificateParams)) -> CertificateParams {
    change(&mut params);
    params
}

/// Serves `certificate` and, where the handshake succeeds, the word that nobody is let in.
async fn serve(theirs: DuplexStream, certificate: CertificateDer<'static>, key: &KeyPair) {
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(theirs).await {
        let _ = stream.write_all(b"* BYE nobody\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
}

/// What a client that trusts `trust` makes of `params`, signed by `authority` or by itself.
async fn cause(
    params: CertificateParams,
    authority: Option<&CertifiedIssuer<'static, KeyPair>>,
    trust: &Trust,
) -> Cause {
    let key = KeyPair::generate().unwrap();
    let certificate = match authority {
        Some(authority) => params.signed_by(&key, authority).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let (dialer, theirs) = pipe();
    let target = Target { trust: trust.clone(), ..target() };
    let opening = mail::open(&target, &dialer);
    let (opened, ()) = tokio::join!(opening, serve(theirs, certificate.der().clone(), &key));
    opened.err().unwrap().kind
}

#[tokio::test]
async fn certificates_are_told_apart() {
    let ours = authority("our authority");
    let other = authority("another authority");
    let trust = trust(&ours);
    let good = || leaf(&["mail.example"]);
    // As far as the greeting: the handshake went well.
    assert_eq!(cause(good(), Some(&ours), &trust).await, Cause::GreetingRefused);
    assert_eq!(cause(good(), Some(&other), &trust).await, Cause::CertUnknownCa);
    assert_eq!(cause(good(), None, &trust).await, Cause::CertSelfSigned);
    let marked = changed(good(), |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(cause(marked, None, &trust).await, Cause::CertSelfSigned);
    assert_eq!(cause(leaf(&["other.example"]), Some(&ours), &trust).await, Cause::CertNameMismatch);
    assert_eq!(cause(leaf(&[]), Some(&ours), &trust).await, Cause::CertNameMismatch);
    let expired = changed(good(), |params| params.not_after = date_time_ymd(2020, 1, 1));
    assert_eq!(cause(expired, Some(&ours), &trust).await, Cause::CertExpired);
    let early = changed(good(), |params| params.not_before = date_time_ymd(3000, 1, 1));
    assert_eq!(cause(early, Some(&ours), &trust).await, Cause::CertNotYetValid);
}

#[tokio::test]
async fn skipping_accepts_any_certificate() {
    let expired = changed(leaf(&["other.example"]), |params| params.not_after = date_time_ymd(2020, 1, 1));
    assert_eq!(cause(expired, None, &Trust::SkipVerification).await, Cause::GreetingRefused);
}

/// The failure where a peer answers the client's first bytes with `answer`.
async fn answered(answer: &[u8]) -> (Cause, Stage) {
    let (dialer, mut theirs) = pipe();
    let target = Target { trust: Trust::SkipVerification, ..target() };
    let opening = mail::open(&target, &dialer);
    let peer = async {
        let mut hello = [0; 1024];
        let _ = theirs.read(&mut hello).await;
        let _ = theirs.write_all(answer).await;
        if !answer.is_empty() {
            let _ = theirs.read_to_end(&mut Vec::new()).await;
        }
        drop(theirs);
    };
    let (opened, ()) = tokio::join!(opening, peer);
    let error = opened.err().unwrap();
    (error.kind, error.stage)
}

#[tokio::test]
async fn handshakes_are_told_apart() {
    let check = async |answer: &[u8], cause| assert_eq!(answered(answer).await, (cause, Stage::Security));
    check(b"* OK IMAP4rev1 ready\r\n", Cause::TlsOnPlainPort).await;
    check(b"HTTP/1.1 400 Bad Request\r\n\r\n", Cause::TlsOnPlainPort).await;
    // The alerts protocol_version and handshake_failure.
    check(b"\x15\x03\x01\x00\x02\x02\x46", Cause::TlsVersionTooOld).await;
    check(b"\x15\x03\x01\x00\x02\x02\x28", Cause::TlsHandshakeFailed).await;
    check(b"", Cause::TlsHandshakeFailed).await;
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_never_ends_is_a_timeout() {
    let (dialer, _theirs) = pipe();
    let error = mail::open(&target(), &dialer).await.err().unwrap();
    assert_eq!((error.kind, error.stage), (Cause::Timeout, Stage::Security));
}

#[tokio::test(start_paused = true)]
async fn stages_are_observed_in_order() {
    let (dialer, _theirs) = pipe();
    let mut seen = Vec::new();
    let opened = mail::open_observed(&target(), &dialer, &mut |observed| seen.push(observed)).await;
    assert!(opened.is_err());
    assert_eq!(seen, [Observed::Stage(Stage::Resolve), Observed::Stage(Stage::Security)]);
}

/// What a client that trusts `trust` sees of a server with `key`, and its failure.
async fn shown(params: &CertificateParams, key: &KeyPair, trust: Trust) -> (Vec<Observed>, MailError) {
    let certificate = params.self_signed(key).unwrap();
    let (dialer, theirs) = pipe();
    let target = Target { trust, ..target() };
    let mut seen = Vec::new();
    let mut listener = |observed| seen.push(observed);
    let opening = mail::open_observed(&target, &dialer, &mut listener);
    let (opened, ()) = tokio::join!(opening, serve(theirs, certificate.der().clone(), key));
    let error = opened.err().unwrap();
    (seen, error)
}

#[tokio::test]
async fn what_is_not_believed_is_shown_and_can_be_trusted_by_its_key() {
    let params = changed(leaf(&["other.example"]), |params| params.not_after = date_time_ymd(2020, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = |seen: &[Observed]| {
        let shown = seen.iter().find_map(|observed| match observed {
            Observed::Certificates(certificates) => certificates.first(),
            _ => None,
        });
        mail::net::certificate::describe(shown.unwrap()).unwrap()
    };
    let secured =
        |seen: &[Observed]| seen.iter().any(|observed| matches!(observed, Observed::Secured { .. }));

    let (seen, error) = shown(&params, &key, Trust::SystemRoots).await;
    assert_eq!(error.kind, Cause::CertExpired);
    assert!(!secured(&seen));
    let trusted = certificate(&seen);
    assert_eq!(trusted.names, ["other.example"]);

    let pin = Trust::Pinned(trusted.key.as_str().into());
    let (seen, error) = shown(&params, &key, pin.clone()).await;
    // As far as the greeting: neither its name nor its dates are asked.
    assert_eq!(error.kind, Cause::GreetingRefused);
    assert!(secured(&seen));
    // A renewal for the same key goes on.
    let renewed = changed(params.clone(), |params| params.not_after = date_time_ymd(2040, 1, 1));
    assert_eq!(shown(&renewed, &key, pin.clone()).await.1.kind, Cause::GreetingRefused);

    let (seen, error) = shown(&params, &KeyPair::generate().unwrap(), pin).await;
    assert_eq!((error.kind, error.stage), (Cause::CertPinChanged, Stage::Security));
    let now = certificate(&seen);
    assert_ne!(now.key, trusted.key);
    assert!(error.detail.contains(&now.key) && error.detail.contains(&trusted.key), "{}", error.detail);
}

#[tokio::test]
async fn an_uploaded_authority_is_read() {
    let ours = authority("our authority");
    let trust = Trust::authority(&ours.pem()).unwrap();
    assert_eq!(cause(leaf(&["mail.example"]), Some(&ours), &trust).await, Cause::GreetingRefused);
    assert_eq!(
        cause(leaf(&["mail.example"]), Some(&authority("another")), &trust).await,
        Cause::CertUnknownCa
    );
    assert!(Trust::authority("nothing").is_err());
    assert!(Trust::authority("-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n").is_err());
}
