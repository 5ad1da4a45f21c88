//! The vault, opened with the key that the secrets of this database were sealed with. Deliberately absent: where keys come
//! from and how they seal (see `vault`).

use crate::StartError;
use crate::config::Config;
use crate::store::Store;
use crate::vault::{Place, Vault, VaultError};

/// Opens it. A wrong key is said now, not when the first check fails.
///
/// # Errors
/// There is no key and secrets are sealed, or it is another one.
pub async fn vault(config: &Config, store: &Store) -> Result<Vault, StartError> {
    let (credential, hub_key) = (store.any_sealed_credential().await?, store.hub_key().await?);
    let any = credential.is_some() || hub_key.is_some();
    let vault = Vault::unlock(&config.data, config.key_file.as_deref(), config.vault_key.clone(), any)?;
    let credential = credential.map(|sealed| vault.open(Place::credential(sealed.id), &sealed.sealed));
    let hub_key = hub_key.map(|sealed| vault.open(Place::hub_key(), &sealed));
    for opened in [credential, hub_key].into_iter().flatten() {
        match opened {
            Err(error @ VaultError::WrongKey) => return Err(error.into()),
            // Whatever else is wrong with one secret, it must be possible to set it again.
            Err(error) => tracing::error!(%error, "a sealed secret cannot be opened"),
            Ok(_) => {}
        }
    }
    Ok(vault)
}
