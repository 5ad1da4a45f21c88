//! One message as a row of the Inbox report.

use crate::components::icon::Icon;
use crate::components::report::parameters::CURSOR;
use crate::components::report::{Column, Place, Row};
use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::report::size_text;
use model::{Marked, MessageSummary};

/// The parameter that names the message beside the list.
pub const MESSAGE: &str = "message";

/// Where the list stands, for the links of its rows.
#[derive(Debug, Clone, Copy)]
pub struct InboxPlace(pub Memo<Place>);

impl Row for MessageSummary {
    fn key(&self) -> i64 {
        self.id.0
    }

    fn name(&self) -> String {
        subject_text(&self.subject)
    }

    fn strong(&self) -> bool {
        self.unread
    }
}

/// The columns of the Inbox report; the account only where several are listed together.
pub fn columns(all_accounts: bool) -> Vec<Column<MessageSummary>> {
    let column = |id, label, numeric, cell: fn(&MessageSummary) -> AnyView| Column {
        id,
        label,
        sortable: true,
        numeric,
        shown: true,
        cell,
    };
    vec![
        column("sender", "Sender", false, sender),
        column("subject", "Subject", false, subject),
        column("attachments", "Attachments", true, attachments),
        column("size", "Size", true, |row| size_text(row.size).into_any()),
        column("received", "Received", true, |row| view! { <When at=row.received /> }),
        Column {
            shown: all_accounts,
            ..column("account", "Account", false, |row| row.account_name.clone().into_any())
        },
    ]
}

/// The link that opens a message beside the list, or closes it.
pub fn opened(place: &Place, message: Option<i64>) -> String {
    place.with([(MESSAGE, message.map(|id| id.to_string()))]).href()
}

/// The link to the list's first page, where new mail is.
pub fn newest(place: &Place) -> String {
    place.with([(CURSOR, None)]).href()
}

fn sender(row: &MessageSummary) -> AnyView {
    let unread = row.unread.then(|| {
        view! {
            <span class="unread-dot"></span>
            <span class="said">"Unread: "</span>
        }
    });
    let address = row.sender.address.clone();
    view! {
        <span class="message-sender" title=address>
            {unread}
            {flag(row.flagged)}
            {marked(row.sender.shown(), "(no sender)", row.marks.of(Marked::Sender))}
        </span>
    }
}

fn subject(row: &MessageSummary) -> AnyView {
    let id = row.id.0;
    let place = use_context::<InboxPlace>();
    let href = move || {
        place.map_or_else(|| format!("/messages/{id}"), |place| place.0.with(|place| opened(place, Some(id))))
    };
    view! {
        <a class="message-subject" data-noscroll href=href>
            {marked(&row.subject, NO_SUBJECT, row.marks.of(Marked::Subject))}
        </a>
        {tags(&row.tags)}
        <span class="message-preview muted">{marked(&row.preview, "", row.marks.of(Marked::Text))}</span>
    }
}

fn attachments(row: &MessageSummary) -> AnyView {
    (row.attachments > 0)
        .then(|| {
            view! {
                <span class="message-attachments">
                    <Icon name="attachment" />
                    {row.attachments}
                    <span class="said">{if row.attachments == 1 { " attachment" } else { " attachments" }}</span>
                </span>
            }
        })
        .into_any()
}

/// What stands where there is no subject: rows without one have to be clicked too.
pub const NO_SUBJECT: &str = "(no subject)";

fn subject_text(subject: &str) -> String {
    if subject.trim().is_empty() { NO_SUBJECT.to_owned() } else { subject.to_owned() }
}

fn flag(flagged: bool) -> AnyView {
    flagged
        .then(|| {
            view! {
                <span class="message-flag">
                    <Icon name="flag" />
                    <span class="said">"Flagged: "</span>
                </span>
            }
        })
        .into_any()
}

fn tags(tags: &[String]) -> AnyView {
    tags.iter().map(|tag| view! { <span class="tag">{tag.clone()}</span> }).collect_view().into_any()
}

/// `text`, in which what was searched for is marked; `otherwise` where there is none.
pub fn marked(text: &str, otherwise: &'static str, marks: impl Iterator<Item = (usize, usize)>) -> AnyView {
    if text.trim().is_empty() {
        return otherwise.into_any();
    }
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let mut done = 0;
    let mut parts = Vec::new();
    for (from, to) in marks {
        parts.push(view! { {part(done, from)} <mark>{part(from, to)}</mark> });
        done = to;
    }
    (parts, part(done, text.len())).into_any()
}
