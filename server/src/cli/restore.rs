//! `restante restore`: fills an empty data folder from a backup and then reads every message, whose bytes must be the
//! ones that were stored.

use super::backup::{DATABASE, FORM, LABEL, sync_folder_of};
use super::{Exit, output};
use crate::config::Config;
use crate::store::{DatabaseUrl, Store, make_data_folder, place_of_file};
use clap::Args;
use model::MessageId;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

const PAGE: u32 = 500;

/// Fill an empty data folder from a backup.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file that `restante backup` wrote
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

impl Arguments {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let DatabaseUrl::Sqlite(database) = config.database.clone() else {
            let how = "a backup is of SQLite; PostgreSQL is restored with pg_restore";
            return Err(Exit::Usage(how.to_owned()));
        };
        if database.exists() {
            let there =
                format!("{} exists already: restore into an empty folder (--data)", database.display());
            return Err(Exit::Because(there));
        }
        make_data_folder(&config.data)?;
        let (from, data) = (self.from.clone(), config.data.clone());
        let unpacking = tokio::task::spawn_blocking(move || unpack(&from, &data, &database));
        unpacking.await.map_err(|died| Exit::Because(died.to_string()))??;
        let store = Store::open(&config.database, &config.data).await?;
        let messages = verify(&store).await?;
        store.close().await;
        if json {
            return output::json(&serde_json::json!({ "from": self.from, "messages": messages }));
        }
        output::line(&format!("{messages} messages restored, each the bytes that were stored"))?;
        output::line("Put the key of the vault (restante.key) back before you start the server.")
    }
}

/// Puts every file in its place; the database gets its name last, once it is all there.
fn unpack(from: &Path, data: &Path, database: &Path) -> Result<(), Exit> {
    let file = File::open(from).map_err(|error| Exit::Because(format!("{}: {error}", from.display())))?;
    let broken = |what: &str| Exit::Because(format!("{} is not a whole backup: {what}", from.display()));
    let mut tar = tar::Archive::new(BufReader::new(file));
    let unfinished = database.with_extension("restoring");
    let mut labelled = false;
    for entry in tar.entries()? {
        let mut entry = entry.map_err(|error| broken(&error.to_string()))?;
        let name =
            String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| broken("a strange name"))?;
        match name.as_str() {
            LABEL => {
                check_label(&mut entry).map_err(|what| broken(&what))?;
                labelled = true;
            }
            _ if !labelled => return Err(broken("it does not begin like one")),
            DATABASE => {
                put(&mut entry, &unfinished).map_err(|error| broken(&error.to_string()))?;
                fs::rename(&unfinished, database)?;
                return sync_folder_of(database);
            }
            name => {
                let place = place_of_file(data, name);
                let place = place.ok_or_else(|| broken(&format!("{name:?} does not belong into one")))?;
                if let Some(folder) = place.parent() {
                    fs::create_dir_all(folder)?;
                }
                put(&mut entry, &place).map_err(|error| broken(&error.to_string()))?;
                sync_folder_of(&place)?;
            }
        }
    }
    Err(broken("the database is missing"))
}

fn check_label(entry: &mut impl Read) -> Result<(), String> {
    let mut text = String::new();
    entry.take(10_000).read_to_string(&mut text).map_err(|error| error.to_string())?;
    let label: serde_json::Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    match label.get("form").and_then(serde_json::Value::as_u64) {
        Some(FORM) => Ok(()),
        _ => Err("it was made by another version of this program, which has to restore it".to_owned()),
    }
}

/// Writes an entry, durable before it is called done. What an interrupted restore left is replaced.
fn put(entry: &mut tar::Entry<'_, impl Read>, place: &Path) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(place)?;
    // The end of a file that was cut looks like the end of the entry.
    let size = entry.size();
    if std::io::copy(entry, &mut file)? != size {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    file.sync_all()
}

/// Reads every message; the store compares what it reads with the hash of what was stored.
async fn verify(store: &Store) -> Result<u64, Exit> {
    let (mut after, mut read) = (MessageId(0), 0);
    loop {
        let page = store.messages_after(None, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(read) };
        after = last.summary.id;
        for message in &page {
            store.raw_message(message.summary.id).await?;
            read += 1;
        }
        output::progress(&format!("{read} messages verified"));
    }
}
