//! `restante backup`: everything but the key of the vault in one tar file, whose last entry is the database, so that a
//! file that is not whole is no backup.

use super::{Exit, output};
use crate::config::Config;
use crate::store::{NamedFile, Store};
use clap::Args;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The first entry, which tells a backup from any other tar file.
pub const LABEL: &str = "restante-backup.json";
/// The last entry.
pub const DATABASE: &str = "restante.db";
/// What is read and written; another form gets another number.
pub const FORM: u64 = 1;

/// Write everything but the vault's key to one file.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file to write, such as restante.tar; must not exist
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
}

impl Arguments {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let to = self.to;
        if to.exists() {
            return Err(Exit::Because(format!("{} exists already: a backup replaces nothing", to.display())));
        }
        let mut unfinished = to.clone().into_os_string();
        unfinished.push(format!(".{}.tmp", std::process::id()));
        let unfinished = PathBuf::from(unfinished);
        // Nothing is opened with the vault's key: whoever makes backups need not have it.
        let store = Store::open(&config.database, &config.data).await?;
        // SQLite lets everybody read what it makes; nobody else looks into the data folder.
        let copy = config.data.join(format!("backup-{}.db", std::process::id()));
        let written = write(&store, &copy, &unfinished).await;
        let _ = fs::remove_file(&copy);
        let counted = match written {
            Ok(counted) => counted,
            Err(error) => {
                let _ = fs::remove_file(&unfinished);
                return Err(error);
            }
        };
        fs::rename(&unfinished, &to)?;
        sync_folder_of(&to)?;
        let Counted { messages, files, bytes } = counted;
        if json {
            let said = serde_json::json!({ "to": to, "messages": messages, "files": files, "bytes": bytes });
            return output::json(&said);
        }
        output::line(&format!("{messages} messages, {bytes} bytes written to {}", to.display()))?;
        output::line("The key of the vault is not in it: keep a copy of it elsewhere.")
    }
}

struct Counted {
    messages: u64,
    files: usize,
    bytes: u64,
}

async fn write(store: &Store, copy: &Path, unfinished: &Path) -> Result<Counted, Exit> {
    let named = store.copy_to(copy).await?;
    let messages = store.count_messages().await?;
    let (copy, unfinished, files) = (copy.to_owned(), unfinished.to_owned(), named.len());
    let packing = tokio::task::spawn_blocking(move || pack(&named, &copy, &unfinished));
    let bytes = packing.await.map_err(|died| Exit::Because(died.to_string()))??;
    Ok(Counted { messages, files, bytes })
}

fn pack(named: &[NamedFile], copy: &Path, unfinished: &Path) -> Result<u64, Exit> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut tar = tar::Builder::new(BufWriter::new(options.open(unfinished)?));
    let label = serde_json::json!({ "form": FORM, "version": env!("CARGO_PKG_VERSION") }).to_string();
    append(&mut tar, LABEL, label.len() as u64, label.as_bytes())?;
    for (number, NamedFile { name, path }) in named.iter().enumerate() {
        let file = File::open(path).map_err(|error| {
            Exit::Because(format!(
                "{}: {error} (was an account removed meanwhile? Try again)",
                path.display()
            ))
        })?;
        append(&mut tar, name, file.metadata()?.len(), file)?;
        if number % 1000 == 999 {
            output::progress(&format!("{} of {} files", number + 1, named.len()));
        }
    }
    let database = File::open(copy)?;
    append(&mut tar, DATABASE, database.metadata()?.len(), database)?;
    let file = tar.into_inner()?.into_inner().map_err(|error| Exit::Because(error.to_string()))?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

fn append(
    tar: &mut tar::Builder<impl Write>,
    name: &str,
    size: u64,
    bytes: impl std::io::Read,
) -> Result<(), Exit> {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    Ok(tar.append_data(&mut header, name, bytes)?)
}

/// Makes the name of a file durable.
pub fn sync_folder_of(file: &Path) -> Result<(), Exit> {
    #[cfg(unix)]
    {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
