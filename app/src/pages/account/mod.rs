//! One account: how it is doing and why, how its checks of a month and its last ones went, what is in its quarantine, what
//! was deleted on its server, what that server is, what a check would do, and what is said meanwhile.
//!
//! Deliberately absent: editing (see `accounts::form`), and asking a mail server while the page is drawn.

mod access;
mod checks;
mod forecast;
mod head;
mod health;
mod quarantine;
mod receipts;
mod server;
pub mod table;
mod transcript;

use super::accounts::progress::provide_progress;
use super::accounts::{PATH, page_of};
use crate::api::ApiError;
use crate::api::accounts::get_account;
use crate::api::asked::{Asked, follow};
use crate::api::checks::list_checks;
use crate::api::consents::consent_of_account;
use crate::api::health::get_health;
use crate::api::live::LiveEvent;
use crate::api::quarantine::list_quarantined;
use crate::api::receipts::list_receipts;
use crate::api::transcripts::get_transcript;
use crate::components::feedback::{Empty, Failed, SkeletonRows};
use crate::components::live::use_live;
use crate::view::view;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_query_map};
use model::{AccountId, AccountSummary, Cursor, ReportQuery};

/// The page of the account in the path.
#[component]
pub fn AccountPage() -> impl IntoView {
    provide_progress();
    let id = account_of_path();
    let account = Asked::new(id, get_account);
    let access = Asked::new(id, consent_of_account);
    let checks = Asked::new(id, list_checks);
    let health = Asked::new(id, get_health);
    let written = Asked::new(id, get_transcript);
    let quarantined = Asked::new(page_in(id, quarantine::PLACE), list_quarantined);
    let receipts = Asked::new(page_in(id, receipts::PLACE), list_receipts);
    use_live().refetch_on(
        |event| matches!(event, LiveEvent::Accounts),
        move || {
            account.refetch();
            access.refetch();
            checks.refetch();
            health.refetch();
            written.refetch();
            quarantined.refetch();
            receipts.refetch();
        },
    );
    let of_ours = move |event: &LiveEvent| match event {
        LiveEvent::Messages { account } => account.is_none_or(|account| account == id.get_untracked()),
        LiveEvent::Accounts | LiveEvent::Reports | LiveEvent::Progress { .. } => false,
    };
    use_live().refetch_on(of_ours, move || account.refetch());

    let lists = move || {
        view! {
            {access::section(id, access)}
            {health::section(health)}
            {checks::section(checks)}
            {forecast::section(id)}
            {quarantine::section(id, quarantined)}
            {receipts::section(id, receipts)}
            {server::section(health)}
            {transcript::section(id, written)}
        }
    };
    view! {
        <main id="content" class="account" tabindex="-1">
            <nav class="account-way" aria-label="Way back">
                <a href=PATH>"IMAP Configuration / POP3"</a>
            </nav>
            <Transition fallback=|| view! { <SkeletonRows rows=4 /> }>{whole(account, lists)}</Transition>
        </main>
    }
}

/// The head and, where there is such an account, its `lists`. Call it below the `Transition` that waits for the account.
fn whole(account: Asked<AccountSummary>, lists: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    let again = Callback::new(move |()| account.refetch());
    let head = move || {
        let head = match account.get()? {
            Ok(account) => head::head(&account, again),
            Err(ApiError::NotFound) => gone(),
            Err(error) => {
                view! { <Failed title="The account could not be loaded" error=error retry=again /> }
            }
        };
        Some(head)
    };
    // Made once, however often the account is asked for again: they have a life of their own.
    let there = follow(move || matches!(account.get(), Some(Ok(_))));
    view! {
        {head}
        {move || there.get().then(&lists)}
    }
}

/// The account of the URL. On the way out the URL is another screen's already, and this page still what it was.
fn account_of_path() -> Memo<AccountId> {
    let path = use_location().pathname;
    Memo::new(move |before: Option<&AccountId>| {
        let id = path.with(|path| path.strip_prefix(PATH)?.strip_prefix('/')?.parse().ok());
        id.map(AccountId).or(before.copied()).unwrap_or(AccountId(0))
    })
}

/// The page of a list of the account that the URL asks for under `name`.
fn page_in(id: Memo<AccountId>, name: &'static str) -> Memo<ReportQuery<AccountId>> {
    let (parameters, path) = (use_query_map(), use_location().pathname);
    Memo::new(move |before: Option<&ReportQuery<AccountId>>| {
        let filter = id.get();
        let here = path.with(|path| *path == page_of(filter));
        let cursor = parameters.with(|parameters| parameters.get(name)).map(Cursor);
        let asked = ReportQuery { filter, sort: None, cursor, page_size: None };
        before.filter(|before| !here && before.filter == filter).cloned().unwrap_or(asked)
    })
}

fn gone() -> AnyView {
    view! {
        <Empty icon="mail" title="There is no such account" text="It was removed, or the address is misspelt.">
            <a class="button button-primary" href=PATH>"To the accounts"</a>
        </Empty>
    }
}
