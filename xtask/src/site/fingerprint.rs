//! Whether anything that a step reads has changed since it last ran. Deliberately absent: modification times,
//! which a fresh clone or a branch switch makes meaningless.

use super::Profile;
use crate::house;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// One hash over the paths and contents of all files in `inputs` (files or folders, relative to the workspace).
pub fn of(inputs: &[&str], profile: Profile) -> Result<String> {
    of_folder(house::root(), inputs, profile.name())
}

/// Whether the stamp that the last run left behind says the same.
pub fn matches(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|stored| stored == fingerprint)
}

/// All files below a folder, sorted, so that the same tree always reads the same.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn of_folder(root: &Path, inputs: &[&str], salt: &str) -> Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(salt.as_bytes());
    for input in inputs {
        let path = root.join(input);
        let files = if path.is_dir() { files_below(&path)? } else { vec![path] };
        for file in files {
            let contents = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy();
            // Lengths between the parts: otherwise two different trees could feed the same bytes.
            hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
            hasher.update(&(contents.len() as u64).to_le_bytes()).update(&contents);
        }
    }
    Ok(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_with_contents_names_and_profile() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("src")).unwrap();
        fs::write(root.path().join("src/a.rs"), "one").unwrap();
        let first = of_folder(root.path(), &["src"], "release").unwrap();

        assert_eq!(first, of_folder(root.path(), &["src"], "release").unwrap());
        assert_ne!(first, of_folder(root.path(), &["src"], "debug").unwrap());
        fs::write(root.path().join("src/a.rs"), "two").unwrap();
        let changed = of_folder(root.path(), &["src"], "release").unwrap();
        assert_ne!(first, changed);
        fs::rename(root.path().join("src/a.rs"), root.path().join("src/b.rs")).unwrap();
        assert_ne!(changed, of_folder(root.path(), &["src"], "release").unwrap());
    }
}
