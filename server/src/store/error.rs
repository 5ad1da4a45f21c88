//! The one error of the store. Absent is no error: look-ups return `Option`.

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// The database could not be brought to this program's tables.
    #[error("database could not be prepared: {0}")]
    Migrate(sqlx::migrate::MigrateError),
    /// A newer program has been here.
    #[error(
        "the database was made by a newer version of this program (step {0}): install that version or a later one"
    )]
    NewerDatabase(i64),
    /// Files of large messages could not be read or written.
    #[error("message files: {0}")]
    Blob(#[from] std::io::Error),
    /// Somebody else holds the account now; nothing was stored.
    #[error("the lease on the account was lost")]
    LeaseLost,
    /// The database does not take one message for what it is; nothing of its batch was stored.
    #[error("one message cannot be stored: {source}")]
    Refused {
        /// How its server names it.
        key: model::MessageKey,
        /// Its bytes.
        size: u64,
        /// The database's words.
        source: sqlx::Error,
    },
    /// What was read is not what was written.
    #[error("damaged: {0}")]
    Corrupt(String),
    /// What was asked for is done to a file, and this database is a server.
    #[error("this database is a PostgreSQL server, which holds everything: copy it with pg_dump")]
    NotAFile,
    /// The address of the database makes no sense.
    #[error("{0}")]
    DatabaseUrl(String),
}

impl StoreError {
    /// True where the database refused a value for what it is, rather than for the state of things: another try with the
    /// same value would end the same way.
    pub(super) fn about_the_value(error: &sqlx::Error) -> bool {
        let sqlx::Error::Database(error) = error else { return false };
        let Some(code) = error.code() else { return false };
        match code.parse::<u32>() {
            // SQLITE_TOOBIG, SQLITE_CONSTRAINT and SQLITE_MISMATCH with their extended codes.
            Ok(code) if code.to_string().len() < 5 => matches!(code & 0xff, 18..=20),
            // PostgreSQL: data exception, integrity constraint, program limit, raised by a trigger.
            _ => ["22", "23", "54", "P0"].iter().any(|class| code.starts_with(class)),
        }
    }

    /// True where trying again a little later may succeed: another writer was in the way.
    pub(super) fn is_busy(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        // SQLITE_BUSY and SQLITE_LOCKED with their extended codes.
        matches!(error.code().as_deref(), Some("5" | "6" | "261" | "262" | "517" | "773"))
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError::{Execute, ExecuteMigration, VersionMissing};
        match error {
            VersionMissing(version) => Self::NewerDatabase(version),
            Execute(error) | ExecuteMigration(error, _) => Self::Database(error),
            other => Self::Migrate(other),
        }
    }
}

/// What every method of the store returns.
pub type Result<T> = std::result::Result<T, StoreError>;
