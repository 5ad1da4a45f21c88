//! Settings of an account, found out from an e-mail address.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::Discovery;

/// What `server::services::discovery` does for the screens.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait DiscoveryPort: Send + Sync {
    /// What can be found out about `address`, within fifteen seconds; authorises `caller` first. That nothing was found is
    /// an answer, not an error.
    async fn find_settings(&self, caller: &model::Person, address: String) -> Result<Discovery, ApiError>;

    /// False where every source is switched off.
    async fn is_on(&self, caller: &model::Person) -> Result<bool, ApiError>;
}

/// What can be found out about an e-mail address.
///
/// # Errors
/// [`ApiError::Invalid`] where it is none, [`ApiError::Busy`] while others search.
#[server(endpoint = "discovery/find", prefix = "/api", protocol = Wire)]
pub async fn find_settings(address: String) -> Result<Discovery, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.discovery.find_settings(&caller, address).await)
}

/// Whether there is any source to search.
///
/// # Errors
/// [`ApiError::SignedOut`].
#[server(endpoint = "discovery/available", prefix = "/api", protocol = Wire)]
pub async fn discovery_available() -> Result<bool, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.discovery.is_on(&caller).await)
}
