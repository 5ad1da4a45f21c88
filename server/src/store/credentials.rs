//! Named secrets, sealed. Deliberately absent: opening them (see `vault`); the store never sees a secret.

use super::audit::record;
use super::connection::{in_tx, with_pool};
use super::revision::{Changed, bump};
use super::{Removal, Result, Store, small};
use model::{Actor, AuditAction, Change, CredentialId, CredentialSummary, Deed, Noun, Timestamp};

/// A credential with its secret as the vault sealed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedCredential {
    /// Its number, which is part of what the seal covers.
    pub id: CredentialId,
    /// The user name for the mail server.
    pub user_name: String,
    /// The sealed secret.
    pub sealed: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct CredentialRow {
    id: i64,
    name: String,
    user_name: String,
    rotated: i64,
    used_by: i64,
}

/// The columns of [`CredentialRow`], followed by `$rest`.
macro_rules! select_credentials {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.name, c.user_name, c.rotated, (SELECT COUNT(*) FROM account a \
             WHERE a.credential = c.id AND a.removed_at IS NULL) AS used_by FROM credential c ",
            $rest
        )
    };
}

impl Store {
    /// All credentials by name, in whatever case.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list_credentials(&self) -> Result<Vec<CredentialSummary>> {
        const SQL: &str = select_credentials!("ORDER BY c.id");
        let rows: Vec<CredentialRow> = with_pool!(self, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
        let mut credentials: Vec<CredentialSummary> = rows.into_iter().map(Into::into).collect();
        // Here rather than in SQL, where the two databases would disagree.
        credentials.sort_by_cached_key(|credential| credential.name.to_lowercase());
        Ok(credentials)
    }

    /// The credential with this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_credential(&self, id: CredentialId) -> Result<Option<CredentialSummary>> {
        const SQL: &str = select_credentials!("WHERE c.id = $1");
        let row: Option<CredentialRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        Ok(row.map(Into::into))
    }

    /// The credential with this name.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_credential_by_name(&self, name: &str) -> Result<Option<CredentialSummary>> {
        const SQL: &str = select_credentials!("WHERE c.name = $1");
        let row: Option<CredentialRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(name).fetch_optional(pool).await?);
        Ok(row.map(Into::into))
    }

    /// Adds a credential whose secret `seal` seals for the number it gets; `None` where the name is taken.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn insert_credential(
        &self,
        name: &str,
        user_name: &str,
        by: &Actor,
        now: Timestamp,
        seal: &(dyn Fn(CredentialId) -> Vec<u8> + Sync),
    ) -> Result<Option<CredentialId>> {
        const INSERT: &str = "INSERT INTO credential (name, user_name, sealed, rotated) VALUES ($1, $2, $3, $4) \
                              ON CONFLICT (name) DO NOTHING RETURNING id";
        const SEAL: &str = "UPDATE credential SET sealed = $1 WHERE id = $2";
        let mut tx = self.begin().await?;
        let id: Option<i64> = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(INSERT)
                .bind(name)
                .bind(user_name)
                .bind(Vec::<u8>::new())
                .bind(now.0)
                .fetch_optional(connection)
                .await?
        });
        let Some(id) = id else { return Ok(None) };
        let sealed = seal(CredentialId(id));
        in_tx!(&mut tx, connection => {
            sqlx::query(SEAL).bind(sealed.as_slice()).bind(id).execute(connection).await?;
        });
        let made = vec![Change::set("name", name), Change::set("user_name", user_name)];
        record(&mut tx, by, &deed(AuditAction::CredentialCreated, id, name).with(made), now).await?;
        bump(&mut tx, Changed::Accounts).await?;
        tx.commit().await?;
        Ok(Some(CredentialId(id)))
    }

    /// A credential's sealed secret.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sealed_credential(&self, id: CredentialId) -> Result<Option<SealedCredential>> {
        const SQL: &str = "SELECT id, user_name, sealed FROM credential WHERE id = $1";
        let row: Option<(i64, String, Vec<u8>)> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        Ok(row.map(sealed))
    }

    /// Any sealed secret, to try a key on; `None` where there is none.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn any_sealed_credential(&self) -> Result<Option<SealedCredential>> {
        const SQL: &str = "SELECT id, user_name, sealed FROM credential ORDER BY id LIMIT 1";
        let row: Option<(i64, String, Vec<u8>)> =
            with_pool!(self, pool => sqlx::query_as(SQL).fetch_optional(pool).await?);
        Ok(row.map(sealed))
    }

    /// Every sealed secret.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn sealed_credentials(&self) -> Result<Vec<SealedCredential>> {
        const SQL: &str = "SELECT id, user_name, sealed FROM credential ORDER BY id";
        let rows: Vec<(i64, String, Vec<u8>)> =
            with_pool!(self, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
        Ok(rows.into_iter().map(sealed).collect())
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

    /// Replaces a credential's secret and, where given, its user name; false where there is no such credential.
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
        const HOLD: &str = "UPDATE credential SET rotated = rotated WHERE id = $1 RETURNING name, user_name";
        const SQL: &str = "UPDATE credential SET user_name = COALESCE($1, user_name), sealed = $2, rotated = $3 \
                           WHERE id = $4";
        let mut tx = self.begin().await?;
        let before: Option<(String, String)> = in_tx!(&mut tx, connection => {
            sqlx::query_as(HOLD).bind(id.0).fetch_optional(connection).await?
        });
        let Some((name, was)) = before else { return Ok(false) };
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
        let changed =
            user_name.map(|is| Change::between("user_name", was.as_str(), is)).into_iter().collect();
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
                              (SELECT 1 FROM account a WHERE a.credential = $1) RETURNING name";
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

impl From<CredentialRow> for CredentialSummary {
    fn from(row: CredentialRow) -> Self {
        Self {
            id: CredentialId(row.id),
            name: row.name,
            user_name: row.user_name,
            used_by: small(row.used_by),
            rotated: Timestamp(row.rotated),
        }
    }
}

/// What is done to a credential, under its name.
fn deed(action: AuditAction, id: i64, name: &str) -> Deed {
    Deed::new(action, Noun::Credential, Some(id), name)
}

fn sealed((id, user_name, sealed): (i64, String, Vec<u8>)) -> SealedCredential {
    SealedCredential { id: CredentialId(id), user_name, sealed }
}
