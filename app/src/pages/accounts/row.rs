//! One account as a row of the report: its cells.

use super::page_of;
use super::progress::use_progress;
use super::status::{failure, progress_of, status_badge, tags, trust_badge};
use crate::components::report::{Column, Row};
use crate::components::time::WhenKnown;
use crate::view::view;
use leptos::prelude::*;
use model::report::grouped;
use model::{AccountStatus, AccountSummary, Security, Timestamp};

impl Row for AccountSummary {
    fn key(&self) -> i64 {
        self.id.0
    }

    fn name(&self) -> String {
        self.settings.name.clone()
    }
}

/// The columns of the accounts report.
pub fn columns() -> Vec<Column<AccountSummary>> {
    let column = |id, label, numeric, cell: fn(&AccountSummary) -> AnyView| Column {
        id,
        label,
        sortable: true,
        numeric,
        shown: true,
        cell,
    };
    vec![
        column("id", "ID", true, |row| row.id.0.into_any()),
        column("name", "Name", false, name),
        column("secure", "Secure connection", false, |row| {
            yes_no(row.settings.security != Security::Plaintext)
        }),
        column("type", "Connection type", false, |row| {
            row.settings.security.connection_type().map_or("", |kind| kind.label()).into_any()
        }),
        column("protocol", "Protocol", false, |row| row.settings.protocol.label().into_any()),
        column("port", "Port", true, |row| row.settings.port.into_any()),
        column("automatic", "Automatic check", false, |row| yes_no(row.settings.automatic_check)),
        column("keep", "Keep a copy on the server", false, |row| yes_no(row.settings.keep_copy)),
        column("status", "Status", false, status),
        column("last_check", "Last check", true, |row| view! { <WhenKnown at=row.last_check /> }),
        column("next_check", "Next check", true, |row| view! { <WhenKnown at=row.next_check /> }),
        column("messages", "Messages", true, messages),
        Column { sortable: false, ..column("lag", "Lag", true, lag) },
    ]
}

fn yes_no(answer: bool) -> AnyView {
    if answer { "Yes" } else { "No" }.into_any()
}

fn name(row: &AccountSummary) -> AnyView {
    let address = row.settings.address.clone();
    view! {
        <a class="account-name" href=page_of(row.id)>
            {row.settings.name.clone()}
        </a>
        <span class="account-address muted">{address}</span>
        {trust_badge(&row.settings)}
        {tags(&row.settings)}
    }
}

fn status(row: &AccountSummary) -> AnyView {
    let failing = row.failure.as_ref().filter(|_| row.status == AccountStatus::Failing);
    let badge = match failing {
        // Where to read what happened before, and to try again.
        Some(_) => view! {
            <a class="account-status" href=page_of(row.id)>
                {status_badge(row.status)}
            </a>
        },
        None => status_badge(row.status),
    };
    view! {
        {badge}
        {progress_of(row)}
        {failing.map(failure)}
    }
}

fn messages(row: &AccountSummary) -> AnyView {
    let unread = (row.unread > 0).then(|| {
        view! { <span class="muted">{format!(" ({} unread)", grouped(row.unread))}</span> }
    });
    view! {
        <a href=format!("/accounts/{}/inbox", row.id.0)>{grouped(row.messages)}</a>
        {unread}
    }
}

fn lag(row: &AccountSummary) -> AnyView {
    let row = row.clone();
    let now = use_progress().now;
    (move || lag_text(now.get(), &row)).into_any()
}

/// How far the account is behind: a check that is late, or messages that cannot be searched yet. `now` is unknown
/// until the page is alive.
pub fn lag_text(now: Option<Timestamp>, row: &AccountSummary) -> String {
    let due = row.next_check.filter(|_| row.settings.enabled && row.settings.automatic_check);
    let late = now.zip(due).map_or(0, |(now, due)| now.since(due) / 60_000);
    if late >= 1 && row.status != AccountStatus::Checking {
        return match late {
            0..120 => format!("{late} min late"),
            120..2_880 => format!("{} h late", late / 60),
            _ => format!("{} days late", late / 1_440),
        };
    }
    if row.to_index > 0 { format!("{} to index", grouped(row.to_index)) } else { "–".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountId, AccountSettings, CredentialId, Protocol};

    fn account(next_check: Option<i64>, to_index: u64) -> AccountSummary {
        let settings = AccountSettings {
            name: "Sales".to_owned(),
            keep_copy: true,
            automatic_check: true,
            enabled: true,
            address: "127.0.0.1".to_owned(),
            port: 2993,
            protocol: Protocol::Imap,
            security: Security::Plaintext,
            way: model::Way::Direct,
            skip_certificate: true,
            authority: None,
            pinned: None,
            credential: CredentialId(1),
            check_interval_seconds: 300,
            folders: vec!["INBOX".to_owned()],
            delete_after_days: None,
            largest_message: None,
            instant: false,
            drop_gone_after_days: None,
            mirror_read_state: false,
            fetch_since: None,
            tags: Vec::new(),
            notes: String::new(),
        };
        AccountSummary {
            id: AccountId(1),
            version: 1,
            settings,
            credential_name: "Sales".to_owned(),
            connector_name: None,
            status: AccountStatus::Healthy,
            last_check: None,
            last_success: None,
            next_check: next_check.map(Timestamp::from_seconds),
            messages: 0,
            unread: 0,
            to_index,
            failure: None,
        }
    }

    #[test]
    fn lag_is_lateness_first_and_indexing_second() {
        let now = Some(Timestamp::from_seconds(10_000));
        assert_eq!(lag_text(now, &account(Some(9_800), 340)), "3 min late");
        assert_eq!(lag_text(now, &account(Some(10_300), 1_340)), "1,340 to index");
        assert_eq!(lag_text(now, &account(None, 0)), "–");
        assert_eq!(lag_text(None, &account(Some(0), 0)), "–", "the server does not know the reader's time");
        assert_eq!(lag_text(Some(Timestamp::from_seconds(20_000)), &account(Some(0), 0)), "5 h late");
    }

    #[test]
    fn a_paused_account_is_never_late() {
        let mut paused = account(Some(0), 0);
        paused.settings.enabled = false;
        assert_eq!(lag_text(Some(Timestamp::from_seconds(10_000)), &paused), "–");
    }
}
