//! Pages of the lists that have one order and no filter but their account: newest first, by keyset, in either direction.
//! Deliberately absent: the list of messages, which has many orders (see `message_list`), and every statement.

use super::cursor::Place;
use super::statement::{Statement, Value};
use model::{Cursor, Page, Total};

/// The only order of these lists, as a cursor remembers it.
const NEWEST_FIRST: &str = "-id";

/// Which page of a list is asked for.
pub(super) struct Asked {
    place: Option<Place>,
    size: u32,
}

impl Asked {
    /// The page of `size` rows at `cursor`; a cursor that makes no sense means the first page.
    pub(super) fn new(cursor: Option<&Cursor>, size: u32) -> Self {
        let place = cursor.and_then(|cursor| Place::read(cursor, NEWEST_FIRST));
        Self { place: place.filter(|place| matches!(place.key, Value::Number(_))), size }
    }

    /// The page to show where this one turned out to be nowhere: the first.
    pub(super) fn instead<T>(&self, page: &Page<T>) -> Option<Self> {
        let place = self.place.as_ref()?;
        let nowhere = page.rows.is_empty() || (place.backward && page.previous.is_none());
        nowhere.then_some(Self { place: None, size: self.size })
    }

    /// Appends to a statement that ends in conditions: from where, in which order, how many. `key` is the column of the
    /// order and `id` the one that settles it; one row more is asked for, to know whether there is another page.
    pub(super) fn push_to(&self, statement: &mut Statement, key: &str, id: &str) {
        let backward = self.place.as_ref().is_some_and(|place| place.backward);
        let (than, direction) = if backward { ('>', "ASC") } else { ('<', "DESC") };
        if let Some(place) = &self.place {
            let values = [place.key.clone(), Value::Number(place.id)];
            statement.push(&format!(" AND ({key}, {id}) {than} ($, $)"), values);
        }
        let order = format!(" ORDER BY {key} {direction}, {id} {direction} LIMIT $");
        statement.push(&order, [Value::Number(i64::from(self.size) + 1)]);
    }

    /// The page that these rows are, each with the values of its order.
    pub(super) fn page<T>(&self, mut rows: Vec<(i64, i64, T)>, total: Total) -> Page<T> {
        let backward = self.place.as_ref().is_some_and(|place| place.backward);
        let more = rows.len() as u64 > u64::from(self.size);
        rows.truncate(self.size as usize);
        if backward {
            rows.reverse();
        }
        let length = rows.len() as u64;
        let first = match &self.place {
            _ if rows.is_empty() => 0,
            Some(place) if backward => place.ordinal.saturating_sub(length).max(1),
            Some(place) => place.ordinal.saturating_add(1),
            None => 1,
        };
        let last = first + length.saturating_sub(1);
        let at = |row: Option<&(i64, i64, T)>, backward, ordinal| {
            let sort = NEWEST_FIRST.to_owned();
            row.map(|(key, id, _)| {
                Place { sort, backward, key: Value::Number(*key), id: *id, ordinal }.cursor()
            })
        };
        let before = if backward { more } else { self.place.is_some() };
        let previous = at(rows.first().filter(|_| before), true, first);
        let next = at(rows.last().filter(|_| backward || more), false, last);
        // The list may have grown since the total was counted, or counting stopped before this page.
        let total = Total { count: total.count.max(if length == 0 { 0 } else { last }), ..total };
        Page { rows: rows.into_iter().map(|(.., row)| row).collect(), first, total, previous, next }
    }
}
