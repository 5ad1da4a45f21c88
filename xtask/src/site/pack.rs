//! Puts the site's files below `pkg/<hash of them all>/`, precompressed, with `site.json` beside.
//! Deliberately absent: how a file came to be.
//!
//! One hash for the whole folder instead of one for each file: the chunks find each other by relative names,
//! which therefore never have to be rewritten, and a browser keeps every file for ever.

use super::Profile;
use super::fingerprint::files_below;
use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

/// A folder's files by their path inside it.
pub fn read_folder(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for file in files_below(folder)? {
        let name = file.strip_prefix(folder)?.to_string_lossy().into_owned();
        files.insert(name, fs::read(&file)?);
    }
    Ok(files)
}

/// Writes the site and returns one line about it.
pub fn write(profile: Profile, site: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<String> {
    let hash = hash(files);
    let pkg = format!("pkg/{hash}");
    // What an earlier build left would be embedded too.
    let _ = fs::remove_dir_all(site.join("pkg"));

    let mut listed = Vec::new();
    let mut wasm_brotli_total = 0;
    for (name, contents) in files {
        let path = site.join(&pkg).join(name);
        fs::create_dir_all(path.parent().context("a file has a folder")?)?;
        fs::write(&path, contents)?;
        let brotli = brotli(contents, profile)?;
        let gzip = gzip(contents, profile)?;
        if Path::new(name).extension().is_some_and(|extension| extension == "wasm") {
            wasm_brotli_total += brotli.len();
        }
        listed.push(
            json!({ "name": name, "bytes": contents.len(), "brotli": brotli.len(), "gzip": gzip.len() }),
        );
        fs::write(with_suffix(&path, ".br"), brotli)?;
        fs::write(with_suffix(&path, ".gz"), gzip)?;
    }
    let manifest = json!({ "pkg": pkg, "files": listed, "wasm_brotli_total": wasm_brotli_total });
    fs::write(site.join("site.json"), serde_json::to_string_pretty(&manifest)?)?;
    Ok(format!("{pkg}, {} files, wasm {} KB brotli", files.len(), wasm_brotli_total / 1000))
}

fn hash(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hasher = blake3::Hasher::new();
    for (name, contents) in files {
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
        hasher.update(&(contents.len() as u64).to_le_bytes()).update(contents);
    }
    hasher.finalize().to_hex().chars().take(16).collect()
}

fn with_suffix(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn brotli(contents: &[u8], profile: Profile) -> Result<Vec<u8>> {
    let quality = match profile {
        Profile::Release => 11,
        Profile::Debug => 4,
    };
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 64 * 1024, quality, 22);
    writer.write_all(contents)?;
    drop(writer);
    Ok(compressed)
}

fn gzip(contents: &[u8], profile: Profile) -> Result<Vec<u8>> {
    let level = match profile {
        Profile::Release => Compression::best(),
        Profile::Debug => Compression::fast(),
    };
    let mut writer = GzEncoder::new(Vec::new(), level);
    writer.write_all(contents)?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_packages_go_and_the_manifest_names_the_new_one() {
        let site = tempfile::tempdir().unwrap();
        let files = |text: &str| BTreeMap::from([("a.wasm".to_owned(), text.repeat(100).into_bytes())]);
        write(Profile::Release, site.path(), &files("one")).unwrap();
        write(Profile::Release, site.path(), &files("two")).unwrap();

        let packages: Vec<_> = fs::read_dir(site.path().join("pkg")).unwrap().collect();
        assert_eq!(packages.len(), 1);
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(site.path().join("site.json")).unwrap()).unwrap();
        let pkg = site.path().join(manifest["pkg"].as_str().unwrap());
        assert_eq!(fs::read(pkg.join("a.wasm")).unwrap(), "two".repeat(100).into_bytes());
        let brotli = fs::read(pkg.join("a.wasm.br")).unwrap().len();
        assert_eq!(manifest["wasm_brotli_total"].as_u64().unwrap(), brotli as u64);
    }
}
