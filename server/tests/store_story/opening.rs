//! Starting: on nothing, at the same time, and after a newer program.

use crate::engine::Engine;
use server::store::{Store, StoreError};

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
