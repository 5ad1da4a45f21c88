//! The accounts report.

use leptos::prelude::*;
use leptos_router::components::Outlet;

/// The accounts report.
#[component]
pub fn AccountsPage() -> impl IntoView {
    view! { <Outlet /> }
}
