//! The keys of the inbox beyond those of every report: Esc closes the message, u and f mark it, ? lists all of them.

use crate::components::dialog::{Dialog, DialogSize};
use crate::components::report::is_command;
use crate::view::view;
use leptos::prelude::*;

/// Every key of the screen, and what it does.
const KEYS: [(&str, &str); 11] = [
    ("j or ↓", "Next message"),
    ("k or ↑", "Previous message"),
    ("Enter", "Open the message"),
    ("Esc", "Close the message"),
    ("u", "Mark as unread or as read"),
    ("f", "Flag, or remove the flag"),
    (".", "Menu of the message"),
    ("/", "Search"),
    ("Ctrl K", "Find screens, accounts and mail"),
    ("g i, g a", "Go to the inbox, to the accounts"),
    ("?", "This list"),
];

/// What a key turns around.
#[derive(Clone, Copy)]
pub enum Key {
    /// Read or unread.
    Unread,
    /// The flag.
    Flag,
}

/// Listens as long as the inbox is on the screen.
pub fn listen(
    current: Memo<Option<i64>>,
    help: RwSignal<bool>,
    show: impl Fn(Option<i64>) + Copy + Send + Sync + 'static,
    toggle: impl Fn(i64, Key) + Copy + Send + Sync + 'static,
) {
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if !is_command(&event) {
                return;
            }
            let message = current.get_untracked();
            match (event.key().as_str(), message) {
                ("Escape", Some(_)) => show(None),
                (key @ ("u" | "f"), _) => {
                    let Some(id) = focused().or(message) else { return };
                    toggle(id, if key == "u" { Key::Unread } else { Key::Flag });
                }
                ("?", _) => help.set(true),
                _ => return,
            }
            event.prevent_default();
        });
        on_cleanup(move || handle.remove());
    });
}

/// The message whose row has the focus.
fn focused() -> Option<i64> {
    let row = document().active_element()?.closest("tr[data-key]").ok().flatten()?;
    row.get_attribute("data-key")?.parse().ok()
}

/// The list of all keys.
#[component]
pub fn KeysDialog(open: RwSignal<bool>) -> impl IntoView {
    let keys = || {
        KEYS.into_iter()
            .map(|(key, words)| {
                view! {
                    <dt>
                        <kbd>{key}</kbd>
                    </dt>
                    <dd>{words}</dd>
                }
            })
            .collect_view()
    };
    view! {
        <Show when=move || open.get()>
            <Dialog id="keys" title="Keys" size=DialogSize::Small on_dismiss=move |()| open.set(false)>
                <dl class="keys dialog-body">{keys()}</dl>
            </Dialog>
        </Show>
    }
}
