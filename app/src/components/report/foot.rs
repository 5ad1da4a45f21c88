//! The foot of a report: what to do with ticked rows, where we are among all rows, and how to go on.

use super::parameters::{CURSOR, SIZE};
use super::source::Part;
use super::{BulkAction, Chosen, Frame};
use crate::components::display::{Look, look};
use crate::components::icon::Icon;
use crate::view::view;
use leptos::prelude::*;
use model::Cursor;

/// The line below the rows.
#[component]
pub fn Foot(frame: Frame, part: Signal<Part>, bulk: Vec<BulkAction>) -> impl IntoView {
    let place = frame.place;
    let step = move |cursor: Option<Cursor>, label: &'static str, icon: &'static str| match cursor {
        Some(Cursor(cursor)) => {
            let href = place.get().with([(CURSOR, Some(cursor))]).href();
            view! {
                <a class="button button-small" href=href>
                    <Icon name=icon />
                    {label}
                </a>
            }
        }
        None => view! {
            <button type="button" class="button button-small" disabled>
                <Icon name=icon />
                {label}
            </button>
        },
    };
    let sizes = look(Look::PageSizes)
        .split(',')
        .map(|size| {
            let size = size.to_owned();
            let (own, usual) = (size.clone(), look(Look::PageSize));
            let value = (size != usual).then(|| size.clone());
            let chosen = move || place.with(|place| place.get(SIZE).unwrap_or(&usual) == own);
            view! {
                <a
                    class="size-choice"
                    data-noscroll
                    aria-current=move || chosen().then_some("true")
                    href=move || place.get().first_page().with([(SIZE, value.clone())]).href()
                >
                    <span class="said">"Rows a page: "</span>
                    {size}
                </a>
            }
        })
        .collect_view();
    view! {
        <footer class="report-foot">
            {(!bulk.is_empty()).then(|| view! { <Bulk frame=frame.clone() part=part bulk=bulk /> })}
            <span class="bar-gap"></span>
            <span class="sizes">{sizes}</span>
            <nav class="pager" aria-label="Pages">
                <span class="numbers" role="status">{move || part.get().range}</span>
                {move || step(part.get().previous, "Previous", "left")}
                {move || step(part.get().next, "Next", "right")}
            </nav>
        </footer>
    }
}

/// What can be done with the ticked rows; invisible while there is none, so that nothing moves.
#[component]
fn Bulk(frame: Frame, part: Signal<Part>, bulk: Vec<BulkAction>) -> impl IntoView {
    let selection = frame.selection;
    let bulk_on_all = frame.bulk_on_all;
    let asked = Memo::new(move |_| frame.asked());
    let all = move || asked.with(|asked| selection.is_all(asked));
    let several_pages = move || part.with(|part| part.next.is_some() || part.previous.is_some());
    let words =
        move || if all() { "All that match".to_owned() } else { format!("{} selected", selection.count()) };
    let choose_all = move || {
        (bulk_on_all && several_pages() && !all()).then(|| {
            view! {
                <button
                    type="button"
                    class="button button-small button-quiet"
                    on:click=move |_| selection.choose_all(asked.get_untracked())
                >
                    "Select all that match"
                </button>
            }
        })
    };
    let buttons = bulk
        .into_iter()
        .map(|action| {
            view! {
                <button
                    type="button"
                    class="button button-small"
                    on:click=move |_| {
                        let all = asked.with_untracked(|asked| selection.is_all(asked));
                        action.run.run(if all { Chosen::All } else { Chosen::Rows(selection.keys()) });
                        selection.clear();
                    }
                >
                    {action.label}
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="bulk" role="group" aria-label="Selected rows" data-any=move || (selection.count() > 0).then_some("")>
            <span class="numbers">{words}</span>
            {choose_all}
            {buttons}
            <button type="button" class="button button-small button-quiet" on:click=move |_| selection.clear()>
                "Clear selection"
            </button>
        </div>
    }
}
