//! Raw messages by their BLAKE3, compressed: small ones in the database, the large ones of a batch (SQLite only) together
//! in a file `blobs/packs/<hex>`: what counts is how often the disk is waited for. A file is durable before the
//! transaction that names it, and never changes. On PostgreSQL all are rows: every node reads the one database.
//!
//! Deliberately absent: removing what nobody needs (see `blob_sweep`). Data folders of before have a file for each large
//! message, `blobs/a/<hash>`, which are read where they are.

use super::blob_files::{self, NewFile};
use super::connection::Db;
use super::{Result, StoreError};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Compressed bytes above this are part of a file.
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

/// Raw bytes as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) hash: blake3::Hash,
    pub(super) codec: i64,
    pub(super) raw_len: u64,
    pub(super) kept: Kept,
}

impl Blob {
    /// What stands in the row.
    pub(super) fn row(&self) -> Option<&[u8]> {
        if let Kept::Row(data) = &self.kept { Some(data) } else { None }
    }

    /// What stands in a pack.
    pub(super) fn part(&self) -> Option<&Part> {
        if let Kept::Part(part) = &self.kept { Some(part) } else { None }
    }
}

/// Where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kept {
    /// In the row itself.
    Row(Vec<u8>),
    /// In a file with others; durable before the row.
    Part(Part),
    /// In a file of their own, as data folders of before have them.
    File,
}

/// A part of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The name of the pack.
    pub(super) pack: String,
    /// Where it begins.
    pub(super) offset: u64,
    /// How many bytes it has.
    pub(super) length: u64,
}

impl Blobs {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the files are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Hashes and compresses each of `raws` and makes the large ones durable, off the async threads and on several of the
    /// others.
    pub(super) async fn prepare(&self, raws: Vec<Vec<u8>>, db: &Db) -> Result<Vec<Blob>> {
        let largest_row = if matches!(db, Db::Sqlite { .. }) { LARGEST_ROW } else { usize::MAX };
        let mut lanes = Vec::new();
        for lane in dealt(raws) {
            let folder = self.folder.clone();
            lanes.push(tokio::spawn(off_thread(move || {
                let mut press = Press::new(folder, largest_row)?;
                let prepare = |(place, raw): (usize, Vec<u8>)| Ok((place, press.prepare(&raw)?));
                let prepared = lane.into_iter().map(prepare).collect::<Result<Vec<_>>>()?;
                let pack = press.pack.map(|(_, pack)| pack.sync().map(|()| pack)).transpose()?;
                Ok((prepared, pack))
            })));
        }
        let (mut blobs, mut packs) = (Vec::new(), Vec::new());
        for lane in lanes {
            let (prepared, pack) =
                lane.await.map_err(|error| StoreError::Blob(io::Error::other(error)))??;
            blobs.extend(prepared);
            packs.extend(pack);
        }
        if !packs.is_empty() {
            let folder = self.folder.clone();
            off_thread(move || Ok(blob_files::name_all(&folder, packs)?)).await?;
        }
        blobs.sort_unstable_by_key(|(place, _)| *place);
        Ok(blobs.into_iter().map(|(_, blob)| blob).collect())
    }

    /// The bytes that were stored.
    pub(super) async fn read(&self, stored: Blob) -> Result<Vec<u8>> {
        let folder = self.folder.clone();
        off_thread(move || {
            let damaged = |what: &str| StoreError::Corrupt(format!("{what} of message {}", stored.hash));
            let raw_len = usize::try_from(stored.raw_len).map_err(|_| damaged("length"))?;
            let raw = match (stored.codec, &stored.kept) {
                (AS_IT_IS, Kept::Row(data)) => data.clone(),
                (ZSTD, Kept::Row(data)) => {
                    zstd::bulk::decompress(data, raw_len).map_err(|_| damaged("compressed bytes"))?
                }
                (AS_IT_IS, Kept::Part(_) | Kept::File) => {
                    let mut raw = Vec::with_capacity(raw_len);
                    opened(&folder, &stored)?.read_to_end(&mut raw)?;
                    raw
                }
                (ZSTD, Kept::Part(_) | Kept::File) => {
                    match decompressed(opened(&folder, &stored)?, raw_len) {
                        Err(error) if error.raw_os_error().is_none() => {
                            return Err(damaged("compressed bytes"));
                        }
                        raw => raw?,
                    }
                }
                _ => return Err(damaged("codec")),
            };
            if blake3::hash(&raw) == stored.hash { Ok(raw) } else { Err(damaged("bytes")) }
        })
        .await
    }

    /// Fails where the file of a large message is not there (any more).
    pub(super) fn ensure_file(&self, part: &Part) -> Result<()> {
        fs::metadata(self.folder.join(name_of_pack(&part.pack)))?;
        Ok(())
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

pub(super) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Blob(io::Error::other(error)))?
}

/// Compresses one message after the other in the same room, and packs the large ones.
struct Press {
    compressor: zstd::bulk::Compressor<'static>,
    room: Vec<u8>,
    folder: PathBuf,
    largest_row: usize,
    /// The pack of the large ones with its name, once there is one.
    pack: Option<(String, NewFile)>,
}

impl Press {
    fn new(folder: PathBuf, largest_row: usize) -> io::Result<Self> {
        let compressor = zstd::bulk::Compressor::new(LEVEL)?;
        Ok(Self { compressor, room: Vec::new(), folder, largest_row, pack: None })
    }

    fn prepare(&mut self, raw: &[u8]) -> Result<Blob> {
        let (hash, raw_len) = (blake3::hash(raw), raw.len() as u64);
        if raw.len() > STREAMED && self.largest_row < usize::MAX {
            let part = self.append(|file| {
                let mut encoder = zstd::stream::write::Encoder::new(file, LEVEL)?;
                encoder.set_pledged_src_size(Some(raw_len))?;
                encoder.write_all(raw)?;
                encoder.finish().map(drop)
            })?;
            return Ok(Blob { hash, codec: ZSTD, raw_len, kept: Kept::Part(part) });
        }
        let mut room = std::mem::take(&mut self.room);
        room.clear();
        room.reserve(zstd::zstd_safe::compress_bound(raw.len()));
        self.compressor.compress_to_buffer(raw, &mut room)?;
        let (codec, data) = if room.len() < raw.len() { (ZSTD, room.as_slice()) } else { (AS_IT_IS, raw) };
        let kept = if data.len() <= self.largest_row {
            Kept::Row(data.to_vec())
        } else {
            Kept::Part(self.append(|file| file.write_all(data))?)
        };
        self.room = room;
        Ok(Blob { hash, codec, raw_len, kept })
    }

    fn append(&mut self, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<Part> {
        let (pack, file) = match &mut self.pack {
            Some(pack) => pack,
            none => {
                let name = new_pack();
                let file = NewFile::begin(self.folder.join(name_of_pack(&name)))?;
                none.insert((name, file))
            }
        };
        let (offset, length) = file.append(write)?;
        Ok(Part { pack: pack.clone(), offset, length })
    }
}

/// The bytes of a file or a part of one, as they lie there.
fn opened(folder: &Path, stored: &Blob) -> io::Result<io::Take<File>> {
    match &stored.kept {
        Kept::Part(part) => {
            let mut file = File::open(folder.join(name_of_pack(&part.pack)))?;
            file.seek(SeekFrom::Start(part.offset))?;
            Ok(file.take(part.length))
        }
        Kept::Row(_) | Kept::File => Ok(File::open(folder.join(name_of(&stored.hash)))?.take(u64::MAX)),
    }
}

/// Decompresses on the way in, so that both forms are never in memory at once. An error without a number of the system
/// is one of the bytes.
fn decompressed(bytes: impl Read, raw_len: usize) -> io::Result<Vec<u8>> {
    let mut raw = Vec::with_capacity(raw_len);
    zstd::stream::read::Decoder::new(bytes)?.take(raw_len as u64 + 1).read_to_end(&mut raw)?;
    Ok(raw)
}

/// A name that no other pack has.
pub(super) fn new_pack() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// True where `name` can be that of a pack.
pub(super) fn is_pack(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The file of a pack, below the folder of all of them.
pub(super) fn name_of_pack(pack: &str) -> String {
    format!("packs/{pack}")
}

/// The file that a large message of before has to itself, below the folder of all of them.
pub(super) fn name_of(hash: &blake3::Hash) -> String {
    let hex = hash.to_hex();
    let (first, _) = hex.split_at(1);
    format!("{first}/{hex}")
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
    async fn large_messages_come_back_as_they_were_and_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let streamed: Vec<u8> = (0..2 * STREAMED).map(|at| u8::try_from(at * at % 251).unwrap()).collect();
        let noise: Vec<u8> =
            (0..8_000_u32).flat_map(|n| *blake3::hash(&n.to_le_bytes()).as_bytes()).collect();
        let raws = [streamed.clone(), b"small".to_vec(), noise.clone(), streamed[..STREAMED / 2].to_vec()];
        let mut press = Press::new(folder.path().to_path_buf(), 1_000).unwrap();
        let kept: Vec<Blob> = raws.iter().map(|raw| press.prepare(raw).unwrap()).collect();
        let (name, pack) = press.pack.take().unwrap();
        blob_files::name_all(folder.path(), vec![pack]).unwrap();
        assert!(matches!(kept[1].kept, Kept::Row(_)) && kept[2].codec == AS_IT_IS);
        let blobs = Blobs::new(folder.path().to_path_buf());
        for (raw, kept) in raws.iter().zip(&kept) {
            assert_eq!(&blobs.read(kept.clone()).await.unwrap(), raw);
        }

        let path = folder.path().join(name_of_pack(&name));
        let mut damaged = fs::read(&path).unwrap();
        damaged.truncate(damaged.len() / 3);
        fs::write(&path, damaged).unwrap();
        assert!(matches!(blobs.read(kept[2].clone()).await, Err(StoreError::Corrupt(_))));
    }

    #[tokio::test]
    async fn a_file_of_before_is_read_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let raw = vec![b'x'; 200_000];
        let hash = blake3::hash(&raw);
        let path = folder.path().join(name_of(&hash));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let blobs = Blobs::new(folder.path().to_path_buf());
        let kept = |codec| Blob { hash, codec, raw_len: 200_000, kept: Kept::File };
        fs::write(&path, zstd::bulk::compress(&raw, 1).unwrap()).unwrap();
        assert_eq!(blobs.read(kept(ZSTD)).await.unwrap(), raw);
        fs::write(&path, &raw).unwrap();
        assert_eq!(blobs.read(kept(AS_IT_IS)).await.unwrap(), raw);
    }
}
