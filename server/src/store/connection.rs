//! The two native drivers behind one shape: pools to read from, a transaction to write in, and the two macros that
//! expand one body for either. Deliberately absent: statements.

use super::{Result, StoreError};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{Connection, PgConnection, Postgres, Sqlite};
use std::path::Path;
use std::time::Duration;

/// How long a writer waits for another process: of SQLite for the file, of PostgreSQL (below) for a row.
const BUSY_WAIT: Duration = Duration::from_secs(10);
const READERS: u32 = 4;
/// In KiB, as SQLite wants it: 8 MiB.
const WRITER_CACHE: &str = "-8192";
/// Of 8 KiB: 32 MiB.
const LOG_PAGES: &str = "4096";
const POSTGRES_CONNECTIONS: u32 = 10;

static SQLITE_MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES_MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/postgres");

/// An open database; clones share their connections.
#[derive(Clone)]
pub(super) enum Db {
    /// One writer per process, because SQLite has one per file: waiting in a queue beats waiting in the file.
    Sqlite { writer: SqlitePool, reader: SqlitePool },
    /// Many of either.
    Postgres(PgPool),
}

/// A transaction of either driver; dropping it rolls back.
pub(super) enum Tx {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// Expands `body` for the pool that reads, whichever driver it is.
macro_rules! with_pool {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.db {
            $crate::store::connection::Db::Sqlite { reader: $pool, .. } => $body,
            $crate::store::connection::Db::Postgres($pool) => $body,
        }
    };
}

/// Expands `body` for the connection of a `&mut Tx`, whichever driver it is.
macro_rules! in_tx {
    ($tx:expr, $connection:ident => $body:expr) => {
        match $tx {
            $crate::store::connection::Tx::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
            $crate::store::connection::Tx::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body
            }
        }
    };
}

pub(super) use {in_tx, with_pool};

impl Db {
    /// Opens the file, making it where there is none, and brings its tables up to date.
    pub(super) async fn open_sqlite(file: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .busy_timeout(BUSY_WAIT)
            .foreign_keys(true)
            // What a statement may have to undo, and what it sorts, is mail: otherwise SQLite puts it into /var/tmp.
            .pragma("temp_store", "memory")
            .statement_cache_capacity(200);
        let writing = options
            .clone()
            .create_if_missing(true)
            .page_size(8192)
            .journal_mode(SqliteJournalMode::Wal)
            // Mail lies in its indexes by hash, so that each batch touches pages everywhere: they stay in memory, and go
            // from the log to the file once for many batches.
            .pragma("cache_size", WRITER_CACHE)
            .pragma("wal_autocheckpoint", LOG_PAGES)
            // NORMAL may lose the last commits with the power, after which mail is already deleted on its server.
            .synchronous(SqliteSynchronous::Full);
        // On a connection of its own: a table that is copied is dropped, which foreign keys take for the end of its rows,
        // and inside of a transaction they stay as they are. Two processes that start at once: the second waits here and
        // then finds nothing left to do.
        let mut migrating = SqliteConnection::connect_with(&writing.clone().foreign_keys(false)).await?;
        let mut tx = migrating.begin_with("BEGIN IMMEDIATE").await?;
        SQLITE_MIGRATIONS.run_direct(None, &mut *tx, false).await?;
        tx.commit().await?;
        migrating.close().await?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(writing)
            .await?;
        let reader = SqlitePoolOptions::new()
            .max_connections(READERS)
            .max_lifetime(None)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self::Sqlite { writer, reader })
    }

    /// Connects and brings the tables up to date, under the migrator's own advisory lock.
    pub(super) async fn open_postgres(url: &str) -> Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        // On a connection of its own: who starts while another process migrates waits as long as that takes.
        let mut migrating = PgConnection::connect_with(&options).await?;
        POSTGRES_MIGRATIONS.run(&mut migrating).await?;
        migrating.close().await?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // A commit that may still be lost must not be followed by a deletion on the mail server. Whoever
                    // holds a row for longer than any transaction of ours takes makes a check fail, not hang.
                    const SET: &str = "SELECT set_config('synchronous_commit', 'on', FALSE), \
                                       set_config('lock_timeout', $1, FALSE)";
                    sqlx::query(SET).bind(format!("{}s", BUSY_WAIT.as_secs())).execute(connection).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self::Postgres(pool))
    }

    /// Starts writing. On SQLite the write lock is taken at once, so that no transaction fails half-way for it.
    pub(super) async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Waits for what is running and closes every connection.
    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes everything since `begin` durable.
    pub(super) async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
        .map_err(StoreError::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::migrate::Migrator;

    /// What a folder of an older version holds comes along, and no number is given twice.
    #[tokio::test]
    async fn blobs_are_numbered_without_losing_a_message() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("restante.db");
        let older = SQLITE_MIGRATIONS.iter().filter(|migration| migration.version <= 3).cloned().collect();
        let older = Migrator { migrations: older, ..Migrator::DEFAULT };
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let mut old = SqliteConnection::connect_with(&options).await.unwrap();
        older.run_direct(None, &mut old, false).await.unwrap();
        let filled = "INSERT INTO account (id, name, name_key, keep_copy, automatic_check, enabled, address, port, \
                      protocol, security, skip_certificate, check_interval_seconds, folders, created) \
                      VALUES (1, 'a', 'a', 1, 0, 1, 'h', 1, 'imap', 'none', 0, 60, 'INBOX', 0); \
                      INSERT INTO mailbox (id, account, name) VALUES (1, 1, 'INBOX'); \
                      INSERT INTO blob VALUES (x'02', 0, 2, 'bb'), (x'01', 0, 1, 'a'); \
                      INSERT INTO message (id, account, mailbox, uidl, occurrence, blake3, size, received, \
                      state_at, sender_name, sender_address, sender_key, subject, subject_key) VALUES \
                      (7, 1, 1, 'x', 0, x'01', 1, 0, 0, '', '', '', 'one', ''), \
                      (8, 1, 1, 'y', 0, x'02', 2, 0, 0, '', '', '', 'two', ''), \
                      (9, 1, 1, 'z', 0, x'01', 1, 0, 0, '', '', '', 'three', ''); \
                      DELETE FROM message WHERE id = 9;";
        sqlx::raw_sql(filled).execute(&mut old).await.unwrap();
        old.close().await.unwrap();

        let db = Db::open_sqlite(&file).await.unwrap();
        let Db::Sqlite { writer, .. } = &db else { panic!("SQLite") };
        let held = "SELECT m.id, m.subject, b.hash, b.data FROM message m JOIN blob b ON b.id = m.blob ORDER BY m.id";
        let held: Vec<(i64, String, Vec<u8>, Vec<u8>)> =
            sqlx::query_as(held).fetch_all(writer).await.unwrap();
        let expected =
            [(7, "one".into(), vec![1], b"a".to_vec()), (8, "two".into(), vec![2], b"bb".to_vec())];
        assert_eq!(held, expected);
        let next = "INSERT INTO message SELECT NULL, account, mailbox, uid_validity, uid, 'new', occurrence, blob, \
                    size, received, attachments, unread, indexed, state, state_at, sender_name, sender_address, \
                    sender_key, subject, subject_key, internet_message_id, preview, by_name, listed_size, flagged, named, topic, conversation, \
                    told_unread, told_flagged FROM message \
                    WHERE id = 7 RETURNING id";
        let next: i64 = sqlx::query_scalar(next).fetch_one(writer).await.unwrap();
        assert_eq!(next, 10, "the number of a message that is gone is not given again");
        let broken: Vec<(String,)> =
            sqlx::query_as("SELECT \"table\" FROM pragma_foreign_key_check").fetch_all(writer).await.unwrap();
        assert_eq!(broken, []);
        db.close().await;
    }

    #[tokio::test]
    async fn no_mail_is_written_into_the_systems_temporary_files() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        let Db::Sqlite { writer, reader } = &db else { panic!("SQLite") };
        for pool in [writer, reader] {
            let place: i64 = sqlx::query_scalar("PRAGMA temp_store").fetch_one(pool).await.unwrap();
            assert_eq!(place, 2, "memory");
        }
        db.close().await;
    }
}
