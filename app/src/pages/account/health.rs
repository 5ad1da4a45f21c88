//! *The last 30 days*: how many checks went well and how many failed, day by day.

use super::table;
use crate::api::asked::Asked;
use crate::components::bars::{Bar, bars};
use crate::components::display::{Look, look};
use crate::view::view;
use leptos::prelude::*;
use model::Timestamp;
use model::health::{AccountHealth, DAYS, DayHealth};
use model::report::grouped;

const ID: &str = "health";
/// In milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// The section.
pub fn section(health: Asked<AccountHealth>) -> AnyView {
    let body = move |()| Some(health.get()?.map(|health| strip(&health)));
    table::section(ID, "The last 30 days", Callback::new(body), Callback::new(move |()| health.refetch()))
}

fn strip(health: &AccountHealth) -> AnyView {
    let all = health.days.iter().fold(DayHealth::default(), |sum, day| DayHealth {
        good: sum.good + day.good,
        failed: sum.failed + day.failed,
    });
    if all == DayHealth::default() {
        return view! { <p class="muted">"No check has ended yet."</p> };
    }
    let dates =
        (0..DAYS).rev().map(|back| Timestamp(health.today.0 - DAY * i64::try_from(back).unwrap_or(0)));
    let first = dates.clone().next().unwrap_or(health.today);
    let days: Vec<Bar> = health.days.iter().zip(dates).map(|(day, date)| bar(*day, date)).collect();
    let said = format!("{} of {} checks went well.", grouped(all.good), grouped(all.good + all.failed));
    view! {
        <p>{said.clone()}</p>
        {bars(&days, format!("Checks of the last 30 days: {said}"), (first, health.today))}
    }
}

fn bar(day: DayHealth, date: Timestamp) -> Bar {
    let format = look(Look::DateFormat);
    // Without its time, which every format names after the day.
    let date = date.text(format.split(['H', 'h']).next().unwrap_or_default(), 0);
    let went = match (day.good, day.failed) {
        (0, 0) => "no check".to_owned(),
        (good, 0) => format!("{} went well", grouped(good)),
        (0, failed) => format!("{} failed", grouped(failed)),
        (good, failed) => format!("{} went well, {} failed", grouped(good), grouped(failed)),
    };
    Bar {
        parts: vec![(day.failed, "bar-bad"), (day.good, "bar-good")],
        words: format!("{} (UTC): {went}", date.trim_end()),
    }
}
