//! TLS of our own, for whoever has no proxy in front: a certificate and its key from two files, read anew when they change.
//! Deliberately absent: getting certificates.

use crate::config::TlsFiles;
use std::fmt::Display;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The certificate in force; clones share it.
#[derive(Clone)]
pub struct Identity {
    files: TlsFiles,
    present: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Identity {
    /// What the files hold now.
    ///
    /// # Errors
    /// The sentence that says which of them cannot be used, and why.
    pub fn read(files: TlsFiles) -> Result<Self, String> {
        let present = Arc::new(RwLock::new(configured(&files)?));
        Ok(Self { files, present })
    }

    /// For the next connection.
    pub fn present(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.present.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Follows the files until the process ends. What cannot be used is said, and what was in force stays.
    pub async fn follow(self, mut stop: watch::Receiver<bool>) {
        let mut seen = self.times();
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            let now = self.times();
            if now == seen {
                continue;
            }
            match configured(&self.files) {
                Ok(config) => {
                    *self.present.write().unwrap_or_else(PoisonError::into_inner) = config;
                    tracing::info!("the certificate was read anew");
                    seen = now;
                }
                // The other file may be on its way: both are looked at again.
                Err(error) => tracing::warn!(error, "the certificate before stays in force"),
            }
        }
    }

    fn times(&self) -> [Option<SystemTime>; 2] {
        [&self.files.certificate, &self.files.key]
            .map(|path| std::fs::metadata(path).and_then(|file| file.modified()).ok())
    }
}

fn configured(files: &TlsFiles) -> Result<Arc<ServerConfig>, String> {
    let TlsFiles { certificate, key } = files;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| unusable("certificate", certificate, &error))?;
    if chain.is_empty() {
        return Err(unusable("certificate", certificate, &"it holds none"));
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| unusable("key", key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable("certificate", certificate, &error))?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(|error| unusable("certificate", certificate, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn unusable(what: &str, path: &Path, why: &dyn Display) -> String {
    format!("the {what} in {} cannot be used: {why}", path.display())
}
