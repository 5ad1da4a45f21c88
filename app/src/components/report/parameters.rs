//! A report's state as a URL carries it: pure functions from query parameters to a query and back to a link.

use leptos_router::params::ParamsMap;
use model::{Cursor, ReportQuery, Sort};

/// The parameter of the search box.
pub const SEARCH: &str = "q";
/// The parameter of the order of rows.
pub const SORT: &str = "sort";
/// The parameter of the page.
pub const CURSOR: &str = "cursor";
/// The parameter of the rows a page.
pub const SIZE: &str = "size";
/// The parameter of the columns.
pub const COLUMNS: &str = "cols";
/// The parameter of the ticked rows.
pub const TICKED: &str = "ticked";
/// The parameter of the height of rows.
pub const ROWS: &str = "rows";
/// The value of [`ROWS`] that gives them more room.
pub const COMFORTABLE: &str = "comfortable";
/// The parameter that reveals the search fields.
pub const MORE: &str = "more";

/// The text of a parameter, trimmed; `None` where it is absent or blank.
pub fn text(parameter: &impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    parameter(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The answer of a parameter; `None` where it is neither `yes` nor `no`, which means any.
pub fn yes_no(parameter: &impl Fn(&str) -> Option<String>, name: &str) -> Option<bool> {
    match text(parameter, name)?.as_str() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// Order, page and page size around `filter`.
pub fn query<F>(parameter: &impl Fn(&str) -> Option<String>, filter: F) -> ReportQuery<F> {
    ReportQuery {
        filter,
        sort: text(parameter, SORT).and_then(|sort| Sort::parse(&sort)),
        cursor: text(parameter, CURSOR).map(Cursor),
        page_size: text(parameter, SIZE).and_then(|size| size.parse().ok()),
    }
}

/// Where a report stands: its path and its parameters, from which every link of the report is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    path: String,
    parameters: ParamsMap,
}

impl Place {
    /// The place of a URL.
    pub fn new(path: String, parameters: ParamsMap) -> Self {
        Self { path, parameters }
    }

    /// Its path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The value of a parameter, where it is not blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get_str(name).filter(|value| !value.is_empty())
    }

    /// The same place with other values; `None` removes a parameter.
    #[must_use]
    pub fn with<'a>(&self, changes: impl IntoIterator<Item = (&'a str, Option<String>)>) -> Self {
        let mut parameters = self.parameters.clone();
        for (name, value) in changes {
            parameters.remove(name);
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                parameters.insert(name.to_owned(), value);
            }
        }
        Self { path: self.path.clone(), parameters }
    }

    /// The same place on its first page: after every change of rows or order.
    #[must_use]
    pub fn first_page(&self) -> Self {
        self.with([(CURSOR, None)])
    }

    /// The link to this place.
    pub fn href(&self) -> String {
        format!("{}{}", self.path, self.search())
    }

    /// The query string with its `?`; empty where there is no parameter.
    pub fn search(&self) -> String {
        let pairs = self.parameters.clone().into_iter();
        let pairs: Vec<_> =
            pairs.map(|(name, value)| format!("{}={}", escaped(&name), escaped(&value))).collect();
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// The order in force, which is `default` where the URL asks for none.
    pub fn sort(&self, default: &str) -> Option<Sort> {
        self.get(SORT).and_then(Sort::parse).or_else(|| Sort::parse(default))
    }

    /// The link that sorts by `column`, or turns its direction around.
    pub fn sorted_by(&self, column: &str, default: &str) -> String {
        let descending = self.sort(default).is_some_and(|sort| sort.column == column && !sort.descending);
        let sort = Sort { column: column.to_owned(), descending };
        self.first_page().with([(SORT, Some(sort.text()))]).href()
    }
}

/// Percent-encoding for a query (RFC 3986 §3.4), the same on the server and in the browser: the links that one
/// renders are the links that the other finds.
pub fn escaped(text: &str) -> String {
    use std::fmt::Write;
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,:".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(pairs: &[(&str, &str)]) -> Place {
        let parameters =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Place::new("/inbox".to_owned(), parameters)
    }

    #[test]
    fn a_link_keeps_what_it_does_not_change() {
        let place = place(&[("q", "two words"), ("cursor", "abc")]);
        assert_eq!(place.first_page().href(), "/inbox?q=two%20words");
        assert_eq!(place.with([("q", Some("a&b=ä".to_owned()))]).search(), "?cursor=abc&q=a%26b%3D%C3%A4");
        assert_eq!(place.with([("q", None), ("cursor", None)]).href(), "/inbox");
    }

    #[test]
    fn sorting_by_the_same_column_turns_around() {
        let by_name = place(&[("sort", "name"), ("cursor", "abc")]);
        assert_eq!(by_name.sorted_by("name", "-received"), "/inbox?sort=-name");
        assert_eq!(by_name.sorted_by("size", "-received"), "/inbox?sort=size");
        assert_eq!(place(&[]).sorted_by("received", "-received"), "/inbox?sort=received");
    }

    #[test]
    fn blank_parameters_ask_for_nothing() {
        let parameter = |name: &str| match name {
            "sort" => Some("-name".to_owned()),
            "size" => Some("50".to_owned()),
            "secure" => Some("maybe".to_owned()),
            _ => Some("  ".to_owned()),
        };
        let query = query(&parameter, ());
        assert_eq!(query.sort.map(|sort| sort.text()).as_deref(), Some("-name"));
        assert_eq!(query.page_size, Some(50));
        assert_eq!(query.cursor, None);
        assert_eq!(yes_no(&parameter, "secure"), None);
        assert_eq!(text(&parameter, "q"), None);
    }
}
