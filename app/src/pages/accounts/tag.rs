//! Tagging several accounts at once: what is added, and what is taken away.

use crate::api::ApiError;
use crate::api::accounts::tag_accounts;
use crate::components::dialog::{Dialog, DialogSize};
use crate::components::feedback::Notice;
use crate::components::form::{FieldTexts, TextField};
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use model::AccountId;

/// Asks for the tags of the accounts in `tagged`; `done` is told when they have them.
#[component]
pub fn TagDialog(tagged: RwSignal<Vec<AccountId>>, #[prop(into)] done: Callback<()>) -> impl IntoView {
    let asked = Memo::new(move |_| tagged.with(|tagged| !tagged.is_empty()));
    move || asked.get().then(|| view! { <Question tagged=tagged done=done /> })
}

#[component]
fn Question(tagged: RwSignal<Vec<AccountId>>, done: Callback<()>) -> impl IntoView {
    let (add, remove) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let save = Action::new(move |(ids, add, remove): &(Vec<AccountId>, String, String)| {
        tag_accounts(ids.clone(), add.clone(), remove.clone())
    });
    let error = Memo::new(move |_| save.value().get().and_then(Result::err));
    Effect::new(move |_| {
        if matches!(save.value().get(), Some(Ok(()))) {
            tagged.set(Vec::new());
            done.run(());
        }
    });
    let at = move |field: &'static str| {
        let error = error.get();
        let Some(ApiError::Invalid(errors)) = error else { return None };
        errors.at(field).map(str::to_owned)
    };
    let texts = move |field: &'static str, help: &str| FieldTexts {
        help: Signal::stored(Some(help.to_owned())),
        warning: Signal::default(),
        error: Signal::derive(move || at(field)),
    };
    let refused = move || {
        let error = error.get().filter(|error| !matches!(error, ApiError::Invalid(_)));
        error.map(|error| view! { <Notice kind="bad">{error.to_string()}</Notice> })
    };
    let title = match tagged.with_untracked(Vec::len) {
        1 => "Tag 1 account".to_owned(),
        several => format!("Tag {several} accounts"),
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        if !save.pending().get_untracked() {
            save.dispatch((tagged.get_untracked(), add.get_untracked(), remove.get_untracked()));
        }
    };
    let dismiss = Callback::new(move |()| tagged.set(Vec::new()));
    view! {
        <Dialog id="tag-dialog" title size=DialogSize::Small on_dismiss=dismiss>
            <form method="dialog" novalidate autocomplete="off" on:submit=on_submit>
                <div class="dialog-body">
                    {refused}
                    <TextField
                        id="tags-to-add"
                        label="Add tags"
                        value=add
                        on_input=Callback::new(move |text| add.set(text))
                        texts=texts("add", "With commas between them.")
                        autofocus=true
                    />
                    <TextField
                        id="tags-to-remove"
                        label="Remove tags"
                        value=remove
                        on_input=Callback::new(move |text| remove.set(text))
                        texts=texts("remove", "An account that has none of them stays as it is.")
                    />
                </div>
                <footer class="dialog-footer">
                    <button type="button" class="button" on:click=move |_| dismiss.run(())>
                        "Cancel"
                    </button>
                    <button type="submit" class="button button-primary" disabled=move || save.pending().get()>
                        "Tag"
                    </button>
                </footer>
            </form>
        </Dialog>
    }
}
