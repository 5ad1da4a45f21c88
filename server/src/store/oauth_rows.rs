//! Credentials of tokens as they come out of the database.

use super::oauth::StoredTokens;
use super::{Result, StoreError};
use model::oauth::{Consent, OAuthClient, OAuthGrant, OAuthProvider, OAuthStatus};
use model::{CredentialId, Timestamp};

#[derive(sqlx::FromRow)]
pub(super) struct ClientRow {
    credential: i64,
    provider: String,
    grant_type: String,
    client_id: String,
    authorize_url: String,
    device_url: String,
    token_url: String,
    scope: String,
    consent: String,
    sealed: Vec<u8>,
}

#[derive(sqlx::FromRow)]
pub(super) struct StatusRow {
    pub credential: i64,
    provider: String,
    grant_type: String,
    client_id: String,
    consent: String,
    consented: Option<i64>,
    consent_until: Option<i64>,
    token_until: Option<i64>,
}

/// The columns of [`StatusRow`], followed by `$rest`.
macro_rules! select_status {
    ($rest:literal) => {
        concat!(
            "SELECT credential, provider, grant_type, client_id, consent, consented, consent_until, token_until ",
            "FROM oauth_client ",
            $rest
        )
    };
}
pub(super) use select_status;

impl ClientRow {
    pub(super) fn into_stored(self) -> Result<StoredTokens> {
        Ok(StoredTokens {
            id: CredentialId(self.credential),
            client: OAuthClient {
                provider: provider(&self.provider)?,
                grant: grant(&self.grant_type)?,
                client_id: self.client_id,
                authorize_url: self.authorize_url,
                device_url: self.device_url,
                token_url: self.token_url,
                scope: self.scope,
            },
            consent: consent(&self.consent)?,
            sealed: self.sealed,
        })
    }
}

impl StatusRow {
    pub(super) fn into_status(self) -> Result<OAuthStatus> {
        Ok(OAuthStatus {
            provider: provider(&self.provider)?,
            grant: grant(&self.grant_type)?,
            client_id: self.client_id,
            consent: consent(&self.consent)?,
            consented: self.consented.map(Timestamp),
            consent_until: self.consent_until.map(Timestamp),
            token_until: self.token_until.map(Timestamp),
        })
    }
}

fn provider(id: &str) -> Result<OAuthProvider> {
    OAuthProvider::from_id(id).ok_or_else(|| StoreError::Corrupt(format!("provider of tokens {id:?}")))
}

fn grant(id: &str) -> Result<OAuthGrant> {
    OAuthGrant::from_id(id).ok_or_else(|| StoreError::Corrupt(format!("way to a consent {id:?}")))
}

fn consent(id: &str) -> Result<Consent> {
    Consent::from_id(id).ok_or_else(|| StoreError::Corrupt(format!("consent {id:?}")))
}
