//! One record as a row of the report: its cells.

use crate::components::report::{Column, Row};
use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::audit::words_of;
use model::{AuditRecord, Change};

impl Row for AuditRecord {
    fn key(&self) -> i64 {
        self.id
    }

    fn name(&self) -> String {
        format!("{}: {}", self.action_text(), self.subject_text())
    }
}

/// The columns of the audit report. It has one order, newest first.
pub fn columns() -> Vec<Column<AuditRecord>> {
    let column = |id, label, cell: fn(&AuditRecord) -> AnyView| Column {
        id,
        label,
        sortable: false,
        numeric: false,
        shown: true,
        cell,
    };
    vec![
        Column { numeric: true, ..column("at", "When", |row| view! { <When at=row.at /> }) },
        column("who", "Who", |row| row.who_text().into_any()),
        column("from", "From", |row| row.address.clone().unwrap_or_else(|| "–".to_owned()).into_any()),
        column("action", "Action", |row| row.action_text().into_any()),
        column("on", "On what", |row| row.subject_text().into_any()),
        column("changes", "Changes", changes),
    ]
}

/// What it changed: a table of fields behind a disclosure, which opens without scripts, too.
fn changes(row: &AuditRecord) -> AnyView {
    if row.changes.is_empty() {
        return "–".into_any();
    }
    let fields = row.changes.len();
    let summary = if fields == 1 { "1 field".to_owned() } else { format!("{fields} fields") };
    let rows = row.changes.iter().map(line).collect_view();
    view! {
        <details class="audit-changes">
            <summary>{summary}</summary>
            // Not a table: that would be rows among the rows of the report.
            <div role="table" aria-label="Changes">
                <div role="row">
                    <span role="columnheader">"Field"</span>
                    <span role="columnheader">"Before"</span>
                    <span role="columnheader">"After"</span>
                </div>
                {rows}
            </div>
        </details>
    }
}

fn line(change: &Change) -> AnyView {
    let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
    view! {
        <div role="row">
            <span role="rowheader">{words_of(&change.field)}</span>
            <span role="cell">{side(&change.before)}</span>
            <span role="cell">{side(&change.after)}</span>
        </div>
    }
}
