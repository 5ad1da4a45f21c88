//! *Receipts*: what was deleted on the server, when and why.

use super::table::{self, Heading, Part, table};
use crate::api::asked::Asked;
use crate::components::icon::Icon;
use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::report::size_text;
use model::{AccountId, Page, Receipt};

/// The id of the section and the parameter of its page.
pub const PLACE: &str = "receipts";

const HEADINGS: [Heading; 6] = [
    ("Deleted", true),
    ("Message", false),
    ("Folder", false),
    ("Name on the server", false),
    ("Size", true),
    ("Why", false),
];

/// The section.
pub fn section(id: Memo<AccountId>, receipts: Asked<Page<Receipt>>) -> AnyView {
    let body = move |()| {
        let page = match receipts.get()? {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(if page.rows.is_empty() {
            view! {
                <p class="muted">
                    "Nothing was deleted on the server. Where no copy is kept there, each message that is deleted after it was stored here leaves its receipt here."
                </p>
            }
        } else {
            let rows = page.rows.iter().map(row).collect();
            let export = format!("/api/receipts/export.csv?account={}", id.get_untracked().0);
            view! {
                <div class="account-tools">
                    <p class="muted">
                        "Messages that the server confirmed as deleted, each after it was stored here."
                    </p>
                    <a class="button" href=export rel="external" download>
                        <Icon name="download" />
                        "Export CSV"
                    </a>
                </div>
                {table(PLACE, &HEADINGS, rows)}
                {Part::of(&page).links(PLACE, "Pages of the receipts")}
            }
        }))
    };
    table::section(PLACE, "Receipts", Callback::new(body), Callback::new(move |()| receipts.refetch()))
}

fn row(receipt: &Receipt) -> Vec<AnyView> {
    let message = match &receipt.subject {
        Some(subject) => {
            let words = if subject.is_empty() { "(no subject)".to_owned() } else { subject.clone() };
            view! { <a href=format!("/messages/{}", receipt.message.0)>{words}</a> }
        }
        None => view! { <span class="muted">"removed here"</span> },
    };
    vec![
        view! { <When at=receipt.at /> },
        message,
        receipt.folder.clone().into_any(),
        receipt.key.text().into_any(),
        size_text(receipt.size).into_any(),
        receipt.reason.clone().into_any(),
    ]
}
