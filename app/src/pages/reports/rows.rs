//! The two lists of *Reports*.

use crate::components::feedback::Badge;
use crate::components::icon::Icon;
use crate::components::time::{When, WhenKnown};
use crate::pages::account::table::{Heading, table};
use crate::view::view;
use leptos::prelude::*;
use model::report::{grouped, size_text};
use model::scheduled_report::{Schedule, ScheduleId, Written, WrittenId};

/// What a button does.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Has it be written now as well.
    Write(ScheduleId),
    /// Has it not be written any more.
    Unschedule(ScheduleId),
    /// Removes what was written.
    Remove(WrittenId),
}

const SCHEDULED: [Heading; 7] = [
    ("Name", false),
    ("Report", false),
    ("When", false),
    ("Next", true),
    ("Last", true),
    ("Kept for", true),
    ("Action", false),
];

const WRITTEN: [Heading; 6] = [
    ("Written", true),
    ("Name", false),
    ("Rows", true),
    ("Size", true),
    ("Kept until", true),
    ("Action", false),
];

/// What is written when.
pub fn schedules(schedules: &[Schedule], act: Callback<Act>) -> AnyView {
    let rows = schedules.iter().map(|schedule| scheduled(schedule, act)).collect();
    section("scheduled", "Scheduled", "No report is scheduled.", &SCHEDULED, rows)
}

/// What was written.
pub fn written(written: &[Written], act: Callback<Act>) -> AnyView {
    let rows = written.iter().map(|report| one(report, act)).collect();
    section("written", "Written", "Nothing was written yet: it appears here by itself.", &WRITTEN, rows)
}

fn section(
    id: &'static str,
    title: &'static str,
    none: &'static str,
    headings: &'static [Heading],
    rows: Vec<Vec<AnyView>>,
) -> AnyView {
    let body = if rows.is_empty() {
        view! { <p class="muted">{none}</p> }
    } else {
        table(id, headings, rows)
    };
    view! {
        <section class="account-section" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            {body}
        </section>
    }
}

fn scheduled(schedule: &Schedule, act: Callback<Act>) -> Vec<AnyView> {
    let draft = &schedule.draft;
    let (id, name) = (schedule.id, draft.name.clone());
    let failure = schedule.failure.clone().map(|why| {
        view! { <p><Badge kind="bad" icon="bad" text="Not written" />" "{why}</p> }
    });
    let fields = (!draft.query.is_empty()).then(|| view! { <p class="muted">{draft.query.clone()}</p> });
    vec![
        view! { <strong>{name.clone()}</strong><p class="muted">{format!("for {}", schedule.owner)}</p> },
        view! { {format!("{}, {}", draft.kind.label(), draft.format.label())} {fields} },
        draft.when_text().into_any(),
        view! { <When at=schedule.next /> },
        view! { <WhenKnown at=schedule.last /> {failure} },
        days(draft.keep_days).into_any(),
        view! {
            <div class="account-buttons">
                <button
                    type="button"
                    class="button button-small"
                    aria-label=format!("Write {name} now")
                    on:click=move |_| act.run(Act::Write(id))
                >
                    "Write now"
                </button>
                <button
                    type="button"
                    class="button button-small"
                    aria-label=format!("Do not write {name} any more")
                    on:click=move |_| act.run(Act::Unschedule(id))
                >
                    "Stop"
                </button>
            </div>
        },
    ]
}

fn one(report: &Written, act: Callback<Act>) -> Vec<AnyView> {
    let (id, name) = (report.id, report.name.clone());
    vec![
        view! { <When at=report.at /> },
        view! { <strong>{name.clone()}</strong><p class="muted">{format!("{}, {}", report.kind.label(), report.format.label())}</p> },
        grouped(report.rows).into_any(),
        size_text(report.size).into_any(),
        view! { <When at=report.until /> },
        view! {
            <div class="account-buttons">
                <a
                    class="button button-small"
                    href=format!("/reports/{}/file", id.0)
                    rel="external"
                    download
                    aria-label=format!("Download {name}")
                >
                    <Icon name="download" />
                    "Download"
                </a>
                <button
                    type="button"
                    class="button button-small"
                    aria-label=format!("Delete {name}")
                    on:click=move |_| act.run(Act::Remove(id))
                >
                    "Delete"
                </button>
            </div>
        },
    ]
}

fn days(days: u32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{} days", grouped(u64::from(days))) }
}
