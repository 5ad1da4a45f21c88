//! *Server*: what it showed of itself at the last sign-in: the protection, its certificate and what it can do.

use super::table;
use crate::api::asked::Asked;
use crate::components::certificate::described;
use crate::components::feedback::Notice;
use crate::components::time::When;
use crate::pages::accounts::progress::use_progress;
use crate::view::view;
use leptos::prelude::*;
use model::health::{AccountHealth, ServerShown, days_left};
use model::{Certificate, Timestamp};

const ID: &str = "server";

/// The section.
pub fn section(health: Asked<AccountHealth>) -> AnyView {
    let body = move |()| {
        let health = match health.get()? {
            Ok(health) => health,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(match &health.server {
            Some((seen, shown)) => all(*seen, shown),
            None => view! {
                <p class="muted">"Not seen yet: the next check that signs in shows what the server is and can do."</p>
            },
        }))
    };
    table::section(ID, "Server", Callback::new(body), Callback::new(move |()| health.refetch()))
}

fn all(seen: Timestamp, shown: &ServerShown) -> AnyView {
    let protection = match &shown.protection {
        Some(protection) => protection.clone(),
        None => "None: what is said to it can be read on the way".to_owned(),
    };
    let capabilities = shown.capabilities.iter().map(|name| view! { <li class="tag">{name.clone()}</li> });
    view! {
        <p class="muted">"So since " <When at=seen /> ", as it was at the last sign-in."</p>
        {ending(&shown.certificates)}
        <dl class="account-facts">
            <div>
                <dt>"Protection"</dt>
                <dd>{protection}</dd>
            </div>
            {shown.certificates.first().map(|own| view! {
                <div>
                    <dt>"Certificate valid until"</dt>
                    <dd class="numbers"><When at=own.not_after /></dd>
                </div>
            })}
        </dl>
        {certificates(&shown.certificates)}
        <ul class="tags" aria-label="What the server can do">{capabilities.collect_view()}</ul>
    }
}

/// Said from two weeks before the first certificate of the chain ends.
fn ending(certificates: &[Certificate]) -> impl Fn() -> Option<AnyView> + use<> {
    let ends = certificates.iter().map(|certificate| certificate.not_after).min();
    let now = use_progress().now;
    move || {
        let words = days_left(now.get()?, ends?)?;
        Some(view! { <Notice kind="warning">{format!("A certificate of this server {words}.")}</Notice> })
    }
}

fn certificates(certificates: &[Certificate]) -> Option<AnyView> {
    let (own, others) = certificates.split_first()?;
    Some(view! {
        <details class="test-certificates">
            <summary>{format!("Certificate of {}", own.subject)}</summary>
            {described(own)}
            {others.iter().map(described).collect_view()}
        </details>
    })
}
