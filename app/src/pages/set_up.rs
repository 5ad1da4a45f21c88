//! The page `set_up`.

use leptos::prelude::*;

/// The page `set_up`.
#[component]
pub fn SetUpPage() -> impl IntoView {
    view! { <main id="content"></main> }
}
