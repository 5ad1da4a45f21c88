//! The head of a report: title and count, the primary action, the columns, and *Actions*.

use super::parameters::{COMFORTABLE, ROWS, escaped};
use super::source::Part;
use super::{Frame, columns};
use crate::components::icon::Icon;
use crate::components::menu::Menu;
use crate::view::view;
use leptos::prelude::*;
use model::report::grouped;

/// The line above the search box.
#[component]
pub fn Toolbar(
    frame: Frame,
    title: Signal<String>,
    part: Signal<Part>,
    export: Option<Signal<String>>,
    saves: Vec<(&'static str, Signal<String>)>,
    note: ViewFn,
    primary: ViewFn,
) -> impl IntoView {
    let count = move || {
        part.get()
            .total
            .map(|total| format!("{}{}", grouped(total.count), if total.exact { "" } else { "+" }))
    };
    let schedule = export.map(|export| {
        view! {
            <li>
                <a href=move || to_schedule(&export.get())>
                    <Icon name="clock" />
                    "Schedule report"
                </a>
            </li>
        }
    });
    let csv = export.map(|export| ("Export CSV", export));
    let saves = csv.into_iter().chain(saves).map(|(words, href)| {
        view! {
            <li>
                <a href=href rel="external" download>
                    <Icon name="download" />
                    {words}
                </a>
            </li>
        }
    });
    let saves = saves.collect_view();
    let columns = (0..frame.columns.len()).map(|index| choice(&frame, index)).collect_view();
    view! {
        <header class="report-head">
            <h1>{title}</h1>
            <span class="report-count numbers">{count}</span>
            {note.run()}
            <span class="bar-gap"></span>
            <Menu id="report-columns" label="Columns" icon="columns" at_end=true class="button report-tool">
                {columns}
                {room(&frame)}
            </Menu>
            <Menu id="report-actions" label="Actions" at_end=true class="button report-tool">
                <li>
                    <button type="button" on:click=|_| print()>
                        <Icon name="print" />
                        "Print report"
                    </button>
                </li>
                {saves}
                {schedule}
            </Menu>
            {primary.run()}
        </header>
    }
}

/// The dialog that schedules the report of this export (`/api/accounts/export.csv?q=x`), with its search fields.
fn to_schedule(export: &str) -> String {
    let (path, query) = export.split_once('?').unwrap_or((export, ""));
    let kind = path.split('/').nth(2).unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("&query={}", escaped(query)) };
    format!("/reports?schedule={kind}{query}")
}

/// A link that shows or hides one column.
fn choice(frame: &Frame, index: usize) -> AnyView {
    let Some(label) = frame.columns.get(index).map(|column| column.label) else { return ().into_any() };
    let place = frame.place;
    let (of_link, of_mark) = (frame.columns.clone(), frame.columns.clone());
    let shown = Memo::new(move |_| place.with(|place| columns::visible(&of_mark, place).contains(&index)));
    view! {
        <li>
            <a
                class="column-choice"
                data-noscroll
                data-shown=move || shown.get().then_some("")
                aria-label=move || format!("{} {label}", if shown.get() { "Hide" } else { "Show" })
                href=move || place.with(|place| columns::toggled(&of_link, place, index))
            >
                <Icon name="good" />
                {label}
            </a>
        </li>
    }
}

/// A link that gives rows more room, or takes it back.
fn room(frame: &Frame) -> AnyView {
    let place = frame.place;
    let roomy = move || place.with(|place| place.get(ROWS) == Some(COMFORTABLE));
    view! {
        <li class="menu-rule">
            <a
                class="column-choice"
                data-noscroll
                data-shown=move || roomy().then_some("")
                aria-label=move || if roomy() { "Compact rows" } else { "Comfortable rows" }
                href=move || {
                    let rows = (!roomy()).then(|| COMFORTABLE.to_owned());
                    place.with(|place| place.with([(ROWS, rows)]).href())
                }
            >
                <Icon name="good" />
                "Comfortable rows"
            </a>
        </li>
    }
}

fn print() {
    // A browser without a printer dialog does nothing.
    let _ = window().print();
}
