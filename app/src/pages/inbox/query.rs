//! The Inbox report's part of a URL. Public, because the CSV export answers to the same parameters.

use crate::components::report::parameters::{SEARCH, query, text, yes_no};
use model::{MessageFilter, ReportQuery, Timestamp};

/// The query that these parameters ask for: `q`, `sender`, `subject`, `attachments`, `unread`, `since`, `before`,
/// `sort`, `cursor`, `size`. Days are days of UTC. The account is for the caller to set: it is part of the path.
pub fn message_query(parameter: &impl Fn(&str) -> Option<String>) -> ReportQuery<MessageFilter> {
    let day = |name: &str| text(parameter, name).and_then(|day| Timestamp::from_date(&day));
    let filter = MessageFilter {
        account: None,
        search: text(parameter, SEARCH),
        sender: text(parameter, "sender"),
        subject: text(parameter, "subject"),
        attachments: yes_no(parameter, "attachments"),
        unread: yes_no(parameter, "unread"),
        since: day("since"),
        before: day("before"),
    };
    query(parameter, filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pairs: &[(&str, &str)]) -> ReportQuery<MessageFilter> {
        message_query(&|name: &str| {
            pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn every_search_field_is_read() {
        let query = check(&[
            ("q", "invoice march"),
            ("sender", "anna"),
            ("subject", "offer"),
            ("attachments", "yes"),
            ("unread", "no"),
            ("since", "2023-11-14"),
            ("before", "2023-11-15"),
            ("cursor", "abc"),
        ]);
        assert_eq!(query.filter.search.as_deref(), Some("invoice march"));
        assert_eq!(query.filter.sender.as_deref(), Some("anna"));
        assert_eq!(query.filter.subject.as_deref(), Some("offer"));
        assert_eq!(query.filter.attachments, Some(true));
        assert_eq!(query.filter.unread, Some(false));
        assert_eq!(query.filter.since, Some(Timestamp(1_699_920_000_000)));
        assert_eq!(query.filter.before, Some(Timestamp(1_700_006_400_000)));
        assert_eq!(query.cursor.map(|cursor| cursor.0).as_deref(), Some("abc"));
    }

    #[test]
    fn nothing_asks_for_everything() {
        assert_eq!(check(&[]), ReportQuery::default());
        assert_eq!(check(&[("since", "yesterday"), ("unread", "")]), ReportQuery::default());
    }
}
