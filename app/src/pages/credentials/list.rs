//! The report over the vault, with its dialogs.

use super::PATH;
use super::connect::{self, ConnectDialog};
use super::form::{Task, TaskDialog, change_of};
use super::rows::{DEFAULT_SORT, columns, page_of};
use crate::api::asked::Asked;
use crate::api::credentials::list_credentials;
use crate::api::live::LiveEvent;
use crate::components::feedback::Empty;
use crate::components::icon::Icon;
use crate::components::live::use_live;
use crate::components::report::{Place, Report, RowAction};
use crate::view::view;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use model::oauth::Consent;
use model::{AccountId, CredentialId, CredentialSummary};

/// The vault.
#[component]
pub fn CredentialsPage() -> impl IntoView {
    let parameters = use_query_map();
    let place = Memo::new(move |_| Place::new(PATH.to_owned(), parameters.get()));
    let page =
        Asked::new(place, |place| async move { list_credentials().await.map(|rows| page_of(rows, &place)) });
    use_live().refetch_on(|event| matches!(event, LiveEvent::Accounts), move || page.refetch());
    let task = RwSignal::new(None::<Task>);
    let search = use_location().search;
    let export = Signal::derive(move || match search.get() {
        search if search.is_empty() => "/api/credentials/export.csv".to_owned(),
        search => format!("/api/credentials/export.csv?{search}"),
    });
    let primary = move || {
        view! {
            <button type="button" class="button button-primary" on:click=move |_| task.set(Some(Task::Create))>
                <Icon name="add" />
                "New"
            </button>
        }
    };
    let empty = move || {
        view! {
            <Empty
                icon="key"
                title="No credentials yet"
                text="A credential is a user name and a password that one or many accounts sign in with."
            >
                <button type="button" class="button button-primary" on:click=move |_| task.set(Some(Task::Create))>
                    "New credential"
                </button>
            </Empty>
        }
    };
    let actions = move |row: CredentialSummary| {
        let doomed = row.clone();
        let mut actions = Vec::new();
        if let Some(status) = &row.oauth {
            let words = if status.consent == Consent::Needed { "Connect" } else { "Reconnect" };
            actions.push(RowAction::link(words, connect::address(row.id, None)));
        }
        let change = change_of(row.kind);
        actions.push(RowAction::run(change, move || task.set(Some(Task::Rotate(row.clone())))));
        actions
            .push(RowAction::run("Delete", move || task.set(Some(Task::Remove(doomed.clone())))).dangerous());
        actions
    };
    let connecting = Memo::new(move |_| {
        let number = |name| parameters.with(|map| map.get_str(name)?.parse::<i64>().ok());
        number("connect").map(|id| (CredentialId(id), number("account").map(AccountId)))
    });
    let navigate = use_navigate();
    let go = Callback::new(move |to: String| {
        navigate(&to, NavigateOptions { scroll: false, ..NavigateOptions::default() });
    });
    let leave = Callback::new(move |()| go.run(PATH.to_owned()));
    view! {
        <Title text="Credentials" />
        <main id="content" class="credentials" tabindex="-1">
            <Report
                title="Credentials"
                path=PATH
                search_label="Search credentials"
                columns=columns()
                fields=Vec::new()
                default_sort=DEFAULT_SORT
                page=page
                export=export
                primary=primary
                empty=empty
                actions=actions
            />
            {move || connecting.get().map(|(id, account)| view! { <ConnectDialog id account close=leave /> })}
            {move || task.get().map(|now| view! { <TaskDialog task=now close=move |()| task.set(None) done=move |next| {
                page.refetch();
                task.set(None);
                match next {
                    Some(Task::Connect(id)) => go.run(connect::address(id, None)),
                    next => task.set(next),
                }
            } /> })}
        </main>
    }
}
