//! The tags of a message: each can be taken off, and one more be put on.

use crate::components::icon::Icon;
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use model::Mark;
use model::message::LONGEST_TAG;

/// The line of tags.
#[component]
pub fn Tags(
    /// The tags it has.
    tags: RwSignal<Vec<String>>,
    /// The tags there are.
    known: Vec<String>,
    /// Puts one on, or takes one off.
    mark: Callback<Mark>,
) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else { return };
        let name = field.value().trim().to_owned();
        if !name.is_empty() {
            field.set_value("");
            mark.run(Mark::Tag(name));
        }
    };
    let chip = move |name: String| {
        let label = format!("Remove the tag {name}");
        let taken = name.clone();
        view! {
            <li class="tag">
                {name}
                <button
                    type="button"
                    class="tag-off"
                    aria-label=label
                    on:click=move |_| mark.run(Mark::NoTag(taken.clone()))
                >
                    <Icon name="close" />
                </button>
            </li>
        }
    };
    view! {
        <div class="message-tags">
            <ul class="tags" aria-label="Tags">
                {move || tags.get().into_iter().map(chip).collect_view()}
            </ul>
            <form on:submit=add>
                <input
                    type="text"
                    class="tag-new"
                    aria-label="Add a tag"
                    placeholder="Add a tag"
                    autocomplete="off"
                    list="known-tags"
                    maxlength=LONGEST_TAG
                    node_ref=field
                />
                <datalist id="known-tags">
                    {known.into_iter().map(|name| view! { <option value=name></option> }).collect_view()}
                </datalist>
            </form>
        </div>
    }
}
