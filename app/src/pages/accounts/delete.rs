//! Deleting an account: says in numbers what will happen, and asks what becomes of the messages.

use crate::api::accounts::remove_account;
use crate::components::feedback::Notice;
use leptos::ev::SubmitEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::AccountSummary;
use model::report::grouped;

/// Asks about the account in `doomed`; `done` is told when it is gone.
#[component]
pub fn DeleteDialog(
    doomed: RwSignal<Option<AccountSummary>>,
    #[prop(into)] done: Callback<()>,
) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let keep = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if doomed.with(Option::is_some) {
            keep.set(true);
            error.set(None);
            // It refuses where it is open already.
            let _ = dialog.show_modal();
        } else {
            dialog.close();
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(id) = doomed.with_untracked(|row| row.as_ref().map(|row| row.id)) else { return };
        busy.set(true);
        spawn_local(async move {
            match remove_account(id, keep.get_untracked()).await {
                Ok(()) => {
                    doomed.set(None);
                    done.run(());
                }
                Err(refusal) => error.set(Some(refusal.to_string())),
            }
            busy.set(false);
        });
    };
    let name =
        move || doomed.with(|row| row.as_ref().map_or_else(String::new, |row| row.settings.name.clone()));
    let count = move || doomed.with(|row| row.as_ref().map_or(0, |row| row.messages));
    let messages = move || match count() {
        1 => "the 1 message".to_owned(),
        count => format!("the {} messages", grouped(count)),
    };
    let choice = move |value: bool, words: &'static str| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="messages"
                    prop:checked=move || keep.get() == value
                    on:change=move |_| keep.set(value)
                />
                <span>{move || format!("{words} {} stored here", messages())}</span>
            </label>
        }
    };
    view! {
        <dialog class="small-dialog" aria-labelledby="delete-title" node_ref=dialog on:close=move |_| doomed.set(None)>
            <form on:submit=submit>
                <h2 id="delete-title">{move || format!("Delete the account {}?", name())}</h2>
                <p>"It is not checked any more. Nothing changes on the mail server."</p>
                <fieldset class="choices" hidden=move || count() == 0>
                    <legend class="said">"Messages"</legend>
                    {choice(true, "Keep")} {choice(false, "Delete")}
                </fieldset>
                {move || error.get().map(|error| view! { <Notice kind="bad">{error}</Notice> })}
                <div class="dialog-actions">
                    <button type="button" class="button" on:click=move |_| doomed.set(None)>"Cancel"</button>
                    <button type="submit" class="button button-danger" disabled=move || busy.get()>
                        "Delete account"
                    </button>
                </div>
            </form>
        </dialog>
    }
    .into_any()
}
