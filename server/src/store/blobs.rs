//! Raw messages by their BLAKE3, compressed: small ones in the database, large ones (SQLite only) as files
//! `blobs/a/<hex>`. A file is durable before the transaction that names it; a file that no row names is swept
//! after a while, never the other way round. On PostgreSQL all are rows: every node reads the one database.

use super::blob_files::{self, NewFile};
use super::connection::{Db, in_tx, with_pool};
use super::{Result, Store, StoreError};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Compressed bytes above this are a file.
const LARGEST_ROW: usize = 64 * 1024;
/// Raw bytes above this are compressed straight into their file: both forms of a message of 100 MB would fill the memory.
const STREAMED: usize = 1024 * 1024;
/// How many threads prepare one batch: while one waits for the disk, another compresses.
const LANES: usize = 3;
/// Fewer bytes are prepared by one thread.
const WORTH_DEALING: usize = 512 * 1024;
/// Most of the gain at the least cost: compressing is the larger part of what a message costs.
const LEVEL: i32 = 1;
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

    /// Where the files are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Hashes and compresses each of `raws` and makes the large ones durable as files, off the async threads and on
    /// several of the others.
    pub(super) async fn prepare(&self, raws: Vec<Vec<u8>>, db: &Db) -> Result<Vec<NewBlob>> {
        let largest_row = if matches!(db, Db::Sqlite { .. }) { LARGEST_ROW } else { usize::MAX };
        let mut lanes = Vec::new();
        for lane in dealt(raws) {
            let folder = self.folder.clone();
            lanes.push(tokio::spawn(off_thread(move || {
                let mut press = Press::new()?;
                let prepare = |(place, raw): (usize, Vec<u8>)| {
                    Ok((place, prepare(&folder, &raw, largest_row, &mut press)?))
                };
                let prepared = lane.into_iter().map(prepare).collect::<Result<Vec<_>>>()?;
                // All are written before the first is waited for: the disk then has more than one thing to do.
                prepared.iter().filter_map(|(_, (_, file))| file.as_ref()).try_for_each(NewFile::sync)?;
                Ok(prepared)
            })));
        }
        let mut prepared = Vec::new();
        for lane in lanes {
            prepared.extend(lane.await.map_err(|error| StoreError::Blob(io::Error::other(error)))??);
        }
        prepared.sort_unstable_by_key(|(place, _)| *place);
        let (blobs, files): (Vec<_>, Vec<_>) = prepared.into_iter().map(|(_, prepared)| prepared).unzip();
        let files: Vec<NewFile> = files.into_iter().flatten().collect();
        if !files.is_empty() {
            let folder = self.folder.clone();
            off_thread(move || Ok(blob_files::name_all(&folder, files)?)).await?;
        }
        Ok(blobs)
    }

    /// The bytes that were stored.
    pub(super) async fn read(&self, stored: StoredBlob) -> Result<Vec<u8>> {
        let path = path_of(&self.folder, &stored.hash);
        off_thread(move || {
            let damaged = |what: &str| StoreError::Corrupt(format!("{what} of message {}", stored.hash));
            let raw_len = usize::try_from(stored.raw_len).map_err(|_| damaged("length"))?;
            let raw = match (stored.codec, stored.data) {
                (AS_IT_IS, Some(data)) => data,
                (AS_IT_IS, None) => fs::read(path)?,
                (ZSTD, Some(data)) => {
                    zstd::bulk::decompress(&data, raw_len).map_err(|_| damaged("compressed bytes"))?
                }
                (ZSTD, None) => match read_compressed(&path, raw_len) {
                    Err(error) if error.raw_os_error().is_none() => return Err(damaged("compressed bytes")),
                    raw => raw?,
                },
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

/// Each of `raws` with its place, in [`LANES`] parts of about as many bytes; one part where it is little.
fn dealt(raws: Vec<Vec<u8>>) -> Vec<Vec<(usize, Vec<u8>)>> {
    let bytes: usize = raws.iter().map(Vec::len).sum();
    let count = if bytes > WORTH_DEALING { LANES } else { 1 };
    let mut lanes: Vec<_> = std::iter::repeat_with(|| (0, Vec::new())).take(count).collect();
    for (place, raw) in raws.into_iter().enumerate() {
        if let Some((bytes, lane)) = lanes.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            *bytes += raw.len();
            lane.push((place, raw));
        }
    }
    lanes.into_iter().map(|(_, lane)| lane).collect()
}

/// The hash in a column.
pub(super) fn hash_of(bytes: &[u8]) -> Result<blake3::Hash> {
    blake3::Hash::from_slice(bytes).map_err(|_| StoreError::Corrupt("a hash of another length".to_owned()))
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Blob(io::Error::other(error)))?
}

/// Compresses one message after the other in the same room.
struct Press {
    compressor: zstd::bulk::Compressor<'static>,
    room: Vec<u8>,
}

impl Press {
    fn new() -> io::Result<Self> {
        Ok(Self { compressor: zstd::bulk::Compressor::new(LEVEL)?, room: Vec::new() })
    }

    /// The compressed form of `raw`, until the next one is made.
    fn compress(&mut self, raw: &[u8]) -> io::Result<&[u8]> {
        self.room.clear();
        self.room.reserve(zstd::zstd_safe::compress_bound(raw.len()));
        self.compressor.compress_to_buffer(raw, &mut self.room)?;
        Ok(&self.room)
    }
}

fn prepare(
    folder: &Path,
    raw: &[u8],
    largest_row: usize,
    press: &mut Press,
) -> Result<(NewBlob, Option<NewFile>)> {
    let hash = blake3::hash(raw);
    let raw_len = raw.len() as u64;
    let path = || path_of(folder, &hash);
    if raw.len() > STREAMED && largest_row < usize::MAX {
        let file = NewFile::write(path(), |file| {
            let mut encoder = zstd::stream::write::Encoder::new(file, LEVEL)?;
            encoder.set_pledged_src_size(Some(raw_len))?;
            encoder.write_all(raw)?;
            encoder.finish().map(drop)
        })?;
        return Ok((NewBlob { hash, codec: ZSTD, raw_len, data: None }, Some(file)));
    }
    let compressed = press.compress(raw)?;
    let (codec, data) = if compressed.len() < raw.len() { (ZSTD, compressed) } else { (AS_IT_IS, raw) };
    if data.len() <= largest_row {
        return Ok((NewBlob { hash, codec, raw_len, data: Some(data.to_vec()) }, None));
    }
    let file = NewFile::write(path(), |file| file.write_all(data))?;
    Ok((NewBlob { hash, codec, raw_len, data: None }, Some(file)))
}

/// Decompresses on the way in, so that both forms are never in memory at once. An error without a number of the system
/// is one of the bytes.
fn read_compressed(path: &Path, raw_len: usize) -> io::Result<Vec<u8>> {
    let mut raw = Vec::with_capacity(raw_len);
    zstd::stream::read::Decoder::new(File::open(path)?)?.take(raw_len as u64 + 1).read_to_end(&mut raw)?;
    Ok(raw)
}

fn path_of(folder: &Path, hash: &blake3::Hash) -> PathBuf {
    folder.join(name_of(hash))
}

/// The file of a large message, below the folder of all of them.
pub(super) fn name_of(hash: &blake3::Hash) -> String {
    let hex = hash.to_hex();
    let (first, _) = hex.split_at(1);
    format!("{first}/{hex}")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dealt_is_all_there_and_even() {
        let raws: Vec<Vec<u8>> = (0..30).map(|number: usize| vec![0; 40_000 + number]).collect();
        let lanes = dealt(raws.clone());
        assert_eq!(lanes.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 10]);
        let mut all = lanes.concat();
        all.sort();
        assert_eq!(all, raws.into_iter().enumerate().collect::<Vec<_>>());
        assert_eq!(dealt(vec![vec![1], vec![2]]), [[(0, vec![1]), (1, vec![2])]]);
    }

    #[tokio::test]
    async fn a_large_message_comes_back_as_it_was_and_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let raw: Vec<u8> = (0..2 * STREAMED).map(|at| u8::try_from(at * at % 251).unwrap()).collect();
        let mut press = Press::new().unwrap();
        let (blob, file) = prepare(folder.path(), &raw, LARGEST_ROW, &mut press).unwrap();
        blob_files::name_all(folder.path(), file.into_iter().collect()).unwrap();
        assert_eq!((blob.codec, blob.data.is_none(), blob.raw_len), (ZSTD, true, raw.len() as u64));
        let blobs = Blobs::new(folder.path().to_path_buf());
        let stored = || StoredBlob { hash: blob.hash, codec: blob.codec, raw_len: blob.raw_len, data: None };
        assert_eq!(blobs.read(stored()).await.unwrap(), raw);

        let path = path_of(folder.path(), &blob.hash);
        let mut damaged = fs::read(&path).unwrap();
        damaged.truncate(damaged.len() / 2);
        fs::write(&path, damaged).unwrap();
        assert!(matches!(blobs.read(stored()).await, Err(StoreError::Corrupt(_))));
    }
}
