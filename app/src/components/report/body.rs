//! The rows of a report, or what stands in their place.

use super::row_menu::{ActionButton, Opened};
use super::source::{Line, Source, State};
use super::{Frame, columns};
use crate::api::ApiError;
use crate::components::feedback::{Failed, NoMatch, SkeletonRows};
use crate::components::icon::Icon;
use crate::view::view;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::Element;

/// What the rows have in common.
#[derive(Clone)]
struct Table {
    frame: Frame,
    source: Source,
    visible: Memo<Vec<usize>>,
    menu: RwSignal<Option<Opened>>,
    current: Signal<Option<i64>>,
}

/// The rows, or what stands in their place.
#[component]
pub fn Body(frame: Frame, source: Source, empty: ViewFn, current: Signal<Option<i64>>) -> impl IntoView {
    let place = frame.place;
    let headings = frame.columns.clone();
    let visible = Memo::new(move |_| place.with(|place| columns::visible(&headings, place)));
    let menu = RwSignal::new(None);
    let (state, refetch) = (source.state, source.refetch);
    let table = Table { frame: frame.clone(), source, visible, menu, current };
    let filtered = {
        let frame = frame.clone();
        Memo::new(move |_| frame.filtered())
    };
    (move || match state.get() {
        State::Loading => view! { <SkeletonRows rows=10 /> },
        // What is wrong is said at the search box.
        State::Failed(ApiError::Invalid(_)) => view! {
            <div class="state">
                <p class="muted">"Nothing was searched for."</p>
            </div>
        }
        .into_any(),
        State::Failed(error) => view! {
            <Failed title="This list could not be loaded" error=error retry=refetch />
        },
        State::NoRows if filtered.get() => view! { <NoMatch clear=frame.cleared() /> },
        State::NoRows => empty.run(),
        State::Rows => table.clone().view(),
    })
    .into_any()
}

impl Table {
    fn view(self) -> AnyView {
        let keys = self.source.keys;
        let selection = self.frame.selection;
        let all = move || {
            let keys = keys.get();
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
                        on:click=move |_| selection.toggle_all(&keys.get_untracked())
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
                        <For each=move || keys.get() key=|key| *key children=move |key| self.row(key) />
                    </tbody>
                </table>
            </div>
        }
    }

    fn row(&self, key: i64) -> AnyView {
        let (menu, current) = (self.menu, self.current);
        let line = (self.source.line)(key);
        let right_click = move |event: MouseEvent| {
            if !on_control(&event) {
                event.prevent_default();
                menu.set(Some(Opened::at_mouse(key, &event)));
            }
        };
        let open = line.open;
        let click = move |event: MouseEvent| {
            if let Some(open) = open.filter(|_| !on_control(&event)) {
                open.run(());
            }
        };
        let tick = self.tick(key, &line);
        let cells = self.cells(&line);
        let (strong, actions) = (line.strong, line.actions);
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
                {tick} {cells}
                <td class="row-action">
                    <ActionButton key=key menu=menu actions=actions />
                </td>
            </tr>
        }
    }

    fn cells(&self, line: &Line) -> impl Fn() -> AnyView + Send + Sync + 'static + use<> {
        let (cells, headings, visible) = (line.cells.clone(), self.frame.columns.clone(), self.visible);
        move || {
            let shown = visible.get();
            let headings = shown.iter().filter_map(|index| headings.get(*index));
            headings
                .zip(cells(&shown))
                .map(|(heading, cell)| {
                    let class = if heading.numeric { "cell numbers" } else { "cell" };
                    view! { <td class=class data-column=heading.id data-label=heading.label>{cell}</td> }
                })
                .collect_view()
                .into_any()
        }
    }

    fn tick(&self, key: i64, line: &Line) -> Option<AnyView> {
        let (selection, keys, name) = (self.frame.selection, self.source.keys, line.name);
        let click = move |event: MouseEvent| selection.click(&event, key, &keys.get_untracked());
        self.frame.ticks.then(|| {
            view! {
                <td class="tick">
                    <input
                        type="checkbox"
                        aria-label=move || format!("Select {}", name.get())
                        prop:checked=move || selection.contains(key)
                        on:click=click
                    />
                </td>
            }
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
    } else {
        column.label.into_any()
    };
    view! {
        <th scope="col" class:numbers=column.numeric data-column=column.id aria-sort=move || direction.get()>
            {words}
        </th>
    }
}

/// True where the mouse is on something that has a meaning of its own.
fn on_control(event: &MouseEvent) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .and_then(|element| element.closest("a, button, input, label, summary").ok().flatten())
        .is_some()
}
