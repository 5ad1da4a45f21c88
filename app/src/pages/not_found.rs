//! The page `not_found`.

use leptos::prelude::*;

/// The page `not_found`.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! { <main id="content"></main> }
}
