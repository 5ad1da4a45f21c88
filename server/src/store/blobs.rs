//! Raw messages by their BLAKE3, compressed: small ones in the database, large ones (SQLite only) as files
//! `blobs/ab/cd/<hex>`. A file is durable before the transaction that names it; a file that no row names is swept
//! after a while, never the other way round. On PostgreSQL all are rows: every node reads the one database.

use super::connection::{Db, in_tx, with_pool};
use super::{Result, Store, StoreError};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Compressed bytes above this are a file.
const LARGEST_ROW: usize = 64 * 1024;
/// zstd's own default: most of the gain at a fraction of the cost.
const LEVEL: i32 = 3;
const AS_IT_IS: i64 = 0;
const ZSTD: i64 = 1;

/// The folder of large messages.
#[derive(Clone)]
pub(super) struct Blobs {
    folder: PathBuf,
}

/// Raw bytes on their way into the database.
pub(super) struct NewBlob {
    pub(super) hash: blake3::Hash,
    pub(super) codec: i64,
    pub(super) raw_len: u64,
    /// `None` where they are a file, which is durable already.
    pub(super) data: Option<Vec<u8>>,
}

/// Raw bytes on their way out of it.
pub(super) struct StoredBlob {
    pub(super) hash: blake3::Hash,
    pub(super) codec: i64,
    pub(super) raw_len: u64,
    pub(super) data: Option<Vec<u8>>,
}

impl Blobs {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Hashes and compresses each of `raws` and writes the large ones to files, off the async threads.
    pub(super) async fn prepare(&self, raws: Vec<Vec<u8>>, db: &Db) -> Result<Vec<NewBlob>> {
        let folder = self.folder.clone();
        let largest_row = if matches!(db, Db::Sqlite { .. }) { LARGEST_ROW } else { usize::MAX };
        off_thread(move || raws.into_iter().map(|raw| prepare(&folder, raw, largest_row)).collect()).await
    }

    /// The bytes that were stored.
    pub(super) async fn read(&self, stored: StoredBlob) -> Result<Vec<u8>> {
        let path = path_of(&self.folder, &stored.hash);
        off_thread(move || {
            let damaged = |what: &str| StoreError::Corrupt(format!("{what} of message {}", stored.hash));
            let data = match stored.data {
                Some(data) => data,
                None => fs::read(path)?,
            };
            let raw_len = usize::try_from(stored.raw_len).map_err(|_| damaged("length"))?;
            let raw = match stored.codec {
                AS_IT_IS => data,
                ZSTD => zstd::bulk::decompress(&data, raw_len).map_err(|_| damaged("compressed bytes"))?,
                _ => return Err(damaged("codec")),
            };
            if blake3::hash(&raw) == stored.hash { Ok(raw) } else { Err(damaged("bytes")) }
        })
        .await
    }

    /// Fails where the file of a large message is not there (any more).
    pub(super) fn ensure_file(&self, hash: &blake3::Hash) -> Result<()> {
        fs::metadata(path_of(&self.folder, hash))?;
        Ok(())
    }
}

impl Store {
    /// Removes the files that no message needs and that were last written longer ago than `age`, and says how many.
    /// Younger ones may belong to a transaction that is not finished.
    ///
    /// # Errors
    /// Where the database or the disk does not answer.
    pub async fn sweep_orphans(&self, age: Duration) -> Result<u64> {
        const NEEDED: &str = "SELECT EXISTS (SELECT 1 FROM blob WHERE hash = $1 AND data IS NULL)";
        let folder = self.blobs.folder.clone();
        let files = off_thread(move || Ok(files_older(&folder, age)?)).await?;
        let mut removed = 0;
        for (hash, path) in files {
            if let Some(hash) = hash {
                let hash = hash.as_bytes().as_slice();
                let needed: bool =
                    with_pool!(self, pool => sqlx::query_scalar(NEEDED).bind(hash).fetch_one(pool).await?);
                if needed {
                    continue;
                }
                // Once more with the writer's lock: whoever stores this very message looks for its file inside a
                // transaction, so it either finds the file young again or not at all.
                let mut tx = self.begin().await?;
                let needed: bool = in_tx!(&mut tx, connection => {
                    sqlx::query_scalar(NEEDED).bind(hash).fetch_one(connection).await?
                });
                if !needed && is_older(&path, age)? {
                    fs::remove_file(&path)?;
                    removed += 1;
                }
            } else {
                fs::remove_file(&path)?;
                removed += 1;
            }
        }
        Ok(removed)
    }
}

/// The hash in a column.
pub(super) fn hash_of(bytes: &[u8]) -> Result<blake3::Hash> {
    blake3::Hash::from_slice(bytes).map_err(|_| StoreError::Corrupt("a hash of another length".to_owned()))
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Blob(io::Error::other(error)))?
}

fn prepare(folder: &Path, raw: Vec<u8>, largest_row: usize) -> Result<NewBlob> {
    let hash = blake3::hash(&raw);
    let raw_len = raw.len() as u64;
    let compressed = zstd::bulk::compress(&raw, LEVEL)?;
    let (codec, data) = if compressed.len() < raw.len() { (ZSTD, compressed) } else { (AS_IT_IS, raw) };
    if data.len() <= largest_row {
        return Ok(NewBlob { hash, codec, raw_len, data: Some(data) });
    }
    write_file(folder, &path_of(folder, &hash), &data)?;
    Ok(NewBlob { hash, codec, raw_len, data: None })
}

fn path_of(folder: &Path, hash: &blake3::Hash) -> PathBuf {
    let hex = hash.to_hex();
    let (first, rest) = hex.split_at(2);
    let (second, _) = rest.split_at(2);
    folder.join(first).join(second).join(hex.as_str())
}

/// Writes a file that is whole and durable, or not there. A file that exists is written anew, which makes it young:
/// the same bytes have the same name.
fn write_file(folder: &Path, path: &Path, data: &[u8]) -> io::Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let parent = path.parent().unwrap_or(folder);
    let middle = parent.parent().unwrap_or(folder);
    if !parent.is_dir() {
        fs::create_dir_all(parent)?;
        for made in [folder.parent().unwrap_or(folder), folder, middle] {
            sync_folder(made)?;
        }
    }
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let temporary = parent.join(format!("{}-{number}.tmp", std::process::id()));
    let written = (|| {
        let mut file = File::create(&temporary)?;
        file.write_all(data)?;
        file.sync_all()?;
        crate::failpoint::hit("blob_fsync");
        fs::rename(&temporary, path)?;
        sync_folder(parent)
    })();
    if written.is_err() {
        // What is left of it is of no use; where it cannot be removed, the sweep will.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Makes the names in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Every file below `folder` that was last written longer ago than `age`, with its hash where its name is one.
fn files_older(folder: &Path, age: Duration) -> io::Result<Vec<(Option<blake3::Hash>, PathBuf)>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if is_older(&entry.path(), age)? {
                let hash = entry.file_name().to_str().and_then(|name| blake3::Hash::from_hex(name).ok());
                found.push((hash, entry.path()));
            }
        }
    }
    Ok(found)
}

/// By the clock that wrote the file, which is the machine's. A file from the future is young.
fn is_older(path: &Path, age: Duration) -> io::Result<bool> {
    Ok(fs::metadata(path)?.modified()?.elapsed().is_ok_and(|elapsed| elapsed >= age))
}
