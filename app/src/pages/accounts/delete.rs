//! Deleting an account: says in numbers what will happen, and asks what becomes of the messages.

use crate::api::accounts::remove_account;
use crate::components::dialog::Confirm;
use crate::components::feedback::Notice;
use crate::view::view;
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
    move || doomed.get().map(|account| view! { <Question account=account doomed=doomed done=done /> })
}

#[component]
fn Question(
    account: AccountSummary,
    doomed: RwSignal<Option<AccountSummary>>,
    done: Callback<()>,
) -> impl IntoView {
    let keep = RwSignal::new(true);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let id = account.id;
    let confirm = move |()| {
        busy.set(true);
        spawn_local(async move {
            match remove_account(id, keep.get_untracked()).await {
                Ok(()) => {
                    doomed.set(None);
                    done.run(());
                }
                Err(refusal) => {
                    error.set(Some(refusal.to_string()));
                    busy.set(false);
                }
            }
        });
    };
    let messages = match account.messages {
        1 => "the 1 message".to_owned(),
        count => format!("the {} messages", grouped(count)),
    };
    let choice = move |value: bool, words: String| {
        view! {
            <label class="choice">
                <input
                    type="radio"
                    name="messages"
                    checked=value
                    prop:checked=move || keep.get() == value
                    on:change=move |_| keep.set(value)
                />
                <span>{words}</span>
            </label>
        }
    };
    let choices = (account.messages > 0).then(|| {
        view! {
            <fieldset class="choices">
                <legend class="said">"Messages"</legend>
                {choice(true, format!("Keep {messages} stored here: they stay readable"))}
                {choice(false, format!("Delete {messages} stored here"))}
            </fieldset>
        }
    });
    view! {
        <Confirm
            title=format!("Delete the account {}?", account.settings.name)
            text="It is not checked any more. Nothing changes on the mail server."
            confirm="Delete account"
            destructive=true
            pending=busy
            on_confirm=confirm
            on_cancel=move |()| doomed.set(None)
        >
            {choices}
            {move || error.get().map(|error| view! { <Notice kind="bad">{error}</Notice> })}
        </Confirm>
    }
}
