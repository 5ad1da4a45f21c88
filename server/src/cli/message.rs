//! `restante messages` and `restante message`

use super::{Exit, account, open, output};
use crate::config::Config;
use crate::store::MessageRecord;
use clap::Args;
use model::{MessageId, MessageKey};
use serde_json::{Value, json};

/// List the stored messages of an account.
#[derive(Debug, Args)]
pub struct ListArguments {
    /// Name of the account
    account: String,
    /// At most this many
    #[arg(long)]
    limit: Option<u32>,
}

/// Show one stored message.
#[derive(Debug, Args)]
pub struct ShowArguments {
    /// Number of the message
    id: i64,
    /// Its exact bytes
    #[arg(long, required = true)]
    raw: bool,
}

impl ListArguments {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let account = account(&program, &self.account).await?;
        let messages = program.store.messages_of(account.id, self.limit).await?;
        if json {
            return output::json(&messages.iter().map(as_json).collect::<Vec<_>>());
        }
        let rows: Vec<_> = messages.iter().map(as_row).collect();
        output::table(&["ID", "RECEIVED", "SENDER", "SUBJECT", "SIZE"], &rows)
    }
}

impl ShowArguments {
    /// Writes the exact bytes.
    pub async fn run(self, config: &Config, _json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let raw = program.store.raw_message(MessageId(self.id)).await?;
        output::bytes(&raw.ok_or_else(|| Exit::Because(format!("there is no message {}", self.id)))?)
    }
}

fn as_row(message: &MessageRecord) -> Vec<String> {
    let summary = &message.summary;
    vec![
        summary.id.0.to_string(),
        summary.received.rfc3339(),
        output::plain(&summary.sender.address),
        output::plain(&summary.subject),
        summary.size.to_string(),
    ]
}

fn as_json(message: &MessageRecord) -> Value {
    let summary = &message.summary;
    let id = summary.id.0;
    let (uid, uidl) = match &message.key {
        MessageKey::Uid(uid) => (Some(*uid), None),
        MessageKey::Uidl { uidl, .. } => (None, Some(uidl.as_str())),
        MessageKey::Unnamed => (None, None),
    };
    json!({
        "id": id,
        "account": summary.account_name,
        "folder": summary.folder,
        "uidvalidity": message.uid_validity,
        "uid": uid,
        "uidl": uidl,
        "internet_message_id": message.internet_message_id,
        "sender": summary.sender.address,
        "subject": summary.subject,
        "received": summary.received.rfc3339(),
        "size": summary.size,
        "blake3": message.blake3,
        "state": message.state,
        "url": format!("/messages/{id}"),
        "body_url": format!("/messages/{id}/body"),
    })
}
