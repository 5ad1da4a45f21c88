//! `restante export`

use super::{Exit, account, open, output};
use crate::Program;
use crate::config::Config;
use clap::{Args, ValueEnum};
use model::{AccountId, MessageId};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

const PAGE: u32 = 500;

/// Write the stored messages of an account to files.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the account
    account: String,
    /// eml: a folder with one file a message; mbox: one mboxrd file
    #[arg(long, value_enum)]
    format: Format,
    /// The folder (eml) or the file (mbox) to write; must not exist or be empty
    #[arg(long)]
    to: PathBuf,
}

/// How messages lie in files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One file a message, the exact bytes.
    Eml,
    /// One file for all, mboxrd.
    Mbox,
}

impl Arguments {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let account = account(&program, &self.account).await?;
        let written = match self.format {
            Format::Eml => to_folder(&program, account.id, &self.to).await?,
            Format::Mbox => to_mbox(&program, account.id, &self.to).await?,
        };
        if json {
            output::json(&serde_json::json!({ "account": self.account, "exported": written, "to": self.to }))
        } else {
            output::line(&format!("{written} messages written to {}", self.to.display()))
        }
    }
}

async fn to_folder(program: &Program, account: AccountId, folder: &Path) -> Result<u64, Exit> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        return Err(Exit::Because(format!("{} is not empty", folder.display())));
    }
    each(program, account, |id, _, raw| Ok(std::fs::write(folder.join(format!("{}.eml", id.0)), raw)?)).await
}

async fn to_mbox(program: &Program, account: AccountId, path: &Path) -> Result<u64, Exit> {
    let file = std::fs::File::create_new(path)
        .map_err(|error| Exit::Because(format!("{}: {error}", path.display())))?;
    let mut file = BufWriter::new(file);
    let written = each(program, account, |_, summary, raw| {
        Ok(mail::message::write_mboxrd(&mut file, raw, &summary.sender.address, summary.received)?)
    })
    .await?;
    file.flush()?;
    Ok(written)
}

/// Hands over every message in the order in which it was stored, one at a time in memory.
async fn each(
    program: &Program,
    account: AccountId,
    mut write: impl FnMut(MessageId, &model::MessageSummary, &[u8]) -> Result<(), Exit>,
) -> Result<u64, Exit> {
    let (mut after, mut written) = (MessageId(0), 0);
    loop {
        let page = program.store.messages_after(Some(account), after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(written) };
        after = last.summary.id;
        for message in &page {
            let id = message.summary.id;
            let raw = program.store.raw_message(id).await?;
            let raw = raw.ok_or_else(|| Exit::Because(format!("message {} was removed meanwhile", id.0)))?;
            write(id, &message.summary, &raw)?;
            written += 1;
        }
        output::progress(&format!("{written} messages"));
    }
}
