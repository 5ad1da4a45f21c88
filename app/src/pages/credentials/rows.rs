//! Credentials as a report: the vault is small and comes as a whole, so it is searched and sorted here.

use crate::components::report::parameters::SEARCH;
use crate::components::report::{Column, Place, Row};
use crate::components::time::When;
use crate::pages::accounts::by_name;
use crate::view::view;
use leptos::prelude::*;
use model::{CredentialSummary, Page, Sort};
use std::cmp::Ordering;

/// The order where the URL asks for none.
pub const DEFAULT_SORT: &str = "name";

impl Row for CredentialSummary {
    fn key(&self) -> i64 {
        self.id.0
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

/// The columns of the vault.
pub fn columns() -> Vec<Column<CredentialSummary>> {
    let column = |id, label, numeric, cell: fn(&CredentialSummary) -> AnyView| Column {
        id,
        label,
        sortable: true,
        numeric,
        shown: true,
        cell,
    };
    vec![
        column("name", "Name", false, |row| row.name.clone().into_any()),
        column("kind", "Kind", false, kind),
        column("user_name", "User name", false, |row| row.user_name.clone().into_any()),
        column("used_by", "Used by", false, accounts),
        column("rotated", "Last rotated", true, |row| view! { <When at=row.rotated /> }),
        column("last_used", "Last used", true, last_used),
        column("failed", "Last failed", false, failed),
    ]
}

/// What it is, and where it is read where it is not sealed here.
fn kind(row: &CredentialSummary) -> AnyView {
    let source = row.source.as_ref().map(|source| {
        view! { <span class="credential-more muted">{format!("from the {}", source.words())}</span> }
    });
    let access = row.oauth.as_ref().map(|status| {
        let bad = status.consent != model::oauth::Consent::Given;
        view! {
            <a class="credential-more" class:credential-failed=bad href=super::connect::address(row.id, None)>
                {status.words()}
            </a>
        }
    });
    view! { {row.kind.label()} {source} {access} }
}

/// The accounts by name.
fn accounts(row: &CredentialSummary) -> AnyView {
    if row.accounts.is_empty() {
        return used_by(row.used_by).into_any();
    }
    by_name(&row.accounts, row.used_by)
}

fn last_used(row: &CredentialSummary) -> AnyView {
    row.last_used.map_or_else(|| "never".into_any(), |at| view! { <When at /> })
}

/// When it was turned away and why, until a server lets it in again.
fn failed(row: &CredentialSummary) -> AnyView {
    let Some(failed) = row.failed.clone() else { return "–".into_any() };
    view! {
        <span class="credential-failed"><When at=failed.at /></span>
        <span class="credential-more">{failed.error}</span>
    }
}

/// `2 accounts`.
pub fn used_by(accounts: u32) -> String {
    match accounts {
        0 => "no account".to_owned(),
        1 => "1 account".to_owned(),
        more => format!("{more} accounts"),
    }
}

fn compare(column: &str, one: &CredentialSummary, other: &CredentialSummary) -> Ordering {
    match column {
        "user_name" => one.user_name.to_lowercase().cmp(&other.user_name.to_lowercase()),
        "kind" => one.kind.label().cmp(other.kind.label()),
        "last_used" => one.last_used.cmp(&other.last_used),
        "failed" => one.failed.as_ref().map(|it| it.at).cmp(&other.failed.as_ref().map(|it| it.at)),
        "used_by" => one.used_by.cmp(&other.used_by),
        "rotated" => one.rotated.cmp(&other.rotated),
        _ => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
    }
}

/// The credentials that `place` asks for, all on one page.
pub fn page_of(rows: Vec<CredentialSummary>, place: &Place) -> Page<CredentialSummary> {
    Page::whole(arranged(rows, place.get(SEARCH), place.sort(DEFAULT_SORT).as_ref()))
}

/// Those that hold these words, in this order.
pub fn arranged(
    mut rows: Vec<CredentialSummary>,
    words: Option<&str>,
    sort: Option<&Sort>,
) -> Vec<CredentialSummary> {
    if let Some(words) = words.map(|words| words.trim().to_lowercase()) {
        rows.retain(|row| {
            let accounts = row.accounts.iter().map(|account| &account.name);
            let mut texts = accounts.chain([&row.name, &row.user_name]);
            texts.any(|text| text.to_lowercase().contains(&words))
        });
    }
    if let Some(sort) = sort {
        rows.sort_by(|one, other| {
            let order = compare(&sort.column, one, other);
            if sort.descending { order.reverse() } else { order }
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountId, AccountUse, CredentialId, CredentialKind, SinceRotated, Timestamp};

    fn names(parameters: &[(&str, &str)]) -> Vec<String> {
        let rows = [("Sales", "anna@example.org", 2), ("archive", "bob@example.org", 0)]
            .into_iter()
            .zip(1..)
            .map(|((name, user_name, used_by), id)| CredentialSummary {
                id: CredentialId(id),
                name: name.to_owned(),
                user_name: user_name.to_owned(),
                used_by,
                rotated: Timestamp(id),
                kind: CredentialKind::Password,
                source: None,
                oauth: None,
                accounts: vec![AccountUse { id: AccountId(id), name: format!("Mailbox {id}"), skips: false }],
                last_used: (id == 1).then_some(Timestamp(9)),
                failed: None,
                since_rotated: SinceRotated::default(),
            })
            .collect();
        let parameters =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        page_of(rows, &Place::new("/".to_owned(), parameters)).rows.into_iter().map(|row| row.name).collect()
    }

    #[test]
    fn the_vault_is_searched_and_sorted() {
        assert_eq!(names(&[]), ["archive", "Sales"]);
        assert_eq!(names(&[("sort", "-name")]), ["Sales", "archive"]);
        assert_eq!(names(&[("sort", "used_by")]), ["archive", "Sales"]);
        assert_eq!(names(&[("sort", "-last_used")]), ["Sales", "archive"]);
        assert_eq!(names(&[("q", "ANNA")]), ["Sales"]);
        assert_eq!(names(&[("q", "mailbox 2")]), ["archive"], "by the accounts that use it");
        assert!(names(&[("q", "nobody")]).is_empty());
    }
}
