//! One of several.

use super::field::{Field, FieldTexts, described_by};
use crate::view::view;
use leptos::html;
use leptos::prelude::*;

/// One entry of a drop-down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it stands for; unique among the choices.
    pub value: String,
    /// The words on the screen; may be blank.
    pub label: String,
}

impl Choice {
    /// A choice from its value and its words.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A labelled drop-down.
#[component]
pub fn SelectField(
    /// The id of the drop-down, unique on the page.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// The value of the choice that is made.
    #[prop(into)]
    value: Signal<String>,
    /// Called with the value of each new choice.
    on_change: Callback<String>,
    /// What there is to choose from.
    choices: Vec<Choice>,
    /// Help, warning and error.
    #[prop(optional)]
    texts: FieldTexts,
    /// True where there is nothing to choose.
    #[prop(optional, into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let select = NodeRef::<html::Select>::new();
    // What was chosen before the page came alive is in the drop-down alone: take it over.
    Effect::new(move |_| {
        if let Some(select) = select.get() {
            let chosen = select.value();
            if chosen != value.get_untracked() {
                on_change.run(chosen);
            }
        }
    });
    let options = choices.into_iter().map(|choice| option(choice, value)).collect_view();
    let select_id = id.clone();
    view! {
        <Field id=id.clone() label texts>
            <select
                node_ref=select
                class="input select"
                id=select_id
                autocomplete="off"
                disabled=move || disabled.get()
                aria-invalid=move || texts.error.with(Option::is_some).then_some("true")
                aria-describedby=described_by(&id)
                on:change=move |event| on_change.run(event_target_value(&event))
            >
                {options}
            </select>
        </Field>
    }
}

/// The attribute is what the server writes; the property follows later changes, which the attribute would not after
/// the person's first choice.
fn option(choice: Choice, value: Signal<String>) -> impl IntoView {
    let Choice { value: own, label } = choice;
    let selected = value.with_untracked(|chosen| *chosen == own);
    let same = own.clone();
    view! {
        <option value=own selected=selected prop:selected=move || value.with(|chosen| *chosen == same)>
            {label}
        </option>
    }
}
