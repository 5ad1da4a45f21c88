//! A small chart of bars in a row, drawn as one image: what it shows is said in words beside it, and each bar says its own
//! on hover. Deliberately absent: axes, scales and a library for them.

use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::Timestamp;

/// How high the image is, in its own unit.
const HEIGHT: u64 = 100;
/// How wide the place of a bar is, and the bar in it.
const PLACE: usize = 10;
const BAR: usize = 8;
/// A bar that stands for something is seen, however little it is beside the others.
const LEAST: u64 = 3;

/// One bar: parts above each other, the lowest first.
pub struct Bar {
    /// How much of what, by the class that colours it (`bar-good`).
    pub parts: Vec<(u64, &'static str)>,
    /// What it says on hover.
    pub words: String,
}

/// The chart. `said` is what the whole of it shows, in a sentence; `ends` are when its first and its last bar begin.
pub fn bars(bars: &[Bar], said: String, ends: (Timestamp, Timestamp)) -> AnyView {
    let size = format!("0 0 {} {HEIGHT}", bars.len() * PLACE);
    view! {
        <figure class="bars">
            <svg viewBox=size preserveAspectRatio="none" role="img" aria-label=said inner_html=drawn(bars)></svg>
            <figcaption class="bars-ends numbers">
                <When at=ends.0 />
                <When at=ends.1 />
            </figcaption>
        </figure>
    }
}

fn drawn(bars: &[Bar]) -> String {
    let sum = |bar: &Bar| bar.parts.iter().map(|(count, _)| count).sum::<u64>();
    let most = bars.iter().map(sum).max().unwrap_or(0).max(1);
    bars.iter().enumerate().map(|(place, bar)| one(place * PLACE + (PLACE - BAR) / 2, bar, most)).collect()
}

/// A bar at `x`, in a chart whose highest stands for `most`.
fn one(x: usize, bar: &Bar, most: u64) -> String {
    let rect = |top: u64, height: u64, class: &str| {
        format!(r#"<rect x="{x}" y="{top}" width="{BAR}" height="{height}" class="{class}"></rect>"#)
    };
    // All of its place answers to the pointer.
    let mut drawn = rect(0, HEIGHT, "bar-place");
    let mut top = HEIGHT;
    for (count, class) in bar.parts.iter().filter(|(count, _)| *count > 0) {
        let height = (count * HEIGHT / most).max(LEAST).min(top);
        top -= height;
        drawn += &rect(top, height, class);
    }
    if top == HEIGHT {
        drawn += &rect(HEIGHT - LEAST, LEAST, "bar-none");
    }
    let words = bar.words.replace('&', "&amp;").replace('<', "&lt;");
    format!("<g><title>{words}</title>{drawn}</g>")
}

#[cfg(test)]
mod tests {
    use super::{Bar, drawn};

    fn bar(parts: &[(u64, &'static str)]) -> Bar {
        Bar { parts: parts.to_vec(), words: "1 < 2".to_owned() }
    }

    #[test]
    fn the_highest_fills_the_chart_and_little_is_seen() {
        let svg = drawn(&[bar(&[(150, "bar-good"), (50, "bar-bad")]), bar(&[(1, "bar-good")]), bar(&[])]);
        for rect in [
            r#"x="1" y="25" width="8" height="75" class="bar-good""#,
            r#"x="1" y="0" width="8" height="25" class="bar-bad""#,
            r#"x="11" y="97" width="8" height="3" class="bar-good""#,
            r#"x="21" y="97" width="8" height="3" class="bar-none""#,
        ] {
            assert!(svg.contains(rect), "{rect} in {svg}");
        }
        assert_eq!(svg.matches("<title>1 &lt; 2</title>").count(), 3);
    }
}
