//! Removing the files of large messages that nobody needs any more, and the dead parts of those that are needed still.
//!
//! A file is removed only where no row names it and it was last written a while ago: a younger one may belong to a
//! transaction that is not finished. A pack of which the larger part is dead is written anew, its rows are moved, and it
//! is left for a later sweep, because somebody may just be reading it.

use super::blob_files::{self, NewFile};
use super::blob_rows::IN_A_FILE;
use super::blobs::{is_pack, name_of_pack, new_pack, off_thread};
use super::connection::{in_tx, with_pool};
use super::{Result, Store, count, number};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a file is by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// That of one large message, from before there were packs.
    Message(blake3::Hash),
    /// A pack.
    Pack(String),
    /// Half written by somebody who died.
    Nothing,
}

/// A part that is needed: its row, where it begins, how long it is.
type Live = (i64, i64, i64);

impl Store {
    /// Removes the files that no message needs and that were last written longer ago than `age`, and says how many.
    ///
    /// # Errors
    /// Where the database or the disk does not answer.
    pub async fn sweep_orphans(&self, age: Duration) -> Result<u64> {
        let folder = self.blobs.folder().to_path_buf();
        let files = off_thread(move || Ok(files_older(&folder, age)?)).await?;
        let live = self.live_bytes().await?;
        let mut removed = 0;
        for (named, path) in files {
            match named {
                Named::Pack(pack) => match live.get(&pack) {
                    Some(bytes) if bytes.saturating_mul(2) < fs::metadata(&path)?.len() => {
                        self.thin(&pack, path).await?;
                    }
                    Some(_) => {}
                    None => removed += u64::from(self.remove_pack(&pack, &path, age).await?),
                },
                Named::Message(hash) => removed += u64::from(self.remove_file(&hash, &path, age).await?),
                Named::Nothing => {
                    fs::remove_file(&path)?;
                    removed += 1;
                }
            }
        }
        Ok(removed)
    }

    /// How many bytes of each pack are needed.
    async fn live_bytes(&self) -> Result<HashMap<String, u64>> {
        const SQL: &str =
            "SELECT pack, CAST(SUM(part_length) AS BIGINT) FROM blob WHERE pack IS NOT NULL GROUP BY pack";
        let rows: Vec<(String, i64)> = with_pool!(self, pool => sqlx::query_as(SQL).fetch_all(pool).await?);
        Ok(rows.into_iter().map(|(pack, bytes)| (pack, count(bytes))).collect())
    }

    async fn remove_pack(&self, pack: &str, path: &Path, age: Duration) -> Result<bool> {
        const NEEDED: &str = "SELECT EXISTS (SELECT 1 FROM blob WHERE pack = $1)";
        // With the writer's lock: whoever stores a batch looks for its pack inside a transaction, so it either finds the
        // pack or not at all.
        let mut tx = self.begin().await?;
        let needed: bool = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(NEEDED).bind(pack).fetch_one(connection).await?
        });
        let gone = !needed && is_older(path, age)?;
        if gone {
            fs::remove_file(path)?;
        }
        Ok(gone)
    }

    async fn remove_file(&self, hash: &blake3::Hash, path: &Path, age: Duration) -> Result<bool> {
        let hash = hash.as_bytes().as_slice();
        let needed: bool =
            with_pool!(self, pool => sqlx::query_scalar(IN_A_FILE).bind(hash).fetch_one(pool).await?);
        if needed {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        let needed: bool = in_tx!(&mut tx, connection => {
            sqlx::query_scalar(IN_A_FILE).bind(hash).fetch_one(connection).await?
        });
        let gone = !needed && is_older(path, age)?;
        if gone {
            fs::remove_file(path)?;
        }
        Ok(gone)
    }

    /// Moves what is needed of a pack into a new one. Whoever dies on the way leaves an orphan.
    async fn thin(&self, pack: &str, path: PathBuf) -> Result<()> {
        const LIVE: &str =
            "SELECT id, part_offset, part_length FROM blob WHERE pack = $1 ORDER BY part_offset";
        const MOVE: &str = "UPDATE blob SET pack = $1, part_offset = $2 WHERE id = $3 AND pack = $4";
        let live: Vec<Live> =
            with_pool!(self, pool => sqlx::query_as(LIVE).bind(pack).fetch_all(pool).await?);
        let (folder, name, old) = (self.blobs.folder().to_path_buf(), new_pack(), path.clone());
        let fresh = name.clone();
        let moved = off_thread(move || Ok(copy_parts(&folder, &old, &fresh, &live)?)).await?;
        let mut tx = self.begin().await?;
        for (id, offset) in moved {
            in_tx!(&mut tx, connection => {
                sqlx::query(MOVE).bind(&name).bind(number(offset)).bind(id).bind(pack).execute(connection).await?;
            });
        }
        tx.commit().await?;
        // As young as the one that took its place: whoever looked before is still reading it.
        let written = fs::metadata(self.blobs.folder().join(name_of_pack(&name)))?.modified()?;
        File::options().write(true).open(path)?.set_modified(written)?;
        Ok(())
    }
}

/// Writes parts of one pack into another, durably, and says where each of them begins there.
fn copy_parts(folder: &Path, old: &Path, name: &str, live: &[Live]) -> io::Result<Vec<(i64, u64)>> {
    let mut from = File::open(old)?;
    let mut pack = NewFile::begin(folder.join(name_of_pack(name)))?;
    let mut moved = Vec::with_capacity(live.len());
    for (id, offset, length) in live {
        from.seek(SeekFrom::Start(count(*offset)))?;
        let wanted = count(*length);
        let (begins, copied) = pack.append(|to| io::copy(&mut (&from).take(wanted), to).map(drop))?;
        if copied != wanted {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a pack is shorter than its parts"));
        }
        moved.push((*id, begins));
    }
    pack.sync()?;
    blob_files::name_all(folder, vec![pack])?;
    Ok(moved)
}

/// Every file below `folder` that was last written longer ago than `age`.
fn files_older(folder: &Path, age: Duration) -> io::Result<Vec<(Named, PathBuf)>> {
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
                found.push((named(&entry.file_name().to_string_lossy()), entry.path()));
            }
        }
    }
    Ok(found)
}

fn named(name: &str) -> Named {
    if is_pack(name) {
        return Named::Pack(name.to_owned());
    }
    blake3::Hash::from_hex(name).map_or(Named::Nothing, Named::Message)
}

/// By the clock that wrote the file, which is the machine's. A file from the future is young.
fn is_older(path: &Path, age: Duration) -> io::Result<bool> {
    Ok(fs::metadata(path)?.modified()?.elapsed().is_ok_and(|elapsed| elapsed >= age))
}
