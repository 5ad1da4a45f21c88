//! The Inbox report: the list, and one message beside it.

use super::keys::{Key, KeysDialog, listen};
use super::message::{Listed, MessagePane};
use super::query::message_query;
use super::row::{InboxPlace, MESSAGE, columns, newest, opened};
use crate::api::accounts::get_account;
use crate::api::asked::Asked;
use crate::api::live::LiveEvent;
use crate::api::messages::{list_messages, mark_all, mark_messages, suggest_searches, undo_marking};
use crate::components::feedback::{Empty, use_toasts};
use crate::components::live::use_live;
use crate::components::report::parameters::{SEARCH, SORT};
use crate::components::report::{BulkAction, Chosen, Field, FieldKind, Place, Report, RowAction};
use crate::components::suggestions::Suggesting;
use crate::view::view;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_params_map, use_query_map};
use model::search::Suggestion;
use model::{
    AccountId, AccountSummary, Mark, MessageFilter, MessageId, MessageSummary, Page, ReportQuery, Trust,
};

/// The list that shows the effect of what is done here.
type List = Asked<Page<MessageSummary>>;

/// The inbox of the account in the path, or of all accounts.
#[component]
pub fn InboxPage() -> impl IntoView {
    let account = account_of_path();
    let path = Memo::new(move |_| match account.get() {
        Some(AccountId(id)) => format!("/accounts/{id}/inbox"),
        None => "/inbox".to_owned(),
    });
    let parameters = use_query_map();
    let place = Memo::new(move |_| Place::new(path.get(), parameters.get()));
    provide_context(InboxPlace(place));
    let query = Memo::new(move |_| query_of(account.get(), &place.get()));
    let page = Asked::new(query, list_messages);
    let current = Memo::new(move |_| place.with(|place| place.get(MESSAGE)?.parse::<i64>().ok()));
    let news = follow_new_mail(account, query, page);

    let go = StoredValue::new(use_navigate());
    let show = move |message: Option<i64>| {
        let href = place.with_untracked(|place| opened(place, message));
        let options = NavigateOptions { resolve: false, scroll: false, ..NavigateOptions::default() };
        go.with_value(|go| go(&href, options));
    };
    let help = RwSignal::new(false);
    let listed = listed(page);
    let neighbour =
        move |side: Side| Signal::derive(move || beside(&listed.read(), &place.read(), current.get()?, side));
    let toggle = move |id, key: Key| {
        let row = listed.with_untracked(|listed| listed.iter().find(|row| row.id == id).copied());
        let Some(row) = row else { return };
        let mark = match key {
            Key::Unread => Mark::Unread(!row.unread),
            Key::Flag => Mark::Flagged(!row.flagged),
        };
        set(MessageId(id), mark, page);
    };
    listen(current, help, show, toggle);

    let note = move || {
        view! {
            <AccountName account=account />
            {move || place.with(other_order)}
            {move || {
                news.get()
                    .then(|| view! { <a class="news" href=move || place.with(newest)>"New mail: show"</a> })
            }}
        }
    };
    let saved_as = move |kind: &'static str| {
        Signal::derive(move || {
            let account = account.get().map(|AccountId(id)| id.to_string());
            let search = place.with(|place| place.with([("account", account), (MESSAGE, None)]).search());
            format!("/api/messages/export.{kind}{search}")
        })
    };
    view! {
        <Title text="Inbox" />
        <main id="content" class="inbox" class:inbox-open=move || current.get().is_some() tabindex="-1">
            <div class="inbox-list">
                <Report
                    title="Inbox"
                    path=path
                    search_label="Search mail"
                    columns=columns(account.get_untracked().is_none())
                    fields=fields()
                    default_sort="-received"
                    page=page
                    export=saved_as("csv")
                    saves=vec![("Download as ZIP", saved_as("zip")), ("Download as mbox", saved_as("mbox"))]
                    note=note
                    empty=empty
                    actions=move |row: MessageSummary| actions(&row, place, page)
                    bulk=bulk(page, query, saved_as("zip"))
                    bulk_on_all=true
                    open=Callback::new(move |row: MessageSummary| show(Some(row.id.0)))
                    current=current
                    suggesting=suggesting()
                />
            </div>
            <Show when=move || current.get().is_some()>
                <div class="inbox-message">
                    <MessagePane
                        id=Signal::derive(move || MessageId(current.get().unwrap_or_default()))
                        previous=neighbour(Side::Before)
                        next=neighbour(Side::After)
                        close=Signal::derive(move || Some(place.with(|place| opened(place, None))))
                        listed=Signal::derive(move || {
                            let id = current.get()?;
                            listed.read().iter().find(|row| row.id == id).copied()
                        })
                        on_mark=move |()| page.refetch()
                    />
                </div>
            </Show>
            <KeysDialog open=help />
        </main>
    }
}

fn account_of_path() -> Memo<Option<AccountId>> {
    let parameters = use_params_map();
    Memo::new(move |_| parameters.with(|map| map.get_str("id").and_then(|id| id.parse().ok()).map(AccountId)))
}

fn query_of(account: Option<AccountId>, place: &Place) -> ReportQuery<MessageFilter> {
    let mut query = message_query(&|name: &str| place.get(name).map(str::to_owned));
    query.filter.account = account;
    query
}

/// Shows new mail at once on the first page; elsewhere the rows stay where they are, and the answer becomes true.
fn follow_new_mail(
    account: Memo<Option<AccountId>>,
    query: Memo<ReportQuery<MessageFilter>>,
    page: List,
) -> RwSignal<bool> {
    let news = RwSignal::new(false);
    let concerns = move |event: &LiveEvent| match event {
        LiveEvent::Messages { account: Some(changed) } => {
            account.get_untracked().is_none_or(|account| account == *changed)
        }
        LiveEvent::Messages { account: None } => true,
        LiveEvent::Accounts | LiveEvent::Reports | LiveEvent::Progress { .. } => false,
    };
    use_live().refetch_on(concerns, move || {
        if query.with_untracked(|query| query.cursor.is_none()) {
            page.refetch();
        } else {
            news.set(true);
        }
    });
    Effect::new(move |_| {
        if query.with(|query| query.cursor.is_none()) {
            news.set(false);
        }
    });
    news
}

/// Where the rows of a search stand in the other order: by how well they answer, or newest first.
fn other_order(place: &Place) -> AnyView {
    let relevance = "-relevance";
    place
        .get(SEARCH)
        .map(|_| {
            let (sort, words) = if place.get(SORT) == Some(relevance) {
                (None, "Newest first")
            } else {
                (Some(relevance.to_owned()), "Best match first")
            };
            let href = place.first_page().with([(SORT, sort)]).href();
            view! { <a class="other-order" data-noscroll href=href>{words}</a> }
        })
        .into_any()
}

/// What the search box suggests.
fn suggesting() -> Suggesting {
    Callback::new(|(text, searched, answered): (String, bool, Callback<Vec<Suggestion>>)| {
        spawn_local(async move {
            // Without suggestions a search box does as well.
            answered.try_run(suggest_searches(text, searched).await.unwrap_or_default());
        });
    })
}

/// The messages on the screen, in order. It follows the list a moment later, so that
/// nothing that the server has rendered depends on it.
fn listed(page: List) -> RwSignal<Vec<Listed>> {
    let listed = RwSignal::new(Vec::new());
    Effect::new(move |_| {
        let rows = match page.get() {
            Some(Ok(page)) => page.rows.iter().map(Listed::of).collect(),
            _ => Vec::new(),
        };
        listed.set(rows);
    });
    listed
}

/// Which neighbour of a row.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

/// The link that opens the neighbour of a message in the list.
fn beside(listed: &[Listed], place: &Place, id: i64, side: Side) -> Option<String> {
    let here = listed.iter().position(|row| row.id == id)?;
    let there = match side {
        Side::Before => here.checked_sub(1)?,
        Side::After => here + 1,
    };
    listed.get(there).map(|row| opened(place, Some(row.id)))
}

fn set(id: MessageId, mark: Mark, page: List) {
    let toasts = use_toasts();
    spawn_local(async move {
        match mark_messages(vec![id], mark).await {
            Ok(_) => page.refetch(),
            Err(error) => toasts.say(error.to_string()),
        }
    });
}

/// Marks many, says how many changed, and offers to take it back.
fn set_many(
    chosen: Chosen,
    mark: Mark,
    done: &'static str,
    page: List,
    query: Memo<ReportQuery<MessageFilter>>,
) {
    let toasts = use_toasts();
    let undo = Callback::new(move |()| {
        spawn_local(async move {
            match undo_marking().await {
                Ok(_) => page.refetch(),
                Err(error) => toasts.say(error.to_string()),
            }
        });
    });
    spawn_local(async move {
        let marked = match chosen {
            Chosen::Rows(keys) => mark_messages(keys.into_iter().map(MessageId).collect(), mark).await,
            Chosen::All => mark_all(query.get_untracked(), mark).await,
        };
        match marked {
            Ok(count) => {
                page.refetch();
                match count {
                    0 => toasts.say("Nothing changed."),
                    1 => toasts.say(format!("1 message {done}.")),
                    count => toasts.undoable(format!("{count} messages {done}."), undo),
                }
            }
            Err(error) => toasts.say(error.to_string()),
        }
    });
}

fn actions(row: &MessageSummary, place: Memo<Place>, page: List) -> Vec<RowAction> {
    let id = row.id;
    let (unread, flagged) = (row.unread, row.flagged);
    vec![
        RowAction::link("Open beside the list", place.with_untracked(|place| opened(place, Some(id.0)))),
        RowAction::link("Open by itself", format!("/messages/{}", id.0)),
        RowAction::run(if unread { "Mark as read" } else { "Mark as unread" }, move || {
            set(id, Mark::Unread(!unread), page);
        }),
        RowAction::run(if flagged { "Remove flag" } else { "Flag" }, move || {
            set(id, Mark::Flagged(!flagged), page);
        }),
    ]
}

fn bulk(page: List, query: Memo<ReportQuery<MessageFilter>>, all: Signal<String>) -> Vec<BulkAction> {
    let action = |label, done: &'static str, mark: Mark| BulkAction {
        label,
        run: Callback::new(move |chosen| set_many(chosen, mark.clone(), done, page, query)),
    };
    vec![
        action("Mark as read", "marked as read", Mark::Unread(false)),
        action("Mark as unread", "marked as unread", Mark::Unread(true)),
        action("Flag", "flagged", Mark::Flagged(true)),
        action("Remove flag", "without a flag", Mark::Flagged(false)),
        BulkAction { label: "Download", run: Callback::new(move |chosen| download(chosen, all)) },
    ]
}

/// Saves the exact bytes of messages, in one ZIP; `all` is where all of them are.
fn download(chosen: Chosen, all: Signal<String>) {
    let href = match chosen {
        Chosen::Rows(keys) => {
            let ids = keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            format!("/api/messages/export.zip?ids={ids}")
        }
        Chosen::All => all.get_untracked(),
    };
    // The answer is a file: the page stays.
    let _ = window().location().assign(&href);
}

/// The search fields behind *More*.
fn fields() -> Vec<Field> {
    vec![
        Field { name: "sender", label: "Sender", kind: FieldKind::Text },
        Field { name: "subject", label: "Subject", kind: FieldKind::Text },
        Field { name: "attachments", label: "Attachments", kind: FieldKind::YesNo },
        Field { name: "unread", label: "Unread", kind: FieldKind::YesNo },
        Field { name: "since", label: "Received since", kind: FieldKind::Date },
        Field { name: "before", label: "Received before", kind: FieldKind::Date },
    ]
}

fn empty() -> impl IntoView {
    view! {
        <Empty
            icon="inbox"
            title="No mail yet"
            text="Mail appears here by itself, as soon as a check has fetched it."
        >
            <a class="button" href="/settings/email/accounts">"Look at the accounts"</a>
        </Empty>
    }
}

/// Whose inbox this is.
#[component]
fn AccountName(account: Memo<Option<AccountId>>) -> impl IntoView {
    let name = Asked::new(account, |account| async move {
        match account {
            Some(id) => get_account(id).await.map(|AccountSummary { settings, .. }| {
                let loud = if settings.trust() == Trust::Any { " · Skip certificate" } else { "" };
                settings.name + loud
            }),
            None => Ok("All accounts".to_owned()),
        }
    });
    let name = move || name.get().and_then(Result::ok).map(|name| name.to_string());
    view! {
        <Transition>
            <span class="inbox-account muted">{name}</span>
        </Transition>
    }
}
