//! *Reports*: what is written at its time, and what was written.
//!
//! Deliberately absent: what stands in a report (see the report's own screen), and reading one here: it is downloaded.

mod form;
mod rows;

use super::accounts::act::{Doing, one_by_one};
use crate::api::asked::Asked;
use crate::api::live::LiveEvent;
use crate::api::reports::{list_reports, remove_report, remove_schedule, write_report_now};
use crate::components::feedback::{Empty, Failed, SkeletonRows, use_toasts};
use crate::components::icon::Icon;
use crate::components::live::use_live;
use crate::view::view;
use form::ScheduleDialog;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::scheduled_report::{ReportKind, Reports};
use rows::{Act, schedules, written};

/// Where reports are. `schedule` opens the dialog for a report of this kind, with the `query` of its screen.
pub const PATH: &str = "/reports";

/// Schedules and written reports.
#[component]
pub fn ReportsPage() -> impl IntoView {
    let reports = Asked::once(list_reports);
    use_live().refetch_on(|event| matches!(event, LiveEvent::Reports), move || reports.refetch());
    let again = Callback::new(move |()| reports.refetch());
    let act = acting(again);
    let shown = move || {
        Some(match reports.get()? {
            Ok(reports) if *reports == Reports::default() => none(),
            Ok(reports) => view! {
                {schedules(&reports.schedules, act)}
                {written(&reports.written, act)}
            },
            Err(error) => {
                view! { <Failed title="The reports could not be loaded" error=error retry=again /> }
            }
        })
    };
    view! {
        <Title text="Reports" />
        <main id="content" class="account reports" tabindex="-1">
            <header class="account-head">
                <h1>"Reports"</h1>
                <span class="bar-gap"></span>
                <a class="button button-primary" href=format!("{PATH}?schedule=accounts")>
                    <Icon name="clock" />
                    "Schedule report"
                </a>
            </header>
            <Transition fallback=|| view! { <SkeletonRows rows=4 /> }>{shown}</Transition>
            {dialog(again)}
        </main>
    }
}

/// The dialog, while the address asks for it.
fn dialog(again: Callback<()>) -> impl Fn() -> Option<AnyView> {
    let parameters = use_query_map();
    let navigate = use_navigate();
    let close = Callback::new(move |()| {
        navigate(PATH, NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() });
        again.run(());
    });
    let asked = Memo::new(move |_| {
        parameters.with(|parameters| {
            let kind = ReportKind::from_id(&parameters.get("schedule")?)?;
            Some((kind, parameters.get("query").unwrap_or_default()))
        })
    });
    move || asked.get().map(|(kind, query)| view! { <ScheduleDialog kind query close /> })
}

/// What the buttons of the rows do.
fn acting(again: Callback<()>) -> Callback<Act> {
    let toasts = use_toasts();
    Callback::new(move |act: Act| {
        let doing: Doing = match act {
            Act::Write(id) => Box::pin(write_report_now(id)),
            Act::Unschedule(id) => Box::pin(remove_schedule(id)),
            Act::Remove(id) => Box::pin(remove_report(id)),
        };
        one_by_one(vec![doing], toasts, again);
    })
}

fn none() -> AnyView {
    view! {
        <Empty
            icon="clock"
            title="No report is scheduled"
            text="A report is written at its time, as CSV or as a page to print, and kept here as long as you want. Choose Actions, Schedule report on any list to take over its search fields."
        >
            <a class="button button-primary" href=format!("{PATH}?schedule=accounts")>"Schedule report"</a>
        </Empty>
    }
}
