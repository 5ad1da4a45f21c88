//! One message, opened.

use leptos::prelude::*;
use model::MessageId;

/// The message `id`.
#[component]
pub fn MessagePane(
    /// Which message.
    id: MessageId,
) -> impl IntoView {
    let _ = id;
}
