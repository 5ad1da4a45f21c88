//! *Credential for authentication*: one of the vault, or a new one made in place.

use super::binding::{TextOf, shown, texts, typed};
use super::state::{AccountForm, control_id, label};
use crate::api::credentials::{NewCredential, Secret};
use crate::components::form::{Choice, SelectField, TextKind};
use crate::view::view;
use leptos::prelude::*;
use model::{CredentialId, CredentialSummary};

/// The value of *New credential…*; the others are numbers.
const NEW: &str = "new";

/// What the account signs in with. A stored secret is never shown here.
#[component]
pub fn CredentialFields(
    /// The form.
    form: RwSignal<AccountForm>,
    /// The vault.
    credentials: Vec<CredentialSummary>,
) -> impl IntoView {
    let field = "credential";
    let creating = shown(form, |form| form.new_credential.is_some());
    view! {
        <SelectField
            id=control_id(field)
            label=label(field)
            value=shown(form, chosen)
            on_change=typed(form, field, |form, value: String| choose(form, &value))
            choices=choices(credentials)
            texts=texts(form, field, None, |_| None)
        />
        <Show when=move || creating.get()>
            <NewCredentialFields form />
        </Show>
    }
}

#[component]
fn NewCredentialFields(form: RwSignal<AccountForm>) -> impl IntoView {
    view! {
        <fieldset class="new-credential" aria-label="New credential">
            <TextOf
                form
                field="credential_name"
                read=|form| of_new(form, |new| new.name.clone())
                write=|form, name| change_new(form, |new| new.name = name)
                help="Accounts are given a credential by this name. Left blank, it is made from the user name."
            />
            <TextOf
                form
                field="user_name"
                read=|form| of_new(form, |new| new.user_name.clone())
                write=|form, user_name| change_new(form, |new| new.user_name = user_name)
                required=true
            />
            <TextOf
                form
                field="password"
                read=|form| of_new(form, |new| new.password.0.clone())
                write=|form, password| change_new(form, |new| new.password = Secret(password))
                help="Sealed when it is saved. It can be replaced, and never be read again."
                kind=TextKind::Password
                required=true
            />
            <p class="muted">
                "With OAuth2, as Microsoft 365 wants it: make a credential of that kind under "
                <a href="/settings/credentials" target="_blank">"Credentials"</a> " first."
            </p>
        </fieldset>
    }
}

fn choices(credentials: Vec<CredentialSummary>) -> Vec<Choice> {
    let stored = credentials.into_iter().filter(|it| it.kind.is_for_mailboxes()).map(|credential| {
        let label = if credential.name == credential.user_name {
            credential.name
        } else {
            format!("{} ({})", credential.name, credential.user_name)
        };
        Choice::new(credential.id.0.to_string(), label)
    });
    let mut choices = vec![Choice::new("", "")];
    choices.extend(stored);
    choices.push(Choice::new(NEW, "New credential…"));
    choices
}

fn chosen(form: &AccountForm) -> String {
    if form.new_credential.is_some() {
        return NEW.to_owned();
    }
    form.draft.credential.map(|CredentialId(id)| id.to_string()).unwrap_or_default()
}

fn choose(form: &mut AccountForm, value: &str) {
    if value == NEW {
        form.create_credential();
    } else {
        form.choose_credential(value.parse().ok().map(CredentialId));
    }
}

fn of_new(form: &AccountForm, read: fn(&NewCredential) -> String) -> String {
    form.new_credential.as_ref().map(read).unwrap_or_default()
}

fn change_new(form: &mut AccountForm, write: impl FnOnce(&mut NewCredential)) {
    if let Some(credential) = &mut form.new_credential {
        write(credential);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choosing_goes_there_and_back() {
        let mut form = AccountForm::blank(false);
        for value in [NEW, "7", ""] {
            choose(&mut form, value);
            assert_eq!(chosen(&form), value);
        }
    }
}
