//! The Inbox report.

use leptos::prelude::*;

/// The Inbox report.
#[component]
pub fn InboxPage() -> impl IntoView {}
