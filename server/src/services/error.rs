//! Turns faults of the layers below into what a screen may know. The detail goes to the log under a reference.

use crate::checks::CheckError;
use crate::store::StoreError;
use crate::vault::VaultError;
use app::api::ApiError;

/// A fault below the services.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The database or the blobs.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A check could not be started.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The web session could not be kept.
    #[error("the web session could not be kept: {0}")]
    Session(#[from] tower_sessions::session::Error),
    /// A worker died.
    #[error("a worker died: {0}")]
    Worker(#[from] tokio::task::JoinError),
}

/// Logs `error` under a new reference and returns what the screen may show.
pub fn internal(error: impl Into<ServiceError>) -> ApiError {
    let error = error.into();
    let reference = crate::vault::random_reference();
    tracing::error!(reference, %error, "a request failed");
    ApiError::Internal { reference }
}
