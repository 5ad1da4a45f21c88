//! The audit report's part of a URL. Public, because the CSV export answers to the same parameters.

use crate::components::report::parameters::{SEARCH, query, text};
use model::{AuditFilter, ReportQuery, Timestamp};

/// The parameter of who did it.
pub const WHO: &str = "who";
/// The parameter of what was done.
pub const ACTION: &str = "action";
/// The parameter of what it was done to.
pub const SUBJECT: &str = "on";

/// The query that these parameters ask for: `q` or `on`, `who`, `action`, `since`, `before`, `cursor`, `size`. Days are days of
/// UTC.
pub fn audit_query(parameter: &impl Fn(&str) -> Option<String>) -> ReportQuery<AuditFilter> {
    let day = |name: &str| text(parameter, name).and_then(|day| Timestamp::from_date(&day));
    let filter = AuditFilter {
        who: text(parameter, WHO),
        action: text(parameter, ACTION),
        subject: text(parameter, SEARCH).or_else(|| text(parameter, SUBJECT)),
        since: day("since"),
        before: day("before"),
    };
    query(parameter, filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_search_field_is_read() {
        let pairs = [
            ("who", "ana"),
            ("action", "account.changed"),
            ("on", " Sales "),
            ("since", "2023-11-14"),
            ("before", "2023-11-15"),
            ("size", "50"),
        ];
        let query = audit_query(&|name: &str| {
            pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        });
        let filter = AuditFilter {
            who: Some("ana".into()),
            action: Some("account.changed".into()),
            subject: Some("Sales".into()),
            since: Some(Timestamp(1_699_920_000_000)),
            before: Some(Timestamp(1_700_006_400_000)),
        };
        assert_eq!((query.filter, query.page_size), (filter, Some(50)));
        assert_eq!(audit_query(&|_: &str| None), ReportQuery::default());
    }
}
