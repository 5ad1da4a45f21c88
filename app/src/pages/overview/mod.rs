//! The overview.

use leptos::prelude::*;

/// The overview.
#[component]
pub fn OverviewPage() -> impl IntoView {}
