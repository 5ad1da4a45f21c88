//! *Network Connectors*: whether each of them is there. Where there are none the overview says nothing of them.

use super::unloaded;
use crate::api::asked::Asked;
use crate::components::feedback::Badge;
use crate::pages::connectors::{PATH, latency, status};
use crate::view::view;
use leptos::prelude::*;
use model::ConnectorSummary;

/// The section.
pub fn section(connectors: Asked<Vec<ConnectorSummary>>) -> AnyView {
    let listed = move || match connectors.get()? {
        Ok(all) if all.is_empty() => None,
        Ok(all) => Some(all.iter().map(one).collect_view().into_any()),
        Err(error) => {
            let retry = move || connectors.refetch();
            let words = unloaded("The Network Connectors", &error, retry);
            Some(view! { <li>{words}</li> }.into_any())
        }
    };
    let section = move || {
        listed().map(|listed| {
            view! {
                <section aria-labelledby="connectors">
                    <h2 id="connectors">
                        <a href=PATH>"Network Connectors"</a>
                    </h2>
                    <ul class="attention">{listed}</ul>
                </section>
            }
        })
    };
    section.into_any()
}

fn one(connector: &ConnectorSummary) -> AnyView {
    let (kind, icon, word) = status(connector);
    let users = match connector.used_by + connector.inherited_by {
        0 => "Used by no account".to_owned(),
        1 => "Used by 1 account".to_owned(),
        more => format!("Used by {more} accounts"),
    };
    let latency = latency(connector).map(|latency| view! { <span class="muted">{latency} " ms away"</span> });
    view! {
        <li>
            <Badge kind icon text=word />
            <span>{connector.settings.name.clone()}</span>
            <span class="muted">{users}</span>
            {latency}
        </li>
    }
    .into_any()
}
