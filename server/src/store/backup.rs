//! A copy of everything at one moment, while others may write: the database as one file, and which files it names. On
//! PostgreSQL all is in the database, whose own tools copy it. Deliberately absent: the form of a backup (see `cli`).

use super::connection::{Db, with_pool};
use super::{Result, Store, StoreError, blobs, make_private_folder};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use std::path::{Path, PathBuf};

/// A file of large messages that a copy of the database names.
#[derive(Debug)]
pub struct NamedFile {
    /// Below the data folder, such as `blobs/packs/a1…`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

impl Store {
    /// Copies the database, as it is at one moment, to `file`, which must not exist, and lists the files that it names.
    /// They never change; one that is removed meanwhile was of an account that was removed.
    ///
    /// # Errors
    /// [`StoreError::NotAFile`] on PostgreSQL; otherwise where the database or the disk does not answer.
    pub async fn copy_to(&self, file: &Path) -> Result<Vec<NamedFile>> {
        let Db::Sqlite { reader, .. } = &self.db else { return Err(StoreError::NotAFile) };
        sqlx::query("VACUUM INTO $1").bind(file.display().to_string()).execute(reader).await?;
        let options = SqliteConnectOptions::new().filename(file).read_only(true);
        let mut copy: SqliteConnection = options.connect().await?;
        let alone = "SELECT hash FROM blob WHERE data IS NULL AND pack IS NULL ORDER BY hash";
        let hashes: Vec<Vec<u8>> = sqlx::query_scalar(alone).fetch_all(&mut copy).await?;
        let packs = "SELECT DISTINCT pack FROM blob WHERE pack IS NOT NULL ORDER BY pack";
        let packs: Vec<String> = sqlx::query_scalar(packs).fetch_all(&mut copy).await?;
        copy.close().await?;
        let alone = hashes.iter().map(|hash| Ok(blobs::name_of(&blobs::hash_of(hash)?)));
        let packs = packs.iter().map(|pack| Ok(blobs::name_of_pack(pack)));
        let file = |name: Result<String>| {
            let name = name?;
            Ok(NamedFile { path: self.blobs.folder().join(&name), name: format!("blobs/{name}") })
        };
        alone.chain(packs).map(file).collect()
    }

    /// How many messages there are.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn count_messages(&self) -> Result<u64> {
        const SQL: &str = "SELECT COUNT(*) FROM message";
        let counted: i64 = with_pool!(self, pool => sqlx::query_scalar(SQL).fetch_one(pool).await?);
        Ok(super::count(counted))
    }
}

/// Where `name`, of a backup, belongs below `data`: `None` for what is no file of a large message.
pub fn place_of_file(data: &Path, name: &str) -> Option<PathBuf> {
    let last = name.rsplit('/').next()?;
    let expected = if blobs::is_pack(last) {
        blobs::name_of_pack(last)
    } else {
        blobs::name_of(&blake3::Hash::from_hex(last).ok()?)
    };
    (name.strip_prefix("blobs/")? == expected).then(|| data.join("blobs").join(expected))
}

/// Makes the data folder, for its owner alone.
///
/// # Errors
/// What the disk says.
pub fn make_data_folder(data: &Path) -> Result<()> {
    make_private_folder(data)
}

#[cfg(test)]
mod tests {
    use super::place_of_file;
    use std::path::Path;

    #[test]
    fn only_files_of_messages_have_a_place() {
        let hash = "ab".repeat(32);
        let place = |name: &str| place_of_file(Path::new("/data"), name);
        assert_eq!(place(&format!("blobs/a/{hash}")).unwrap(), Path::new("/data/blobs/a").join(&hash));
        let pack = "0a".repeat(16);
        let packed = Path::new("/data/blobs/packs").join(&pack);
        assert_eq!(place(&format!("blobs/packs/{pack}")).unwrap(), packed);
        for name in [
            format!("blobs/a/{pack}"),
            format!("blobs/packs/{hash}"),
            format!("blobs/packs/{}", pack.to_uppercase()),
            format!("blobs/b/{hash}"),
            format!("../blobs/a/{hash}"),
            format!("/blobs/a/{hash}"),
            format!("blobs/a/../a/{hash}"),
            format!("blobs/{hash}"),
            "blobs/a/x".to_owned(),
            "restante.key".to_owned(),
            String::new(),
        ] {
            assert_eq!(place(&name), None, "{name}");
        }
    }
}
