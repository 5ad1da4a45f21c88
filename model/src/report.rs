//! Any list: which rows, in which order, which page.

use serde::{Deserialize, Serialize};

/// How many rows a page has unless somebody says otherwise.
pub const DEFAULT_PAGE_SIZE: u32 = 30;
/// The page sizes to choose from.
pub const PAGE_SIZES: [u32; 4] = [10, 30, 50, 100];

/// An order of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The stable id of a column.
    pub column: String,
    /// Largest, newest or last in the alphabet first.
    pub descending: bool,
}

impl Sort {
    /// Reads `column` or `-column`, the form in URLs.
    pub fn parse(text: &str) -> Option<Self> {
        let (column, descending) = text.strip_prefix('-').map_or((text, false), |column| (column, true));
        let plain = !column.is_empty() && column.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        plain.then(|| Self { column: column.to_owned(), descending })
    }

    /// `column` or `-column`.
    pub fn text(&self) -> String {
        if self.descending { format!("-{}", self.column) } else { self.column.clone() }
    }
}

/// A place between two rows, made and understood by the server alone; safe inside a URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// Which page of which rows. `F` is the report's own filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportQuery<F> {
    /// Which rows.
    pub filter: F,
    /// In which order; the report's own order where absent.
    pub sort: Option<Sort>,
    /// From where on; the first page where absent.
    pub cursor: Option<Cursor>,
    /// Rows a page, 1 to 200; [`DEFAULT_PAGE_SIZE`] where absent.
    pub page_size: Option<u32>,
}

impl<F> ReportQuery<F> {
    /// The same within what the parameters say: their records per page where nobody chose, and never more than their most.
    #[must_use]
    pub fn within(self, display: &crate::Display) -> Self {
        let most = display.page_sizes.last().copied().unwrap_or(DEFAULT_PAGE_SIZE);
        let rows = self.page_size.unwrap_or(display.page_size).min(most);
        Self { page_size: Some(rows), ..self }
    }

    /// The page size to serve: what was asked for, within 1 and 200.
    pub fn rows(&self) -> u32 {
        self.page_size.unwrap_or(DEFAULT_PAGE_SIZE).clamp(1, 200)
    }
}

/// How many rows there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Rows counted.
    pub count: u64,
    /// False where counting stopped early: there are at least `count`.
    pub exact: bool,
}

/// One page of rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// The ordinal of the first row, from 1; 0 where there is none.
    pub first: u64,
    /// How many rows there are in all.
    pub total: Total,
    /// The page before this one.
    pub previous: Option<Cursor>,
    /// The page after this one.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// All rows of a report that comes as a whole.
    pub fn whole(rows: Vec<T>) -> Self {
        let count = rows.len() as u64;
        Self { first: count.min(1), total: Total { count, exact: true }, rows, previous: None, next: None }
    }

    /// A page without rows.
    pub fn empty() -> Self {
        Self {
            rows: Vec::new(),
            first: 0,
            total: Total { count: 0, exact: true },
            previous: None,
            next: None,
        }
    }

    /// `31–60 of 2,345`.
    pub fn range_text(&self) -> String {
        let last = self.first + (self.rows.len() as u64).saturating_sub(1);
        let total = grouped(self.total.count);
        let more = if self.total.exact { "" } else { "+" };
        if self.rows.is_empty() {
            return "0 of 0".to_owned();
        }
        format!("{}–{} of {total}{more}", grouped(self.first), grouped(last))
    }
}

/// `2,345`: a number in groups of three.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `17 B`, `4.2 KB`, `1.3 MB`: a size as people read it.
pub fn size_text(bytes: u64) -> String {
    // Whole numbers alone: printing fractions would be kilobytes of WASM.
    let scaled = |unit: u64, name: &str| {
        let tenths = bytes.saturating_add(unit / 20) / (unit / 10);
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    };
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..999_950 => scaled(1_000, "KB"),
        999_950..999_950_000 => scaled(1_000_000, "MB"),
        _ => scaled(1_000_000_000, "GB"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (2_345_678, "2,345,678")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_page_says_where_it_is() {
        let page = Page {
            rows: vec![(); 30],
            first: 31,
            total: Total { count: 2345, exact: true },
            previous: None,
            next: None,
        };
        assert_eq!(page.range_text(), "31–60 of 2,345");
        assert_eq!(Page::<()>::empty().range_text(), "0 of 0");
    }

    #[test]
    fn only_plain_columns_sort() {
        assert_eq!(Sort::parse("-received").unwrap().text(), "-received");
        assert_eq!(Sort::parse("id; drop"), None);
        assert_eq!(Sort::parse("-"), None);
    }
}
