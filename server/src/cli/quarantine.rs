//! `restante quarantine …`

use super::operator::operator;
use super::receipts::names;
use super::{Exit, account, open, output};
use crate::Program;
use crate::config::Config;
use clap::Subcommand;
use model::{AccountSummary, QuarantinedMessage};
use serde_json::{Value, json};

/// Messages that could not be taken in.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the messages that stay on the server, with the reason
    List {
        /// Name of the account
        account: String,
    },
    /// Forget the reasons: the next check asks for these messages again
    Retry {
        /// Name of the account
        account: String,
    },
}

impl Command {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        match self {
            Self::List { account: name } => list(&program, &account(&program, &name).await?, json).await,
            Self::Retry { account: name } => retry(&program, &account(&program, &name).await?, json).await,
        }
    }
}

async fn list(program: &Program, account: &AccountSummary, json: bool) -> Result<(), Exit> {
    let messages = program.store.quarantined(account.id).await?;
    if json {
        let account = &account.settings.name;
        return output::json(&messages.iter().map(|message| as_json(account, message)).collect::<Vec<_>>());
    }
    let rows: Vec<_> = messages
        .iter()
        .map(|message| {
            vec![
                message.at.rfc3339(),
                output::plain(&message.folder),
                message.key.text(),
                message.size.to_string(),
                message.tries.to_string(),
                output::plain(&message.reason),
            ]
        })
        .collect();
    output::table(&["SINCE", "FOLDER", "NAME ON SERVER", "SIZE", "TRIES", "REASON"], &rows)
}

async fn retry(program: &Program, account: &AccountSummary, json: bool) -> Result<(), Exit> {
    let retried = program.checks.retry_quarantined(account.id, &operator()).await?.ok_or(Exit::Busy)?;
    if json {
        output::json(&json!({ "account": account.settings.name, "retried": retried }))
    } else {
        output::line(&format!("{retried} messages will be asked for again by the next check"))
    }
}

fn as_json(account: &str, message: &QuarantinedMessage) -> Value {
    let (uid, uidl) = names(&message.key);
    json!({
        "account": account,
        "folder": message.folder,
        "uidvalidity": message.uid_validity,
        "uid": uid,
        "uidl": uidl,
        "kind": message.kind,
        "reason": message.reason,
        "size": message.size,
        "tries": message.tries,
        "message": message.message,
        "at": message.at.rfc3339(),
    })
}
