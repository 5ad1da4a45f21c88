//! When mail arrived, by hour and by day.

use super::unloaded;
use crate::api::asked::Asked;
use crate::components::bars::{Bar, bars};
use crate::components::display::{Look, look};
use crate::view::view;
use leptos::prelude::*;
use model::Timestamp;
use model::health::Arrivals;
use model::report::grouped;

/// In milliseconds.
const HOUR: i64 = 60 * 60 * 1000;

/// The charts, once they are known, or why they are not.
pub fn charts(arrivals: Asked<Arrivals>) -> AnyView {
    let drawn = move || {
        let known = match arrivals.get()? {
            Ok(known) => known,
            Err(error) => {
                let retry = move || arrivals.refetch();
                return Some(view! { <p>{unloaded("When mail arrived", &error, retry)}</p> }.into_any());
            }
        };
        let charts = view! {
            <div class="charts">
                {chart("Received in the last 24 hours", "hour", &known.hours, known.hour, HOUR)}
                {chart("Received in the last 30 days", "day", &known.days, known.day, 24 * HOUR)}
            </div>
        };
        Some(charts.into_any())
    };
    drawn.into_any()
}

/// `counts` for spans of this length, the last of which begins at `last`.
fn chart(title: &'static str, unit: &'static str, counts: &[u64], last: Timestamp, span: i64) -> AnyView {
    let total = counts.iter().sum::<u64>();
    let most = counts.iter().max().copied().unwrap_or(0);
    let back = |place: usize| i64::try_from(counts.len() - 1 - place).unwrap_or(0);
    let begins = |place: usize| Timestamp(last.0 - span * back(place));
    let format = look(Look::DateFormat);
    let places = counts.iter().enumerate().map(|(place, count)| Bar {
        parts: vec![(*count, "bar-mail")],
        words: format!("{} in the {unit} from {} (UTC)", grouped(*count), begins(place).text(&format, 0)),
    });
    let said = format!("{title}: {}, at most {} in one {unit}", grouped(total), grouped(most));
    view! {
        <div class="chart">
            <h3>{title}</h3>
            <p class="numbers">{grouped(total)}<span class="muted">{format!(", at most {} in one {unit}", grouped(most))}</span></p>
            {bars(&places.collect::<Vec<_>>(), said, (begins(0), last))}
        </div>
    }
}
