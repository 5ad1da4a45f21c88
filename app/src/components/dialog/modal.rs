//! A titled window that a person works in.

use crate::components::icon::Icon;
use crate::view::view;
use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{HtmlDialogElement, HtmlElement};

/// How much room a dialog takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DialogSize {
    /// A question.
    Small,
    /// A form.
    #[default]
    Form,
}

impl DialogSize {
    fn class(self) -> &'static str {
        match self {
            Self::Small => "dialog dialog-small",
            Self::Form => "dialog",
        }
    }
}

/// A modal window. It never closes by itself: Esc and the cross ask through `on_dismiss`, and whoever shows it takes
/// it out of the page. The focus then returns to where it came from.
#[component]
pub fn Dialog(
    /// The id of the dialog, unique on the page.
    #[prop(into)]
    id: String,
    /// The title, which also names it.
    #[prop(into)]
    title: Signal<String>,
    /// The person wants to leave it.
    #[prop(into)]
    on_dismiss: Callback<()>,
    /// How much room it takes.
    #[prop(optional)]
    size: DialogSize,
    /// `alertdialog` for a question that interrupts; `dialog` where absent.
    #[prop(optional)]
    interrupts: bool,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        if let Some(dialog) = element.get() {
            // The dialog may have been made ahead of the page around it: a frame later it stands in the document.
            request_animation_frame(move || show_modal(&dialog));
        }
    });
    return_focus_afterwards();
    let on_keydown = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            // Left to the browser, a second Esc would close the dialog without asking.
            event.prevent_default();
            event.stop_propagation();
            on_dismiss.run(());
        }
    };
    let on_close = move |_| {
        // A way out that cannot be refused, such as a phone's back gesture: come back and ask.
        if let Some(dialog) = element.try_get_untracked().flatten().filter(|dialog| dialog.is_connected()) {
            show_modal(&dialog);
            on_dismiss.run(());
        }
    };
    let title_id = format!("{id}-title");
    let labelled_by = title_id.clone();
    view! {
        <dialog
            node_ref=element
            class=size.class()
            id=id
            open
            role=interrupts.then_some("alertdialog")
            aria-labelledby=labelled_by
            on:keydown=on_keydown
            on:close=on_close
        >
            <header class="dialog-header">
                <h2 class="dialog-title" id=title_id>
                    {move || title.get()}
                </h2>
                <button
                    type="button"
                    class="dialog-close"
                    aria-label="Close"
                    title="Close (Esc)"
                    on:click=move |_| on_dismiss.run(())
                >
                    <Icon name="close" />
                </button>
            </header>
            {children()}
        </dialog>
    }
}

/// Brings the focus back to where it is now once the dialog is gone, unless somebody has it by then. Closing the dialog
/// would do the same, but it takes the focus from a field while the signals behind that field are being disposed of.
#[cfg(feature = "hydrate")]
fn return_focus_afterwards() {
    let origin = send_wrapper::SendWrapper::new(document().active_element());
    on_cleanup(move || {
        let origin = origin.take();
        request_animation_frame(move || {
            let nobody = document().active_element().is_none_or(|focused| focused.tag_name() == "BODY");
            if let Some(Ok(origin)) = origin.filter(|_| nobody).map(JsCast::dyn_into::<HtmlElement>) {
                let _ = origin.focus();
            }
        });
    });
}

/// The server has no focus to return.
#[cfg(not(feature = "hydrate"))]
fn return_focus_afterwards() {}

/// Makes an open dialog modal. The focus stays where it is if it is inside already.
fn show_modal(dialog: &HtmlDialogElement) {
    if !dialog.is_connected() {
        return;
    }
    let focused = document().active_element().filter(|focused| dialog.contains(Some(focused)));
    // Only a dialog that is not open can become modal; `close` would announce a closing that is none.
    let _ = dialog.remove_attribute("open");
    if dialog.show_modal().is_err() {
        dialog.set_open(true);
    }
    if let Some(Ok(focused)) = focused.map(JsCast::dyn_into::<HtmlElement>) {
        let _ = focused.focus();
    }
}
