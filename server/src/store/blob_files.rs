//! Files that are whole and durable under their name, or not there: written under another name, synced, renamed, and
//! the folder's list of names synced. Many at a time, because each wait for the disk counts. Deliberately absent: what
//! is in them.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that has its bytes and not yet its name. Dropping it removes it.
pub(super) struct NewFile {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    named: bool,
}

impl NewFile {
    /// Nothing yet of what will be `path`, beside it. Folders that are not there are made.
    pub(super) fn begin(path: PathBuf) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!("{}-{number}.tmp", std::process::id()));
        if let Some(folder) = path.parent().filter(|folder| !folder.is_dir()) {
            fs::create_dir_all(folder)?;
        }
        let file = File::create(&temporary)?;
        Ok(Self { file, temporary, path, named: false })
    }

    /// Writes more of it, and says where that begins and how long it is.
    pub(super) fn append(
        &mut self,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<(u64, u64)> {
        let begins = self.file.stream_position()?;
        write(&mut self.file)?;
        Ok((begins, self.file.stream_position()?.saturating_sub(begins)))
    }

    /// Waits until its bytes are durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()?;
        crate::failpoint::hit("blob_fsync");
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.named {
            // What is left of it is of no use; where it cannot be removed, the sweep will.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// Gives files, whose bytes are durable, their names below `folder`, which are durable afterwards.
pub(super) fn name_all(folder: &Path, files: Vec<NewFile>) -> io::Result<()> {
    let mut folders = BTreeSet::new();
    for mut file in files {
        fs::rename(&file.temporary, &file.path)?;
        file.named = true;
        folders.insert(file.path.parent().unwrap_or(folder).to_path_buf());
    }
    // Whoever made a folder may have died before its own name was durable.
    folders.extend(folder.ancestors().take(2).map(Path::to_path_buf));
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

/// Makes the names in a folder durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
