//! The rows of a report, or what stands in their place.

use super::row_menu::{ActionButton, Opened, RowAction};
use super::{Cell, Frame, Row, columns};
use crate::api::ApiError;
use crate::components::feedback::{Failed, NoMatch, SkeletonRows};
use crate::components::icon::Icon;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;
use model::Page;
use std::sync::Arc;

/// What the list shows.
#[derive(Debug, Clone, PartialEq)]
enum State {
    Loading,
    Failed(ApiError),
    Empty,
    NoMatch,
    Rows,
}

/// What the rows have in common.
#[derive(Clone)]
struct Table<T: Row> {
    frame: Frame,
    cells: Arc<Vec<Cell<T>>>,
    rows: Memo<Vec<T>>,
    visible: Memo<Vec<usize>>,
    menu: RwSignal<Option<Opened>>,
    actions: Callback<T, Vec<RowAction>>,
    open: Option<Callback<T>>,
    current: Signal<Option<i64>>,
}

/// The rows, or what stands in their place.
#[component]
pub fn Body<T: Row>(
    frame: Frame,
    cells: Arc<Vec<Cell<T>>>,
    page: Resource<Result<Page<T>, ApiError>>,
    empty: ViewFn,
    menu: RwSignal<Option<Opened>>,
    actions: Callback<T, Vec<RowAction>>,
    open: Option<Callback<T>>,
    current: Signal<Option<i64>>,
) -> impl IntoView {
    let filtered = {
        let frame = frame.clone();
        Memo::new(move |_| frame.filtered())
    };
    let state = Memo::new(move |_| {
        page.with(|page| match page {
            None => State::Loading,
            Some(Err(error)) => State::Failed(error.clone()),
            Some(Ok(page)) if !page.rows.is_empty() => State::Rows,
            Some(Ok(_)) if filtered.get() => State::NoMatch,
            Some(Ok(_)) => State::Empty,
        })
    });
    // Rows that did not change keep their place in the document, and with it focus, ticks and open menus.
    let rows = Memo::new(move |_| {
        page.with(|page| match page {
            Some(Ok(page)) => page.rows.clone(),
            _ => Vec::new(),
        })
    });
    let place = frame.place;
    let headings = frame.columns.clone();
    let visible = Memo::new(move |_| place.with(|place| columns::visible(&headings, place)));
    let table = Table { frame: frame.clone(), cells, rows, visible, menu, actions, open, current };
    move || match state.get() {
        State::Loading => view! { <SkeletonRows rows=10 /> }.into_any(),
        State::Failed(error) => view! {
            <Failed title="This list could not be loaded" error=error retry=move |()| page.refetch() />
        }
        .into_any(),
        State::Empty => empty.run(),
        State::NoMatch => view! { <NoMatch clear=frame.cleared() /> }.into_any(),
        State::Rows => table.clone().view(),
    }
}

impl<T: Row> Table<T> {
    fn view(self) -> AnyView {
        let rows = self.rows;
        let selection = self.frame.selection;
        let keys = move || rows.with(|rows| rows.iter().map(Row::key).collect::<Vec<_>>());
        let all = move || {
            let keys = keys();
            !keys.is_empty() && keys.into_iter().all(|key| selection.contains(key))
        };
        let tick = self.frame.ticks.then(|| {
            view! {
                <th class="tick" scope="col">
                    <span class="said">"Select"</span>
                    <input
                        type="checkbox"
                        aria-label="Select all rows of this page"
                        prop:checked=all
                        on:click=move |_| selection.toggle_all(&untrack(keys))
                    />
                </th>
            }
        });
        let frame = self.frame.clone();
        let visible = self.visible;
        let headings = move || visible.get().into_iter().map(|index| heading(&frame, index)).collect_view();
        view! {
            <div class="report-scroll">
                <table class="report-table">
                    <thead>
                        <tr>
                            {tick} {headings}
                            <th class="row-action" scope="col">
                                <span class="said">"Action"</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        <For each=keys key=|key| *key children=move |key| self.row(key) />
                    </tbody>
                </table>
            </div>
        }
        .into_any()
    }

    fn row(&self, key: i64) -> AnyView {
        let (rows, menu, open, current) = (self.rows, self.menu, self.open, self.current);
        let row = Memo::new(move |_| rows.with(|rows| rows.iter().find(|row| row.key() == key).cloned()));
        let right_click = move |event: MouseEvent| {
            if !on_control(&event) {
                event.prevent_default();
                menu.set(Some(Opened::at_mouse(key, &event)));
            }
        };
        let click = move |event: MouseEvent| {
            if let (Some(open), Some(row)) = (open, row.get_untracked())
                && !on_control(&event)
            {
                open.run(row);
            }
        };
        let cells = self.cells_of(row);
        let actions = self.actions;
        let choices = move |()| row.get_untracked().map(|row| actions.run(row)).unwrap_or_default();
        let strong = Memo::new(move |_| row.with(|row| row.as_ref().is_some_and(Row::strong)));
        view! {
            <tr
                tabindex="-1"
                data-key=key
                class:current=move || current.get() == Some(key)
                class:strong=move || strong.get()
                class:opens=open.is_some()
                on:click=click
                on:contextmenu=right_click
            >
                {self.tick(key, row)} {cells}
                <td class="row-action">
                    <ActionButton key=key menu=menu actions=choices />
                </td>
            </tr>
        }
        .into_any()
    }

    fn cells_of(
        &self,
        row: Memo<Option<T>>,
    ) -> impl Fn() -> Option<AnyView> + Send + Sync + 'static + use<T> {
        let (cells, headings, visible) = (self.cells.clone(), self.frame.columns.clone(), self.visible);
        move || {
            let row = row.get()?;
            let shown = visible.get();
            let cells = shown
                .into_iter()
                .filter_map(|index| Some((cells.get(index)?, headings.get(index)?)))
                .map(|(cell, heading)| {
                    let class = if heading.numeric { "cell numbers" } else { "cell" };
                    view! { <td class=class data-column=heading.id data-label=heading.label>{cell(&row)}</td> }
                })
                .collect_view();
            Some(cells.into_any())
        }
    }

    fn tick(&self, key: i64, row: Memo<Option<T>>) -> Option<AnyView> {
        let (selection, rows) = (self.frame.selection, self.rows);
        let label = move || row.with(|row| row.as_ref().map(|row| format!("Select {}", row.name())));
        let click = move |event: MouseEvent| {
            let order: Vec<i64> = rows.with_untracked(|rows| rows.iter().map(Row::key).collect());
            selection.click(&event, key, &order);
        };
        self.frame.ticks.then(|| {
            view! {
                <td class="tick">
                    <input
                        type="checkbox"
                        aria-label=label
                        prop:checked=move || selection.contains(key)
                        on:click=click
                    />
                </td>
            }
            .into_any()
        })
    }
}

/// A column's heading, a link that sorts where the server can.
fn heading(frame: &Frame, index: usize) -> AnyView {
    let Some(column) = frame.columns.get(index).copied() else { return ().into_any() };
    let (place, default) = (frame.place, frame.default_sort);
    let direction = Memo::new(move |_| {
        let sort = place.with(|place| place.sort(default)).filter(|sort| sort.column == column.id)?;
        Some(if sort.descending { "descending" } else { "ascending" })
    });
    let words = if column.sortable {
        view! {
            <a data-noscroll href=move || place.with(|place| place.sorted_by(column.id, default))>
                {column.label}
                {move || direction.get().map(|name| view! { <Icon name=name /> })}
            </a>
        }
        .into_any()
    } else {
        column.label.into_any()
    };
    view! {
        <th scope="col" class:numbers=column.numeric data-column=column.id aria-sort=move || direction.get()>
            {words}
        </th>
    }
    .into_any()
}

/// True where the mouse is on something that has a meaning of its own.
fn on_control(event: &MouseEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest("a, button, input, label, summary").ok().flatten())
        .is_some()
}
