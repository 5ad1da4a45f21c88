//! Ticked rows, and what can be done with all of them at once.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use std::collections::BTreeSet;

/// Something that can be done with all ticked rows.
#[derive(Debug, Clone, Copy)]
pub struct BulkAction {
    /// Its words.
    pub label: &'static str,
    /// Does it, given the keys of the rows.
    pub run: Callback<Vec<i64>>,
}

/// The ticked rows of one report.
#[derive(Debug, Clone, Copy)]
pub struct Selection {
    ticked: RwSignal<BTreeSet<i64>>,
    last: StoredValue<Option<i64>>,
}

impl Selection {
    /// No row.
    pub fn new() -> Self {
        Self { ticked: RwSignal::new(BTreeSet::new()), last: StoredValue::new(None) }
    }

    /// How many rows are ticked.
    pub fn count(self) -> usize {
        self.ticked.with(BTreeSet::len)
    }

    /// True where this row is ticked.
    pub fn contains(self, key: i64) -> bool {
        self.ticked.with(|ticked| ticked.contains(&key))
    }

    /// The ticked rows.
    pub fn keys(self) -> Vec<i64> {
        self.ticked.with_untracked(|ticked| ticked.iter().copied().collect())
    }

    /// No row any more.
    pub fn clear(self) {
        self.ticked.set(BTreeSet::new());
    }

    /// All of `keys`, or none where all of them are ticked already.
    pub fn toggle_all(self, keys: &[i64]) {
        self.ticked.update(|ticked| {
            if keys.iter().all(|key| ticked.contains(key)) {
                ticked.clear();
            } else {
                ticked.extend(keys);
            }
        });
    }

    /// One row; with the shift key, all rows from the one before to this one. `order` is the rows on the screen.
    pub fn click(self, event: &MouseEvent, key: i64, order: &[i64]) {
        let from = self.last.get_value().filter(|_| event.shift_key()).unwrap_or(key);
        let ticks = !self.ticked.with_untracked(|ticked| ticked.contains(&key));
        self.ticked.update(|ticked| {
            for key in between(order, from, key) {
                if ticks {
                    ticked.insert(*key);
                } else {
                    ticked.remove(key);
                }
            }
        });
        self.last.set_value(Some(key));
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
    use super::between;

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
