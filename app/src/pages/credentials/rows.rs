//! Credentials as a report: the vault is small and comes as a whole, so it is searched and sorted here.

use crate::components::report::parameters::SEARCH;
use crate::components::report::{Column, Place, Row};
use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::{CredentialSummary, Page, Total};
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
        column("user_name", "User name", false, |row| row.user_name.clone().into_any()),
        column("used_by", "Used by", true, |row| used_by(row.used_by).into_any()),
        column("rotated", "Last rotated", true, |row| view! { <When at=row.rotated /> }),
    ]
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
        "used_by" => one.used_by.cmp(&other.used_by),
        "rotated" => one.rotated.cmp(&other.rotated),
        _ => one.name.to_lowercase().cmp(&other.name.to_lowercase()),
    }
}

/// The credentials that `place` asks for, all on one page.
pub fn page_of(mut rows: Vec<CredentialSummary>, place: &Place) -> Page<CredentialSummary> {
    if let Some(words) = place.get(SEARCH).map(str::to_lowercase) {
        rows.retain(|row| {
            row.name.to_lowercase().contains(&words) || row.user_name.to_lowercase().contains(&words)
        });
    }
    if let Some(sort) = place.sort(DEFAULT_SORT) {
        rows.sort_by(|one, other| {
            let order = compare(&sort.column, one, other);
            if sort.descending { order.reverse() } else { order }
        });
    }
    let count = rows.len() as u64;
    Page { first: count.min(1), total: Total { count, exact: true }, rows, previous: None, next: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{CredentialId, Timestamp};

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
        assert_eq!(names(&[("q", "ANNA")]), ["Sales"]);
        assert!(names(&[("q", "nobody")]).is_empty());
    }
}
