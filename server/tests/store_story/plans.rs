//! How SQLite finds the rows of the lists that are opened all the time.

use crate::engine::Engine;
use sqlx::Connection;

const COLUMNS: &str = "SELECT m.id, m.subject, a.name, b.name FROM message m LEFT JOIN account a ON a.id = m.account \
                       LEFT JOIN mailbox b ON b.id = m.mailbox";

#[tokio::test]
async fn a_page_is_found_through_an_index_and_never_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::sqlite(folder.path().to_owned());
    engine.open().await.close().await;
    for (condition, index) in [
        ("", "message_received"),
        ("WHERE (m.received, m.id) < (5, 5)", "message_received"),
        ("WHERE m.account = 1", "message_account_received"),
        ("WHERE m.account = 1 AND (m.received, m.id) < (5, 5)", "message_account_received"),
        ("WHERE m.unread", "message_unread"),
    ] {
        let sql =
            format!("EXPLAIN QUERY PLAN {COLUMNS} {condition} ORDER BY m.received DESC, m.id DESC LIMIT 31");
        let plan = plan(&engine, sql).await;
        assert!(plan.iter().any(|step| step.contains(index)), "{condition}: {plan:?}");
        assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{condition}: {plan:?}");
        let scans = plan.iter().any(|step| step.starts_with("SCAN m") && !step.contains("USING INDEX"));
        assert!(!scans, "{condition}: {plan:?}");
    }
}

async fn plan(engine: &Engine, sql: String) -> Vec<String> {
    let url = engine.url.to_string();
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let steps: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(&mut connection).await.unwrap();
    steps.into_iter().map(|(.., step)| step).collect()
}
