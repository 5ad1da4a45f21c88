//! One message, opened: who sent it, when, and its views *Message*, *Text*, *Headers*, *Source*, *Attachments*.
//!
//! Mail is hostile until shown otherwise. Its HTML stays in a sandboxed frame with an origin of its own and without
//! scripts; everything else is put in the page as text. Deliberately absent: any `inner_html`.

mod headings;
mod views;

use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::api::messages::{get_message, set_unread};
use crate::components::feedback::{Failed, Notice, SkeletonRows};
use crate::view::view;
use headings::headings;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{MessageId, MessageView};
use std::sync::Arc;
use views::{View, ViewPanel, ViewTabs};

/// A message with its buttons. Opened in a browser, it counts as read here from then on.
#[component]
pub fn MessagePane(
    /// Which message.
    #[prop(into)]
    id: Signal<MessageId>,
    /// Where the message above it in the list is.
    #[prop(optional, into)]
    previous: Signal<Option<String>>,
    /// Where the message below it in the list is.
    #[prop(optional, into)]
    next: Signal<Option<String>>,
    /// Where the list is without this message.
    #[prop(optional, into)]
    close: Signal<Option<String>>,
    /// What the list says of the message, where there is one: it can be marked there as well.
    #[prop(optional, into)]
    listed_unread: Signal<Option<bool>>,
    /// Called once a message counts as read (`false`) or unread (`true`).
    #[prop(optional, into)]
    on_unread: Option<Callback<(MessageId, bool)>>,
) -> impl IntoView {
    let message = Asked::new(id, get_message);
    let retry = Callback::new(move |()| message.refetch());
    view! {
        <article class="message" aria-label="Message">
            <Toolbar previous next close />
            <Transition fallback=|| view! { <SkeletonRows rows=8 /> }>
                {move || {
                    message.get().map(|message| match message {
                        Ok(message) => view! { <Opened message listed_unread on_unread /> },
                        Err(ApiError::NotFound) => view! { <Gone /> },
                        Err(error) => {
                            view! { <Failed title="The message could not be loaded" error retry /> }
                        },
                    })
                }}
            </Transition>
        </article>
    }
}

/// The ways out, which are there before the message is.
#[component]
fn Toolbar(
    previous: Signal<Option<String>>,
    next: Signal<Option<String>>,
    close: Signal<Option<String>>,
) -> impl IntoView {
    let way = |label: &'static str, href: Signal<Option<String>>| {
        move || {
            href.get().map(|href| {
                view! {
                    <a class="button button-quiet button-small" href=href>
                        {label}
                    </a>
                }
            })
        }
    };
    view! {
        <nav class="message-ways" aria-label="Messages">
            {way("Previous", previous)}
            {way("Next", next)}
            {way("Close", close)}
        </nav>
    }
}

#[component]
fn Opened(
    message: Arc<MessageView>,
    listed_unread: Signal<Option<bool>>,
    on_unread: Option<Callback<(MessageId, bool)>>,
) -> impl IntoView {
    let id = message.summary.id;
    let unread = RwSignal::new(message.summary.unread);
    let mark = Action::new(move |wanted: &bool| {
        let wanted = *wanted;
        async move {
            if set_unread(vec![id], wanted).await.is_ok() {
                unread.set(wanted);
                if let Some(on_unread) = on_unread {
                    on_unread.run((id, wanted));
                }
            }
        }
    });
    // Effects run in a browser alone: a page fetched by a machine leaves the message unread.
    Effect::new(move |_| {
        if unread.get_untracked() {
            mark.dispatch(false);
        }
    });
    // Only what changes in the list counts: at first it still says what was true before the message was opened.
    Effect::new(move |before: Option<Option<bool>>| {
        let listed = listed_unread.get();
        if let (Some(Some(before)), Some(now)) = (before, listed)
            && before != now
        {
            unread.set(now);
        }
        listed.or(before.flatten())
    });
    let query = use_query_map();
    let view = RwSignal::new(query.with_untracked(|query| View::from_query(query.get_str("view"))));
    let subject = message.summary.subject.trim();
    let subject = if subject.is_empty() { "(no subject)".to_owned() } else { subject.to_owned() };
    let warning = message.warning.clone();
    let attachments = message.attachments.len();
    let message = StoredValue::new(message);
    view! {
        <header class="message-header">
            <div class="message-title">
                <h2 class="message-subject">
                    <bdi>{subject}</bdi>
                </h2>
                <button
                    type="button"
                    class="button button-small"
                    disabled=move || mark.pending().get()
                    on:click=move |_| {
                        mark.dispatch(!unread.get_untracked());
                    }
                >
                    {move || if unread.get() { "Mark as read" } else { "Mark as unread" }}
                </button>
            </div>
            {message.with_value(|message| headings(message))}
        </header>
        {warning.map(|warning| view! { <Notice kind="warning">{warning}</Notice> })}
        <ViewTabs view attachments />
        <ViewPanel view message />
    }
}

#[component]
fn Gone() -> impl IntoView {
    view! {
        <div class="state">
            <h2>"There is no such message"</h2>
            <p class="muted">"It was removed, or it is not yours to read."</p>
        </div>
    }
}
