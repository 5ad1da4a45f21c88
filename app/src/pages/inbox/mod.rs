//! Stored mail: the Inbox report with one message beside it, and one message by itself.

mod keys;
mod list;
mod message;
pub mod query;
mod row;

pub use list::InboxPage;

use crate::view::view;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use message::MessagePane;
use model::MessageId;

/// One message by itself.
#[component]
pub fn MessagePage() -> impl IntoView {
    let parameters = use_params_map();
    let id = Memo::new(move |_| {
        parameters.with(|map| map.get_str("id").and_then(|id| id.parse().ok()).map(MessageId))
    });
    view! {
        <Title text="Message" />
        <main id="content" class="message-page" tabindex="-1">
            <h1 class="said">"Message"</h1>
            {move || id.get().map(|id| view! { <MessagePane id=id /> })}
        </main>
    }
}
