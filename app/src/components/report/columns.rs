//! Which columns are shown: all that are by nature, unless the URL lists others.

use super::parameters::COLUMNS;
use super::{Column, Place};

/// A column without its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heading {
    /// The column's id.
    pub id: &'static str,
    /// Its words.
    pub label: &'static str,
    /// The server can sort by it.
    pub sortable: bool,
    /// Numbers and dates.
    pub numeric: bool,
    /// Shown unless somebody hides it.
    pub shown: bool,
}

impl Heading {
    /// The heading of a column.
    pub fn of<T>(column: &Column<T>) -> Self {
        Self {
            id: column.id,
            label: column.label,
            sortable: column.sortable,
            numeric: column.numeric,
            shown: column.shown,
        }
    }
}

/// The positions of the columns to show. A URL that names no column at all is not obeyed.
pub fn visible(columns: &[Heading], place: &Place) -> Vec<usize> {
    let asked = place.get(COLUMNS).map(|names| names.split(',').collect::<Vec<_>>());
    let shown: Vec<usize> = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| asked.as_ref().is_none_or(|names| names.contains(&column.id)))
        .filter(|(_, column)| asked.is_some() || column.shown)
        .map(|(index, _)| index)
        .collect();
    if shown.is_empty() { (0..columns.len()).collect() } else { shown }
}

/// The link that shows the column at `index`, or hides it.
pub fn toggled(columns: &[Heading], place: &Place, index: usize) -> String {
    let shown = visible(columns, place);
    let wanted: Vec<&str> = columns
        .iter()
        .enumerate()
        .filter(|(other, _)| shown.contains(other) != (*other == index))
        .map(|(_, column)| column.id)
        .collect();
    let usual: Vec<&str> = columns.iter().filter(|column| column.shown).map(|column| column.id).collect();
    // The last column cannot be hidden, and the usual ones need no mention.
    let names = (wanted != usual && !wanted.is_empty()).then(|| wanted.join(","));
    place.with([(COLUMNS, names)]).href()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS_OF_TEST: [Heading; 3] = [column("id", true), column("name", true), column("lag", false)];

    const fn column(id: &'static str, shown: bool) -> Heading {
        Heading { id, label: id, sortable: true, numeric: false, shown }
    }

    fn place(columns: Option<&str>) -> Place {
        Place::new("/r".to_owned(), leptos_router::params::ParamsMap::new())
            .with([("cols", columns.map(str::to_owned))])
    }

    #[test]
    fn the_url_chooses_columns() {
        assert_eq!(visible(&COLUMNS_OF_TEST, &place(None)), [0, 1]);
        assert_eq!(visible(&COLUMNS_OF_TEST, &place(Some("name,lag"))), [1, 2]);
        assert_eq!(visible(&COLUMNS_OF_TEST, &place(Some("nothing"))), [0, 1, 2]);
    }

    #[test]
    fn a_toggle_shows_and_hides() {
        assert_eq!(toggled(&COLUMNS_OF_TEST, &place(None), 2), "/r?cols=id,name,lag");
        assert_eq!(toggled(&COLUMNS_OF_TEST, &place(None), 0), "/r?cols=name");
        assert_eq!(toggled(&COLUMNS_OF_TEST, &place(Some("id,name,lag")), 2), "/r");
    }
}
