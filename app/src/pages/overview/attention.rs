//! *Needs attention*: the accounts that fail, and the certificates that end soon.

use super::figures::{Failing, Figures};
use super::unloaded;
use crate::api::asked::Asked;
use crate::components::feedback::Badge;
use crate::components::time::{When, WhenKnown, browser_now};
use crate::pages::accounts::{PATH, skip_badge};
use crate::view::view;
use leptos::prelude::*;
use model::Timestamp;
use model::health::{Expiring, days_left};

/// The section.
pub fn section(figures: &Figures, expiring: Asked<Vec<Expiring>>) -> AnyView {
    let failing = figures.failing.iter().map(failing).collect_view();
    let quiet = figures.failing.is_empty();
    // What the server draws has no time of its own.
    let now = RwSignal::new(None);
    Effect::new(move |_| now.set(Some(browser_now())));
    let ending = move || {
        let ending = match expiring.get()? {
            Ok(ending) => ending,
            Err(error) => {
                let retry = move || expiring.refetch();
                let words = unloaded("Which certificates end soon", &error, retry);
                return Some(view! { <li>{words}</li> }.into_any());
            }
        };
        if ending.is_empty() {
            return quiet.then(|| {
                view! { <li class="muted">"Nothing: no account is failing, and no certificate ends soon."</li> }.into_any()
            });
        }
        Some(ending.iter().map(|one| ends(one, now)).collect_view().into_any())
    };
    view! {
        <section aria-labelledby="attention">
            <h2 id="attention">"Needs attention"</h2>
            <ul class="attention">{failing} {ending}</ul>
        </section>
    }
}

fn failing(account: &Failing) -> AnyView {
    view! {
        <li>
            <Badge kind="bad" icon="bad" text=account.stage.clone() />
            <a href=format!("{PATH}/{}", account.id)>{account.name.clone()}</a>
            {account.skips.then(skip_badge)}
            <span>{account.sentence.clone()}</span>
            <span class="muted">"Last success: " <WhenKnown at=account.last_success /></span>
        </li>
    }
}

fn ends(expiring: &Expiring, now: RwSignal<Option<Timestamp>>) -> AnyView {
    let at = expiring.at;
    let words =
        move || now.get().and_then(|now| days_left(now, at)).unwrap_or_else(|| "ends soon".to_owned());
    view! {
        <li>
            <Badge kind="warning" icon="lock" text="Certificate" />
            <a href=format!("{PATH}/{}#server", expiring.account.0)>{expiring.name.clone()}</a>
            <span>"A certificate of its server " {words} "."</span>
            <span class="muted">"Valid until " <When at=at /></span>
        </li>
    }
}
