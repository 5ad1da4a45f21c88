//! The head of the account page: what it is called, how it is doing, what can be done, why the last check failed, and the
//! facts.

use crate::components::feedback::{Badge, use_toasts};
use crate::components::icon::Icon;
use crate::components::time::WhenKnown;
use crate::pages::accounts::progress::use_progress;
use crate::pages::accounts::row::lag_text;
use crate::pages::accounts::status::{failure, progress_of, status_badge, tags, trust_badge};
use crate::pages::accounts::{PATH, act, page_of};
use crate::view::view;
use leptos::prelude::*;
use leptos_meta::Title;
use model::report::{grouped, size_text};
use model::{AccountSettings, AccountStatus, AccountSummary};

/// The head; `again` asks for the account once more.
pub fn head(account: &AccountSummary, again: Callback<()>) -> AnyView {
    let name = account.settings.name.clone();
    view! {
        <Title text=name.clone() />
        <header class="account-head">
            <h1>{name}</h1>
            <span class="account-state" role="status">
                {status_badge(account.status)}
                {progress_of(account)}
            </span>
            <span class="bar-gap"></span>
            {buttons(account, again)}
        </header>
        {last_failure(account)}
        {facts(account)}
    }
}

fn buttons(account: &AccountSummary, again: Callback<()>) -> AnyView {
    let toasts = use_toasts();
    let (id, enabled) = (account.id, account.settings.enabled);
    let waits = !enabled || account.status == AccountStatus::Checking;
    let check = move |_| {
        if !waits {
            act::check(vec![id], toasts, again);
        }
    };
    let why = if enabled { "It is being checked" } else { "It is paused: resume it first" };
    let (pause, icon) = if enabled { ("Pause", "pause") } else { ("Resume", "right") };
    view! {
        <div class="account-buttons">
            <button
                type="button"
                class="button button-primary"
                aria-disabled=waits.then_some("true")
                title=waits.then_some(why)
                on:click=check
            >
                <Icon name="refresh" />
                "Check now"
            </button>
            <a class="button" href=format!("{}/edit?back=account", page_of(id))>"Edit account"</a>
            <a class="button" href=format!("/accounts/{}/inbox", id.0)>
                <Icon name="inbox" />
                "View inbox"
            </a>
            {enabled.then(|| view! {
                <a class="button" href=format!("{}/edit?back=account&test", page_of(id))>
                    <Icon name="link" />
                    "Test connection"
                </a>
            })}
            <a class="button" href=format!("{PATH}/new?copy={}", id.0)>
                <Icon name="copy" />
                "Duplicate"
            </a>
            <button type="button" class="button" on:click=move |_| act::enable(vec![id], !enabled, toasts, again)>
                <Icon name=icon />
                {pause}
            </button>
        </div>
    }
}

/// Said until a check succeeds, whatever the account is doing meanwhile.
fn last_failure(account: &AccountSummary) -> Option<AnyView> {
    account.failure.as_ref().map(|refused| {
        view! {
            <section class="account-section" aria-labelledby="failure">
                <h2 id="failure">"The last check failed"</h2>
                {failure(refused)}
            </section>
        }
    })
}

fn facts(account: &AccountSummary) -> AnyView {
    let settings = &account.settings;
    let fact = |term: &'static str, is: AnyView| {
        view! {
            <div>
                <dt>{term}</dt>
                <dd class="numbers">{is}</dd>
            </div>
        }
    };
    let row = account.clone();
    let now = use_progress().now;
    let lag = (move || lag_text(now.get(), &row)).into_any();
    let unread = match account.unread {
        0 => String::new(),
        count => format!(" ({} unread)", grouped(count)),
    };
    let messages = view! {
        <a href=format!("/accounts/{}/inbox", account.id.0)>{grouped(account.messages)}</a>
        <span class="muted">{unread}</span>
    };
    view! {
        <dl class="account-facts">
            {fact("Last check", view! { <WhenKnown at=account.last_check /> })}
            {fact("Last success", view! { <WhenKnown at=account.last_success /> })}
            {fact("Next check", view! { <WhenKnown at=account.next_check /> })}
            {fact("Lag", lag)}
            {fact("Messages", messages)}
            {fact("Protocol", settings.protocol.label().into_any())}
            {fact("Address", settings.address.clone().into_any())}
            {fact("Port", settings.port.into_any())}
            {fact("Secure connection", security(settings))}
            {settings.way.uses().then(|| fact("Network Connector", connector(account).into_any()))}
            {fact("Credential", account.credential_name.clone().into_any())}
            {fact("Keep copy in server", keep_copy(settings).into_any())}
            {fact("Automatic check", automatic(settings).into_any())}
            {fact("Folders", settings.folders.join(", ").into_any())}
            {fact("Largest message", largest(settings).into_any())}
            {tags(settings).map(|tags| fact("Tags", tags))}
        </dl>
        {(!settings.notes.is_empty()).then(|| view! { <p class="account-notes">{settings.notes.clone()}</p> })}
    }
}

fn security(settings: &AccountSettings) -> AnyView {
    let is = match settings.security.connection_type() {
        Some(kind) => view! { <Badge kind="good" icon="lock" text=kind.label() /> },
        None => view! { <Badge kind="warning" icon="unlock" text="No" /> },
    };
    let trust = trust_badge(settings);
    view! {
        {is}
        " "
        {trust}
    }
}

fn connector(account: &AccountSummary) -> String {
    account.connector_name.clone().unwrap_or_else(|| "The default".to_owned())
}

fn keep_copy(settings: &AccountSettings) -> String {
    match (settings.keep_copy, settings.delete_after_days) {
        (true, _) if settings.mirrors_marks() => "Yes, with read and flagged state mirrored".to_owned(),
        (true, _) => "Yes".to_owned(),
        (false, None) => "No: deleted there at once".to_owned(),
        (false, Some(1)) => "No: deleted there after 1 day".to_owned(),
        (false, Some(days)) => format!("No: deleted there after {days} days"),
    }
}

fn automatic(settings: &AccountSettings) -> String {
    if !settings.automatic_check {
        return "No".to_owned();
    }
    let every = match settings.check_interval_seconds {
        seconds if seconds.is_multiple_of(60) => format!("every {} min", grouped(u64::from(seconds / 60))),
        seconds => format!("every {seconds} s"),
    };
    if settings.instant { format!("{every}, and Instant") } else { every }
}

fn largest(settings: &AccountSettings) -> String {
    settings.largest_message.map_or_else(|| "As the program allows".to_owned(), size_text)
}
