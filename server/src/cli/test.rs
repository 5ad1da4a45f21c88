//! `restante test`

use super::operator::operator;
use super::{Exit, account, check, open, output};
use crate::checks::connection_test::SignIn;
use crate::config::Config;
use clap::Args;
use model::{Cause, ConnectionTest, StageReport};
use serde_json::{Value, json};

/// Test the connection of an account.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Name of the account
    account: String,
}

impl Arguments {
    /// Does it, saying what comes of each stage as it ends.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let account = check::enabled(account(&program, &self.account).await?)?;
        let settings = &account.settings;
        program.connection_tests.record(&operator(), Some(account.id), settings).await?;
        let mut told = 0;
        let mut tell = |test: &ConnectionTest| {
            let ended = test.stages.iter().take_while(|stage| stage.ended).count();
            // A stage that is gone on with later (capabilities) is told with the last of them.
            let settled = if test.ended { test.stages.len() } else { ended.saturating_sub(1) };
            for stage in test.stages.get(told..settled).unwrap_or_default() {
                let line = format!("{} {} ms", stage.stage.label(), stage.milliseconds);
                output::progress(&line);
            }
            told = told.max(settled);
        };
        let test = Box::pin(program.checks.test_connection(settings, SignIn::Stored, &mut tell)).await;
        if json {
            output::json(&as_json(&settings.name, &test))?;
        } else {
            test.stages.iter().try_for_each(print)?;
            output::line(&format!(
                "{}: {}",
                settings.name,
                if test.is_ok() { "works" } else { "does not work" }
            ))?;
        }
        if test.is_ok() { Ok(()) } else { Err(Exit::Failed) }
    }
}

fn print(stage: &StageReport) -> Result<(), Exit> {
    let word = if stage.failure.is_some() { "FAILED" } else { "ok" };
    output::line(&format!("{:<13} {word:<7} {} ms", stage.stage.label(), stage.milliseconds))?;
    for fact in &stage.facts {
        let mark = if fact.warns { "!" } else { " " };
        output::line(&format!("  {mark} {}", output::plain(&fact.text)))?;
    }
    for certificate in &stage.certificates {
        let names = certificate.names.join(", ");
        output::line(&format!("    certificate of {} ({names})", output::plain(&certificate.subject)))?;
        output::line(&format!("      issued by {}", output::plain(&certificate.issuer)))?;
        let (from, until) = (certificate.not_before.rfc3339(), certificate.not_after.rfc3339());
        output::line(&format!("      valid from {from} to {until}"))?;
        output::line(&format!("      SHA-256 {}", certificate.fingerprint))?;
        output::line(&format!("      its key {}", certificate.key))?;
    }
    if let Some(words) = &stage.server_reply {
        output::line(&format!("    server: {}", output::plain(words)))?;
    }
    let Some(failure) = &stage.failure else { return Ok(()) };
    output::line(&format!("    {}", output::plain(&failure.error)))?;
    if let Some(cause) = failure.cause {
        output::line(&format!("    {} ({})", cause.sentence(), cause.id()))?;
        output::line(&format!("    Remedy: {}", cause.remedy()))?;
    }
    Ok(())
}

/// The form that scripts rely on.
fn as_json(account: &str, test: &ConnectionTest) -> Value {
    let stages = test.stages.iter().map(|stage| {
        let failure = stage.failure.as_ref();
        let cause = failure.and_then(|failure| failure.cause);
        json!({
            "stage": stage.stage.id(),
            "ok": failure.is_none(),
            "ms": stage.milliseconds,
            "server_reply": stage.server_reply,
            "cause": cause.map(Cause::id),
            "remedy": cause.map(Cause::remedy),
            "error": failure.map(|failure| &failure.error),
            "facts": stage.facts,
            "certificates": stage.certificates,
        })
    });
    json!({ "account": account, "ok": test.is_ok(), "stages": stages.collect::<Vec<_>>() })
}
