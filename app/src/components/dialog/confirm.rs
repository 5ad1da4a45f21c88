//! A question before something that cannot be undone.

use super::modal::{Dialog, DialogSize};
use crate::view::view;
use leptos::prelude::*;

/// Asks once. Show it (`<Show when=asked>`) to ask; take it away when either callback runs.
///
/// The text names in numbers what will happen. The focus starts on the answer that changes nothing.
#[component]
pub fn Confirm(
    /// The question.
    #[prop(into)]
    title: String,
    /// What will happen, in numbers.
    #[prop(into)]
    text: Signal<String>,
    /// The verb on the button that does it, such as `Delete`.
    #[prop(into)]
    confirm: String,
    /// The words on the button that changes nothing.
    #[prop(into, default = "Cancel".to_owned())]
    cancel: String,
    /// True while it is being done: the button waits.
    #[prop(optional, into)]
    pending: Signal<bool>,
    /// True where something is lost for good.
    #[prop(optional)]
    destructive: bool,
    /// The person agrees.
    #[prop(into)]
    on_confirm: Callback<()>,
    /// The person does not.
    #[prop(into)]
    on_cancel: Callback<()>,
    /// More to decide, such as a choice between keeping and deleting messages.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = if destructive { "button button-danger" } else { "button button-primary" };
    view! {
        <Dialog id="confirm" title size=DialogSize::Small interrupts=true on_dismiss=on_cancel>
            <div class="dialog-body">
                <p>{move || text.get()}</p>
                {children.map(|children| children())}
            </div>
            <footer class="dialog-footer">
                <button type="button" class="button" autofocus on:click=move |_| on_cancel.run(())>
                    {cancel}
                </button>
                <button
                    type="button"
                    class=class
                    disabled=move || pending.get()
                    on:click=move |_| on_confirm.run(())
                >
                    {confirm}
                </button>
            </footer>
        </Dialog>
    }
}
