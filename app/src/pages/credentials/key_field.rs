//! The field for a private key, which has many lines.

use crate::components::form::{Field, FieldTexts, described_by};
use crate::view::view;
use leptos::prelude::*;

const ID: &str = "password";

/// A private key, as a file holds it.
#[component]
pub fn KeyField(
    /// What stands in it.
    key: RwSignal<String>,
    /// Error.
    texts: FieldTexts,
) -> impl IntoView {
    let texts = FieldTexts { help: Signal::stored(Some(HELP.to_owned())), ..texts };
    let error = texts.error;
    view! {
        <Field id=ID label="Private key" texts>
            <textarea
                class="input input-tall"
                id=ID
                rows="6"
                autocomplete="off"
                spellcheck="false"
                required
                prop:value=key
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described_by(ID)
                on:input=move |event| key.set(event_target_value(&event))
            ></textarea>
        </Field>
    }
}

const HELP: &str = "Ed25519 or ECDSA, without a passphrase, from BEGIN to END. Sealed when it is saved. It can be replaced, and never be read again.";
