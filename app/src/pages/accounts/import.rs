//! Accounts from a CSV file: read without changing anything, tested row by row, imported. Deliberately absent: reading the
//! file, which the server does.

mod rows;
mod run;

use super::PATH;
use crate::api::credentials::Secret;
use crate::components::dialog::Dialog;
use crate::components::feedback::{Notice, use_toasts};
use crate::components::form::{Field, FieldTexts, described_by};
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};
use rows::Rows;
use run::Import;

const TITLE: &str = "Import accounts";

/// The dialog over the accounts report.
#[component]
pub fn AccountImportPage() -> impl IntoView {
    let import = Import::new();
    let navigate = use_navigate();
    let search = use_location().search;
    let leave = Callback::new(move |()| {
        let search = search.get_untracked();
        let to = if search.is_empty() { PATH.to_owned() } else { format!("{PATH}?{search}") };
        navigate(&to, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    view! {
        <Title text=TITLE />
        <Dialog id="import-dialog" title=TITLE on_dismiss=leave>
            <noscript>
                <p class="dialog-note">
                    "The import needs JavaScript, which is switched off in this browser. " <a href=PATH>"Back to the accounts"</a>
                </p>
            </noscript>
            <form
                class="account-form"
                method="dialog"
                novalidate
                autocomplete="off"
                on:submit=move |event: SubmitEvent| {
                    event.prevent_default();
                    import.read();
                }
            >
                <div class="dialog-body">
                    <File import />
                    <div role="status">{move || import.failure().map(|why| view! { <Notice kind="bad">{why}</Notice> })}</div>
                    <Rows import />
                </div>
                <Foot import leave />
            </form>
        </Dialog>
    }
}

/// The file: chosen, or pasted.
#[component]
fn File(import: Import) -> impl IntoView {
    let id = "import-file";
    let texts = FieldTexts {
        help: Signal::stored(Some(HELP.to_owned())),
        warning: Signal::default(),
        error: Signal::derive(move || import.wrong_file()),
    };
    let take = Callback::new(move |text: String| import.take(Secret(text)));
    view! {
        <Field id label="CSV file" texts>
            <input
                type="file"
                aria-label="Choose a CSV file"
                accept=".csv,.txt,.tsv,text/csv"
                on:change=move |event| super::form::read_text(&event, take)
            />
            <textarea
                class="input input-tall input-source"
                id=id
                rows="6"
                autocomplete="off"
                spellcheck="false"
                placeholder=EXAMPLE
                prop:value=move || import.text.with(|text| text.0.clone())
                aria-invalid=move || texts.error.with(Option::is_some).then_some("true")
                aria-describedby=described_by(id)
                on:input=move |event| take.run(event_target_value(&event))
            ></textarea>
        </Field>
        <details class="form-more">
            <summary>"Columns"</summary>
            <ul class="import-columns">{COLUMNS.map(|column| view! { <li>{column}</li> }).collect_view()}</ul>
        </details>
    }
}

/// What can be done next.
#[component]
fn Foot(import: Import, leave: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let alive = RwSignal::new(false);
    Effect::new(move |_| alive.set(true));
    let ready = move || import.answer.with(|answer| answer.as_ref().map_or(0, model::AccountImport::ready));
    let done =
        move || import.answer.with(|answer| answer.as_ref().is_some_and(|answer| answer.created() > 0));
    let run = move |_| {
        import.run(Callback::new(move |created: usize| {
            toasts.say(format!("{} imported. Their first checks begin now.", counted(created)));
        }));
    };
    view! {
        <footer class="dialog-footer">
            <button
                type="submit"
                class="button dialog-aside"
                disabled=move || !alive.get() || import.busy.get() || import.is_blank()
            >
                "Check the file"
            </button>
            <button type="button" class="button" on:click=move |_| leave.run(())>
                {move || if done() { "Close" } else { "Cancel" }}
            </button>
            {move || (ready() > 0).then(|| view! {
                <button type="button" class="button button-primary" disabled=move || import.busy.get() on:click=run>
                    {format!("Import {}", counted(ready()))}
                </button>
            })}
        </footer>
    }
}

/// How many accounts.
fn counted(accounts: usize) -> String {
    match accounts {
        1 => "1 account".to_owned(),
        several => format!("{several} accounts"),
    }
}

const HELP: &str = "The first line names the columns; name and address are needed. Nothing is changed before you choose Import.";

const EXAMPLE: &str =
    "name,protocol,address,security,user name,password\nSales,IMAP,mail.example.org,SSL,sales@example.org,…";

const COLUMNS: [&str; 13] = [
    "name, address: as in the dialog",
    "protocol: IMAP (where blank) or POP3",
    "security: SSL (where blank), TLS or none; port: the usual one where blank",
    "user name, password: stored as a new credential, named as the account",
    "credential: the name of a credential of the vault, in place of user name and password",
    "network connector: the name of one, or default; without it straight from this server",
    "keep copy, automatic check, enabled: Yes (where blank) or No",
    "skip certificate, instant, mirror read state: No (where blank) or Yes",
    "check interval (minutes)",
    "folders: separated by commas; INBOX where blank",
    "delete after (days), drop when gone (days), largest message, fetch mail since (such as 2026-01-31)",
    "tags, notes",
    "ID, status, last check, next check, messages: as our own export writes them, and not read",
];
