//! Stored mail: the Inbox report with one message beside it, and one message by itself.

mod keys;
mod list;
mod message;
pub mod query;
mod row;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use leptos_router::{LazyRoute, lazy_route};
use list::InboxPage;
use message::MessagePane;
use model::MessageId;

/// The Inbox report, of all accounts or of one, loaded when somebody goes there.
#[derive(Debug)]
pub struct InboxRoute;

#[lazy_route]
impl LazyRoute for InboxRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let InboxRoute = this;
        view! { <InboxPage /> }.into_any()
    }
}

/// One message by itself, loaded when somebody goes there.
#[derive(Debug)]
pub struct MessageRoute;

#[lazy_route]
impl LazyRoute for MessageRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let MessageRoute = this;
        view! { <MessagePage /> }.into_any()
    }
}

#[component]
fn MessagePage() -> impl IntoView {
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
    .into_any()
}
