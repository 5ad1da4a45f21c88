//! The keys of a report: `/` searches, j and k (or the arrows, inside the list) walk the rows, Enter opens one, `.`
//! opens its menu. Keys typed into a field are nobody's business.

use leptos::ev::KeyboardEvent;
use leptos::html::Section;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Element, HtmlElement};

/// The rows that can be walked.
pub const ROWS: &str = "tbody tr[data-key]";

/// Listens as long as the report is on the screen. While a row is open beside the list, walking opens the next one.
pub fn listen(section: NodeRef<Section>, current: Signal<Option<i64>>) {
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if let Some(section) = section.try_get_untracked().flatten()
                && is_command(&event)
            {
                act(&section, &event, current.get_untracked().is_some());
            }
        });
        on_cleanup(move || handle.remove());
    });
}

/// True for a key that is not part of typing, of a shortcut of the browser, or of an open dialog.
pub fn is_command(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let elsewhere = target.is_some_and(|element| {
        element
            .closest("input:not([type=checkbox]), textarea, select, dialog, [popover]")
            .ok()
            .flatten()
            .is_some()
    });
    let dialog = document().query_selector("dialog[open]").ok().flatten().is_some();
    !event.default_prevented()
        && !event.ctrl_key()
        && !event.meta_key()
        && !event.alt_key()
        && !elsewhere
        && !dialog
}

fn act(section: &Element, event: &KeyboardEvent, opens: bool) {
    let row = focused_row();
    let key = event.key();
    match (key.as_str(), row) {
        ("/", _) => focus(section.query_selector("input[type=search]").ok().flatten()),
        ("j", _) | ("ArrowDown", Some(_)) => walk(section, 1, opens),
        ("k", _) | ("ArrowUp", Some(_)) => walk(section, -1, opens),
        (".", Some(row)) => click(row.query_selector(".row-action button").ok().flatten()),
        ("Enter", Some(row)) if document().active_element().as_ref() == Some(&row) => click(Some(row)),
        _ => return,
    }
    event.prevent_default();
}

/// Gives the focus to the next row, from the one that has it, or from the one that is open.
fn walk(section: &Element, by: i32, opens: bool) {
    let here = focused_row().or_else(|| section.query_selector("tr.current").ok().flatten());
    if here.is_some() {
        focus(here);
    }
    crate::components::menu::move_focus(section, ROWS, by);
    if opens {
        click(focused_row());
    }
}

fn focused_row() -> Option<Element> {
    document().active_element().and_then(|active| active.closest("tr[data-key]").ok().flatten())
}

fn focus(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Focus fails only on elements that are gone.
        let _ = element.focus();
    }
}

fn click(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}
