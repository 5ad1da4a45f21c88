//! `restante audit`

use super::{Exit, open, output};
use crate::config::Config;
use clap::Args;
use model::{AuditFilter, AuditRecord, ReportQuery};
use serde_json::{Value, json};

/// List who did what.
#[derive(Debug, Args)]
pub struct Arguments {
    /// At most so many, newest first
    #[arg(long, value_name = "K", default_value_t = 100)]
    limit: u64,
}

impl Arguments {
    /// Does it, newest first.
    pub async fn run(self, config: &Config, json: bool) -> Result<(), Exit> {
        let program = open(config).await?;
        let mut query = ReportQuery { page_size: Some(200), ..ReportQuery::<AuditFilter>::default() };
        let mut records = Vec::new();
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        loop {
            let page = program.store.list_audit(&query).await?;
            records.extend(page.rows);
            query.cursor = page.next;
            if query.cursor.is_none() || records.len() >= limit {
                break;
            }
        }
        records.truncate(limit);
        if json {
            return output::json(&records.iter().map(as_json).collect::<Vec<_>>());
        }
        let rows: Vec<_> = records.iter().map(as_row).collect();
        output::table(&["WHEN", "WHO", "FROM", "ACTION", "ON WHAT"], &rows)
    }
}

fn as_row(record: &AuditRecord) -> Vec<String> {
    vec![
        record.at.rfc3339(),
        output::plain(&record.who_text()),
        record.address.clone().unwrap_or_else(|| "-".to_owned()),
        record.action.clone(),
        output::plain(&record.subject_text()),
    ]
}

fn as_json(record: &AuditRecord) -> Value {
    json!({
        "id": record.id,
        "at": record.at.rfc3339(),
        "actor": record.actor,
        "who": record.who,
        "address": record.address,
        "action": record.action,
        "noun": record.noun,
        "subject_id": record.subject_id,
        "subject": record.subject,
        "changes": record.changes,
    })
}
