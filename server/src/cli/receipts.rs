//! `restante receipts`

use super::{Exit, account, open, output};
use crate::config::Config;
use clap::Args;
use model::{MessageKey, Receipt};
use serde_json::{Value, json};

/// List what was deleted on the server of an account, and why.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the account
    account: String,
}

impl Arguments {
    /// Does it, last first.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let account = account(&program, &self.account).await?;
        let receipts = program.store.receipts(account.id).await?;
        if json {
            return output::json(
                &receipts.iter().map(|receipt| as_json(&self.account, receipt)).collect::<Vec<_>>(),
            );
        }
        let rows: Vec<_> = receipts.iter().map(as_row).collect();
        output::table(&["DELETED", "MESSAGE", "FOLDER", "NAME ON SERVER", "SIZE", "REASON"], &rows)
    }
}

/// `uid` and `uidl` of a server's name for a message.
pub(super) fn names(key: &MessageKey) -> (Option<u32>, Option<&str>) {
    match key {
        MessageKey::Uid(uid) => (Some(*uid), None),
        MessageKey::Uidl { uidl, .. } => (None, Some(uidl)),
        MessageKey::Unnamed => (None, None),
    }
}

fn as_row(receipt: &Receipt) -> Vec<String> {
    vec![
        receipt.at.rfc3339(),
        receipt.message.0.to_string(),
        output::plain(&receipt.folder),
        receipt.key.text(),
        receipt.size.to_string(),
        receipt.reason.clone(),
    ]
}

fn as_json(account: &str, receipt: &Receipt) -> Value {
    let (uid, uidl) = names(&receipt.key);
    json!({
        "account": account,
        "message": receipt.message,
        "folder": receipt.folder,
        "uidvalidity": receipt.uid_validity,
        "uid": uid,
        "uidl": uidl,
        "size": receipt.size,
        "blake3": receipt.blake3,
        "reason": receipt.reason,
        "at": receipt.at.rfc3339(),
    })
}
