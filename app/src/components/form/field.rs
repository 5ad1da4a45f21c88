//! What every field has around its control.

use crate::view::view;
use leptos::prelude::*;

/// What may be said about a field besides its label. Each is empty or absent until there is something to say.
#[derive(Debug, Clone, Copy, Default)]
pub struct FieldTexts {
    /// What the field is for.
    pub help: Signal<Option<String>>,
    /// A consequence of the present value that nobody should overlook.
    pub warning: Signal<Option<String>>,
    /// Why the present value cannot be saved.
    pub error: Signal<Option<String>>,
}

/// A labelled control. The control inside carries `id`, and [`described_by`] as its `aria-describedby`.
///
/// The label holds nothing but its words, so that a control is found by exactly them.
#[component]
pub fn Field(
    /// The id of the control inside.
    #[prop(into)]
    id: String,
    /// The label, as people call the field.
    #[prop(into)]
    label: String,
    /// Help, warning and error.
    #[prop(optional)]
    texts: FieldTexts,
    /// The control.
    children: Children,
) -> impl IntoView {
    let FieldTexts { help, warning, error } = texts;
    let error_id = error_id(&id);
    let help_id = help_id(&id);
    let warning_id = warning_id(&id);
    view! {
        <div class="field" class:field-invalid=move || error.with(Option::is_some)>
            <label class="field-label" for=id>
                {label}
            </label>
            <div class="field-body">
                {children()} <p class="field-error" id=error_id hidden=move || error.with(Option::is_none)>
                    {move || error.get()}
                </p> <p class="field-help" id=help_id hidden=move || help.with(Option::is_none)>
                    {move || help.get()}
                </p>
                <p class="field-warning" id=warning_id aria-live="polite">
                    {move || warning.get()}
                </p>
            </div>
        </div>
    }
}

/// Fields that belong together, under their heading.
#[component]
pub fn FormSection(
    /// The heading, which also names the group.
    #[prop(into)]
    title: String,
    /// The fields.
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="form-section">
            <legend class="form-section-title">{title}</legend>
            {children()}
        </fieldset>
    }
}

/// The value of `aria-describedby` for the control with this id.
pub fn described_by(id: &str) -> String {
    format!("{} {} {}", error_id(id), help_id(id), warning_id(id))
}

/// The id of the error of the control with this id.
pub fn error_id(id: &str) -> String {
    format!("{id}-error")
}

fn help_id(id: &str) -> String {
    format!("{id}-help")
}

fn warning_id(id: &str) -> String {
    format!("{id}-warning")
}
