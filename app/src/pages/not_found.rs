//! Where nothing is.

use crate::components::icon::Icon;
use crate::view::view;
use leptos::prelude::*;
use leptos_meta::Title;

/// The page for an address that leads nowhere, with the status that says so to machines.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    answer_not_found();
    view! {
        <Title text="Not found" />
        <main id="content" class="not-found">
            <div class="state">
                <span class="state-icon">
                    <Icon name="search" />
                </span>
                <h1>"There is no such page"</h1>
                <p class="muted">"The address is misspelt, or what was here is gone."</p>
                <div class="state-actions">
                    <a class="button button-primary" href="/">"To the overview"</a>
                </div>
            </div>
        </main>
    }
}

#[cfg(feature = "ssr")]
fn answer_not_found() {
    if let (Some(response), Ok(status)) = (use_context::<leptos_axum::ResponseOptions>(), 404.try_into()) {
        response.set_status(status);
    }
}

#[cfg(not(feature = "ssr"))]
fn answer_not_found() {}
