//! One message, opened: who sent it, when, and its views *Message*, *Text*, *Headers*, *Source*, *Attachments*.
//!
//! Mail is hostile until shown otherwise. Its HTML stays in a sandboxed frame with an origin of its own and without
//! scripts; everything else is put in the page as text. Deliberately absent: any `inner_html`.

mod attachments;
mod conversation;
mod headings;
mod tags;
mod views;

use super::row::{NO_SUBJECT, marked};
use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::api::messages::{get_message, mark_messages};
use crate::components::feedback::{Failed, Notice, SkeletonRows, use_toasts};
use crate::components::report::parameters::SEARCH;
use crate::view::view;
use conversation::conversation;
use headings::{headings, invitation};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::{Mark, Marked, MessageId, MessageSummary, MessageView};
use std::sync::Arc;
use std::time::Duration;
use tags::Tags;
use views::{Pictures, View, ViewPanel, ViewTabs};

/// What a list says of a message, and what can be changed there as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Which message.
    pub id: i64,
    /// Not opened yet.
    pub unread: bool,
    /// It has a flag.
    pub flagged: bool,
}

impl Listed {
    /// Of a row.
    pub fn of(row: &MessageSummary) -> Self {
        Self { id: row.id.0, unread: row.unread, flagged: row.flagged }
    }
}

/// How long a message is open before it counts as read: whoever passes over it has not read it.
const MOMENT: Duration = Duration::from_millis(1500);

/// A message with its buttons. Open in a browser for a moment, it counts as read here.
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
    /// What the list says of the message, where there is one.
    #[prop(optional, into)]
    listed: Signal<Option<Listed>>,
    /// Called once the message was marked here.
    #[prop(optional, into)]
    on_mark: Option<Callback<()>>,
) -> impl IntoView {
    let parameters = use_query_map();
    // The search that found it: what is typed while it is open does not fetch it again.
    let message = Asked::new(id, move |id| get_message(id, parameters.with_untracked(|map| map.get(SEARCH))));
    let retry = Callback::new(move |()| message.refetch());
    view! {
        <article class="message" aria-label="Message">
            <Toolbar previous next close />
            <Transition fallback=|| view! { <SkeletonRows rows=8 /> }>
                {move || {
                    message.get().map(|message| match message {
                        Ok(message) => view! { <Opened message listed on_mark /> },
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

/// How a message is marked, which the list may change as well.
#[derive(Clone, Copy)]
struct Marks {
    unread: RwSignal<bool>,
    flagged: RwSignal<bool>,
    tags: RwSignal<Vec<String>>,
    trusted: RwSignal<bool>,
}

impl Marks {
    fn of(message: &MessageView) -> Self {
        let summary = &message.summary;
        Self {
            unread: RwSignal::new(summary.unread),
            flagged: RwSignal::new(summary.flagged),
            tags: RwSignal::new(summary.tags.clone()),
            trusted: RwSignal::new(message.sender_trusted),
        }
    }

    fn set(self, mark: Mark) {
        match mark {
            Mark::Unread(unread) => self.unread.set(unread),
            Mark::Flagged(flagged) => self.flagged.set(flagged),
            Mark::Tag(name) => self.tags.update(|tags| {
                if !tags.contains(&name) {
                    tags.push(name);
                }
            }),
            Mark::NoTag(name) => self.tags.update(|tags| tags.retain(|tag| *tag != name)),
            Mark::Trusted(trusted) => self.trusted.set(trusted),
        }
    }

    /// Follows the list. Only what changes there counts: at first it still says what was true before the message was
    /// opened.
    fn follow(self, listed: Signal<Option<Listed>>) {
        Effect::new(move |before: Option<Option<Listed>>| {
            let listed = listed.get();
            if let (Some(Some(before)), Some(now)) = (before, listed) {
                if before.unread != now.unread {
                    self.unread.set(now.unread);
                }
                if before.flagged != now.flagged {
                    self.flagged.set(now.flagged);
                }
            }
            listed.or(before.flatten())
        });
    }
}

#[component]
fn Opened(
    message: Arc<MessageView>,
    listed: Signal<Option<Listed>>,
    on_mark: Option<Callback<()>>,
) -> impl IntoView {
    let id = message.summary.id;
    let marks = Marks::of(&message);
    let toasts = use_toasts();
    let mark = Action::new(move |mark: &Mark| {
        let mark = mark.clone();
        async move {
            match mark_messages(vec![id], mark.clone()).await {
                Ok(_) => {
                    marks.set(mark);
                    if let Some(on_mark) = on_mark {
                        on_mark.run(());
                    }
                }
                Err(error) => toasts.say(error.to_string()),
            }
        }
    });
    // Effects run in a browser alone: a page fetched by a machine leaves the message unread.
    Effect::new(move |_| {
        let read = move || {
            if marks.unread.get_untracked() {
                mark.dispatch(Mark::Unread(false));
            }
        };
        if let Ok(moment) = set_timeout_with_handle(read, MOMENT) {
            on_cleanup(move || moment.clear());
        }
    });
    marks.follow(listed);
    let query = use_query_map();
    let view = RwSignal::new(query.with_untracked(|query| View::from_query(query.get_str("view"))));
    let subject =
        marked(message.summary.subject.trim_end(), NO_SUBJECT, message.summary.marks.of(Marked::Subject));
    let notices = message.cautions.iter().cloned();
    let notices = notices.map(|words| view! { <Notice kind="warning">{words}</Notice> }).collect_view();
    let attachments = message.attachments.len();
    let message = StoredValue::new(message);
    // Turns one of the two around.
    let button = move |is: RwSignal<bool>, turned: fn(bool) -> Mark, words: (&'static str, &'static str)| {
        view! {
            <button
                type="button"
                class="button button-small"
                disabled=move || mark.pending().get()
                on:click=move |_| {
                    mark.dispatch(turned(!is.get_untracked()));
                }
            >
                {move || if is.get() { words.1 } else { words.0 }}
            </button>
        }
    };
    let read = button(marks.unread, Mark::Unread, ("Mark as unread", "Mark as read"));
    let flag = button(marks.flagged, Mark::Flagged, ("Flag", "Remove flag"));
    let tags = marks.tags;
    let mark = Callback::new(move |wanted| {
        mark.dispatch(wanted);
    });
    let pictures = Pictures { once: RwSignal::new(false), trusted: marks.trusted, mark };
    view! {
        <header class="message-header">
            <div class="message-title">
                <h2 class="message-subject">
                    <bdi>{subject}</bdi>
                </h2>
                {flag} {read}
            </div>
            <Tags tags known=message.with_value(|message| message.known_tags.clone()) mark />
            {message.with_value(|message| headings(message))}
        </header>
        {notices}
        {message.with_value(|message| (conversation(&message.conversation, id), invitation(&message.invitation)))}
        <ViewTabs view attachments />
        <ViewPanel view message pictures />
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
