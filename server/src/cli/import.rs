//! `restante import`

use super::export::Format;
use super::operator::operator;
use super::{Exit, account, open, output};
use crate::checks::import::Import;
use crate::config::Config;
use crate::store::Claim;
use clap::Args;
use model::AuditAction;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Read messages from files into an account.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the account
    account: String,
    /// eml: a folder of .eml files, or one; mbox: one mboxrd file
    #[arg(long, value_enum)]
    format: Format,
    /// The folder or the file to read
    #[arg(long)]
    from: PathBuf,
    /// The folder of the account to put them into
    #[arg(long, default_value = model::mailbox::INBOX)]
    folder: String,
}

impl Arguments {
    /// Does it. Messages whose bytes are in that folder already are not added again.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let found = account(&program, &self.account).await?;
        let lease = match program.accounts.claim(&operator(), AuditAction::MessagesImported, &found).await? {
            Claim::Claimed(lease) => lease,
            Claim::Busy => return Err(Exit::Busy),
            Claim::Absent => return Err(Exit::Failed),
        };
        let mut import = Import::start(&program.checks, lease, &self.folder).await?;
        let read = match self.format {
            Format::Eml => add_files(&mut import, &self.from).await,
            Format::Mbox => add_mbox(&mut import, &self.from, largest(config)).await,
        };
        // Whatever was read before a failure is kept, and the account is given back either way.
        let (new, known) = import.finish().await?;
        read?;
        crate::checks::indexer::drain(&program.checks).await?;
        if json {
            output::json(
                &serde_json::json!({ "account": self.account, "imported": new, "already_here": known }),
            )
        } else {
            output::line(&format!("{new} messages imported, {known} were here already"))
        }
    }
}

/// The largest message that a fetch would take, too.
fn largest(config: &Config) -> usize {
    usize::try_from(config.limits.message_bytes).unwrap_or(usize::MAX)
}

async fn add_files(import: &mut Import<'_>, from: &Path) -> Result<(), Exit> {
    let mut files = if from.is_dir() {
        std::fs::read_dir(from)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()?
    } else {
        vec![from.to_owned()]
    };
    files.retain(|path| {
        !from.is_dir() || path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("eml"))
    });
    files.sort();
    for path in files {
        let raw =
            std::fs::read(&path).map_err(|error| Exit::Because(format!("{}: {error}", path.display())))?;
        import.add(raw, None).await?;
    }
    Ok(())
}

async fn add_mbox(import: &mut Import<'_>, from: &Path, largest: usize) -> Result<(), Exit> {
    let file =
        std::fs::File::open(from).map_err(|error| Exit::Because(format!("{}: {error}", from.display())))?;
    for raw in mail::message::read_mboxrd(BufReader::new(file), largest) {
        import.add(raw?, None).await?;
    }
    Ok(())
}
