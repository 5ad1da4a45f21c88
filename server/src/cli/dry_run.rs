//! `restante check --dry-run`

use super::operator::operator;
use super::receipts::names;
use super::{Exit, output};
use crate::Program;
use crate::checks::CheckError;
use crate::checks::dry_run::{DryRun, Intended};
use crate::services::audit::Audit;
use model::{AccountSummary, CheckOutcome, Stage};
use serde_json::{Value, json};
use std::sync::Arc;

/// Says of each account what a check would fetch and delete; nothing changes anywhere.
pub async fn run(program: &Program, accounts: &[&AccountSummary], all: bool, json: bool) -> Result<(), Exit> {
    let mut results = Vec::new();
    let audit = Audit::new(program.store.clone(), Arc::clone(&program.clock));
    for account in accounts {
        audit.forecast(&operator(), account).await?;
        let looked = program.checks.dry_run(account).await;
        if !json {
            print(&account.settings.name, &looked)?;
        }
        results.push(as_json(&account.settings.name, looked));
    }
    if json {
        match results.as_slice() {
            [one] if !all => output::json(one)?,
            several => output::json(&several)?,
        }
    }
    let failed = results.iter().any(|result| result.get("outcome") == Some(&json!(CheckOutcome::Failed)));
    if failed { Err(Exit::Failed) } else { Ok(()) }
}

fn print(account: &str, looked: &Result<DryRun, CheckError>) -> Result<(), Exit> {
    let found = match looked {
        Ok(found) => found,
        Err(error) => return output::line(&format!("{account}: failed. {error}")),
    };
    for (verb, messages) in
        [("fetch", &found.fetch), ("leave", &found.quarantine), ("delete on the server", &found.delete)]
    {
        output::line(&format!("{account}: would {verb} {} messages", messages.len()))?;
        for message in messages {
            let folder = output::plain(&message.folder);
            output::line(&format!("  {folder} {} {} bytes", message.key.text(), message.size))?;
        }
    }
    Ok(())
}

/// The form of a check, with what it would do to which message.
fn as_json(account: &str, looked: Result<DryRun, CheckError>) -> Value {
    let (found, failure) = match looked {
        Ok(found) => (found, None),
        Err(error) => (DryRun::default(), Some(error.into_failure())),
    };
    let outcome = if failure.is_some() { CheckOutcome::Failed } else { CheckOutcome::Ok };
    let all = |messages: &[Intended]| messages.iter().map(message).collect::<Vec<_>>();
    json!({
        "account": account,
        "dry_run": true,
        "outcome": outcome,
        "stage": failure.as_ref().map(|failure| failure.stage).map(Stage::id),
        "cause": failure.as_ref().and_then(|failure| failure.cause),
        "error": failure.as_ref().map(|failure| &failure.error),
        "server_reply": failure.as_ref().and_then(|failure| failure.server_reply.as_ref()),
        "new": found.fetch.len(),
        "deleted": found.delete.len(),
        "quarantined": found.quarantine.len(),
        "bytes": found.fetch.iter().map(|message| message.size).sum::<u64>(),
        "would_fetch": all(&found.fetch),
        "would_delete": all(&found.delete),
        "would_quarantine": all(&found.quarantine),
    })
}

fn message(message: &Intended) -> Value {
    let (uid, uidl) = names(&message.key);
    json!({ "id": message.message, "folder": message.folder, "uid": uid, "uidl": uidl, "size": message.size })
}
