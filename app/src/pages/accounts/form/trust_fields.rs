//! Whose certificates are accepted, rung by rung: the system's roots, an authority of one's own, one trusted certificate,
//! and last any at all.

use super::binding::{AnswerOf, texts, typed};
use super::state::{AccountForm, control_id, label};
use crate::components::certificate::described;
use crate::components::form::{Field, described_by};
use crate::view::view;
use leptos::prelude::*;

/// The fields.
#[component]
pub fn TrustFields(
    /// The form.
    form: RwSignal<AccountForm>,
) -> impl IntoView {
    view! {
        <AnswerOf
            form
            field="skip_certificate"
            read=|form| form.draft.skip_certificate
            write=|form, skip| form.draft.skip_certificate = skip
            warning=skip_warning
        />
        <Pinned form />
        <Authority form />
    }
}

/// The certificate that is trusted, where there is one; it comes out of a connection test.
#[component]
fn Pinned(form: RwSignal<AccountForm>) -> impl IntoView {
    let shown = Memo::new(move |_| {
        form.with(|form| form.draft.pinned.clone().filter(|_| !form.draft.skip_certificate))
    });
    move || {
        shown.get().map(|certificate| {
            view! {
                <fieldset class="trusted" aria-label="Trusted certificate">
                    <p>
                        <strong>"Only this certificate's key is accepted."</strong>
                        " Its name, its dates and who issued it are not looked at; another key ends every connection."
                    </p>
                    {described(&certificate)}
                    <button
                        type="button"
                        class="button"
                        on:click=move |_| form.update(|form| form.draft.pinned = None)
                    >
                        "Trust it no longer"
                    </button>
                </fieldset>
            }
        })
    }
}

/// The certificate of an authority, pasted or from a file.
#[component]
fn Authority(form: RwSignal<AccountForm>) -> impl IntoView {
    let field = "authority";
    let id = control_id(field);
    let write = typed(form, field, |form, pem: String| form.draft.authority = pem);
    let needed = Memo::new(move |before: Option<&bool>| {
        let used = form.with(|form| !form.draft.authority.is_empty() || form.errors.at(field).is_some());
        used || before.is_some_and(|before| *before)
    });
    let texts = texts(form, field, HELP, |_| None);
    view! {
        <details class="form-more" open=move || needed.get()>
            <summary>"Certificate authority of your own"</summary>
            <Field id=id.clone() label=label(field) texts>
                <textarea
                    class="input input-tall"
                    id=id.clone()
                    rows="4"
                    autocomplete="off"
                    spellcheck="false"
                    prop:value=move || form.with(|form| form.draft.authority.clone())
                    aria-invalid=move || texts.error.with(Option::is_some).then_some("true")
                    aria-describedby=described_by(&id)
                    on:input=move |event| write.run(event_target_value(&event))
                ></textarea>
                <input
                    type="file"
                    aria-label="Upload CA"
                    accept=".pem,.crt,.cer"
                    on:change=move |event| super::upload::read_text(&event, write)
                />
            </Field>
        </details>
    }
}

const HELP: &str =
    "In PEM. Its certificates are accepted in place of those that this machine's own authorities issued.";

fn skip_warning(form: &AccountForm) -> Option<&'static str> {
    form.draft.skip_certificate.then_some(
        "Any certificate is accepted, also a forged one: whoever sits between here and the server can read the \
         password and the mail. Test connection offers to trust this server's own certificate instead.",
    )
}
