//! A place between two rows of a list, as text that is safe inside a URL. A cursor that cannot be read,
//! or that belongs to another order, means the first page: links outlive versions.

use super::statement::Value;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::Cursor;
use serde::{Deserialize, Serialize};

/// Where a page begins, and in which direction it goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The order this place belongs to, as `column` or `-column`.
    #[serde(rename = "s")]
    pub(super) sort: String,
    /// True: the page ends before this row. False: it begins after it.
    #[serde(rename = "b")]
    pub(super) backward: bool,
    /// The row's value in the sorted column.
    #[serde(rename = "k")]
    pub(super) key: Value,
    /// The row's number.
    #[serde(rename = "i")]
    pub(super) id: i64,
    /// The row's ordinal, from 1.
    #[serde(rename = "o")]
    pub(super) ordinal: u64,
}

impl Place {
    /// The opaque text.
    pub(super) fn cursor(&self) -> Cursor {
        let json = serde_json::to_vec(self).unwrap_or_default();
        Cursor(URL_SAFE_NO_PAD.encode(json))
    }

    /// The place in `cursor`, if it belongs to the order `sort`.
    pub(super) fn read(cursor: &Cursor, sort: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(&cursor.0).ok()?;
        let place: Self = serde_json::from_slice(&json).ok()?;
        (place.sort == sort).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_the_way_through_a_url() {
        let place = Place {
            sort: "-sender".into(),
            backward: true,
            key: Value::Text("größe?&#".into()),
            id: 7,
            ordinal: 31,
        };
        let cursor = place.cursor();
        assert!(cursor.0.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'));
        assert_eq!(Place::read(&cursor, "-sender"), Some(place));
        assert_eq!(Place::read(&cursor, "sender"), None);
    }

    #[test]
    fn a_broken_cursor_is_no_place() {
        for text in ["", "x", "!!", "bm90IGpzb24", "e30"] {
            assert_eq!(Place::read(&Cursor(text.into()), "-received"), None, "{text}");
        }
    }
}
