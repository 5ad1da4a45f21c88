//! Short messages about what happened elsewhere, never about what is visible anyway.

use crate::view::view;
use leptos::html::Div;
use leptos::prelude::*;
use std::time::Duration;

/// How long a message stays.
const STAYS: Duration = Duration::from_secs(6);

/// The messages on the screen.
#[derive(Debug, Clone, Copy)]
pub struct ToastQueue(RwSignal<Vec<(u64, String)>>);

impl ToastQueue {
    /// Shows `text` for some seconds, and says it to screen readers. Only in the browser.
    pub fn say(self, text: impl Into<String>) {
        let Some(number) = self.0.try_update(|toasts| {
            let number = toasts.last().map_or(0, |(number, _)| number + 1);
            toasts.push((number, text.into()));
            number
        }) else {
            return;
        };
        set_timeout(
            move || {
                self.0.try_update(|toasts| toasts.retain(|(other, _)| *other != number));
            },
            STAYS,
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
            <For each=move || toasts.get() key=|(number, _)| *number let:toast>
                <p class="toast">{toast.1}</p>
            </For>
        </div>
    }
}
