//! The thread between one field of the dialog and the form's state.

use super::state::{AccountForm, control_id, label};
use crate::components::form::{FieldTexts, TextField, TextKind, YesNo};
use crate::view::view;
use leptos::prelude::*;

/// Reads one field.
pub type Read<T> = fn(&AccountForm) -> T;
/// Changes one field.
pub type Write<T> = fn(&mut AccountForm, T);

/// What a field shows: `read` of the form as it is now.
pub fn shown<T: Send + Sync + 'static>(form: RwSignal<AccountForm>, read: Read<T>) -> Signal<T> {
    Signal::derive(move || form.with(read))
}

/// Writes what is typed into `field`.
pub fn typed<T: 'static>(form: RwSignal<AccountForm>, field: &'static str, write: Write<T>) -> Callback<T> {
    Callback::new(move |value| {
        form.update(|form| {
            write(form, value);
            form.touch(field);
        });
    })
}

/// The error that stands at `field`, with the help and the warning given.
pub fn texts(
    form: RwSignal<AccountForm>,
    field: &'static str,
    help: impl Into<Option<&'static str>>,
    warning: Read<Option<&'static str>>,
) -> FieldTexts {
    let help = help.into();
    FieldTexts {
        help: Signal::derive(move || help.map(str::to_owned)),
        warning: Signal::derive(move || form.with(warning).map(str::to_owned)),
        error: Signal::derive(move || form.with(|form| form.errors.at(field).map(str::to_owned))),
    }
}

/// A line of text of the account.
#[component]
pub fn TextOf(
    /// The form.
    form: RwSignal<AccountForm>,
    /// The stable name of the field.
    field: &'static str,
    /// Reads it.
    read: Read<String>,
    /// Changes it.
    write: Write<String>,
    /// What it is for.
    #[prop(optional)]
    help: &'static str,
    /// What kind of text it takes.
    #[prop(optional)]
    kind: TextKind,
    /// True where it cannot be left blank.
    #[prop(optional)]
    required: bool,
    /// True for the field a person starts with.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    view! {
        <TextField
            id=control_id(field)
            label=label(field)
            value=shown(form, read)
            on_input=typed(form, field, write)
            on_blur=move |()| {
                // A field loses the focus as well when the dialog goes, while what it shows is being disposed of: a
                // frame later either all of it is there, or nothing.
                request_animation_frame(move || {
                    form.try_update(|form| form.leave(field));
                });
            }
            texts=texts(form, field, (!help.is_empty()).then_some(help), |_| None)
            kind
            required
            autofocus
        />
    }
}

/// A question about the account.
#[component]
pub fn AnswerOf(
    /// The form.
    form: RwSignal<AccountForm>,
    /// The stable name of the field.
    field: &'static str,
    /// Reads it.
    read: Read<bool>,
    /// Changes it.
    write: Write<bool>,
    /// What the present answer brings about, where nobody should overlook it.
    #[prop(optional)]
    warning: Option<Read<Option<&'static str>>>,
    /// What it is for.
    #[prop(optional)]
    help: &'static str,
) -> impl IntoView {
    view! {
        <YesNo
            id=control_id(field)
            label=label(field)
            value=shown(form, read)
            on_change=typed(form, field, write)
            texts=texts(form, field, (!help.is_empty()).then_some(help), warning.unwrap_or(|_| None))
        />
    }
}
