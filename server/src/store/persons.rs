//! People and the hashes of their passwords. Deliberately absent: passwords, and making or comparing hashes.

use super::audit::record;
use super::connection::{Tx, in_tx, with_pool};
use super::{Result, Store, StoreError, count, dialect};
use model::{Actor, AuditAction, Change, Deed, Noun, Person, PersonId, Role, Timestamp};

#[derive(sqlx::FromRow)]
struct PersonRow {
    id: i64,
    name: String,
    role: String,
    password_hash: String,
}

impl Store {
    /// How many people there are.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn count_persons(&self) -> Result<u64> {
        const SQL: &str = "SELECT COUNT(*) FROM person";
        let people: i64 = with_pool!(self, pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
        Ok(count(people))
    }

    /// Adds the very first person, who does it themselves from `address`; `None` where somebody exists. Of two at once,
    /// one wins.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn insert_first_person(
        &self,
        name: &str,
        role: &Role,
        password_hash: &str,
        address: &str,
        now: Timestamp,
    ) -> Result<Option<PersonId>> {
        const SQL: &str = "SELECT EXISTS (SELECT 1 FROM person)";
        let mut tx = self.begin().await?;
        dialect::lock_persons(&mut tx).await?;
        let somebody: bool =
            in_tx!(&mut tx, connection => sqlx::query_scalar(SQL).fetch_one(connection).await?);
        if somebody {
            return Ok(None);
        }
        let id = insert(&mut tx, name, *role, password_hash, now).await?;
        if let Some(id) = id {
            let person = Person { id, name: name.trim().to_owned(), role: *role };
            let by = Actor::Person { person, address: address.to_owned() };
            record(&mut tx, &by, &deed(AuditAction::SetUp, id, name, *role), now).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Adds a person; `None` where the name is taken, in whatever case.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn insert_person(
        &self,
        name: &str,
        role: &Role,
        password_hash: &str,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Option<PersonId>> {
        let mut tx = self.begin().await?;
        let id = insert(&mut tx, name, *role, password_hash, now).await?;
        if let Some(id) = id {
            record(&mut tx, by, &deed(AuditAction::PersonCreated, id, name, *role), now).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// The person with this number.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_person(&self, id: PersonId) -> Result<Option<Person>> {
        const SQL: &str = "SELECT id, name, role, password_hash FROM person WHERE id = $1";
        let row: Option<PersonRow> =
            with_pool!(self, pool => sqlx::query_as(SQL).bind(id.0).fetch_optional(pool).await?);
        row.map(|row| row.into_person().map(|(person, _)| person)).transpose()
    }

    /// The person who signs in with this name, in whatever case, and the hash of their password.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn find_password(&self, name: &str) -> Result<Option<(Person, String)>> {
        const SQL: &str = "SELECT id, name, role, password_hash FROM person WHERE name_key = $1";
        let row: Option<PersonRow> = with_pool!(
            self, pool => sqlx::query_as(SQL).bind(name_key(name)).fetch_optional(pool).await?
        );
        row.map(PersonRow::into_person).transpose()
    }
}

impl PersonRow {
    fn into_person(self) -> Result<(Person, String)> {
        let role = Role::from_id(&self.role)
            .ok_or_else(|| StoreError::Corrupt(format!("person {} has an unknown role", self.id)))?;
        Ok((Person { id: PersonId(self.id), name: self.name, role }, self.password_hash))
    }
}

/// Somebody is added.
fn deed(action: AuditAction, id: PersonId, name: &str, role: Role) -> Deed {
    let name = name.trim();
    let made = vec![Change::set("name", name), Change::set("role", role.id())];
    Deed::new(action, Noun::Person, Some(id.0), name).with(made)
}

async fn insert(
    tx: &mut Tx,
    name: &str,
    role: Role,
    password_hash: &str,
    now: Timestamp,
) -> Result<Option<PersonId>> {
    const SQL: &str = "INSERT INTO person (name, name_key, role, password_hash, created) \
                       VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name_key) DO NOTHING RETURNING id";
    let id: Option<i64> = in_tx!(tx, connection => {
        sqlx::query_scalar(SQL)
            .bind(name.trim())
            .bind(name_key(name))
            .bind(role.id())
            .bind(password_hash)
            .bind(now.0)
            .fetch_optional(connection)
            .await?
    });
    Ok(id.map(PersonId))
}

/// Case apart, names stay what they are: an accent makes another person. No name holds a NUL, which
/// PostgreSQL refuses.
fn name_key(name: &str) -> String {
    name.trim().to_lowercase().replace('\0', "")
}
