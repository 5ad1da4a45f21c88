//! *Quarantine*: the messages that stay on the server because they could not be taken in, and the way to try again.

use super::table::{self, Heading, Part, table};
use crate::api::asked::Asked;
use crate::api::quarantine::retry_quarantined;
use crate::components::feedback::use_toasts;
use crate::components::icon::Icon;
use crate::components::time::When;
use crate::pages::accounts::act::one_by_one;
use crate::view::view;
use leptos::prelude::*;
use model::report::size_text;
use model::{AccountId, Page, QuarantinedMessage};

/// The id of the section and the parameter of its page.
pub const PLACE: &str = "quarantine";

const HEADINGS: [Heading; 6] = [
    ("Message", false),
    ("Folder", false),
    ("Why", false),
    ("Size", true),
    ("Tries", true),
    ("Last tried", true),
];

/// The section.
pub fn section(id: Memo<AccountId>, messages: Asked<Page<QuarantinedMessage>>) -> AnyView {
    let again = Callback::new(move |()| messages.refetch());
    let body = move |()| {
        let page = match messages.get()? {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(if page.rows.is_empty() {
            empty()
        } else {
            let rows = page.rows.iter().map(row).collect();
            view! {
                <div class="account-tools">
                    <p class="muted">
                        "They stay on the server and are never deleted there. Retry has a check ask for all of them again, now."
                    </p>
                    {retry(id, page.total.count, again)}
                </div>
                {table(PLACE, &HEADINGS, rows)}
                {Part::of(&page).links(PLACE, "Pages of the quarantine")}
            }
        }))
    };
    table::section(PLACE, "Quarantine", Callback::new(body), again)
}

fn empty() -> AnyView {
    view! {
        <p class="muted">
            "Nothing is in quarantine. A message that is too large, that the server does not give, or that cannot be stored or read would be listed here with its reason: it stays on the server, and all others are fetched."
        </p>
    }
}

fn retry(id: Memo<AccountId>, count: u64, again: Callback<()>) -> AnyView {
    let toasts = use_toasts();
    let words = match count {
        1 => "Retry 1 message".to_owned(),
        count => format!("Retry {} messages", model::report::grouped(count)),
    };
    let retry = move |_| {
        let retry = retry_quarantined(id.get_untracked());
        one_by_one(vec![Box::pin(retry)], toasts, again);
    };
    view! {
        <button type="button" class="button" on:click=retry>
            <Icon name="refresh" />
            {words}
        </button>
    }
}

fn row(message: &QuarantinedMessage) -> Vec<AnyView> {
    let name = message.key.text();
    let name = match message.message {
        Some(id) => view! { <a href=format!("/messages/{}", id.0)>{name}</a> },
        None => name.into_any(),
    };
    vec![
        name,
        message.folder.clone().into_any(),
        view! {
            <strong>{format!("{}: ", message.kind.label())}</strong>
            {message.reason.clone()}
        },
        size_text(message.size).into_any(),
        message.tries.into_any(),
        view! { <When at=message.at /> },
    ]
}
