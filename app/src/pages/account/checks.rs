//! *Recent checks*: when, why, how long, and what came of it.

use super::table::{self, Heading, table};
use crate::api::asked::Asked;
use crate::components::feedback::Badge;
use crate::components::time::When;
use crate::pages::accounts::status::{sentence, server_words};
use crate::view::view;
use leptos::prelude::*;
use model::health::StageTime;
use model::report::{grouped, size_text};
use model::{CheckFailure, CheckOutcome, CheckTrigger, FinishedCheck};

const ID: &str = "checks";

const HEADINGS: [Heading; 9] = [
    ("Started", true),
    ("Why", false),
    ("Duration", true),
    ("Outcome", false),
    ("New", true),
    ("Deleted", true),
    ("Quarantined", true),
    ("Size", true),
    ("Failure", false),
];

/// The section.
pub fn section(checks: Asked<Vec<FinishedCheck>>) -> AnyView {
    let body = move |()| {
        let checks = match checks.get()? {
            Ok(checks) => checks,
            Err(error) => return Some(Err(error)),
        };
        Some(Ok(if checks.is_empty() {
            view! { <p class="muted">"No check has ended yet."</p> }
        } else {
            table(ID, &HEADINGS, checks.iter().map(row).collect())
        }))
    };
    table::section(ID, "Recent checks", Callback::new(body), Callback::new(move |()| checks.refetch()))
}

fn row(check: &FinishedCheck) -> Vec<AnyView> {
    let why = match check.trigger {
        CheckTrigger::Schedule => "Schedule",
        CheckTrigger::Person => "Check now",
    };
    let (kind, outcome) = match check.outcome {
        CheckOutcome::Ok => ("good", "OK"),
        CheckOutcome::Failed => ("bad", "Failed"),
        CheckOutcome::Busy => ("warning", "Busy"),
    };
    vec![
        view! { <When at=check.started /> },
        why.into_any(),
        duration(check),
        view! { <Badge kind=kind icon=kind text=outcome /> },
        grouped(check.new).into_any(),
        grouped(check.deleted).into_any(),
        grouped(check.quarantined).into_any(),
        size_text(check.bytes).into_any(),
        check.failure.as_ref().map(failure).into_any(),
    ]
}

/// The duration and, on demand, where it went.
fn duration(check: &FinishedCheck) -> AnyView {
    let whole = duration_text(check.finished.since(check.started));
    if check.stages.is_empty() {
        return whole.into_any();
    }
    let stage = |time: &StageTime| {
        let took = duration_text(i64::try_from(time.milliseconds).unwrap_or(i64::MAX));
        view! { <div><dt>{time.stage.label()}</dt><dd>{took}</dd></div> }
    };
    view! {
        <details class="check-stages">
            <summary>{whole}</summary>
            <dl>{check.stages.iter().map(stage).collect_view()}</dl>
        </details>
    }
}

fn failure(failure: &CheckFailure) -> AnyView {
    view! {
        <div>
            <strong>{format!("{}: ", failure.stage.label())}</strong>
            {sentence(failure)}
            {server_words(failure)}
        </div>
    }
}

/// `12 ms`, `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`: whole numbers alone, for printing fractions would be kilobytes of WASM.
fn duration_text(milliseconds: i64) -> String {
    let milliseconds = milliseconds.max(0);
    match milliseconds / 1000 {
        0 if milliseconds < 100 => format!("{milliseconds} ms"),
        0..10 => format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::duration_text;

    #[test]
    fn a_duration_is_said_in_the_units_that_fit() {
        for (milliseconds, text) in [
            (-5, "0 ms"),
            (99, "99 ms"),
            (440, "0.4 s"),
            (9_999, "9.9 s"),
            (59_999, "59 s"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
        ] {
            assert_eq!(duration_text(milliseconds), text);
        }
    }
}
