//! The accounts report, titled as in the seed.

use super::delete::DeleteDialog;
use super::progress::provide_progress;
use super::query::account_query;
use super::row::columns;
use super::tag::TagDialog;
use super::{PATH, act, page_of};
use crate::api::accounts::list_accounts;
use crate::api::asked::Asked;
use crate::api::live::LiveEvent;
use crate::components::feedback::{Empty, use_toasts};
use crate::components::icon::Icon;
use crate::components::live::use_live;
use crate::components::report::{BulkAction, Chosen, Field, FieldKind, Report, RowAction};
use crate::view::view;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::Outlet;
use leptos_router::hooks::{use_location, use_query_map};
use model::{AccountId, AccountStatus, AccountSummary};

/// The title of the screen, letter for letter as in the seed.
const TITLE: &str = "IMAP Configuration / POP3";

/// The accounts report, and over it whatever dialog the URL asks for.
#[component]
pub fn AccountsPage() -> impl IntoView {
    provide_progress();
    let parameters = use_query_map();
    let query = Memo::new(move |_| parameters.with(|map| account_query(&|name: &str| map.get(name))));
    let page = Asked::new(query, list_accounts);
    let changed = |event: &LiveEvent| matches!(event, LiveEvent::Accounts | LiveEvent::Messages { .. });
    use_live().refetch_on(changed, move || page.refetch());
    refetch_after_dialogs(move || page.refetch());

    let toasts = use_toasts();
    let again = Callback::new(move |()| page.refetch());
    let doomed = RwSignal::new(None::<AccountSummary>);
    let tagged = RwSignal::new(Vec::<AccountId>::new());
    let search = use_location().search;
    let export = Signal::derive(move || with_search("/api/accounts/export.csv", "", &search.get()));
    let new = move || with_search(&format!("{PATH}/new"), "", &search.get());
    let import = move || with_search(&format!("{PATH}/import"), "", &search.get());
    let primary = move || {
        view! {
            <a class="button report-tool" data-noscroll href=import>"Import CSV"</a>
            <a class="button button-primary" data-noscroll href=new>
                <Icon name="add" />
                "New"
            </a>
        }
    };
    let empty = move || {
        view! {
            <Empty
                icon="mail"
                title="No accounts yet"
                text="Register an IMAP or POP3 mailbox, and its mail is fetched here on a schedule."
            >
                <a class="button button-primary" data-noscroll href=new>"New account"</a>
                <a class="button" data-noscroll href=import>"Import a CSV file"</a>
            </Empty>
        }
    };
    let actions = move |row: AccountSummary| {
        let id = row.id;
        let enabled = row.settings.enabled;
        let search = search.get_untracked();
        let edit = format!("{PATH}/{}/edit", id.0);
        let copy = with_search(&format!("{PATH}/new"), &format!("copy={}", id.0), &search);
        let test = with_search(&edit, "test", &search);
        let edit = with_search(&edit, "", &search);
        let pause = if enabled { "Pause" } else { "Resume" };
        let mut actions = vec![
            RowAction::link("Edit account", edit),
            RowAction::link("View inbox", format!("/accounts/{}/inbox", id.0)),
            RowAction::link("View account", page_of(id)),
        ];
        if enabled {
            actions.push(RowAction::link("Test connection", test));
            actions.push(RowAction::run("Check now", move || act::check(vec![id], toasts, again)));
        }
        actions.push(RowAction::run(pause, move || act::enable(vec![id], !enabled, toasts, again)));
        actions.push(RowAction::link("Duplicate", copy));
        actions.push(RowAction::run("Delete", move || doomed.set(Some(row.clone()))).dangerous());
        actions
    };
    let ids = |chosen| match chosen {
        Chosen::Rows(keys) => keys.into_iter().map(AccountId).collect::<Vec<_>>(),
        Chosen::All => Vec::new(),
    };
    let bulk = vec![
        BulkAction {
            label: "Check now",
            run: Callback::new(move |keys| act::check(ids(keys), toasts, again)),
        },
        BulkAction {
            label: "Pause",
            run: Callback::new(move |keys| act::enable(ids(keys), false, toasts, again)),
        },
        BulkAction {
            label: "Resume",
            run: Callback::new(move |keys| act::enable(ids(keys), true, toasts, again)),
        },
        BulkAction { label: "Tag…", run: Callback::new(move |keys| tagged.set(ids(keys))) },
    ];
    view! {
        <Title text=TITLE />
        <main id="content" class="accounts" tabindex="-1">
            <Report
                title=TITLE
                path=PATH
                search_label="Search accounts"
                columns=columns()
                fields=fields()
                default_sort="id"
                page=page
                export=export
                primary=primary
                empty=empty
                actions=actions
                bulk=bulk
            />
            <TagDialog tagged=tagged done=move |()| page.refetch() />
            <DeleteDialog doomed=doomed done=move |()| page.refetch() />
            <Outlet />
        </main>
    }
}

/// The search fields behind *More*.
fn fields() -> Vec<Field> {
    let statuses = AccountStatus::ALL.into_iter().map(|status| (status.id(), status.label())).collect();
    vec![
        Field { name: "name", label: "Name", kind: FieldKind::Text },
        Field { name: "secure", label: "Secure connection", kind: FieldKind::YesNo },
        Field { name: "automatic", label: "Automatic check", kind: FieldKind::YesNo },
        Field { name: "keep", label: "Keep copy", kind: FieldKind::YesNo },
        Field { name: "status", label: "Status", kind: FieldKind::Choice(statuses) },
        Field { name: "tag", label: "Tag", kind: FieldKind::Text },
    ]
}

/// `path` with what is asked of it (`own`) and the search of the list below a dialog, so that closing it comes back to the
/// same rows.
fn with_search(path: &str, own: &str, search: &str) -> String {
    match (own.is_empty(), search.is_empty()) {
        (true, true) => path.to_owned(),
        (false, false) => format!("{path}?{search}&{own}"),
        _ => format!("{path}?{search}{own}"),
    }
}

/// A dialog that closes has usually changed something.
fn refetch_after_dialogs(refetch: impl Fn() + Copy + Send + Sync + 'static) {
    let path = use_location().pathname;
    Effect::new(move |before: Option<String>| {
        let path = path.get();
        if path == PATH && before.is_some_and(|before| before != PATH) {
            refetch();
        }
        path
    });
}
