//! Starting: on nothing, at the same time, and after a newer program.

use crate::engine::Engine;
use server::store::{DatabaseUrl, Store, StoreError};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use std::path::Path;

pub async fn two_processes_start_at_once(engine: Engine) {
    let opened = futures_util::future::join_all((0..4).map(|_| Store::open(&engine.url, &engine.data))).await;
    for store in opened {
        let store = store.unwrap();
        store.ready().await.unwrap();
        store.close().await;
        assert!(store.ready().await.is_err(), "a closed store is not ready");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&engine.data).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "the data folder is for its owner alone");
    }
}

pub async fn a_newer_database_is_refused(engine: Engine) {
    engine.open().await.close().await;
    engine
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             SELECT 9999, 'from the future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
    let error = Store::open(&engine.url, &engine.data).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerDatabase(9999)), "{error}");
}

/// A database from before the second step, with a row in it.
pub async fn an_older_database_gets_its_defaults(engine: Engine) {
    const ACCOUNT: &str = "INSERT INTO account (name, name_key, keep_copy, automatic_check, enabled, address, port, \
                           protocol, security, skip_certificate, credential, check_interval_seconds, folders, created) \
                           VALUES ('Old', 'old', TRUE, TRUE, TRUE, '::1', 143, 'imap', 'none', FALSE, 1, 300, \
                           'INBOX', 0)";
    const CREDENTIAL: &str = "INSERT INTO credential (name, user_name, sealed, rotated) VALUES ('c', 'u', ";
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let first = tempfile::tempdir().unwrap();
    let step = "0001_first_tables.sql";
    std::fs::create_dir_all(&engine.data).unwrap();
    match &engine.url {
        DatabaseUrl::Sqlite(path) => {
            std::fs::copy(migrations.join("sqlite").join(step), first.path().join(step)).unwrap();
            let url = format!("sqlite:{}?mode=rwc", path.display());
            let mut connection = SqliteConnection::connect(&url).await.unwrap();
            let migrator = sqlx::migrate::Migrator::new(first.path()).await.unwrap();
            migrator.run_direct(None, &mut connection, false).await.unwrap();
            let credential = format!("{CREDENTIAL} x'00', 0)");
            sqlx::query(AssertSqlSafe(credential)).execute(&mut connection).await.unwrap();
            sqlx::query(ACCOUNT).execute(&mut connection).await.unwrap();
        }
        DatabaseUrl::Postgres(url) => {
            std::fs::copy(migrations.join("postgres").join(step), first.path().join(step)).unwrap();
            let mut connection = PgConnection::connect(url).await.unwrap();
            let migrator = sqlx::migrate::Migrator::new(first.path()).await.unwrap();
            migrator.run_direct(None, &mut connection, false).await.unwrap();
            let credential = format!("{CREDENTIAL} '\\x00', 0)");
            sqlx::query(AssertSqlSafe(credential)).execute(&mut connection).await.unwrap();
            sqlx::query(ACCOUNT).execute(&mut connection).await.unwrap();
        }
    }
    let store = engine.open().await;
    let found = store.find_account_by_name("Old", model::Timestamp(0)).await.unwrap().unwrap();
    let settings = &found.settings;
    assert_eq!((settings.delete_after_days, settings.largest_message, settings.instant), (None, None, false));
}
