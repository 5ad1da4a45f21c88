//! The rows of a report without their type: the one place where the report knows what it lists. Everything that is
//! drawn works on this, so that the browser downloads it once and not once for every kind of row.

use super::row_menu::RowAction;
use super::{Cell, Row};
use crate::api::ApiError;
use crate::api::asked::{Asked, follow};
use leptos::prelude::*;
use model::{Cursor, Page, Total};
use std::sync::Arc;

/// What the list shows.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Nothing has arrived yet.
    Loading,
    /// It could not be loaded.
    Failed(ApiError),
    /// There is no row, whether or not somebody searches.
    NoRows,
    /// There are rows.
    Rows,
}

/// The page's place among all rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// Such as `31–60 of 2,345`.
    pub range: String,
    /// The page before.
    pub previous: Option<Cursor>,
    /// The page after.
    pub next: Option<Cursor>,
    /// How many rows there are; `None` while that is unknown.
    pub total: Option<Total>,
}

/// One page of rows.
#[derive(Clone)]
pub struct Source {
    /// What the list shows.
    pub state: Signal<State>,
    /// The page's place among all rows.
    pub part: Signal<Part>,
    /// The keys of the rows, in order.
    pub keys: Signal<Vec<i64>>,
    /// The row of a key.
    pub line: Arc<dyn Fn(i64) -> Line + Send + Sync>,
    /// Asks for the page again.
    pub refetch: Callback<()>,
}

/// What stands in the columns with these positions.
pub type Cells = Arc<dyn Fn(&[usize]) -> Vec<AnyView> + Send + Sync>;

/// One row.
#[derive(Clone)]
pub struct Line {
    /// What people call it.
    pub name: Signal<String>,
    /// It stands out.
    pub strong: Signal<bool>,
    /// Its cells, which follow the row.
    pub cells: Cells,
    /// What can be done with it.
    pub actions: Callback<(), Vec<RowAction>>,
    /// Opens it, where rows can be opened.
    pub open: Option<Callback<()>>,
}

/// The rows of `page`. Call it below the `Transition` that waits for them.
pub fn source<T: Row>(
    page: Asked<Page<T>>,
    cells: Arc<Vec<Cell<T>>>,
    actions: Callback<T, Vec<RowAction>>,
    open: Option<Callback<T>>,
) -> Source {
    let state = follow(move || match page.get() {
        None => State::Loading,
        Some(Err(error)) => State::Failed(error),
        Some(Ok(page)) if page.rows.is_empty() => State::NoRows,
        Some(Ok(_)) => State::Rows,
    });
    let part = follow(move || match page.get() {
        Some(Ok(page)) => Part {
            range: if page.first > 0 { page.range_text() } else { String::new() },
            previous: page.previous.clone(),
            next: page.next.clone(),
            total: Some(page.total),
        },
        _ => Part::default(),
    });
    Source {
        state,
        part,
        keys: follow(move || rows(page, |rows| rows.iter().map(Row::key).collect())),
        line: Arc::new(move |key| line(page, key, cells.clone(), actions, open)),
        refetch: Callback::new(move |()| page.refetch()),
    }
}

/// What `read` makes of the rows that are there.
fn rows<T: Row, V: Default>(page: Asked<Page<T>>, read: impl FnOnce(&[T]) -> V) -> V {
    page.get().and_then(Result::ok).map(|page| read(&page.rows)).unwrap_or_default()
}

fn line<T: Row>(
    page: Asked<Page<T>>,
    key: i64,
    cells: Arc<Vec<Cell<T>>>,
    actions: Callback<T, Vec<RowAction>>,
    open: Option<Callback<T>>,
) -> Line {
    // Rows that did not change keep their place in the document, and with it focus, ticks and open menus.
    let row = follow(move || rows(page, |rows| rows.iter().find(|row| row.key() == key).cloned()));
    Line {
        name: Signal::derive(move || row.with(|row| row.as_ref().map_or_else(String::new, Row::name))),
        strong: follow(move || row.with(|row| row.as_ref().is_some_and(Row::strong))),
        cells: Arc::new(move |columns| {
            let cell = |row: &T| {
                columns.iter().filter_map(|index| cells.get(*index)).map(|cell| cell(row)).collect()
            };
            row.with(|row| row.as_ref().map(cell)).unwrap_or_default()
        }),
        actions: Callback::new(move |()| row.get_untracked().map(|row| actions.run(row)).unwrap_or_default()),
        open: open.map(|open| {
            Callback::new(move |()| {
                if let Some(row) = row.get_untracked() {
                    open.run(row);
                }
            })
        }),
    }
}
