//! Dates: absolute on the screen, relative on hover. The server writes UTC, and says so where there are no scripts;
//! the browser rewrites it in its reader's zone once the page is alive, in the same room.

use super::display::{Look, look};
use crate::view::view;
use leptos::prelude::*;
use model::Timestamp;

/// The instant `at`, such as `2026-11-23 14:05`.
#[component]
pub fn When(
    /// The instant.
    #[prop(into)]
    at: Signal<Timestamp>,
) -> impl IntoView {
    // The first rendering must equal the server's, so the zone arrives after it.
    let zone = RwSignal::new(None::<i32>);
    let now = RwSignal::new(None::<Timestamp>);
    Effect::new(move |_| {
        zone.set(Some(offset_minutes(at.get())));
        now.set(Some(browser_now()));
    });
    let text = move || at.get().text(&look(Look::DateFormat), zone.get().unwrap_or(0));
    let hint = move || now.get().map(|now| relative(now, at.get()));
    view! {
        <time class:utc=move || zone.get().is_none() datetime=move || at.get().rfc3339() title=hint>
            {text}
        </time>
    }
}

/// The same for an instant that may not exist: `–` where it does not.
#[component]
pub fn WhenKnown(
    /// The instant, where there is one.
    at: Option<Timestamp>,
) -> impl IntoView {
    at.map_or_else(|| "–".into_any(), |at| view! { <When at=at /> })
}

/// The time in the browser; on the server, where no screen is alive, the beginning of time.
pub fn browser_now() -> Timestamp {
    #[cfg(feature = "hydrate")]
    {
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
        Timestamp(js_sys::Date::now() as i64)
    }
    #[cfg(not(feature = "hydrate"))]
    Timestamp(0)
}

/// Minutes east of UTC where the reader is, at that instant (summer time differs from winter time).
#[cfg(feature = "hydrate")]
fn offset_minutes(at: Timestamp) -> i32 {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let date = js_sys::Date::new(&(at.0 as f64).into());
    #[expect(clippy::cast_possible_truncation, reason = "at most 14 hours of minutes")]
    let west = date.get_timezone_offset() as i32;
    -west
}

#[cfg(not(feature = "hydrate"))]
fn offset_minutes(_: Timestamp) -> i32 {
    0
}

/// `3 minutes ago`, `in 2 hours`, `just now`.
pub fn relative(now: Timestamp, at: Timestamp) -> String {
    let seconds = now.since(at) / 1000;
    let (amount, unit) = match seconds.unsigned_abs() {
        0..45 => return "just now".to_owned(),
        45..5_400 => (seconds.unsigned_abs().div_ceil(60), "minute"),
        5_400..129_600 => ((seconds.unsigned_abs() + 1_800) / 3_600, "hour"),
        far => ((far + 43_200) / 86_400, "day"),
    };
    let plural = if amount == 1 { "" } else { "s" };
    if seconds > 0 { format!("{amount} {unit}{plural} ago") } else { format!("in {amount} {unit}{plural}") }
}

#[cfg(test)]
mod tests {
    use super::relative;
    use model::Timestamp;

    #[test]
    fn a_distance_is_said_in_the_unit_that_fits() {
        let now = Timestamp::from_seconds(1_000_000);
        for (seconds, text) in [
            (-10, "just now"),
            (-60, "1 minute ago"),
            (-600, "10 minutes ago"),
            (-7_200, "2 hours ago"),
            (-172_800, "2 days ago"),
            (300, "in 5 minutes"),
        ] {
            assert_eq!(relative(now, Timestamp::from_seconds(1_000_000 + seconds)), text);
        }
    }
}
