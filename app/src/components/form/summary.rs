//! All that keeps a form from being saved, at its top.

use crate::view::view;
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys;

/// One reason why a form was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The label and the id of the control it belongs to; absent where it belongs to the form as a whole.
    pub field: Option<(String, String)>,
    /// One sentence.
    pub text: String,
}

/// The reasons why a form was not saved, each leading to its field. Takes the focus whenever `raised` changes.
#[component]
pub fn ErrorSummary(
    /// The reasons; nothing is shown while there are none.
    #[prop(into)]
    problems: Signal<Vec<Problem>>,
    /// How often the person has been refused.
    #[prop(into)]
    raised: Signal<u32>,
) -> impl IntoView {
    let summary = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if raised.get() > 0 {
            // One frame later the list is in the page and can be read out.
            request_animation_frame(move || {
                if let Some(summary) = summary.get_untracked() {
                    let _ = summary.focus();
                }
            });
        }
    });
    view! {
        <div
            node_ref=summary
            class="error-summary"
            tabindex="-1"
            role="alert"
            hidden=move || problems.with(Vec::is_empty)
        >
            <ul>{move || problems.get().into_iter().map(entry).collect_view()}</ul>
        </div>
    }
}

fn entry(problem: Problem) -> impl IntoView {
    let Problem { field, text } = problem;
    match field {
        None => view! { <li>{text}</li> },
        Some((label, id)) => view! {
            <li>
                <button type="button" class="link-button" on:click=move |_| focus_element(&id)>
                    {label}
                </button>
                ": "
                {text}
            </li>
        },
    }
}

/// Brings the element with this id into view.
pub fn show_element(id: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.scroll_into_view();
    }
}

/// Moves the focus to the element with this id, opening the disclosure it is in.
pub fn focus_element(id: &str) {
    let Some(element) = document().get_element_by_id(id) else { return };
    if let Ok(Some(disclosure)) = element.closest("details") {
        let _ = disclosure.set_attribute("open", "");
    }
    if let Ok(element) = element.dyn_into::<web_sys::HtmlElement>() {
        let _ = element.focus();
    }
}
