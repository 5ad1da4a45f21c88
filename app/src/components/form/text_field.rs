//! One line of text.

use super::field::{Field, FieldTexts, described_by};
use crate::view::view;
use leptos::html;
use leptos::prelude::*;

/// What kind of text a field takes; decides the keyboard of a phone and what a browser may fill in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TextKind {
    /// Anything.
    #[default]
    Text,
    /// A host name or an address on the net: no capitals, no spelling.
    Host,
    /// Digits. Text all the same, so that what was typed survives an error.
    Number,
    /// A day of the calendar, as `2026-01-31`.
    Date,
    /// A time of the day, as `06:30`.
    Time,
    /// Hidden while typed, and never filled in by the browser: it is not the reader's own password.
    Password,
}

impl TextKind {
    fn input_type(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Date => "date",
            Self::Time => "time",
            Self::Text | Self::Host | Self::Number => "text",
        }
    }

    fn input_mode(self) -> &'static str {
        match self {
            Self::Text | Self::Password | Self::Date | Self::Time => "text",
            Self::Host => "url",
            Self::Number => "decimal",
        }
    }

    fn autocomplete(self) -> &'static str {
        if self == Self::Password { "new-password" } else { "off" }
    }
}

/// A labelled line of text.
#[component]
pub fn TextField(
    /// The id of the input, unique on the page.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// What stands in it.
    #[prop(into)]
    value: Signal<String>,
    /// Called with each new text.
    on_input: Callback<String>,
    /// Called when the person leaves the field.
    #[prop(optional, into)]
    on_blur: Option<Callback<()>>,
    /// Help, warning and error.
    #[prop(optional)]
    texts: FieldTexts,
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
    let input = NodeRef::<html::Input>::new();
    // What was typed before the page came alive is in the input alone: take it over.
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let typed = input.value();
            if typed != value.get_untracked() {
                on_input.run(typed);
            }
        }
    });
    let input_id = id.clone();
    view! {
        <Field id=id.clone() label texts>
            <input
                node_ref=input
                class="input"
                class:input-narrow=matches!(kind, TextKind::Number | TextKind::Date)
                id=input_id
                type=kind.input_type()
                inputmode=kind.input_mode()
                autocomplete=kind.autocomplete()
                autocapitalize="off"
                spellcheck="false"
                value=value.get_untracked()
                prop:value=move || value.get()
                required=required
                autofocus=autofocus
                aria-invalid=move || texts.error.with(Option::is_some).then_some("true")
                aria-describedby=described_by(&id)
                on:input=move |event| on_input.run(event_target_value(&event))
                on:blur=move |_| {
                    if let Some(on_blur) = on_blur {
                        on_blur.run(());
                    }
                }
            />
        </Field>
    }
}
