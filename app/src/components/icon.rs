//! Icons from the sprite that the shell puts at the end of the page (`style/icons.svg`).

use crate::view::view;
use leptos::prelude::*;

/// The icon `icon-{name}` of the sprite, in the colour of the text around it. Screen readers skip it: what it means
/// is always said in words as well.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" aria-hidden="true">
            <use href=format!("#icon-{name}")></use>
        </svg>
    }
}
