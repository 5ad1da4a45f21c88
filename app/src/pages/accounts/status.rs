//! How an account is doing, in the same words and pictures wherever it is said: its status, how far its check has come,
//! and why one failed.

use super::PATH;
use super::progress::use_progress;
use crate::components::feedback::Badge;
use crate::components::report::parameters::escaped;
use crate::view::view;
use leptos::prelude::*;
use model::report::grouped;
use model::{AccountSettings, AccountStatus, AccountSummary, AccountUse, CheckFailure, Trust};

/// The word with its picture.
pub fn status_badge(status: AccountStatus) -> AnyView {
    let (kind, icon) = match status {
        AccountStatus::Healthy => ("good", "good"),
        AccountStatus::Failing => ("bad", "bad"),
        AccountStatus::Checking => ("info", "refresh"),
        AccountStatus::New => ("quiet", "clock"),
        AccountStatus::Paused => ("quiet", "pause"),
    };
    view! { <Badge kind=kind icon=icon text=status.label() /> }
}

/// Whose certificates are accepted, wherever it is not those that this machine knows.
pub fn trust_badge(settings: &AccountSettings) -> Option<AnyView> {
    let (kind, icon, text) = match settings.trust() {
        Trust::SystemRoots => return None,
        Trust::Authority(_) => ("quiet", "lock", "Own authority"),
        Trust::Pinned(_) => ("quiet", "lock", "Trusted certificate"),
        Trust::Any => return Some(skip_badge()),
    };
    Some(view! { <Badge kind=kind icon=icon text=text /> })
}

/// Any certificate is accepted: said wherever the account is shown.
pub fn skip_badge() -> AnyView {
    view! { <Badge kind="warning" icon="unlock" text="Skip certificate" /> }
}

/// The first of `many` accounts by name, each a link to its page.
pub fn by_name(accounts: &[AccountUse], many: u32) -> AnyView {
    let links = accounts.iter().take(3).enumerate().map(|(index, account)| {
        let href = format!("{PATH}/{}", account.id.0);
        let comma = (index > 0).then_some(", ");
        view! { {comma} <a href=href>{account.name.clone()}</a> {account.skips.then(skip_badge)} }
    });
    let links = links.collect_view();
    let more = many.saturating_sub(3);
    let more = (more > 0).then(|| format!(" and {more} more"));
    view! { {links} {more} }
}

/// Each tag, as the way to all accounts that have it.
pub fn tags(settings: &AccountSettings) -> Option<AnyView> {
    let tag = |tag: &String| {
        view! {
            <li>
                <a class="tag" href=format!("{PATH}?tag={}", escaped(tag))>
                    {tag.clone()}
                </a>
            </li>
        }
    };
    (!settings.tags.is_empty()).then(|| {
        view! { <ul class="tags" aria-label="Tags">{settings.tags.iter().map(tag).collect_view()}</ul> }
    })
}

/// How far the check of an account has come, while it runs.
pub fn progress_of(account: &AccountSummary) -> AnyView {
    let checking = account.status == AccountStatus::Checking;
    let progress = use_progress();
    let id = account.id;
    let far = move || {
        let (done, planned) = progress.of(id).filter(|_| checking)?;
        Some(view! {
            <span class="account-progress numbers">
                <progress aria-label="Messages fetched" value=done.to_string() max=planned.to_string()></progress>
                {format!("fetching {} of {}", grouped(done), grouped(planned))}
            </span>
        })
    };
    far.into_any()
}

/// The stage, the sentence, the remedy, and the server's own words behind a disclosure.
pub fn failure(failure: &CheckFailure) -> AnyView {
    let sentence = sentence(failure);
    // Ours may say more than the cause does, such as which folder is missing.
    let more = failure.cause.map(|_| failure.detail().to_owned()).filter(|more| !more.is_empty());
    let remedy = failure.cause.map(model::Cause::remedy);
    view! {
        <div class="account-failure">
            <p>
                <strong>{format!("{}: ", failure.stage.label())}</strong>
                {sentence}
                " "
                {remedy}
            </p>
            {more.map(|more| view! { <p class="muted">{more}</p> })}
            {server_words(failure)}
        </div>
    }
}

/// What happened, in one sentence.
pub fn sentence(failure: &CheckFailure) -> String {
    failure.cause.map_or_else(|| failure.error.clone(), |cause| cause.sentence().to_owned())
}

/// The server's own words behind a disclosure, where it said any.
pub fn server_words(failure: &CheckFailure) -> AnyView {
    let words = failure.server_reply.clone().map(|reply| {
        view! {
            <details class="server-words">
                <summary>"The server's own words"</summary>
                <pre>{reply}</pre>
            </details>
        }
    });
    words.into_any()
}
