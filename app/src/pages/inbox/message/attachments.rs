//! What came along with a message: to look at where that is safe, always to save.

use super::views::save;
use crate::view::view;
use leptos::prelude::*;
use model::report::size_text;
use model::{AttachmentInfo, MessageId};

/// The list of them.
pub fn attachments(id: MessageId, attachments: Vec<AttachmentInfo>) -> AnyView {
    if attachments.is_empty() {
        return view! { <p class="message-nothing muted">"This message has no attachments."</p> }.into_any();
    }
    let all = (attachments.len() > 1)
        .then(|| save(format!("/messages/{}/attachments.zip", id.0), "Download all as ZIP"));
    let entries = attachments.into_iter().map(|attachment| {
        let href = format!("/messages/{}/attachments/{}", id.0, attachment.index);
        let AttachmentInfo { name, kind, size, inline, picture, readable, .. } = attachment;
        let label = format!("Download {name}");
        let look = readable.then(|| look(format!("{href}/preview"), picture, &name));
        view! {
            <li class="attachment">
                <bdi class="attachment-name">{name}</bdi>
                <span class="attachment-kind muted">
                    {kind} " · " {size_text(size)} {inline.then_some(" · shown in the message")}
                </span>
                <a class="button button-small" href=href download rel="external" aria-label=label>
                    "Download"
                </a>
                {look}
            </li>
        }
    });
    view! {
        {all}
        <ul class="attachments">{entries.collect_view()}</ul>
    }
    .into_any()
}

/// A picture, or the way to a text. Nothing of either runs.
fn look(source: String, picture: bool, name: &str) -> AnyView {
    let name = format!("Preview of {name}");
    if picture {
        return view! { <img loading="lazy" class="attachment-picture" src=source alt=name /> }.into_any();
    }
    view! {
        <a class="attachment-text" href=source target="_blank" rel="noopener external" aria-label=name>
            "Look inside"
        </a>
    }
    .into_any()
}
