//! The keys of the inbox beyond those of every report: Esc closes the message, u marks it, ? lists all of them.

use crate::components::report::is_command;
use leptos::html::Dialog;
use leptos::prelude::*;

/// Every key of the screen, and what it does.
const KEYS: [(&str, &str); 8] = [
    ("j or ↓", "Next message"),
    ("k or ↑", "Previous message"),
    ("Enter", "Open the message"),
    ("Esc", "Close the message"),
    ("u", "Mark as unread or as read"),
    (".", "Menu of the message"),
    ("/", "Search"),
    ("?", "This list"),
];

/// Listens as long as the inbox is on the screen.
pub fn listen(
    current: Memo<Option<i64>>,
    help: RwSignal<bool>,
    show: impl Fn(Option<i64>) + Copy + Send + Sync + 'static,
    toggle_unread: impl Fn(i64) + Copy + Send + Sync + 'static,
) {
    Effect::new(move |_| {
        let handle = window_event_listener(leptos::ev::keydown, move |event| {
            if !is_command(&event) {
                return;
            }
            let message = current.get_untracked();
            match (event.key().as_str(), message) {
                ("Escape", Some(_)) => show(None),
                ("u", _) => {
                    let Some(id) = focused().or(message) else { return };
                    toggle_unread(id);
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
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if open.get() {
            // It refuses where it is open already.
            let _ = dialog.show_modal();
        } else {
            dialog.close();
        }
    });
    let keys = KEYS
        .into_iter()
        .map(|(key, words)| {
            view! {
                <dt>
                    <kbd>{key}</kbd>
                </dt>
                <dd>{words}</dd>
            }
        })
        .collect_view();
    view! {
        <dialog class="small-dialog" aria-labelledby="keys-title" node_ref=dialog on:close=move |_| open.set(false)>
            <h2 id="keys-title">"Keys"</h2>
            <dl class="keys">{keys}</dl>
            <div class="dialog-actions">
                <button type="button" class="button" on:click=move |_| open.set(false)>"Close"</button>
            </div>
        </dialog>
    }
    .into_any()
}
