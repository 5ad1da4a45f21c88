//! The overview: how the accounts are doing, how much mail there is, what needs attention, and whether the Network Connectors
//! are there.

mod arrivals;
mod attention;
mod connectors;
mod figures;

use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::api::connectors::list_connectors;
use crate::api::health::{get_arrivals, list_concerns};
use crate::api::live::LiveEvent;
use crate::components::feedback::{Empty, Failed, SkeletonRows};
use crate::components::live::use_live;
use crate::pages::accounts::PATH;
use crate::view::view;
use figures::{Figures, load};
use leptos::prelude::*;
use leptos_meta::Title;
use model::health::{Arrivals, Concern};
use model::report::grouped;
use model::{AccountStatus, ConnectorSummary};

/// What stands beside the figures: each part is loaded by itself, and where it cannot be, says so at its place.
#[derive(Clone, Copy)]
struct Parts {
    arrivals: Asked<Arrivals>,
    concerns: Asked<Vec<Concern>>,
    connectors: Asked<Vec<ConnectorSummary>>,
}

/// The first screen after signing in.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let figures = Asked::once(load);
    let changed = |event: &LiveEvent| matches!(event, LiveEvent::Accounts | LiveEvent::Messages { .. });
    let parts = Parts {
        arrivals: Asked::once(get_arrivals),
        concerns: Asked::once(list_concerns),
        connectors: Asked::once(list_connectors),
    };
    let again = move || {
        figures.refetch();
        parts.arrivals.refetch();
        parts.concerns.refetch();
        parts.connectors.refetch();
    };
    use_live().refetch_on(changed, again);
    view! {
        <Title text="Overview" />
        <main id="content" class="overview" tabindex="-1">
            <h1>"Overview"</h1>
            <Transition fallback=|| {
                view! { <SkeletonRows rows=4 /> }
            }>
                {move || {
                    figures
                        .get()
                        .map(|result| match result {
                            Ok(figures) if figures.accounts == 0 => first_step(),
                            Ok(figures) => all(&figures, parts),
                            Err(error) => {
                                view! {
                                    <Failed
                                        title="The overview could not be loaded"
                                        error=error
                                        retry=move |()| again()
                                    />
                                }
                            }
                        })
                }}
            </Transition>
        </main>
    }
}

/// That a part could not be loaded, why, and another try.
fn unloaded(what: &str, error: &ApiError, retry: impl Fn() + 'static) -> AnyView {
    view! {
        <span class="muted">{format!("{what} could not be loaded. {error}")}</span>
        " "
        <button type="button" class="button button-small" on:click=move |_| retry()>
            "Retry"
        </button>
    }
    .into_any()
}

fn first_step() -> AnyView {
    view! {
        <Empty
            icon="mail"
            title="Register the first account"
            text="An account is an IMAP or POP3 mailbox that is checked on a schedule. It takes two minutes: server, port, user name, password."
        >
            <a class="button button-primary" href=format!("{PATH}/new")>"New account"</a>
        </Empty>
    }
}

fn all(figures: &Figures, parts: Parts) -> AnyView {
    let health = AccountStatus::ALL
        .into_iter()
        .map(|status| (status, figures.with_status(status)))
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| {
            tile(format!("{PATH}?status={}", status.id()), count, status.label(), kind(status))
        })
        .collect_view();
    view! {
        <section aria-labelledby="health">
            <h2 id="health">"Accounts"</h2>
            <ul class="tiles">{health}</ul>
        </section>
        <section aria-labelledby="mail">
            <h2 id="mail">"Mail"</h2>
            <ul class="tiles">
                {tile("/inbox".to_owned(), figures.messages, "Messages", "quiet")}
                {tile("/inbox?unread=yes".to_owned(), figures.unread, "Unread", "info")}
            </ul>
            {arrivals::charts(parts.arrivals)}
        </section>
        {attention::section(figures, parts.concerns)}
        {connectors::section(parts.connectors)}
    }
}

fn kind(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Healthy => "good",
        AccountStatus::Failing => "bad",
        AccountStatus::Checking => "info",
        AccountStatus::New | AccountStatus::Paused => "quiet",
    }
}

fn tile(href: String, count: u64, label: &'static str, kind: &'static str) -> AnyView {
    view! {
        <li>
            <a class=format!("tile tile-{kind}") href=href>
                <span class="tile-count numbers">{grouped(count)}</span>
                <span>{label}</span>
            </a>
        </li>
    }
}
