//! The account registration dialog.

use leptos::prelude::*;

/// The dialog over the accounts report, at `new` and at `{id}/edit`.
#[component]
pub fn AccountFormPage() -> impl IntoView {}
