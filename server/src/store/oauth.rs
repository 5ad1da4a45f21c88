//! Credentials that are tokens: whom to ask for them, and whether somebody has agreed. Deliberately absent: what is sealed,
//! and asking.

use super::audit::record;
use super::connection::{Tx, in_tx, with_pool};
use super::oauth_rows::{ClientRow, StatusRow, select_status};
use super::revision::{Changed, bump};
use super::{Result, Store};
use model::oauth::{Consent, OAuthClient};
use model::{Actor, AuditAction, Change, CredentialId, CredentialSummary, Deed, Noun, Timestamp};
use std::collections::HashMap;

/// A credential with the tokens that the vault sealed, and whom to ask for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTokens {
    /// The credential's number, which is part of what the seal covers.
    pub id: CredentialId,
    /// Whom to ask.
    pub client: OAuthClient,
    /// Whether somebody has agreed.
    pub consent: Consent,
    /// The sealed tokens and the secret of the client.
    pub sealed: Vec<u8>,
}

/// What is known of tokens without opening them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenTimes {
    /// The end of the token, where the provider said so.
    pub token_until: Option<Timestamp>,
    /// The end of the consent, where the provider said so.
    pub consent_until: Option<Timestamp>,
}

impl Store {
    /// The tokens of a credential, sealed; `None` where it is none of tokens.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sealed_tokens(&self, id: CredentialId) -> Result<Option<StoredTokens>> {
        const SQL: &str = "SELECT o.credential, o.provider, o.grant_type, o.client_id, o.authorize_url, o.device_url, \
                           o.token_url, o.scope, o.consent, c.sealed \
                           FROM oauth_client o JOIN credential c ON c.id = o.credential WHERE c.id = $1";
        let row: Option<ClientRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        row.map(ClientRow::into_stored).transpose()
    }

    /// Takes the right to ask for a token of this credential until `until`; false where another process has it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn claim_renewal(&self, id: CredentialId, now: Timestamp, until: Timestamp) -> Result<bool> {
        const SQL: &str =
            "UPDATE oauth_client SET renewing_until = $1 WHERE credential = $2 AND renewing_until < $3";
        let mut tx = self.begin().await?;
        let rows = in_tx!(&mut tx, connection => {
            let query = sqlx::query(SQL).bind(until.0).bind(id.0).bind(now.0);
            query.execute(connection).await?.rows_affected()
        });
        tx.commit().await?;
        Ok(rows == 1)
    }

    /// Lets go of that right.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn release_renewal(&self, id: CredentialId) -> Result<()> {
        const SQL: &str = "UPDATE oauth_client SET renewing_until = 0 WHERE credential = $1";
        let mut tx = self.begin().await?;
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL).bind(id.0).execute(connection).await?;
        });
        tx.commit().await?;
        Ok(())
    }

    /// Puts renewed tokens in the place of `before`; false where those are not there any more.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn renew_tokens(
        &self,
        before: &StoredTokens,
        sealed: &[u8],
        times: TokenTimes,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        let done = replace(&mut tx, before, sealed, times).await?;
        if done {
            // A consent that is given stays so; what an application is given for the first time is one.
            let news = set_consent(&mut tx, before.id, Consent::Given).await?;
            if news {
                bump(&mut tx, Changed::Accounts).await?;
            }
        }
        tx.commit().await?;
        Ok(done)
    }

    /// Notes that the provider gives no tokens for `before` any more; false where those are not there any more.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn end_consent(&self, before: &StoredTokens) -> Result<bool> {
        const SAME: &str = "UPDATE credential SET sealed = sealed WHERE id = $1 AND sealed = $2";
        let mut tx = self.begin().await?;
        let same = in_tx!(&mut tx, connection => {
            let query = sqlx::query(SAME).bind(before.id.0).bind(before.sealed.as_slice());
            query.execute(connection).await?.rows_affected()
        });
        if same == 1 && set_consent(&mut tx, before.id, Consent::Ended).await? {
            bump(&mut tx, Changed::Accounts).await?;
        }
        tx.commit().await?;
        Ok(same == 1)
    }

    /// Remembers a consent that was begun, in the place of an earlier one; false where there is no such credential.
    /// `state` is a hash of what the provider is to bring back, `sealed` what the answer is worth nothing without.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn begin_consent(
        &self,
        id: CredentialId,
        state: &str,
        sealed: &[u8],
        until: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE oauth_client SET begun_state = $1, begun_sealed = $2, begun_until = $3 \
                           WHERE credential = $4";
        let mut tx = self.begin().await?;
        let rows = in_tx!(&mut tx, connection => {
            let query = sqlx::query(SQL).bind(state).bind(sealed).bind(until.0).bind(id.0);
            query.execute(connection).await?.rows_affected()
        });
        tx.commit().await?;
        Ok(rows == 1)
    }

    /// Takes the consent that was begun with this state, which is good once.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn take_begun_consent(
        &self,
        state: &str,
        now: Timestamp,
    ) -> Result<Option<(CredentialId, Vec<u8>)>> {
        const FIND: &str = "SELECT credential, begun_sealed FROM oauth_client \
                            WHERE begun_state = $1 AND begun_until > $2";
        const TAKE: &str = "UPDATE oauth_client SET begun_state = NULL, begun_sealed = NULL, begun_until = 0 \
                            WHERE credential = $1 AND begun_state = $2";
        let mut tx = self.begin().await?;
        let found: Option<(i64, Option<Vec<u8>>)> = in_tx!(&mut tx, connection => {
            sqlx::query_as(FIND).bind(state).bind(now.0).fetch_optional(connection).await?
        });
        let Some((id, Some(sealed))) = found else { return Ok(None) };
        let taken = in_tx!(&mut tx, connection => {
            sqlx::query(TAKE).bind(id).bind(state).execute(connection).await?.rows_affected()
        });
        tx.commit().await?;
        Ok((taken == 1).then_some((CredentialId(id), sealed)))
    }

    /// Puts the tokens of a new consent in the place of `before`; false where those are not there any more.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn give_consent(
        &self,
        before: &StoredTokens,
        sealed: &[u8],
        times: TokenTimes,
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        const FRESH: &str = "UPDATE credential SET rotated = $1, last_failed = NULL, failure_cause = NULL, \
                             failure_error = NULL WHERE id = $2 RETURNING name";
        const CONSENT: &str =
            "UPDATE oauth_client SET consent = 'given', consented = $1 WHERE credential = $2";
        let mut tx = self.begin().await?;
        if !replace(&mut tx, before, sealed, times).await? {
            return Ok(false);
        }
        let name: String = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(FRESH).bind(now.0).bind(before.id.0).fetch_one(connection).await?
        });
        in_tx!(&mut tx, connection => {
            sqlx::query(CONSENT).bind(now.0).bind(before.id.0).execute(connection).await?;
        });
        let connected =
            Deed::new(AuditAction::CredentialConnected, Noun::Credential, Some(before.id.0), &name)
                .with(vec![Change::set("provider", before.client.provider.id())]);
        record(&mut tx, by, &connected, now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Puts tokens with another secret of the client in the place of `before`; false where those are not there any more.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn change_client_secret(
        &self,
        before: &StoredTokens,
        sealed: &[u8],
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        const SQL: &str = "UPDATE credential SET sealed = $1, rotated = $2, last_failed = NULL, failure_cause = NULL, \
                           failure_error = NULL WHERE id = $3 AND sealed = $4 RETURNING name";
        let mut tx = self.begin().await?;
        let name: Option<String> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(SQL)
                .bind(sealed)
                .bind(now.0)
                .bind(before.id.0)
                .bind(before.sealed.as_slice())
                .fetch_optional(connection)
                .await?
        });
        let Some(name) = name else { return Ok(false) };
        let rotated = Deed::new(AuditAction::CredentialRotated, Noun::Credential, Some(before.id.0), &name);
        record(&mut tx, by, &rotated, now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Has every enabled account checked soon that signs in with this credential.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn request_checks_with(&self, credential: CredentialId, now: Timestamp) -> Result<()> {
        for account in self.list_accounts(now).await? {
            if account.settings.credential == credential && account.settings.enabled {
                self.request_check(account.id, now).await?;
            }
        }
        Ok(())
    }

    /// Fills in the access of every credential of tokens.
    pub(super) async fn with_access(&self, credentials: &mut [CredentialSummary]) -> Result<()> {
        const ALL: &str = select_status!("ORDER BY credential");
        const ONE: &str = select_status!("WHERE credential = $1");
        let rows: Vec<StatusRow> = match credentials {
            [only] => with_pool!(self, pool => sqlx::query_as(ONE).bind(only.id.0).fetch_all(pool).await?),
            _ => with_pool!(self, pool => sqlx::query_as(ALL).fetch_all(pool).await?),
        };
        let mut access = HashMap::new();
        for row in rows {
            access.insert(row.credential, row.into_status()?);
        }
        for credential in credentials {
            credential.oauth = access.remove(&credential.id.0);
        }
        Ok(())
    }
}

/// Stores whom to ask for the tokens of a new credential.
pub(super) async fn insert_client(tx: &mut Tx, id: i64, client: &OAuthClient) -> Result<()> {
    const SQL: &str = "INSERT INTO oauth_client (credential, provider, grant_type, client_id, authorize_url, \
                       device_url, token_url, scope, consent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'needed')";
    in_tx!(tx, connection => {
        sqlx::query(SQL)
            .bind(id)
            .bind(client.provider.id())
            .bind(client.grant.id())
            .bind(client.client_id.as_str())
            .bind(client.authorize_url.as_str())
            .bind(client.device_url.as_str())
            .bind(client.token_url.as_str())
            .bind(client.scope.as_str())
            .execute(connection)
            .await?;
    });
    Ok(())
}

/// What a new client leaves in the audit record.
pub(super) fn made(client: &OAuthClient) -> Vec<Change> {
    vec![
        Change::set("provider", client.provider.id()),
        Change::set("grant", client.grant.id()),
        Change::set("client_id", &client.client_id),
        Change::set("token_url", &client.token_url),
        Change::set("scope", &client.scope),
    ]
}

async fn replace(tx: &mut Tx, before: &StoredTokens, sealed: &[u8], times: TokenTimes) -> Result<bool> {
    const SEALED: &str = "UPDATE credential SET sealed = $1 WHERE id = $2 AND sealed = $3";
    const TIMES: &str = "UPDATE oauth_client SET token_until = $1, consent_until = $2 WHERE credential = $3";
    let rows = in_tx!(tx, connection => {
        let query = sqlx::query(SEALED).bind(sealed).bind(before.id.0).bind(before.sealed.as_slice());
        query.execute(connection).await?.rows_affected()
    });
    if rows != 1 {
        return Ok(false);
    }
    in_tx!(tx, connection => {
        sqlx::query(TIMES)
            .bind(times.token_until.map(|until| until.0))
            .bind(times.consent_until.map(|until| until.0))
            .bind(before.id.0)
            .execute(connection)
            .await?;
    });
    Ok(true)
}

/// True where it was another one before.
async fn set_consent(tx: &mut Tx, id: CredentialId, consent: Consent) -> Result<bool> {
    const SQL: &str = "UPDATE oauth_client SET consent = $1 WHERE credential = $2 AND consent <> $1";
    let rows = in_tx!(tx, connection => {
        sqlx::query(SQL).bind(consent.id()).bind(id.0).execute(connection).await?.rows_affected()
    });
    Ok(rows == 1)
}
