//! *What would a check do?*: asked of the mail server when somebody wants to know, in numbers and in words.

use super::table::{Heading, table};
use crate::api::ApiError;
use crate::api::checks::forecast_check;
use crate::components::feedback::Notice;
use crate::components::icon::Icon;
use crate::components::time::{When, browser_now};
use crate::pages::accounts::status::failure;
use crate::view::view;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::report::{grouped, size_text};
use model::{AccountId, FolderForecast, Forecast, Timestamp};

const ID: &str = "forecast";

const HEADINGS: [Heading; 5] = [
    ("Folder", false),
    ("To fetch", true),
    ("Size", true),
    ("To delete on the server", true),
    ("To leave aside", true),
];

type Answer = (Timestamp, Result<Forecast, ApiError>);

/// The section.
pub fn section(id: Memo<AccountId>) -> AnyView {
    let asking = RwSignal::new(false);
    let answer = RwSignal::new(None::<Answer>);
    let ask = move |_| {
        if asking.get_untracked() {
            return;
        }
        asking.set(true);
        let id = id.get_untracked();
        spawn_local(async move {
            let result = forecast_check(id).await;
            // Gone where the page has been left in the meantime.
            answer.try_set(Some((browser_now(), result)));
            asking.try_set(false);
        });
    };
    let shown = move || {
        if asking.get() {
            return Some(view! {
                <p class="account-asking">
                    <progress aria-label="Asking the mail server"></progress>
                    "Asking the mail server"
                </p>
            });
        }
        answer.with(|answer| answer.as_ref().map(said))
    };
    view! {
        <section class="account-section" aria-labelledby=ID>
            <h2 id=ID>"What would a check do?"</h2>
            <div class="account-tools">
                <p class="muted">
                    "A dry run asks the mail server what is there. It changes nothing, neither on the server nor here."
                </p>
                <button
                    type="button"
                    class="button"
                    aria-disabled=move || asking.get().then_some("true")
                    on:click=ask
                >
                    <Icon name="eye" />
                    "Dry run"
                </button>
            </div>
            <div class="account-forecast" role="status" aria-busy=move || asking.get().then_some("true")>
                {shown}
            </div>
        </section>
    }
}

fn said((at, answer): &Answer) -> AnyView {
    let when = view! {
        <p class="muted">"Asked at " <When at=*at /> ". Nothing was changed."</p>
    };
    match answer {
        Err(error) => {
            let why = error.to_string();
            view! { <Notice kind="bad">{why}</Notice> }
        }
        Ok(Forecast { failure: Some(refused), .. }) => view! {
            <p>"A check would fail."</p>
            {failure(refused)}
            {when}
        },
        Ok(forecast) => view! {
            <p><strong>{in_words(&forecast.total())}</strong></p>
            {table(ID, &HEADINGS, forecast.folders.iter().map(row).collect())}
            {when}
        },
    }
}

fn row(folder: &FolderForecast) -> Vec<AnyView> {
    vec![
        folder.folder.clone().into_any(),
        grouped(folder.fetch).into_any(),
        size_text(folder.bytes).into_any(),
        grouped(folder.delete).into_any(),
        grouped(folder.left).into_any(),
    ]
}

/// `A check would fetch 3 messages (1.2 MB), delete 3 on the server and leave 1 aside, too large.`
fn in_words(all: &FolderForecast) -> String {
    let messages = |count| match count {
        1 => "1 message".to_owned(),
        count => format!("{} messages", grouped(count)),
    };
    let mut parts = Vec::new();
    if all.fetch > 0 {
        parts.push(format!("fetch {} ({})", messages(all.fetch), size_text(all.bytes)));
    }
    if all.delete > 0 {
        parts.push(format!("delete {} on the server", messages(all.delete)));
    }
    if all.left > 0 {
        parts.push(format!("leave {} aside, too large to be fetched", messages(all.left)));
    }
    match parts.split_last() {
        None => "A check would find nothing to do.".to_owned(),
        Some((only, [])) => format!("A check would {only}."),
        Some((last, others)) => format!("A check would {} and {last}.", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_in_words() {
        let of = |fetch, bytes, delete, left| {
            in_words(&FolderForecast { folder: String::new(), fetch, bytes, delete, left })
        };
        assert_eq!(of(0, 0, 0, 0), "A check would find nothing to do.");
        assert_eq!(of(1, 900, 0, 0), "A check would fetch 1 message (900 B).");
        assert_eq!(
            of(1_200, 3_400_000, 1_200, 0),
            "A check would fetch 1,200 messages (3.4 MB) and delete 1,200 messages on the server."
        );
        assert_eq!(
            of(2, 500, 3, 1),
            "A check would fetch 2 messages (500 B), delete 3 messages on the server and leave 1 message aside, \
             too large to be fetched."
        );
    }
}
