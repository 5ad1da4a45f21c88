//! Ticked rows, and what can be done with all of them at once. They are in the URL, so that back, reload and a shared
//! link tick the same rows.

use super::Place;
use super::parameters::TICKED;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;

/// More ticked rows than this are not in the URL: it would become longer than what lies between takes.
const MOST_IN_URL: usize = 500;

/// Something that can be done with all ticked rows.
#[derive(Debug, Clone, Copy)]
pub struct BulkAction {
    /// Its words.
    pub label: &'static str,
    /// Does it.
    pub run: Callback<Chosen>,
}

/// What is to be done with.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// The rows of these keys.
    Rows(Vec<i64>),
    /// Every row that answers the search and its fields, on all pages.
    All,
}

/// The ticked rows of one report.
#[derive(Debug, Clone, Copy)]
pub struct Selection {
    /// In ascending order.
    ticked: RwSignal<Vec<i64>>,
    last: StoredValue<Option<i64>>,
    /// The search whose answers are chosen, all of them: another search chooses none.
    all: RwSignal<Option<String>>,
}

impl Selection {
    /// The rows that the URL of `place` ticks. From then on the URL follows what is ticked, and the other way around.
    pub fn new(place: Memo<Place>) -> Self {
        let in_url = Memo::new(move |_| place.with(|place| parse(place.get(TICKED).unwrap_or_default())));
        let ticked = RwSignal::new(in_url.get_untracked());
        // What the URL is on its way to: while it has not got there, it does not say what is ticked.
        let ahead = StoredValue::new(None::<Vec<i64>>);
        let navigate = use_navigate();
        Effect::new(move |_| {
            let wanted =
                ticked.with(|ticked| if ticked.len() > MOST_IN_URL { Vec::new() } else { ticked.clone() });
            if wanted != in_url.get_untracked() {
                let href = place.with_untracked(|place| place.with([(TICKED, Some(text(&wanted)))]).href());
                ahead.set_value(Some(wanted));
                let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
                navigate(&href, options);
            }
        });
        Effect::new(move |before: Option<()>| {
            let there = in_url.get();
            if ahead.with_value(Option::is_some) {
                if ahead.with_value(|ahead| ahead.as_ref() == Some(&there)) {
                    ahead.set_value(None);
                }
            } else if before.is_some() {
                ticked.set(there);
            }
        });
        Self { ticked, last: StoredValue::new(None), all: RwSignal::new(None) }
    }

    /// How many rows are ticked.
    pub fn count(self) -> usize {
        self.ticked.with(Vec::len)
    }

    /// True where this row is ticked.
    pub fn contains(self, key: i64) -> bool {
        self.ticked.with(|ticked| ticked.binary_search(&key).is_ok())
    }

    /// The ticked rows.
    pub fn keys(self) -> Vec<i64> {
        self.ticked.get_untracked()
    }

    /// All that answer `search` are chosen from now on.
    pub fn choose_all(self, search: String) {
        self.all.set(Some(search));
    }

    /// True where all that answer `search` are chosen.
    pub fn is_all(self, search: &str) -> bool {
        self.all.with(|all| all.as_deref() == Some(search))
    }

    /// No row any more.
    pub fn clear(self) {
        self.ticked.set(Vec::new());
        self.all.set(None);
    }

    /// All of `keys`, or none where all of them are ticked already.
    pub fn toggle_all(self, keys: &[i64]) {
        self.all.set(None);
        self.ticked.update(|ticked| {
            if keys.iter().all(|key| ticked.contains(key)) {
                ticked.clear();
            } else {
                for key in keys {
                    mark(ticked, *key, true);
                }
            }
        });
    }

    /// One row; with the shift key, all rows from the one before to this one. `order` is the rows on the screen.
    pub fn click(self, event: &MouseEvent, key: i64, order: &[i64]) {
        let from = self.last.get_value().filter(|_| event.shift_key()).unwrap_or(key);
        let ticks = !self.ticked.with_untracked(|ticked| ticked.contains(&key));
        self.all.set(None);
        self.ticked.update(|ticked| {
            for key in between(order, from, key) {
                mark(ticked, *key, ticks);
            }
        });
        self.last.set_value(Some(key));
    }
}

/// `1,5,7`
fn text(keys: &[i64]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn parse(text: &str) -> Vec<i64> {
    let mut keys = Vec::new();
    for key in text.split(',').filter_map(|key| key.parse().ok()).take(MOST_IN_URL) {
        mark(&mut keys, key, true);
    }
    keys
}

/// Ticks `key`, or not; `keys` stay in order.
fn mark(keys: &mut Vec<i64>, key: i64, ticked: bool) {
    match (keys.binary_search(&key), ticked) {
        (Err(place), true) => keys.insert(place, key),
        (Ok(place), false) => {
            keys.remove(place);
        }
        _ => {}
    }
}

/// The part of `order` from `one` to `other`, whichever comes first.
fn between(order: &[i64], one: i64, other: i64) -> &[i64] {
    let place = |key: i64| order.iter().position(|at| *at == key);
    match (place(one), place(other)) {
        (Some(one), Some(other)) => order.get(one.min(other)..=one.max(other)).unwrap_or_default(),
        (None, Some(other)) => order.get(other..=other).unwrap_or_default(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::{between, parse, text};

    #[test]
    fn the_url_says_which_rows_are_ticked() {
        let keys = [1, 5, 7];
        assert_eq!(text(&keys), "1,5,7");
        assert_eq!(parse("1,5,7"), keys);
        assert_eq!(parse("5,,x,1,7,7"), keys);
        assert!(parse("").is_empty());
    }

    #[test]
    fn shift_reaches_in_both_directions() {
        let order = [9, 4, 7, 1];
        assert_eq!(between(&order, 4, 1), [4, 7, 1]);
        assert_eq!(between(&order, 1, 4), [4, 7, 1]);
        assert_eq!(between(&order, 7, 7), [7]);
        assert_eq!(between(&order, 5, 7), [7], "the row before is on another page");
        assert!(between(&order, 7, 5).is_empty());
    }
}
