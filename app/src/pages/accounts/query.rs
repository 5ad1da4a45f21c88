//! The accounts report's part of a URL. Public, because the CSV export answers to the same parameters.

use crate::components::report::parameters::{SEARCH, query, text, yes_no};
use model::{AccountFilter, AccountStatus, ReportQuery};

/// The query that these parameters ask for: `q` or `name`, `secure`, `automatic`, `keep`, `status`, `tag`, `sort`,
/// `cursor`, `size`. Whatever makes no sense is as good as absent.
pub fn account_query(parameter: &impl Fn(&str) -> Option<String>) -> ReportQuery<AccountFilter> {
    let filter = AccountFilter {
        name: text(parameter, "name"),
        words: text(parameter, SEARCH),
        secure_connection: yes_no(parameter, "secure"),
        automatic_check: yes_no(parameter, "automatic"),
        keep_copy: yes_no(parameter, "keep"),
        status: text(parameter, "status").and_then(|status| AccountStatus::from_id(&status)),
        tag: text(parameter, "tag"),
    };
    query(parameter, filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)]) -> ReportQuery<AccountFilter> {
        account_query(&|name: &str| {
            pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_search_field_is_read() {
        let query = check(&[
            ("name", "Sales"),
            ("q", "example"),
            ("secure", "yes"),
            ("automatic", "no"),
            ("keep", "yes"),
            ("status", "failing"),
            ("tag", "north"),
            ("sort", "-messages"),
            ("size", "50"),
        ]);
        assert_eq!(query.filter.name.as_deref(), Some("Sales"));
        assert_eq!(query.filter.words.as_deref(), Some("example"));
        assert_eq!(query.filter.secure_connection, Some(true));
        assert_eq!(query.filter.automatic_check, Some(false));
        assert_eq!(query.filter.keep_copy, Some(true));
        assert_eq!(query.filter.status, Some(AccountStatus::Failing));
        assert_eq!(query.filter.tag.as_deref(), Some("north"));
        assert_eq!(query.sort.map(|sort| sort.text()).as_deref(), Some("-messages"));
        assert_eq!(query.page_size, Some(50));
    }

    #[test]
    fn nothing_asks_for_everything() {
        assert_eq!(check(&[]), ReportQuery::default());
        assert_eq!(check(&[("status", "odd"), ("q", " "), ("sort", "A;")]), ReportQuery::default());
    }
}
