//! `restante account import`

use super::operator::operator;
use super::{Exit, output};
use crate::Program;
use crate::services::account_import::{Makeable, Understood, preview};
use crate::services::connection_tests::judged;
use app::api::connection_tests::TestRequest;
use clap::Args;
use model::{AccountImport, Cause, FieldErrors, ImportOutcome, ImportedRow};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Add the accounts of a CSV file.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file; its first line names the columns, name and address among them (-: stdin)
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Say what each row would make, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Test each connection first; an account whose test fails is not added
    #[arg(long)]
    test: bool,
}

impl Arguments {
    /// Does it. Rows that are wrong keep no other from being made; they make it fail in the end.
    pub async fn run(self, program: &Program, json: bool) -> Result<(), Exit> {
        let text = read(&self.from)?;
        let mut rows = program.account_imports.read(text.expose_secret()).await??;
        if self.test {
            for row in &mut rows {
                test(program, row).await?;
            }
        }
        let import = if self.dry_run {
            preview(rows)
        } else {
            program.account_imports.make(&operator(), rows).await?
        };
        if json {
            output::json(&as_json(&import))?;
        } else {
            import.rows.iter().try_for_each(print)?;
            let (created, ready, wrong) = (import.created(), import.ready(), import.wrong());
            output::line(&format!("{created} added, {ready} could be added, {wrong} wrong"))?;
        }
        if import.wrong() == 0 { Ok(()) } else { Err(Exit::Failed) }
    }
}

fn read(path: &Path) -> Result<SecretString, Exit> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Exit::Because(format!("{}: {error}", path.display())))?;
    Ok(SecretString::from(text))
}

/// Tests what a row would make; a connection that does not work is what is wrong with it.
async fn test(program: &Program, row: &mut Understood) -> Result<(), Exit> {
    let Ok(Makeable { draft, new_credential, .. }) = &row.made else { return Ok(()) };
    let request = TestRequest { account: None, draft: draft.clone(), new_credential: new_credential.clone() };
    output::progress(&format!("testing {}", row.name));
    let failed = match judged(request) {
        Err(errors) => errors,
        Ok((settings, sign_in)) => {
            program.connection_tests.record(&operator(), None, &settings).await?;
            let test = Box::pin(program.checks.test_connection(&settings, sign_in, &mut |_| ())).await;
            let Some(failure) = test.failure() else { return Ok(()) };
            let why = failure.cause.map(Cause::sentence).unwrap_or_default();
            FieldErrors::one("connection", format!("{why} {}", failure.error).trim())
        }
    };
    row.made = Err(failed);
    Ok(())
}

fn print(row: &ImportedRow) -> Result<(), Exit> {
    let word = match &row.outcome {
        ImportOutcome::Ready => "could be added".to_owned(),
        ImportOutcome::Created(id) => format!("added as {}", id.0),
        ImportOutcome::Wrong(errors) => format!("WRONG {errors}"),
    };
    let line = format!("line {:<5} {:<30} {:<40} {word}", row.line, row.name, row.server);
    output::line(&output::plain(&line))
}

/// The form that scripts rely on.
fn as_json(import: &AccountImport) -> Value {
    let rows = import.rows.iter().map(|row| {
        let (outcome, account, errors) = match &row.outcome {
            ImportOutcome::Ready => ("ready", None, None),
            ImportOutcome::Created(id) => ("created", Some(id), None),
            ImportOutcome::Wrong(errors) => ("wrong", None, Some(errors)),
        };
        json!({
            "line": row.line,
            "name": row.name,
            "outcome": outcome,
            "account": account,
            "errors": errors.map_or(&[][..], |errors| &errors.0),
        })
    });
    json!({
        "rows": rows.collect::<Vec<_>>(),
        "created": import.created(),
        "ready": import.ready(),
        "wrong": import.wrong(),
    })
}
