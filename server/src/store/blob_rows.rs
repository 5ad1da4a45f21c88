//! The rows of raw bytes, each once: found by their hash, written where they are not here. With [`super::dialect`] the only
//! place where the SQL of the two databases differs: SQLite has one writer, who looks before it writes; on PostgreSQL several
//! write at once, and its unique index decides. Deliberately absent: the bytes and their files (see `blobs`).

use super::blobs::Blob;
use super::connection::Tx;
use super::rows::{RowStatement, TOGETHER};
use super::{Result, number};
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{Postgres, postgres::PgConnection};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Whether the bytes of a hash are in a file of their own. The first four bytes of it are in the index of SQLite, all of
/// them in PostgreSQL's.
pub(super) const IN_A_FILE: &str = "SELECT EXISTS (SELECT 1 FROM blob WHERE substr(hash, 1, 4) = substr($1, 1, 4) \
                                    AND hash = $1 AND data IS NULL AND pack IS NULL)";

const COLUMNS: &str = "hash, codec, raw_len, data, pack, part_offset, part_length";

/// A hash and the number of its row.
type Numbered = (Vec<u8>, i64);

/// Sees to it that one blob, or [`TOGETHER`] that are all different, have their rows; the number of each. What is in a file
/// is from now on read where it was just written, whatever became of the older file.
pub(super) async fn keep_blobs(tx: &mut Tx, blobs: &[&Blob]) -> Result<Vec<Numbered>> {
    match tx {
        Tx::Sqlite(transaction) => keep_alone(transaction, blobs).await,
        Tx::Postgres(transaction) => keep_beside_others(transaction, blobs).await,
    }
}

/// Takes what the bind methods of both drivers take.
macro_rules! bind_columns {
    ($query:expr, $blobs:expr) => {{
        let mut query = $query;
        for blob in $blobs {
            query = query
                .bind(blob.hash.as_bytes().as_slice())
                .bind(blob.codec)
                .bind(number(blob.raw_len))
                .bind(blob.row())
                .bind(blob.part().map(|part| part.pack.as_str()))
                .bind(blob.part().map(|part| number(part.offset)))
                .bind(blob.part().map(|part| number(part.length)));
        }
        query
    }};
}

async fn keep_alone(connection: &mut SqliteConnection, blobs: &[&Blob]) -> Result<Vec<Numbered>> {
    static HERE: LazyLock<RowStatement> = LazyLock::new(|| RowStatement::new(1, here));
    static NEW: LazyLock<RowStatement> = LazyLock::new(|| {
        RowStatement::new(7, |rows| format!("INSERT INTO blob ({COLUMNS}) VALUES {rows} RETURNING hash, id"))
    });
    const MOVED: &str = "UPDATE blob SET codec = $1, pack = $2, part_offset = $3, part_length = $4 \
                         WHERE id = $5 AND data IS NULL";
    let mut here = sqlx::query_as::<Sqlite, Numbered>(HERE.sqlite(blobs.len()));
    for blob in blobs {
        here = here.bind(blob.hash.as_bytes().as_slice());
    }
    let mut numbered = here.fetch_all(&mut *connection).await?;
    let known: HashSet<&[u8]> = numbered.iter().map(|(hash, _)| hash.as_slice()).collect();
    let is_new = |blob: &&&Blob| !known.contains(blob.hash.as_bytes().as_slice());
    let new: Vec<&Blob> = blobs.iter().filter(is_new).copied().collect();
    for (hash, id) in &numbered {
        let moved = blobs.iter().find(|blob| blob.hash.as_bytes().as_slice() == hash);
        if let Some((part, codec)) = moved.and_then(|blob| Some((blob.part()?, blob.codec))) {
            let query = sqlx::query::<Sqlite>(MOVED).bind(codec).bind(&part.pack);
            let query = query.bind(number(part.offset)).bind(number(part.length)).bind(id);
            query.execute(&mut *connection).await?;
        }
    }
    let at_once = if new.len() == TOGETHER { TOGETHER } else { 1 };
    for rows in new.chunks(at_once) {
        let query = sqlx::query_as::<Sqlite, Numbered>(NEW.sqlite(rows.len()));
        numbered.extend(bind_columns!(query, rows).fetch_all(&mut *connection).await?);
    }
    Ok(numbered)
}

/// Which of these hashes have a row.
fn here(hashes: &str) -> String {
    format!(
        "WITH given (hash) AS (VALUES {hashes}) SELECT b.hash, b.id FROM given CROSS JOIN blob b \
         ON substr(b.hash, 1, 4) = substr(given.hash, 1, 4) AND b.hash = given.hash"
    )
}

async fn keep_beside_others(connection: &mut PgConnection, blobs: &[&Blob]) -> Result<Vec<Numbered>> {
    // An update keeps a row from being removed before this commit, and tells its number.
    static KEEPING: LazyLock<RowStatement> = LazyLock::new(|| {
        RowStatement::new(7, |rows| {
            format!(
                "INSERT INTO blob ({COLUMNS}) VALUES {rows} \
                 ON CONFLICT (hash) DO UPDATE SET raw_len = excluded.raw_len, \
                 codec = CASE WHEN excluded.pack IS NULL OR blob.data IS NOT NULL THEN blob.codec ELSE excluded.codec END, \
                 pack = CASE WHEN blob.data IS NULL THEN COALESCE(excluded.pack, blob.pack) END, \
                 part_offset = CASE WHEN blob.data IS NULL THEN COALESCE(excluded.part_offset, blob.part_offset) END, \
                 part_length = CASE WHEN blob.data IS NULL THEN COALESCE(excluded.part_length, blob.part_length) END \
                 RETURNING hash, id"
            )
        })
    });
    let query = sqlx::query_as::<Postgres, Numbered>(KEEPING.postgres(blobs.len()));
    Ok(bind_columns!(query, blobs).fetch_all(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::blobs::Kept;
    use crate::store::connection::Db;

    /// Bytes whose hash begins with these.
    fn blob(beginning: [u8; 2], last: u8) -> Blob {
        let mut hash = [7; 32];
        (hash[3], hash[4], hash[31]) = (beginning[0], beginning[1], last);
        Blob { hash: blake3::Hash::from_bytes(hash), codec: 0, raw_len: 1, kept: Kept::Row(vec![last]) }
    }

    #[tokio::test]
    async fn hashes_that_begin_alike_are_told_apart_and_found_by_the_index() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open_sqlite(&folder.path().join("a.db")).await.unwrap();
        let Db::Sqlite { writer, .. } = &db else { panic!("SQLite") };
        let mut connection = writer.acquire().await.unwrap();
        let alike = [blob([1, 1], 1), blob([1, 1], 2), blob([1, 2], 1)];
        let mut numbers = Vec::new();
        for blob in &alike {
            numbers.extend(keep_alone(&mut connection, &[blob]).await.unwrap());
        }
        let hashes: Vec<_> = numbers.iter().map(|(hash, _)| hash.clone()).collect();
        assert_eq!(hashes, alike.clone().map(|blob| blob.hash.as_bytes().to_vec()));
        // The first two of these are here.
        let many: Vec<Blob> = (1..=TOGETHER).map(|last| blob([1, 1], u8::try_from(last).unwrap())).collect();
        let many = keep_alone(&mut connection, &Vec::from_iter(&many)).await.unwrap();
        assert_eq!(many.iter().collect::<HashSet<_>>().len(), TOGETHER);
        assert!(numbers[..2].iter().all(|number| many.contains(number)), "no second row for what is here");

        for question in [here("(x'01'), (x'02')"), IN_A_FILE.replace("$1", "x'01'")] {
            let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {question}"));
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(plan).fetch_all(&mut *connection).await.unwrap();
            assert!(plan.iter().any(|step| step.3.contains("USING INDEX blob_hash")), "{plan:?}");
        }
    }
}
