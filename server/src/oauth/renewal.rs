//! A token for a check: the one that is there, or another one in its place before it ends. Whoever renews it has the right to
//! (one process at a time, also where several accounts share a credential), and what a provider gave in exchange is stored
//! before it is used: the one before may be good no more.

use super::Tokens;
use super::client::TokenError;
use super::token_set::TokenSet;
use crate::store::StoredTokens;
use crate::vault::Place;
use mail::MailError;
use model::oauth::{Consent, OAuthGrant};
use model::{Cause, CredentialId, Stage};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use tokio::time::Instant;

/// So long before its end a token is renewed: a check may wait for its turn.
const MARGIN: i64 = 2 * 60 * 1000;
/// How long a process may take to renew.
const RIGHT: i64 = 60 * 1000;
/// How often the others look whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long they do.
const PATIENCE: Duration = Duration::from_secs(75);
/// How long a database that does not answer is tried while the only copy of new tokens is in our hands: with the half minute
/// that a provider may take, and the last try, less than the right lasts.
const KEEPING: Duration = Duration::from_secs(15);
const TRY_EVERY: Duration = Duration::from_millis(500);

impl Tokens {
    /// A token that signs in now.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn access(&self, id: CredentialId) -> Result<SecretString, TokenError> {
        let began = Instant::now();
        loop {
            let (stored, set) = self.opened(id).await?;
            if let Some(access) = self.usable(&stored, &set)? {
                return Ok(access);
            }
            let now = self.clock.now();
            if self.store.claim_renewal(id, now, now.plus_milliseconds(RIGHT)).await? {
                let renewed = self.renew(id).await;
                if let Err(error) = self.store.release_renewal(id).await {
                    // It ends by itself; what became of the token is what matters.
                    tracing::warn!(%error, "the right to renew a token could not be given back");
                }
                if let Some(access) = renewed? {
                    return Ok(access);
                }
            } else if began.elapsed() > PATIENCE {
                return Err(TokenError::Unreachable(MailError::account(
                    Stage::SignIn,
                    Cause::Timeout,
                    "Another process is asking the provider for a token and has none yet.",
                )));
            } else {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }

    /// The token that is there, where it is still good.
    fn usable(&self, stored: &StoredTokens, set: &TokenSet) -> Result<Option<SecretString>, TokenError> {
        match stored.consent {
            Consent::Ended => return Err(TokenError::Ended),
            Consent::Needed if stored.client.grant != OAuthGrant::Application => {
                return Err(TokenError::NotConnected);
            }
            Consent::Needed | Consent::Given => {}
        }
        let good = set.until.is_none_or(|until| until.since(self.clock.now()) > MARGIN);
        Ok(set.access.clone().filter(|_| good))
    }

    /// Forgets a token that a mail server did not take, so that the next one is asked for. A token that is not the present
    /// one any more is forgotten already.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn distrust(&self, id: CredentialId, refused: &SecretString) -> Result<(), TokenError> {
        let (stored, set) = self.opened(id).await?;
        let is_present =
            set.access.as_ref().is_some_and(|access| access.expose_secret() == refused.expose_secret());
        if is_present {
            let without = TokenSet { access: None, until: None, ..set };
            self.store.renew_tokens(&stored, &self.sealed(id, &without), without.times()).await?;
        }
        Ok(())
    }

    /// The token that came in place of the one before; `None` where somebody else put another one there meanwhile.
    async fn renew(&self, id: CredentialId) -> Result<Option<SecretString>, TokenError> {
        // Whoever had the right before us has left another token, and taken the refresh token that we saw.
        let (stored, set) = self.opened(id).await?;
        if let Some(access) = self.usable(&stored, &set)? {
            return Ok(Some(access));
        }
        if set.refresh.is_none() && stored.client.grant != OAuthGrant::Application {
            self.store.end_consent(&stored).await?;
            return Err(TokenError::Ended);
        }
        match self.renewed(&stored.client, &set).await {
            Ok(renewed) => {
                let kept = self.keep(id, stored, &set, &renewed).await?;
                Ok(renewed.access.filter(|_| kept))
            }
            Err(TokenError::Refused { code, words }) => {
                // Somebody may have connected it anew while we asked with what was there before.
                if !self.store.end_consent(&stored).await? {
                    return Ok(None);
                }
                Err(TokenError::Refused { code, words })
            }
            Err(other) => Err(other),
        }
    }

    /// Stores `renewed` in the place of `set`; false where that is not there any more. A database that does not answer is
    /// asked again, and so is one in which only the seal is another (a rotation of the vault's key).
    async fn keep(
        &self,
        id: CredentialId,
        mut stored: StoredTokens,
        set: &TokenSet,
        renewed: &TokenSet,
    ) -> Result<bool, TokenError> {
        let began = Instant::now();
        loop {
            let failure =
                match self.store.renew_tokens(&stored, &self.sealed(id, renewed), renewed.times()).await {
                    Ok(true) => return Ok(true),
                    Ok(false) => match self.opened(id).await {
                        Ok((now, present)) => {
                            if present.to_secret().expose_secret() != set.to_secret().expose_secret() {
                                return Ok(false);
                            }
                            stored = now;
                            continue;
                        }
                        Err(failure) => failure,
                    },
                    Err(error) => error.into(),
                };
            if began.elapsed() > KEEPING {
                return Err(failure);
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
    }

    /// What is stored of a credential of tokens, and what is sealed of it.
    pub(super) async fn opened(&self, id: CredentialId) -> Result<(StoredTokens, TokenSet), TokenError> {
        let stored = self.store.sealed_tokens(id).await?.ok_or(TokenError::Removed)?;
        let secret = self.vault.open(Place::credential(id), &stored.sealed)?;
        Ok((stored, TokenSet::from_secret(&secret)))
    }

    /// What is sealed of a new credential of tokens: the secret of the client, where it has one.
    pub fn without_any(&self, id: CredentialId, client_secret: &SecretString) -> Vec<u8> {
        let known = (!client_secret.expose_secret().is_empty()).then(|| client_secret.clone());
        self.sealed(id, &TokenSet { client_secret: known, ..TokenSet::default() })
    }

    pub(super) fn sealed(&self, id: CredentialId, set: &TokenSet) -> Vec<u8> {
        self.vault.seal(Place::credential(id), &set.to_secret())
    }
}
