//! The first administrator, passwords, and who is signed in.

use super::ServiceError;
use super::audit::Audit;
use super::throttle::Throttle;
use crate::clock::SharedClock;
use crate::store::Store;
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use model::person::SHORTEST_PASSWORD;
use model::{Actor, AuditAction, FieldErrors, Person, PersonId, Role};
use secrecy::{ExposeSecret, SecretString};
use std::sync::{Arc, LazyLock};

/// People and their passwords.
pub struct People {
    store: Store,
    clock: SharedClock,
    audit: Audit,
    throttle: Throttle,
    /// The code that whoever starts the server reads, while nobody exists.
    set_up_code: Option<SecretString>,
}

/// How a sign-in ended.
#[derive(Debug, PartialEq, Eq)]
pub enum SignIn {
    /// They are who they say.
    Welcome(Person),
    /// Unknown name or wrong password: nobody learns which.
    Rejected,
    /// Too many tries; wait a quarter of an hour.
    TooOften,
}

/// How the first run ended.
#[derive(Debug, PartialEq, Eq)]
pub enum SetUp {
    /// The first administrator exists.
    Done(Person),
    /// Something typed is wrong.
    Invalid(FieldErrors),
    /// Somebody exists already.
    TooLate,
}

impl People {
    /// The people of `store`; makes a set-up code where there are none.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(store: Store, clock: SharedClock) -> Result<Self, ServiceError> {
        let nobody = store.count_persons().await? == 0;
        let set_up_code = nobody.then(|| SecretString::from(crate::vault::random_code()));
        let audit = Audit::new(store.clone(), Arc::clone(&clock));
        Ok(Self { store, clock, audit, throttle: Throttle::default(), set_up_code })
    }

    /// The code to print while nobody exists.
    pub fn set_up_code(&self) -> Option<&SecretString> {
        self.set_up_code.as_ref()
    }

    /// True until the first administrator exists.
    ///
    /// # Errors
    /// The store's.
    pub async fn needs_set_up(&self) -> Result<bool, ServiceError> {
        Ok(self.set_up_code.is_some() && self.store.count_persons().await? == 0)
    }

    /// What time it is, for sessions.
    pub fn now(&self) -> model::Timestamp {
        self.clock.now()
    }

    /// The person behind a web session.
    ///
    /// # Errors
    /// The store's.
    pub async fn find(&self, id: PersonId) -> Result<Option<Person>, ServiceError> {
        Ok(self.store.find_person(id).await?)
    }

    /// Creates the first administrator.
    ///
    /// # Errors
    /// The store's.
    pub async fn set_up(
        &self,
        code: &str,
        name: &str,
        password: SecretString,
        again: &SecretString,
        address: &str,
    ) -> Result<SetUp, ServiceError> {
        let now = self.clock.now();
        let Some(expected) = &self.set_up_code else { return Ok(SetUp::TooLate) };
        let mut errors = FieldErrors::default();
        if !self.throttle.permits("", address, now) {
            errors.add("code", "Too many tries. Wait a quarter of an hour.");
        } else if !same_code(code, expected.expose_secret()) {
            self.throttle.failed("", address, now);
            self.refused(AuditAction::SetUpRefused, None, address).await?;
            errors.add("code", "This is not the code that the server printed when it started.");
        }
        let name = checked_name(name, &mut errors);
        check_password(&password, &mut errors);
        if password.expose_secret() != again.expose_secret() {
            errors.add("password_again", "The two passwords differ.");
        }
        let Some(name) = name.filter(|_| errors.is_empty()) else { return Ok(SetUp::Invalid(errors)) };
        let hash = hash(password).await?;
        let id = self.store.insert_first_person(&name, &Role::Administrator, &hash, address, now).await?;
        Ok(id.map_or(SetUp::TooLate, |id| SetUp::Done(Person { id, name, role: Role::Administrator })))
    }

    /// Adds a person from the command line; `Err` of the inner result says what is wrong with the input.
    ///
    /// # Errors
    /// The store's.
    pub async fn add(
        &self,
        by: &Actor,
        name: &str,
        role: Role,
        password: SecretString,
    ) -> Result<Result<PersonId, FieldErrors>, ServiceError> {
        let mut errors = FieldErrors::default();
        let name = checked_name(name, &mut errors);
        check_password(&password, &mut errors);
        let Some(name) = name.filter(|_| errors.is_empty()) else { return Ok(Err(errors)) };
        let hash = hash(password).await?;
        let id = self.store.insert_person(&name, &role, &hash, by, self.clock.now()).await?;
        Ok(id.ok_or_else(|| FieldErrors::one("name", "Somebody has this name already.")))
    }

    /// Checks a name and a password. Takes the same time whether or not the name exists.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_in(
        &self,
        name: &str,
        password: SecretString,
        address: &str,
    ) -> Result<SignIn, ServiceError> {
        let now = self.clock.now();
        if !self.throttle.permits(name, address, now) {
            if self.throttle.is_first_refusal(name, address, now) {
                self.refused(AuditAction::SignInPaused, None, address).await?;
            }
            return Ok(SignIn::TooOften);
        }
        let (person, stored) = self.store.find_password(name.trim()).await?.unzip();
        let person = match (verify(password, stored).await?, person) {
            (true, Some(person)) => {
                self.throttle.succeeded(name);
                let by = Actor::Person { person: person.clone(), address: address.to_owned() };
                self.audit.person(&by, AuditAction::SignedIn, Some(&person)).await?;
                return Ok(SignIn::Welcome(person));
            }
            (_, person) => person,
        };
        self.throttle.failed(name, address, now);
        self.refused(AuditAction::SignInRefused, person.as_ref(), address).await?;
        Ok(SignIn::Rejected)
    }

    /// Records that somebody signs out.
    ///
    /// # Errors
    /// The store's.
    pub async fn sign_out(&self, by: &Actor) -> Result<(), ServiceError> {
        match by {
            Actor::Person { person, .. } => self.audit.person(by, AuditAction::SignedOut, Some(person)).await,
            _ => Ok(()),
        }
    }

    /// Records a refusal. A name that nobody has is not kept: it may be a password, typed into the wrong field.
    async fn refused(
        &self,
        action: AuditAction,
        whom: Option<&Person>,
        address: &str,
    ) -> Result<(), ServiceError> {
        let by = Actor::Nobody { address: address.to_owned() };
        self.audit.person(&by, action, whom).await
    }
}

fn checked_name(name: &str, errors: &mut FieldErrors) -> Option<String> {
    model::field::line(name, 100).map_err(|message| errors.add("name", message)).ok()
}

fn check_password(password: &SecretString, errors: &mut FieldErrors) {
    let length = password.expose_secret().chars().count();
    if length < SHORTEST_PASSWORD {
        errors.add("password", format!("At least {SHORTEST_PASSWORD} characters."));
    } else if length > 1000 {
        errors.add("password", "At most 1000 characters.");
    }
}

/// Compares what people copy by hand: case, blanks and the dash do not matter.
fn same_code(typed: &str, expected: &str) -> bool {
    let plain = |text: &str| -> Vec<u8> {
        text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_uppercase()).collect()
    };
    // Hashes compare in constant time.
    blake3::hash(&plain(typed)) == blake3::hash(&plain(expected))
}

/// A hash that no password has, so that an unknown name costs as much as a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| {
    Argon2::default().hash_password(b"nobody").map(|hash| hash.to_string()).unwrap_or_default()
});

async fn hash(password: SecretString) -> Result<String, ServiceError> {
    let hashed = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.expose_secret().as_bytes()).map(|hash| hash.to_string())
    });
    hashed.await?.map_err(|error| crate::store::StoreError::Corrupt(error.to_string()).into())
}

async fn verify(password: SecretString, stored: Option<String>) -> Result<bool, ServiceError> {
    // One at a time a core would be enough; argon2 takes 19 MiB each, so a flood of tries must queue.
    static TURN: LazyLock<Arc<tokio::sync::Semaphore>> =
        LazyLock::new(|| Arc::new(tokio::sync::Semaphore::new(4)));
    let turn = Arc::clone(&TURN).acquire_owned().await;
    let verified = tokio::task::spawn_blocking(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.clone());
        let matches = PasswordHash::new(&stored).is_ok_and(|hash| {
            Argon2::default().verify_password(password.expose_secret().as_bytes(), &hash).is_ok()
        });
        drop(turn);
        known && matches
    });
    Ok(verified.await?)
}
