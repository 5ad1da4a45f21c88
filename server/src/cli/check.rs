//! `restante check`

use super::operator::operator;
use super::{Exit, account, dry_run, open, output};
use crate::Program;
use crate::checks::{CheckError, indexer};
use crate::config::Config;
use crate::events::Event;
use crate::services::ServiceError;
use crate::store::{Claim, StoreError};
use clap::{Args, ValueEnum};
use model::{AccountSummary, AuditAction, CheckOutcome, CheckTrigger, FinishedCheck, Stage, Timestamp};
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Check accounts now.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct Arguments {
    /// Name of the account
    #[arg(group = "which")]
    account: Option<String>,
    /// Every enabled account, one after the other
    #[arg(long, group = "which")]
    all: bool,
    /// Return only when what is new can also be searched
    #[arg(long, value_enum)]
    until: Option<Until>,
    /// Only say what would be fetched and deleted; nothing changes anywhere
    #[arg(long, conflicts_with = "until")]
    dry_run: bool,
    /// Write what is said to the server to a new file, without passwords and mail
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all", "dry_run"])]
    transcript: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Until {
    /// Text, previews and the search index are up to date
    Searchable,
}

impl Arguments {
    /// Does it.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let accounts = match &self.account {
            Some(name) => vec![enabled(account(&program, name).await?)?],
            None => program.store.list_accounts(program.clock.now()).await?,
        };
        let accounts: Vec<_> =
            accounts.iter().filter(|account| self.account.is_some() || account.settings.enabled).collect();
        if self.dry_run {
            return dry_run::run(&program, &accounts, self.all, json).await;
        }
        // Made before anything is asked of the server.
        let transcript = self.transcript.as_deref().map(new_file).transpose()?;
        let transcript = transcript.zip(accounts.first()).map(|(file, account)| {
            // For as long as the command runs.
            let until = Timestamp(i64::MAX);
            (file, program.checks.transcripts.begin(account.id, account.settings.protocol, until))
        });
        let progress = tokio::spawn(tell_progress(program.events.listen()));
        let mut results = Vec::new();
        for account in accounts {
            results.push(check(&program, account, self.until.is_some()).await);
        }
        progress.abort();
        if let Some((mut file, transcript)) = transcript {
            file.write_all(transcript.text().as_bytes())?;
        }
        let results = results.into_iter().collect::<Result<Vec<_>, _>>()?;
        print(&results, self.all, json)?;
        let ended =
            |outcome: &str| results.iter().any(|result| result.get("outcome") == Some(&json!(outcome)));
        if ended("failed") {
            return Err(Exit::Failed);
        }
        if ended("busy") { Err(Exit::Busy) } else { Ok(()) }
    }
}

/// A file that was not there, for its owner alone.
fn new_file(path: &Path) -> Result<File, Exit> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| Exit::Because(format!("{}: {error}", path.display())))
}

/// An account that is not enabled is never contacted, whoever asks.
pub(super) fn enabled(account: AccountSummary) -> Result<AccountSummary, Exit> {
    let name = &account.settings.name;
    if account.settings.enabled { Ok(account) } else { Err(Exit::Because(format!("{name} is not enabled"))) }
}

async fn check(program: &Program, account: &AccountSummary, searchable: bool) -> Result<Value, Exit> {
    let name = &account.settings.name;
    let started = Instant::now();
    let lease = match program.accounts.claim(&operator(), AuditAction::CheckAsked, account).await {
        Ok(Claim::Claimed(lease)) => lease,
        Ok(Claim::Busy) => return Ok(busy(name)),
        Ok(Claim::Absent) => return Err(Exit::Because(format!("there is no account named {name:?}"))),
        // A full disk or a database that somebody holds: the check failed before it began.
        Err(ServiceError::Store(error)) => return Ok(unclaimed(name, error)),
        Err(error) => return Err(error.into()),
    };
    let run = Box::pin(async {
        let finished = program.checks.run(lease, CheckTrigger::Person).await;
        (finished, started.elapsed().as_secs_f64())
    });
    if !searchable {
        let (finished, durable) = run.await;
        return Ok(outcome(name, &finished, durable, None));
    }
    let (finished, durable) = Box::pin(indexer::alongside(&program.checks, run)).await?;
    Ok(outcome(name, &finished, durable, Some(started.elapsed().as_secs_f64())))
}

fn unclaimed(name: &str, error: StoreError) -> Value {
    let failure = CheckError::from(error).into_failure();
    json!({
        "account": name, "outcome": CheckOutcome::Failed, "stage": failure.stage, "cause": Value::Null, "error": failure.error,
        "server_reply": Value::Null, "new": 0, "deleted": 0, "quarantined": 0, "bytes": 0,
        "seconds_durable": Value::Null, "seconds_searchable": Value::Null,
    })
}

fn outcome(name: &str, finished: &FinishedCheck, durable: f64, searchable: Option<f64>) -> Value {
    let failure = finished.failure.as_ref();
    json!({
        "account": name,
        "outcome": finished.outcome,
        "stage": failure.map(|failure| failure.stage),
        "cause": failure.and_then(|failure| failure.cause),
        "error": failure.map(|failure| &failure.error),
        "server_reply": failure.and_then(|failure| failure.server_reply.as_ref()),
        "new": finished.new,
        "deleted": finished.deleted,
        "quarantined": finished.quarantined,
        "bytes": finished.bytes,
        "seconds_durable": durable,
        "seconds_searchable": searchable,
    })
}

fn busy(name: &str) -> Value {
    json!({
        "account": name, "outcome": CheckOutcome::Busy, "stage": Value::Null, "cause": Value::Null, "error": "another process is checking this account",
        "server_reply": Value::Null, "new": 0, "deleted": 0, "quarantined": 0, "bytes": 0,
        "seconds_durable": Value::Null, "seconds_searchable": Value::Null,
    })
}

fn print(results: &[Value], all: bool, json: bool) -> Result<(), Exit> {
    if json {
        return match results {
            [one] if !all => output::json(one),
            several => output::json(&several),
        };
    }
    results.iter().try_for_each(|result| {
        let text = |key| result.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = |key| result.get(key).and_then(Value::as_u64).unwrap_or_default();
        let name = text("account");
        output::line(&match text("outcome") {
            "ok" => format!("{name}: {} new, {} deleted on the server", number("new"), number("deleted")),
            "busy" => format!("{name}: another process is checking this account"),
            _ => {
                let stage = Stage::from_id(text("stage")).map_or("", Stage::label);
                let words = match text("server_reply") {
                    "" => String::new(),
                    words => format!(" Server: {words}"),
                };
                format!("{name}: failed at {stage}. {}{words}", text("error"))
            }
        })
    })
}

async fn tell_progress(mut events: tokio::sync::broadcast::Receiver<Event>) {
    while let Ok(event) = events.recv().await {
        if let Event::Progress { done, planned, .. } = event {
            output::progress(&format!("{done} of {planned}"));
        }
    }
}
