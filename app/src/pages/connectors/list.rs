//! The report over the Network Connectors, with its dialogs.

use super::PATH;
use super::agents::AgentsDialog;
use super::form::ConnectorDialog;
use super::remove::RemoveDialog;
use super::rows::{DEFAULT_SORT, columns, page_of};
use super::test::TestDialog;
use crate::api::asked::Asked;
use crate::api::connectors::list_connectors;
use crate::api::live::LiveEvent;
use crate::components::feedback::Empty;
use crate::components::icon::Icon;
use crate::components::live::use_live;
use crate::components::report::{Place, Report, RowAction};
use crate::view::view;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::hooks::{use_location, use_query_map};
use model::{ConnectorId, ConnectorKind, ConnectorSummary};

/// What somebody wants of them.
#[derive(Debug, Clone, PartialEq)]
enum Task {
    Create,
    Edit(ConnectorSummary),
    Agents(ConnectorSummary, bool),
    Test(ConnectorSummary),
    Remove(ConnectorSummary),
}

/// The Network Connectors.
#[component]
pub fn ConnectorsPage() -> impl IntoView {
    let parameters = use_query_map();
    let place = Memo::new(move |_| Place::new(PATH.to_owned(), parameters.get()));
    let page =
        Asked::new(place, |place| async move { list_connectors().await.map(|rows| page_of(rows, &place)) });
    use_live().refetch_on(|event| matches!(event, LiveEvent::Accounts), move || page.refetch());
    let task = RwSignal::new(None::<Task>);
    let search = use_location().search;
    let export = Signal::derive(move || match search.get() {
        search if search.is_empty() => "/api/connectors/export.csv".to_owned(),
        search => format!("/api/connectors/export.csv?{search}"),
    });
    let new = move |_| task.set(Some(Task::Create));
    let primary = move || {
        view! {
            <button type="button" class="button button-primary" on:click=new>
                <Icon name="add" />
                "New"
            </button>
        }
    };
    let empty = move || {
        view! {
            <Empty
                icon="key"
                title="No Network Connectors yet"
                text="A Network Connector is a way into a network that this server does not reach by itself: a small program there that dials in, a SOCKS5 or HTTP proxy, or an SSH server. TLS to the mail server goes all the way through it."
            >
                <button type="button" class="button button-primary" on:click=new>
                    "New Network Connector"
                </button>
            </Empty>
        }
    };
    let actions = move |row: ConnectorSummary| {
        let (tested, doomed, carried) = (row.clone(), row.clone(), row.clone());
        let agents = (row.settings.kind == ConnectorKind::Agent)
            .then(|| RowAction::run("Agents", move || task.set(Some(Task::Agents(carried.clone(), false)))));
        let mut actions: Vec<_> = agents.into_iter().collect();
        actions.extend([
            RowAction::run("Edit", move || task.set(Some(Task::Edit(row.clone())))),
            RowAction::run("Test", move || task.set(Some(Task::Test(tested.clone())))),
            RowAction::run("Delete", move || task.set(Some(Task::Remove(doomed.clone())))).dangerous(),
        ]);
        actions
    };
    let close = Callback::new(move |()| task.set(None));
    let done = Callback::new(move |()| {
        page.refetch();
        task.set(None);
    });
    // A new one that waits for agents asks for the first at once.
    let made = Callback::new(move |id: Option<ConnectorId>| {
        page.refetch();
        task.set(None);
        let Some(id) = id else { return };
        spawn_local(async move {
            let found =
                list_connectors().await.ok().and_then(|all| all.into_iter().find(|other| other.id == id));
            if let Some(found) = found {
                task.try_set(Some(Task::Agents(found, true)));
            }
        });
    });
    view! {
        <Title text="Network Connectors" />
        <main id="content" class="connectors" tabindex="-1">
            <Report
                title="Network Connectors"
                path=PATH
                search_label="Search Network Connectors"
                columns=columns()
                fields=Vec::new()
                default_sort=DEFAULT_SORT
                page=page
                export=export
                primary=primary
                empty=empty
                actions=actions
            />
            {move || task.get().map(|now| match now {
                Task::Create => view! { <ConnectorDialog known=None close done=made /> },
                Task::Edit(known) => view! { <ConnectorDialog known=Some(known) close done=made /> },
                Task::Agents(known, begin) => view! { <AgentsDialog known begin close /> },
                Task::Test(known) => view! { <TestDialog known close /> },
                Task::Remove(known) => view! { <RemoveDialog known close done /> },
            })}
        </main>
    }
}
