//! What became of the accounts of a credential after its secret was replaced, in numbers, as they come in.

use crate::api::asked::Asked;
use crate::api::credentials::list_credentials;
use crate::api::live::LiveEvent;
use crate::components::dialog::{Dialog, DialogSize};
use crate::components::live::use_live;
use crate::view::view;
use leptos::prelude::*;
use model::{CredentialId, CredentialSummary, SinceRotated};

/// Follows the checks until the last account had its turn.
#[component]
pub fn RotatedDialog(id: CredentialId, close: Callback<()>) -> impl IntoView {
    let all = Asked::once(list_credentials);
    use_live().refetch_on(|event| matches!(event, LiveEvent::Accounts), move || all.refetch());
    let mine = move || all.get()?.ok()?.iter().find(|credential| credential.id == id).cloned();
    let text = move || mine().map_or_else(|| "Asking how its accounts take it…".to_owned(), |it| words(&it));
    let numbers = move || mine().map(|it| numbers(it.since_rotated));
    view! {
        <Dialog id="rotated-dialog" title="The password is changed" size=DialogSize::Small on_dismiss=close>
            <div class="dialog-body" aria-live="polite">
                <p>{text}</p>
                {numbers}
            </div>
            <footer class="dialog-footer">
                <button type="button" class="button button-primary" on:click=move |_| close.run(())>"Done"</button>
            </footer>
        </Dialog>
    }
}

fn words(credential: &CredentialSummary) -> String {
    let SinceRotated { signed_in, failed, waiting } = credential.since_rotated;
    let name = &credential.name;
    match (waiting, failed) {
        (0, 0) if signed_in == 0 => format!("No enabled account uses {name}."),
        (0, 0) => format!("Every enabled account that uses {name} signed in with it."),
        (0, _) => format!("Not every account that uses {name} got in with it. The accounts say why."),
        (..) => format!("The accounts that use {name} are being checked with the new password."),
    }
}

fn numbers(since: SinceRotated) -> AnyView {
    let line = |what: &'static str, count: u32| view! { <div><dt>{what}</dt><dd>{count}</dd></div> };
    view! {
        <dl class="credential-numbers">
            {line("Signed in", since.signed_in)}
            {line("Failed", since.failed)}
            {line("Waiting", since.waiting)}
        </dl>
    }
}
