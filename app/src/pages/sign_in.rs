//! The page `sign_in`.

use leptos::prelude::*;

/// The page `sign_in`.
#[component]
pub fn SignInPage() -> impl IntoView {
    view! { <main id="content"></main> }
}
