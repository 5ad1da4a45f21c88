//! Network Connectors as a report: there are few and they come as a whole, so they are searched and sorted here.

use crate::components::feedback::Badge;
use crate::components::report::parameters::SEARCH;
use crate::components::report::{Column, Place, Row};
use crate::pages::accounts::by_name;
use crate::view::view;
use leptos::prelude::*;
use model::report::size_text;
use model::{ConnectorKind, ConnectorSummary, Page, Sort};
use std::cmp::Ordering;

/// The order where the URL asks for none.
pub const DEFAULT_SORT: &str = "name";

impl Row for ConnectorSummary {
    fn key(&self) -> i64 {
        self.id.0
    }

    fn name(&self) -> String {
        self.settings.name.clone()
    }
}

/// The columns.
pub fn columns() -> Vec<Column<ConnectorSummary>> {
    let column = |id, label, numeric, cell: fn(&ConnectorSummary) -> AnyView| Column {
        id,
        label,
        sortable: true,
        numeric,
        shown: true,
        cell,
    };
    vec![
        column("name", "Name", false, name),
        column("kind", "Kind", false, |row| row.settings.kind.label().into_any()),
        column("status", "Status", false, |row| {
            let (kind, icon, word) = status(row);
            view! { <Badge kind icon text=word /> }.into_any()
        }),
        column("address", "By", false, |row| by(row).into_any()),
        column("latency", "Latency", true, |row| {
            latency(row).map_or_else(|| "–".to_owned(), |latency| format!("{latency} ms")).into_any()
        }),
        column("streams", "Connections", true, |row| row.streams.into_any()),
        column("bytes", "Carried", true, |row| size_text(row.bytes).into_any()),
        column("used_by", "Used by", false, accounts),
    ]
}

fn name(row: &ConnectorSummary) -> AnyView {
    let default = row.is_default.then(|| view! { <span class="tag">"Default"</span> });
    view! { <span>{row.settings.name.clone()}</span> " " {default} }
}

fn proxy(row: &ConnectorSummary) -> String {
    let settings = &row.settings;
    let tls = if settings.tls { " (TLS)" } else { "" };
    format!("{}:{}{tls}", settings.address, settings.port)
}

/// Whoever carries it: agents by name and version, or the proxy.
fn by(row: &ConnectorSummary) -> String {
    if row.settings.kind != ConnectorKind::Agent {
        return proxy(row);
    }
    let agents = row.agents.iter().filter(|agent| agent.revoked.is_none());
    let names: Vec<_> = agents.map(|agent| format!("{} {}", agent.host, agent.version)).collect();
    match names.as_slice() {
        [] => "no agent yet".to_owned(),
        names => names.join(", "),
    }
}

/// Kind and picture of the badge, and the word.
pub fn status(row: &ConnectorSummary) -> (&'static str, &'static str, String) {
    let known = || row.agents.iter().filter(|agent| agent.revoked.is_none());
    let connected = known().filter(|agent| agent.since.is_some()).count();
    match (row.settings.enabled, row.settings.kind) {
        (false, _) => ("quiet", "info", "Switched off".to_owned()),
        (true, ConnectorKind::Agent) if connected == 0 => ("bad", "bad", "Not connected".to_owned()),
        (true, ConnectorKind::Agent) if connected < known().count() => {
            ("warning", "warning", format!("{connected} of {} connected", known().count()))
        }
        (true, ConnectorKind::Agent) => ("good", "good", "Connected".to_owned()),
        (true, _) => ("info", "info", "Enabled".to_owned()),
    }
}

/// That of the nearest agent, in milliseconds.
pub fn latency(row: &ConnectorSummary) -> Option<u32> {
    row.agents.iter().filter_map(|agent| agent.latency).min()
}

/// The accounts by name, and how many inherit it.
fn accounts(row: &ConnectorSummary) -> AnyView {
    let named = by_name(&row.accounts, row.used_by);
    let inherited = (row.inherited_by > 0).then(|| {
        let comma = if row.used_by > 0 { ", " } else { "" };
        format!("{comma}{} as the default", row.inherited_by)
    });
    let nobody = (row.used_by + row.inherited_by == 0).then_some("no account");
    view! { {named} {inherited} {nobody} }
}

fn compare(column: &str, one: &ConnectorSummary, other: &ConnectorSummary) -> Ordering {
    let users = |row: &ConnectorSummary| row.used_by + row.inherited_by;
    match column {
        "kind" => one.settings.kind.label().cmp(other.settings.kind.label()),
        "address" => by(one).cmp(&by(other)),
        "latency" => latency(one).cmp(&latency(other)),
        "streams" => one.streams.cmp(&other.streams),
        "bytes" => one.bytes.cmp(&other.bytes),
        "status" => status(one).2.cmp(&status(other).2),
        "used_by" => users(one).cmp(&users(other)),
        _ => one.settings.name.to_lowercase().cmp(&other.settings.name.to_lowercase()),
    }
}

/// The connectors that `place` asks for, all on one page.
pub fn page_of(rows: Vec<ConnectorSummary>, place: &Place) -> Page<ConnectorSummary> {
    Page::whole(arranged(rows, place.get(SEARCH), place.sort(DEFAULT_SORT).as_ref()))
}

/// Those that hold these words, in this order.
pub fn arranged(
    mut rows: Vec<ConnectorSummary>,
    words: Option<&str>,
    sort: Option<&Sort>,
) -> Vec<ConnectorSummary> {
    if let Some(words) = words.map(|words| words.trim().to_lowercase()) {
        rows.retain(|row| {
            let accounts = row.accounts.iter().map(|account| &account.name);
            let agents = row.agents.iter().map(|agent| &agent.host);
            let mut texts = accounts.chain(agents).chain([&row.settings.name, &row.settings.address]);
            texts.any(|text| text.to_lowercase().contains(&words))
        });
    }
    if let Some(sort) = sort {
        rows.sort_by(|one, other| {
            let order = compare(&sort.column, one, other).then(one.id.cmp(&other.id));
            if sort.descending { order.reverse() } else { order }
        });
    }
    rows
}
