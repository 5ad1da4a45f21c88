//! Short messages about what happened elsewhere, never about what is visible anyway.

use crate::view::view;
use leptos::html::Div;
use leptos::prelude::*;
use std::time::Duration;

/// How long a message stays.
const STAYS: Duration = Duration::from_secs(6);

/// The messages on the screen.
#[derive(Debug, Clone, Copy)]
pub struct ToastQueue(RwSignal<Vec<Toast>>);

#[derive(Debug, Clone)]
struct Toast {
    number: u64,
    text: String,
    /// The next step: its words and where it leads.
    link: Option<(&'static str, String)>,
    /// Takes it back.
    undo: Option<Callback<()>>,
}

impl ToastQueue {
    /// Shows `text` for some seconds, and says it to screen readers. Only in the browser.
    pub fn say(self, text: impl Into<String>) {
        self.show(text.into(), None, None, STAYS);
    }

    /// The same, with a link to the next step, long enough to be reached.
    pub fn offer(self, text: impl Into<String>, words: &'static str, href: String) {
        self.show(text.into(), Some((words, href)), None, STAYS * 3);
    }

    /// The same, with a way to take back what was done.
    pub fn undoable(self, text: impl Into<String>, undo: Callback<()>) {
        self.show(text.into(), None, Some(undo), STAYS * 3);
    }

    fn show(
        self,
        text: String,
        link: Option<(&'static str, String)>,
        undo: Option<Callback<()>>,
        stays: Duration,
    ) {
        let Some(number) = self.0.try_update(|toasts| {
            let number = toasts.last().map_or(0, |last| last.number + 1);
            toasts.push(Toast { number, text, link, undo });
            number
        }) else {
            return;
        };
        set_timeout(
            move || {
                self.0.try_update(|toasts| toasts.retain(|toast| toast.number != number));
            },
            stays,
        );
    }
}

/// Provides the application's messages.
pub fn provide_toasts() {
    provide_context(ToastQueue(RwSignal::new(Vec::new())));
}

/// The application's messages.
pub fn use_toasts() -> ToastQueue {
    use_context().unwrap_or_else(|| ToastQueue(RwSignal::new(Vec::new())))
}

/// Where the messages appear.
#[component]
pub fn Toasts(
    /// The element that holds them.
    place: NodeRef<Div>,
) -> impl IntoView {
    let toasts = use_toasts().0;
    view! {
        <div class="toasts" role="status" node_ref=place>
            <For each=move || toasts.get() key=|toast| toast.number let:toast>
                <p class="toast">
                    {toast.text} {toast.link.map(|(words, href)| view! { <a href=href>{words}</a> })}
                    {toast.undo.map(|undo| undo_button(toast.number, undo))}
                </p>
            </For>
        </div>
    }
}

/// Pressed once; then the message has said all it had to say.
fn undo_button(number: u64, undo: Callback<()>) -> AnyView {
    let toasts = use_toasts().0;
    let press = move |_| {
        undo.run(());
        toasts.update(|toasts| toasts.retain(|toast| toast.number != number));
    };
    view! {
        <button type="button" class="button button-quiet button-small" on:click=press>
            "Undo"
        </button>
    }
}
