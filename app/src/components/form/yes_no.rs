//! A question with two answers.

use super::field::{Field, FieldTexts, described_by};
use crate::view::view;
use leptos::html;
use leptos::prelude::*;

/// A labelled checkbox that looks like a switch and says `Yes` or `No` beside it.
///
/// A native checkbox, so that checking it means Yes for keyboards, screen readers and scripts alike.
#[component]
pub fn YesNo(
    /// The id of the checkbox, unique on the page.
    #[prop(into)]
    id: String,
    /// The label.
    #[prop(into)]
    label: String,
    /// True for Yes.
    #[prop(into)]
    value: Signal<bool>,
    /// Called with each new answer.
    on_change: Callback<bool>,
    /// Help, warning and error.
    #[prop(optional)]
    texts: FieldTexts,
    /// True where there is nothing to decide; the help says why.
    #[prop(optional)]
    disabled: bool,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    // What was answered before the page came alive is in the checkbox alone: take it over.
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let answered = input.checked();
            if answered != value.get_untracked() {
                on_change.run(answered);
            }
        }
    });
    let input_id = id.clone();
    let answer_id = format!("{id}-answer");
    let described_by = format!("{answer_id} {}", described_by(&id));
    view! {
        <Field id label texts>
            <span class="switch">
                <input
                    node_ref=input
                    class="switch-input"
                    id=input_id
                    type="checkbox"
                    checked=value.get_untracked()
                    prop:checked=move || value.get()
                    disabled=disabled
                    aria-invalid=move || texts.error.with(Option::is_some).then_some("true")
                    aria-describedby=described_by
                    on:change=move |event| on_change.run(event_target_checked(&event))
                />
                <span class="switch-answer" id=answer_id>
                    {move || if value.get() { "Yes" } else { "No" }}
                </span>
            </span>
        </Field>
    }
}
