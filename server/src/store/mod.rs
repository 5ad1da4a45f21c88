//! Everything that lasts: one SQL text for SQLite and PostgreSQL, one file for each noun, and the blobs.
//!
//! Statements are written once with `$1` placeholders and expanded for either driver by [`connection`]; what truly
//! differs stands in [`dialect`]. sqlx on SQLite binds NULL for a `$n` beyond the arguments without a word, so
//! `tests/store_story.rs` runs every statement on both. Deliberately absent: clocks (time comes in), secrets in the
//! clear, mail parsing, decisions about what to fetch or delete.

mod account_rows;
mod accounts;
mod agents;
mod audit;
mod backup;
mod batch;
mod blob_files;
mod blob_rows;
mod blob_sweep;
mod blobs;
mod checks;
mod connection;
mod connectors;
mod conversations;
mod credential_rows;
mod credentials;
mod cursor;
mod database_url;
mod deletion;
mod dialect;
mod enrolment;
mod epoch;
mod error;
mod fold;
mod gone;
mod health;
mod highlight;
mod listeners;
mod mailboxes;
mod marks;
mod message_list;
mod message_order;
mod messages;
mod oauth;
mod oauth_rows;
mod origin;
mod pages;
mod parameters;
mod persons;
mod place;
mod quarantine;
mod receipts;
mod recent_searches;
mod removal;
mod reports;
mod revision;
mod rows;
mod search;
mod search_condition;
mod search_words;
mod statement;
mod tags;
mod trusted_senders;
mod vanished;
mod watch;
mod web_sessions;
mod writer;

pub use accounts::Update;
pub use agents::{SEEN_FOR, Said, StoredAgent};
pub use backup::{NamedFile, make_data_folder, place_of_file};
pub use batch::{Batch, MessageRef, NewMessage, Quarantined, StoredBatch};
pub use checks::{Claim, Lease};
pub use connectors::SavedConnector;
pub use conversations::Kin;
pub use credentials::{CredentialText, SealedCredential};
pub use database_url::DatabaseUrl;
pub use deletion::StoredKey;
pub use epoch::OlderMessage;
pub use error::StoreError;
pub use fold::Words;
pub use health::Concerned;
pub use highlight::Highlight;
pub use mailboxes::{Known, KnownUidl, MailboxId};
pub use marks::KnownMarks;
pub use messages::MessageRecord;
pub use oauth::{StoredTokens, TokenTimes};
pub use parameters::ParameterSetting;
pub use removal::Removal;
pub use reports::{DueReport, NewReport};
pub use revision::Revision;
pub use search::IndexEntry;
pub use vanished::{Compared, KnownModSeq};
pub use watch::WayToWatch;

use blobs::Blobs;
use connection::{Db, Tx, with_pool};
use error::Result;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a start waits for another process that is starting on the same file.
const OPENING: Duration = Duration::from_secs(10);

/// The database and the files of large messages; clones share both.
#[derive(Clone)]
pub struct Store {
    db: Db,
    blobs: Blobs,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_postgres() { "Store(PostgreSQL)" } else { "Store(SQLite)" })
    }
}

impl Store {
    /// Opens `database` with the data folder `data`, making both where there are none (the folder for its owner
    /// alone), and brings the tables up to date.
    ///
    /// # Errors
    /// [`StoreError::NewerDatabase`] where a newer program has been here, and whatever the disk or the server says.
    pub async fn open(database: &DatabaseUrl, data: &Path) -> Result<Self> {
        make_private_folder(data)?;
        let db = match database {
            DatabaseUrl::Sqlite(file) => open_sqlite(file).await?,
            DatabaseUrl::Postgres(url) => Db::open_postgres(url).await?,
        };
        Ok(Self { db, blobs: Blobs::new(data.join("blobs")) })
    }

    /// Asks the database something small.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn ready(&self) -> Result<()> {
        self.revision().await.map(|_| ())
    }

    /// Waits for running statements and closes every connection.
    pub async fn close(&self) {
        self.db.close().await;
    }

    fn is_postgres(&self) -> bool {
        matches!(self.db, Db::Postgres(_))
    }

    async fn begin(&self) -> Result<Tx> {
        self.db.begin().await
    }
}

/// Switching a new file to its journal mode may meet another process that does the same, and SQLite does not wait then.
async fn open_sqlite(file: &Path) -> Result<Db> {
    let until = Instant::now() + OPENING;
    loop {
        match Db::open_sqlite(file).await {
            Err(error) if error.is_busy() && Instant::now() < until => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            done => return done,
        }
    }
}

fn make_private_folder(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    Ok(())
}

/// A number of the database as a count: never negative.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A number of the database as one of 32 bits: never negative.
fn small(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

/// A size or count as the database takes it.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
