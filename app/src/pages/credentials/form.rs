//! The dialogs of the vault: a new credential, another password, and deleting what no account uses.

use super::key_field::KeyField;
use super::oauth_fields::OAuthFields;
use super::rotated::RotatedDialog;
use super::rows::used_by;
use super::source_field::{SEALED, SourceField, source_of};
use crate::api::ApiError;
use crate::api::credentials::{
    NewCredential, Secret, create_credential, remove_credential, rotate_credential,
};
use crate::components::dialog::{Confirm, Dialog, DialogSize};
use crate::components::feedback::Notice;
use crate::components::form::{Choice, FieldTexts, SelectField, TextField, TextKind};
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::oauth::OAuthDraft;
use model::{CredentialId, CredentialKind, CredentialSummary, FieldErrors};

/// What somebody wants from the vault.
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// A new credential.
    Create,
    /// Another password for this one.
    Rotate(CredentialSummary),
    /// It was made, and nobody has agreed to it yet.
    Connect(CredentialId),
    /// It has another password: how did its accounts take it?
    Rotated(CredentialId),
    /// This one is not needed any more.
    Remove(CredentialSummary),
}

/// What is secret of a credential.
fn secret_of(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::OAuth2 => "client secret",
        CredentialKind::SshKey => "private key",
        CredentialKind::Password | CredentialKind::AppPassword => "password",
    }
}

/// The words that ask for another one.
pub fn change_of(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::OAuth2 => "Change client secret",
        CredentialKind::SshKey => "Change private key",
        CredentialKind::Password | CredentialKind::AppPassword => "Change password",
    }
}

/// The dialog of a task.
#[component]
pub fn TaskDialog(
    /// What somebody wants.
    task: Task,
    /// Nothing was changed.
    #[prop(into)]
    close: Callback<()>,
    /// It is done, and this comes next.
    #[prop(into)]
    done: Callback<Option<Task>>,
) -> impl IntoView {
    match task {
        Task::Create => view! { <SecretDialog known=None close=close done=done /> },
        Task::Rotate(known) => view! { <SecretDialog known=Some(known) close=close done=done /> },
        Task::Connect(_) => ().into_any(),
        Task::Rotated(id) => view! { <RotatedDialog id close=close /> },
        Task::Remove(known) => view! { <RemoveDialog known=known close=close done=done /> },
    }
}

/// A user name and a password: for a new credential, or for one that exists.
#[component]
fn SecretDialog(
    known: Option<CredentialSummary>,
    close: Callback<()>,
    done: Callback<Option<Task>>,
) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let user_name = RwSignal::new(known.as_ref().map_or_else(String::new, |known| known.user_name.clone()));
    let password = RwSignal::new(String::new());
    let refusal = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let errors = Signal::derive(move || match refusal.get() {
        Some(ApiError::Invalid(errors)) => errors,
        _ => FieldErrors::default(),
    });
    let other = move || refusal.get().filter(|error| !matches!(error, ApiError::Invalid(_)));
    let texts = move |field: &'static str, help: Option<&'static str>| FieldTexts {
        help: Signal::stored(help.map(str::to_owned)),
        error: Signal::derive(move || errors.with(|errors| errors.at(field).map(str::to_owned))),
        ..FieldTexts::default()
    };
    let is_client = known.as_ref().is_some_and(|known| known.oauth.is_some());
    let what = secret_of(known.as_ref().map(|known| known.kind).unwrap_or_default());
    let is_key = known.as_ref().is_some_and(|known| known.kind == CredentialKind::SshKey);
    let title = known
        .as_ref()
        .map_or_else(|| "New credential".to_owned(), |known| format!("Change the {what} of {}", known.name));
    let users = known
        .as_ref()
        .filter(|known| known.used_by > 0)
        .map(|known| format!("{} will be checked with the new {what} at once.", used_by(known.used_by)));
    let next = known.as_ref().filter(|known| known.used_by > 0).map(|known| Task::Rotated(known.id));
    let id = known.map(|known| known.id);
    let (kind, source) = (RwSignal::new(CredentialKind::Password), RwSignal::new(SEALED.to_owned()));
    let draft = RwSignal::new(OAuthDraft::default());
    let of_tokens = move || kind.get() == CredentialKind::OAuth2;
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        let (name, user_name) = (name.get_untracked(), user_name.get_untracked());
        let password = Secret(password.get_untracked());
        let kind = kind.get_untracked();
        let source = source_of(&source.get_untracked()).filter(|_| kind != CredentialKind::SshKey);
        let oauth = (kind == CredentialKind::OAuth2).then(|| draft.get_untracked());
        let next = next.clone();
        spawn_local(async move {
            let result = if let Some(id) = id {
                rotate_credential(id, user_name, password).await.map(|()| next)
            } else {
                let new = NewCredential { name, user_name, kind, source, oauth, password };
                create_credential(new).await.map(|made| made.oauth.map(|_| Task::Connect(made.id)))
            };
            match result {
                Ok(next) => done.run(next),
                Err(error) => {
                    refusal.set(Some(error));
                    busy.set(false);
                }
            }
        });
    };
    let name_field = id.is_none().then(|| {
        view! {
            <TextField
                id="credential_name"
                label="Credential name"
                value=name
                on_input=Callback::new(move |text| name.set(text))
                texts=texts("credential_name", Some("Left blank, it is made from the user name."))
                autofocus=true
            />
            <SelectField
                id="kind"
                label="Kind"
                value=Signal::derive(move || kind.get().id().to_owned())
                on_change=Callback::new(move |id: String| {
                    // What one kind hides another one shows.
                    password.set(String::new());
                    kind.set(CredentialKind::from_id(&id).unwrap_or_default());
                })
                choices=CredentialKind::ALL.into_iter().map(|kind| Choice::new(kind.id(), kind.label())).collect()
                texts=texts("kind", None)
            />
        }
    });
    let keys = Memo::new(move |_| is_key || kind.get() == CredentialKind::SshKey);
    let source_field = move || {
        (id.is_none() && !of_tokens() && !keys.get())
            .then(|| view! { <SourceField source texts=texts("source", None) /> })
    };
    let asked = Callback::new(move |(field, help)| texts(field, help));
    let oauth_fields = move || of_tokens().then(|| view! { <OAuthFields draft texts=asked /> });
    // Two fields, of which one is there: a field that becomes the other one keeps what does not belong to it.
    let secret = move |(label, help): (&'static str, &'static str), required: bool| {
        view! {
            <TextField
                id="password"
                label=label
                value=password
                on_input=Callback::new(move |text| password.set(text))
                texts=texts("password", Some(help))
                kind=TextKind::Password
                required=required
            />
        }
    };
    let tokens = Memo::new(move |_| is_client || of_tokens());
    let sealed = Memo::new(move |_| !tokens.get() && !keys.get() && source.with(|source| source == SEALED));
    view! {
        <Dialog id="credential-dialog" title=title size=DialogSize::Small on_dismiss=close>
            <form on:submit=submit novalidate>
                <div class="dialog-body">
                    {users.map(|users| view! { <p class="muted">{users}</p> })}
                    {move || other().map(|error| view! { <Notice kind="bad">{error.to_string()}</Notice> })}
                    {name_field}
                    <TextField
                        id="user_name"
                        label="User name"
                        value=user_name
                        on_input=Callback::new(move |text| user_name.set(text))
                        texts=texts("user_name", None)
                        required=true
                    />
                    {source_field}
                    {oauth_fields}
                    {move || sealed.get().then(|| secret(PASSWORD, true))}
                    {move || tokens.get().then(|| secret(CLIENT_SECRET, is_client))}
                    {move || keys.get().then(|| view! { <KeyField key=password texts=texts("password", None) /> })}
                </div>
                <footer class="dialog-footer">
                    <button type="button" class="button" on:click=move |_| close.run(())>"Cancel"</button>
                    <button type="submit" class="button button-primary" disabled=move || busy.get()>"Save"</button>
                </footer>
            </form>
        </Dialog>
    }
}

const PASSWORD: (&str, &str) =
    ("Password", "Sealed when it is saved. It can be replaced, and never be read again.");
const CLIENT_SECRET: (&str, &str) = (
    "Client secret",
    "Left blank where the application has none. Sealed when it is saved, and never to be read again.",
);

#[component]
fn RemoveDialog(
    known: CredentialSummary,
    close: Callback<()>,
    done: Callback<Option<Task>>,
) -> impl IntoView {
    let refusal = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let id = known.id;
    let confirm = move |()| {
        busy.set(true);
        spawn_local(async move {
            match remove_credential(id).await {
                Ok(()) => done.run(None),
                Err(error) => {
                    refusal.set(Some(error));
                    busy.set(false);
                }
            }
        });
    };
    let text = match known.used_by {
        0 => format!("No account uses it. Its {} cannot be brought back.", secret_of(known.kind)),
        1 => "1 account signs in with it: give it another credential first.".to_owned(),
        more => format!("{} sign in with it: give each another credential first.", used_by(more)),
    };
    view! {
        <Confirm
            title=format!("Delete the credential {}?", known.name)
            text=Signal::stored(text)
            confirm="Delete credential"
            destructive=true
            pending=busy
            on_confirm=confirm
            on_cancel=move |()| close.run(())
        >
            {move || refusal.get().map(|error| view! { <Notice kind="bad">{error.to_string()}</Notice> })}
        </Confirm>
    }
}
