//! *Needs attention*: the accounts that fail or are late, messages in quarantine, and certificates that end soon.

use super::figures::{Failing, Figures};
use super::unloaded;
use crate::api::asked::Asked;
use crate::components::feedback::Badge;
use crate::components::time::{When, WhenKnown};
use crate::pages::accounts::{PATH, skip_badge};
use crate::view::view;
use leptos::prelude::*;
use model::health::{Concern, ConcernKind};

/// The section.
pub fn section(figures: &Figures, concerns: Asked<Vec<Concern>>) -> AnyView {
    let failing = figures.failing.iter().map(failing).collect_view();
    let quiet = figures.failing.is_empty();
    let others = move || {
        let others = match concerns.get()? {
            Ok(others) => others,
            Err(error) => {
                let retry = move || concerns.refetch();
                let words = unloaded("What else needs attention", &error, retry);
                return Some(view! { <li>{words}</li> }.into_any());
            }
        };
        if others.is_empty() {
            return quiet.then(|| {
                let words = "Nothing: no account fails or is late, nothing is in quarantine, no certificate ends soon.";
                view! { <li class="muted">{words}</li> }.into_any()
            });
        }
        Some(others.iter().map(other).collect_view().into_any())
    };
    view! {
        <section aria-labelledby="attention">
            <h2 id="attention">"Needs attention"</h2>
            <ul class="attention">{failing} {others}</ul>
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

fn other(Concern { account, name, kind, words, at }: &Concern) -> AnyView {
    let (icon, label, place, before) = match kind {
        ConcernKind::Late => ("clock", "Late", "", "Due "),
        ConcernKind::Quarantine => ("mail", "Quarantine", "#quarantine", "Last tried "),
        ConcernKind::Certificate => ("lock", "Certificate", "#server", "Valid until "),
    };
    view! {
        <li>
            <Badge kind="warning" icon=icon text=label />
            <a href=format!("{PATH}/{}{place}", account.0)>{name.clone()}</a>
            <span>{words.clone()}</span>
            <span class="muted">{before} <When at=*at /></span>
        </li>
    }
}
