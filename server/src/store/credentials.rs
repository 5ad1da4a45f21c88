//! Named secrets, sealed. Deliberately absent: opening them (see `vault`); the store never sees a secret.

use super::audit::record;
use super::connection::{in_tx, with_pool};
use super::credential_rows::{CredentialRow, kind_of, select_credentials, source_of};
use super::oauth;
use super::revision::{Changed, bump};
use super::{Removal, Result, Store};
use model::oauth::OAuthClient;
use model::{
    AccountId, AccountUse, Actor, AuditAction, Change, CredentialId, CredentialKind, CredentialSource,
    CredentialSummary, Deed, Noun, Timestamp,
};
use std::collections::HashMap;

/// What is stored of a new credential besides its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialText {
    /// Unique.
    pub name: String,
    /// The user name for the mail server.
    pub user_name: String,
    /// What it is.
    pub kind: CredentialKind,
    /// Where its secret is read; nothing is sealed then.
    pub source: Option<CredentialSource>,
    /// Whom to ask for tokens, where it is one of tokens.
    pub oauth: Option<OAuthClient>,
}

/// A credential with its secret as the vault sealed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCredential {
    /// Its number, which is part of what the seal covers.
    pub id: CredentialId,
    /// The user name for the mail server.
    pub user_name: String,
    /// What is sealed.
    pub kind: CredentialKind,
    /// Where the secret is read at each check, instead of what is sealed.
    pub source: Option<CredentialSource>,
    /// The sealed secret.
    pub sealed: Vec<u8>,
}

impl Store {
    /// All credentials by name, in whatever case.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_credentials(&self) -> Result<Vec<CredentialSummary>> {
        const SQL: &str = select_credentials!("GROUP BY c.id ORDER BY c.id");
        const USES: &str = "SELECT credential, id, name, skip_certificate FROM account \
                            WHERE credential IS NOT NULL AND removed_at IS NULL ORDER BY id";
        let rows: Vec<CredentialRow> = with_pool!(self, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
        let uses: Vec<(i64, i64, String, bool)> =
            with_pool!(self, pool => sqlx::query_as(USES).fetch_all(pool).await?);
        let mut credentials =
            rows.into_iter().map(CredentialRow::into_summary).collect::<Result<Vec<_>>>()?;
        name_accounts(&mut credentials, uses);
        self.with_access(&mut credentials).await?;
        // Here rather than in SQL, where the two databases would disagree.
        credentials.sort_by_cached_key(|credential| credential.name.to_lowercase());
        Ok(credentials)
    }

    /// The credential with this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_credential(&self, id: CredentialId) -> Result<Option<CredentialSummary>> {
        const SQL: &str = select_credentials!("WHERE c.id = $1 GROUP BY c.id");
        let row: Option<CredentialRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        self.with_accounts(row).await
    }

    /// The credential with this name.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_credential_by_name(&self, name: &str) -> Result<Option<CredentialSummary>> {
        const SQL: &str = select_credentials!("WHERE c.name = $1 GROUP BY c.id");
        // No name has such a character, and PostgreSQL takes none.
        if name.contains('\0') {
            return Ok(None);
        }
        let row: Option<CredentialRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(name).fetch_optional(pool).await?);
        self.with_accounts(row).await
    }

    async fn with_accounts(&self, row: Option<CredentialRow>) -> Result<Option<CredentialSummary>> {
        const USES: &str = "SELECT credential, id, name, skip_certificate FROM account \
                            WHERE credential = $1 AND removed_at IS NULL ORDER BY id";
        let Some(row) = row else { return Ok(None) };
        let mut summary = [row.into_summary()?];
        let [CredentialSummary { id, .. }] = &summary;
        let uses: Vec<(i64, i64, String, bool)> =
            with_pool!(self, pool => sqlx::query_as(USES).bind(id.0).fetch_all(pool).await?);
        name_accounts(&mut summary, uses);
        self.with_access(&mut summary).await?;
        let [summary] = summary;
        Ok(Some(summary))
    }

    /// Adds a credential whose secret `seal` seals for the number it gets; `None` where the name is taken.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn insert_credential(
        &self,
        new: &CredentialText,
        by: &Actor,
        now: Timestamp,
        seal: &(dyn Fn(CredentialId) -> Vec<u8> + Sync),
    ) -> Result<Option<CredentialId>> {
        const INSERT: &str = "INSERT INTO credential (name, user_name, sealed, rotated, kind, source) \
                              VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING RETURNING id";
        const SEAL: &str = "UPDATE credential SET sealed = $1 WHERE id = $2";
        let source = new.source.as_ref().map(CredentialSource::id);
        let mut tx = self.begin().await?;
        let id: Option<i64> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(INSERT)
                .bind(new.name.as_str())
                .bind(new.user_name.as_str())
                .bind(Vec::<u8>::new())
                .bind(now.0)
                .bind(new.kind.id())
                .bind(source.as_deref())
                .fetch_optional(connection)
                .await?
        });
        let Some(id) = id else { return Ok(None) };
        let sealed = seal(CredentialId(id));
        in_tx!(&mut tx, connection => {
            sqlx::query(SEAL).bind(sealed.as_slice()).bind(id).execute(connection).await?;
        });
        let mut made = vec![
            Change::set("name", &new.name),
            Change::set("user_name", &new.user_name),
            Change::set("kind", new.kind.id()),
        ];
        made.extend(source.map(|source| Change::set("source", &source)));
        if let Some(client) = &new.oauth {
            oauth::insert_client(&mut tx, id, client).await?;
            made.extend(oauth::made(client));
        }
        record(&mut tx, by, &deed(AuditAction::CredentialCreated, id, &new.name).with(made), now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(Some(CredentialId(id)))
    }

    /// A credential's sealed secret.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sealed_credential(&self, id: CredentialId) -> Result<Option<SealedCredential>> {
        const SQL: &str = "SELECT id, user_name, kind, source, sealed FROM credential WHERE id = $1";
        let row: Option<SealedRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        row.map(sealed).transpose()
    }

    /// Any sealed secret, to try a key on; `None` where there is none.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn any_sealed_credential(&self) -> Result<Option<SealedCredential>> {
        const SQL: &str = "SELECT id, user_name, kind, source, sealed FROM credential WHERE source IS NULL ORDER BY id LIMIT 1";
        let row: Option<SealedRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).fetch_optional(pool).await?);
        row.map(sealed).transpose()
    }

    /// Every sealed secret.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sealed_credentials(&self) -> Result<Vec<SealedCredential>> {
        const SQL: &str =
            "SELECT id, user_name, kind, source, sealed FROM credential WHERE source IS NULL ORDER BY id";
        let rows: Vec<SealedRow> = with_pool!(self, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
        rows.into_iter().map(sealed).collect()
    }

    /// Puts the same secret, sealed anew, in the place of `before`; false where that is not what is there any more.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn reseal_credential(&self, before: &SealedCredential, sealed: &[u8]) -> Result<bool> {
        const SQL: &str = "UPDATE credential SET sealed = $1 WHERE id = $2 AND sealed = $3";
        let mut tx = self.begin().await?;
        let rows = in_tx!(&mut tx, connection => {
            let query = sqlx::query(SQL).bind(sealed).bind(before.id.0).bind(before.sealed.as_slice());
            query.execute(connection).await?.rows_affected()
        });
        tx.commit().await?;
        Ok(rows == 1)
    }

    /// Replaces a credential's secret and, where given, its user name; false where there is no such credential. A secret
    /// that is sealed takes the place of a source.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn rotate_credential(
        &self,
        id: CredentialId,
        user_name: Option<&str>,
        sealed: &[u8],
        by: &Actor,
        now: Timestamp,
    ) -> Result<bool> {
        // An update that changes nothing locks the row on both databases.
        const HOLD: &str = "UPDATE credential SET rotated = rotated WHERE id = $1 \
                            RETURNING name, user_name, source";
        const SQL: &str = "UPDATE credential SET user_name = COALESCE($1, user_name), sealed = $2, rotated = $3, \
                           source = NULL, last_failed = NULL, failure_cause = NULL, failure_error = NULL \
                           WHERE id = $4";
        let mut tx = self.begin().await?;
        let before: Option<(String, String, Option<String>)> = in_tx!(&mut tx, connection => {
            sqlx::query_as(HOLD).bind(id.0).fetch_optional(connection).await?
        });
        let Some((name, was, source)) = before else { return Ok(false) };
        in_tx!(&mut tx, connection => {
            sqlx::query(SQL)
                .bind(user_name)
                .bind(sealed)
                .bind(now.0)
                .bind(id.0)
                .execute(connection)
                .await?;
        });
        let user_name = user_name.filter(|user_name| *user_name != was);
        let user_name = user_name.map(|is| Change::between("user_name", was.as_str(), is));
        let source = source.map(|source| Change::between("source", source.as_str(), "sealed here"));
        let changed = user_name.into_iter().chain(source).collect();
        let rotated = deed(AuditAction::CredentialRotated, id.0, &name).with(changed);
        record(&mut tx, by, &rotated, now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Removes a credential that no account signs in with.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn remove_credential(&self, id: CredentialId, by: &Actor, now: Timestamp) -> Result<Removal> {
        const DELETE: &str = "DELETE FROM credential WHERE id = $1 AND NOT EXISTS \
                              (SELECT 1 FROM account a WHERE a.credential = $1) AND NOT EXISTS \
                              (SELECT 1 FROM connector k WHERE k.credential = $1) RETURNING name";
        const EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM credential WHERE id = $1)";
        let mut tx = self.begin().await?;
        let removed: Option<String> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(DELETE).bind(id.0).fetch_optional(connection).await?
        });
        if let Some(name) = removed {
            record(&mut tx, by, &deed(AuditAction::CredentialRemoved, id.0, &name), now).await?;
            bump(&mut tx, Changed::Accounts).await?;
            tx.commit().await?;
            return Ok(Removal::Removed);
        }
        let exists: bool = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(EXISTS).bind(id.0).fetch_one(connection).await?
        });
        Ok(if exists { Removal::InUse } else { Removal::Absent })
    }
}

/// What is done to a credential, under its name.
fn deed(action: AuditAction, id: i64, name: &str) -> Deed {
    Deed::new(action, Noun::Credential, Some(id), name)
}

type SealedRow = (i64, String, String, Option<String>, Vec<u8>);

fn sealed((id, user_name, kind, source, sealed): SealedRow) -> Result<SealedCredential> {
    let kind = kind_of(&kind)?;
    Ok(SealedCredential { id: CredentialId(id), user_name, kind, source: source_of(source)?, sealed })
}

/// Gives each credential the names of the first accounts that use it.
fn name_accounts(credentials: &mut [CredentialSummary], uses: Vec<(i64, i64, String, bool)>) {
    let mut by_credential: HashMap<i64, Vec<AccountUse>> = HashMap::new();
    for (credential, id, name, skips) in uses {
        by_credential.entry(credential).or_default().push(AccountUse { id: AccountId(id), name, skips });
    }
    for credential in credentials {
        let mut accounts = by_credential.remove(&credential.id.0).unwrap_or_default();
        accounts.sort_by_cached_key(|account| account.name.to_lowercase());
        accounts.truncate(CredentialSummary::SHOWN);
        credential.accounts = accounts;
    }
}
