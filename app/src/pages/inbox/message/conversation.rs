//! The messages that belong together, as a strip that opens above the message.

use super::super::row::{InboxPlace, NO_SUBJECT, marked, opened};
use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::{MessageId, MessageSummary};

/// The strip; nothing where the message stands alone.
pub fn conversation(messages: &[MessageSummary], current: MessageId) -> AnyView {
    if messages.is_empty() {
        return ().into_any();
    }
    let place = use_context::<InboxPlace>();
    let entries = messages.iter().map(|message| {
        let id = message.id.0;
        let href = place.map_or_else(
            || format!("/messages/{id}"),
            |place| place.0.with_untracked(|place| opened(place, Some(id))),
        );
        let here = (message.id == current).then_some("true");
        view! {
            <li>
                <a href=href aria-current=here class:unread=message.unread>
                    <bdi>{message.sender.shown().to_owned()}</bdi>
                    " · "
                    <bdi>{marked(&message.subject, NO_SUBJECT, std::iter::empty())}</bdi>
                    " · "
                    <When at=message.received />
                </a>
            </li>
        }
    });
    view! {
        <details class="conversation">
            <summary>{messages.len()} " messages in this conversation"</summary>
            <ol>{entries.collect_view()}</ol>
        </details>
    }
    .into_any()
}
