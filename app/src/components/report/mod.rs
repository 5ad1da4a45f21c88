//! Reports: one component for every list. Search, filters, order, page and columns are in the URL, so that back,
//! reload and a shared link restore the view, and the list reads and pages without JavaScript.
//!
//! Deliberately absent: what is listed, and where the rows come from.

mod body;
mod columns;
mod foot;
mod head;
mod keys;
pub mod parameters;
mod row_menu;
mod search;
mod selection;
mod source;

pub use keys::is_command;
pub use parameters::Place;
pub use row_menu::{Act, RowAction};
pub use selection::{BulkAction, Chosen};

use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::components::feedback::SkeletonRows;
use crate::components::suggestions::Suggesting;
use crate::view::view;
use body::Body;
use foot::Foot;
use head::Toolbar;
use leptos::html::Section;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use model::Page;
use search::Search;
use selection::Selection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use source::{Source, State};
use std::sync::Arc;

/// What a report needs to know of a row.
pub trait Row: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The number that names it among the rows.
    fn key(&self) -> i64;

    /// What people call it.
    fn name(&self) -> String;

    /// True where it stands out, such as mail that nobody has read.
    fn strong(&self) -> bool {
        false
    }
}

/// What stands in one cell of a row.
pub type Cell<T> = fn(&T) -> AnyView;

/// One column of a report over `T`.
pub struct Column<T> {
    /// Its stable id: in the URL, and the name by which the server sorts.
    pub id: &'static str,
    /// Its heading.
    pub label: &'static str,
    /// The server can sort by it.
    pub sortable: bool,
    /// Numbers and dates, in figures of one width.
    pub numeric: bool,
    /// Shown unless somebody hides it.
    pub shown: bool,
    /// What stands in it.
    pub cell: Cell<T>,
}

/// One search field behind *More*.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its parameter.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// How it is asked for.
    pub kind: FieldKind,
}

/// How a search field asks.
#[derive(Debug, Clone)]
pub enum FieldKind {
    /// A line of text.
    Text,
    /// Any, Yes, No.
    YesNo,
    /// Any, or one of these (value, words).
    Choice(Vec<(&'static str, &'static str)>),
    /// A day.
    Date,
}

/// What every part of a report knows. Nothing in it depends on the type of the rows.
#[derive(Clone)]
struct Frame {
    /// Where the report stands.
    place: Memo<Place>,
    /// Ids, headings and kinds of the columns.
    columns: Arc<Vec<columns::Heading>>,
    /// The search fields.
    fields: Arc<Vec<Field>>,
    /// The order where the URL asks for none.
    default_sort: &'static str,
    /// The rows that are ticked.
    selection: Selection,
    /// Rows can be ticked.
    ticks: bool,
    /// What is done with ticked rows can be done with all that answer.
    bulk_on_all: bool,
}

impl Frame {
    /// The same report without search and filters.
    fn cleared(&self) -> String {
        let names = self.fields.iter().map(|field| field.name).chain([parameters::SEARCH]);
        self.place.get().first_page().with(names.map(|name| (name, None))).href()
    }

    /// What decides which rows answer, whatever page and order they are on: values of the search and its fields.
    fn asked(&self) -> String {
        let names = self.fields.iter().map(|field| field.name).chain([parameters::SEARCH]);
        self.place.with(|place| {
            let values: Vec<_> = names.map(|name| place.get(name).unwrap_or_default()).collect();
            format!("{}\n{}", place.path(), values.join("\n"))
        })
    }

    /// True where search or filters hide rows.
    fn filtered(&self) -> bool {
        self.place.with(|place| {
            place.get(parameters::SEARCH).is_some()
                || self.fields.iter().any(|field| place.get(field.name).is_some())
        })
    }
}

/// A list with everything that belongs to one.
#[component]
pub fn Report<T: Row>(
    /// The heading of the screen.
    #[prop(into)]
    title: Signal<String>,
    /// What a screen reader calls the search box, such as `Search accounts`.
    search_label: &'static str,
    /// The columns, in order.
    columns: Vec<Column<T>>,
    /// The search fields behind *More*.
    fields: Vec<Field>,
    /// The order where the URL asks for none, such as `-received`.
    default_sort: &'static str,
    /// The rows.
    page: Asked<Page<T>>,
    /// The path of the report; a dialog over it has a longer one.
    #[prop(into)]
    path: Signal<String>,
    /// The link that answers with the same rows as CSV.
    #[prop(optional)]
    export: Option<Signal<String>>,
    /// Whatever belongs beside the title.
    #[prop(optional, into)]
    note: ViewFn,
    /// The primary action.
    #[prop(optional, into)]
    primary: ViewFn,
    /// What stands here while there is no row at all.
    #[prop(into)]
    empty: ViewFn,
    /// What can be done with one row.
    #[prop(into)]
    actions: Callback<T, Vec<RowAction>>,
    /// What can be done with all ticked rows.
    #[prop(optional)]
    bulk: Vec<BulkAction>,
    /// They take [`Chosen::All`] as well.
    #[prop(optional)]
    bulk_on_all: bool,
    /// What opening a row means (a click on it, or Enter).
    #[prop(optional)]
    open: Option<Callback<T>>,
    /// The row that is open beside the list.
    #[prop(optional, into)]
    current: Signal<Option<i64>>,
    /// Where the search box gets suggestions from.
    #[prop(optional)]
    suggesting: Option<Suggesting>,
    /// Other files to save of the same rows: the words of the menu, and the link.
    #[prop(optional)]
    saves: Vec<(&'static str, Signal<String>)>,
) -> impl IntoView {
    let parameters = use_query_map();
    let headings = columns.iter().map(columns::Heading::of).collect();
    let place = Memo::new(move |_| Place::new(path.get(), parameters.get()));
    let frame = Frame {
        place,
        columns: Arc::new(headings),
        fields: Arc::new(fields),
        default_sort,
        selection: Selection::new(place),
        ticks: !bulk.is_empty(),
        bulk_on_all,
    };
    let section = NodeRef::<Section>::new();
    let cells = Arc::new(columns.into_iter().map(|column| column.cell).collect::<Vec<_>>());
    keys::listen(section, current);
    let rows = Arc::new(move || source::source(page, cells.clone(), actions, open));
    let parts = Parts { title, search_label, export, note, primary, empty, bulk, current, suggesting, saves };
    whole(frame, section, parts, rows)
}

/// What a report is made of, apart from its rows.
#[derive(Clone)]
struct Parts {
    title: Signal<String>,
    search_label: &'static str,
    export: Option<Signal<String>>,
    note: ViewFn,
    primary: ViewFn,
    empty: ViewFn,
    bulk: Vec<BulkAction>,
    current: Signal<Option<i64>>,
    suggesting: Option<Suggesting>,
    saves: Vec<(&'static str, Signal<String>)>,
}

/// The report around `rows`, which is called below the `Transition` that waits for them.
fn whole(
    frame: Frame,
    section: NodeRef<Section>,
    parts: Parts,
    rows: Arc<dyn Fn() -> Source + Send + Sync>,
) -> AnyView {
    let title = parts.title;
    let waiting = move || {
        view! {
            <div class="report-head">
                <h1>{title}</h1>
            </div>
            <SkeletonRows rows=10 />
        }
    };
    let pending = RwSignal::new(false);
    let rows_are = move || frame.place.with(|place| place.get(parameters::ROWS).map(str::to_owned));
    let frame = frame.clone();
    view! {
        <section class="report" data-rows=rows_are node_ref=section aria-busy=move || if pending.get() { "true" } else { "false" }>
            <Transition fallback=waiting set_pending=pending>
                {inside(frame.clone(), parts.clone(), rows())}
            </Transition>
        </section>
    }
}

fn inside(frame: Frame, parts: Parts, source: Source) -> AnyView {
    let Parts { title, search_label, export, note, primary, empty, bulk, current, suggesting, saves } = parts;
    let (part, state) = (source.part, source.state);
    let wrong = Signal::derive(move || match state.get() {
        State::Failed(ApiError::Invalid(errors)) => errors.at(parameters::SEARCH).map(str::to_owned),
        _ => None,
    });
    view! {
        <Toolbar frame=frame.clone() title=title part=part export=export saves=saves note=note primary=primary />
        <Search frame=frame.clone() label=search_label wrong=wrong suggesting=suggesting />
        <Body frame=frame.clone() source=source empty=empty current=current />
        <Foot frame=frame part=part bulk=bulk />
    }
}
