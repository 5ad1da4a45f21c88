//! The palette (Ctrl K): a screen, an account or a message by a few letters, without the mouse. And two keys that lead to the
//! screens people use most: g i and g a. Deliberately absent: what can be found, which the server says.

use crate::api::messages::find_anything;
use crate::components::dialog::{Dialog, DialogSize};
use crate::components::form::focus_element;
use crate::components::icon::Icon;
use crate::components::report::is_command;
use crate::components::suggestions::Suggestions;
use crate::view::view;
use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::use_navigate;
use model::search::Suggestion;

/// The id of the box.
const BOX: &str = "palette-box";

/// The palette, and the keys.
#[component]
pub fn Palette(
    /// It is on the screen.
    open: RwSignal<bool>,
) -> impl IntoView {
    let go = StoredValue::new(use_navigate());
    let lead = Callback::new(move |href: String| {
        open.set(false);
        go.with_value(|go| go(&href, leptos_router::NavigateOptions::default()));
    });
    listen(open, lead);
    view! {
        <Show when=move || open.get()>
            <Dialog id="palette" title="Find" size=DialogSize::Small on_dismiss=move |()| open.set(false)>
                {finder(lead)}
            </Dialog>
        </Show>
    }
}

/// The button that opens it.
#[component]
pub fn PaletteButton(
    /// The palette is on the screen.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="bar-button palette-button"
            aria-label="Find (Ctrl K)"
            title="Find: screens, accounts, mail (Ctrl K)"
            on:click=move |_| open.set(true)
        >
            <Icon name="search" />
        </button>
    }
}

fn listen(open: RwSignal<bool>, lead: Callback<String>) {
    Effect::new(move |_| {
        // True after a g, until the next key.
        let going = StoredValue::new(false);
        let handle = window_event_listener(leptos::ev::keydown, move |event: KeyboardEvent| {
            let key = event.key();
            if (event.ctrl_key() || event.meta_key()) && key.eq_ignore_ascii_case("k") {
                event.prevent_default();
                open.set(true);
            } else if is_command(&event) {
                let href = match key.as_str() {
                    "i" => "/inbox",
                    "a" => "/settings/email/accounts",
                    _ => "",
                };
                if going.get_value() && !href.is_empty() {
                    event.prevent_default();
                    lead.run(href.to_owned());
                }
                going.set_value(key == "g");
            }
        });
        on_cleanup(move || handle.remove());
    });
}

fn finder(lead: Callback<String>) -> AnyView {
    let failure = RwSignal::new(None::<String>);
    let from = Callback::new(move |(text, _, answered): (String, bool, Callback<Vec<Suggestion>>)| {
        spawn_local(async move {
            let found = find_anything(text).await;
            failure.try_set(found.as_ref().err().map(ToString::to_string));
            if let Ok(found) = found {
                answered.try_run(found);
            }
        });
    });
    let found = Suggestions::new(from, "palette-list");
    let field = NodeRef::<Input>::new();
    let typed = move || {
        if let Some(field) = field.get_untracked() {
            found.typed(field.value());
        }
    };
    let take = Callback::new(move |taken: Suggestion| {
        if let Some(href) = taken.href {
            lead.run(href);
        }
    });
    let press = move |event: KeyboardEvent| {
        let (taken, done) = found.pressed(&event);
        // Without an arrow key the first one is meant.
        let first = (event.key() == "Enter" && !done).then(|| found.at(0)).flatten();
        if done || first.is_some() {
            event.prevent_default();
        }
        if event.key() == "Escape" && done {
            // It closes the list; the next one the dialog.
            event.stop_propagation();
        }
        if let Some(taken) = taken.or(first) {
            take.run(taken);
        }
    };
    Effect::new(move |_| request_animation_frame(|| focus_element(BOX)));
    view! {
        <div class="palette dialog-body">
            <input
                id=BOX
                type="text"
                class="input"
                role="combobox"
                aria-label="Find screens, accounts and mail"
                aria-autocomplete="list"
                aria-controls=found.list
                aria-expanded=move || if found.shown() { "true" } else { "false" }
                aria-activedescendant=move || found.active_id()
                placeholder="Screens, accounts, mail"
                autocomplete="off"
                node_ref=field
                on:input=move |_| typed()
                on:focus=move |_| typed()
                on:keydown=press
            />
            {found.view(take)}
            <p class="palette-failure" role="status">{move || failure.get()}</p>
        </div>
    }
    .into_any()
}
