//! Which accounts, in which order, which page: pure, over all accounts. There are hundreds of them, not millions, so
//! this is simpler than SQL and the same on both databases.

use model::{AccountFilter, AccountSummary, Cursor, Page, ReportQuery, Security, Sort, Total};
use std::cmp::Ordering;

/// The page of `accounts` that `query` asks for.
pub fn page(accounts: Vec<AccountSummary>, query: &ReportQuery<AccountFilter>) -> Page<AccountSummary> {
    let mut rows: Vec<_> = accounts.into_iter().filter(|account| matches(account, &query.filter)).collect();
    if let Some(sort) = &query.sort {
        rows.sort_by(|left, right| compare(left, right, sort));
    }
    let (count, size) = (rows.len() as u64, u64::from(query.rows()));
    let asked = query.cursor.as_ref().and_then(|cursor| cursor.0.parse::<u64>().ok()).unwrap_or(0);
    // A page that has shrunk away shows the last one there is.
    let start = asked.min(count.saturating_sub(1) / size * size);
    let cursor = |start: u64| Cursor(start.to_string());
    let skip = usize::try_from(start).unwrap_or(usize::MAX);
    let rows: Vec<_> = rows.into_iter().skip(skip).take(query.rows() as usize).collect();
    let end = start + rows.len() as u64;
    Page {
        first: if rows.is_empty() { 0 } else { start + 1 },
        total: Total { count, exact: true },
        previous: (start > 0).then(|| cursor(start.saturating_sub(size))),
        next: (end < count).then(|| cursor(end)),
        rows,
    }
}

fn matches(account: &AccountSummary, filter: &AccountFilter) -> bool {
    let settings = &account.settings;
    let same = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
    let named = |wanted: &Option<String>| {
        wanted.as_deref().is_none_or(|wanted| {
            let wanted = wanted.trim().to_lowercase();
            settings.name.to_lowercase().contains(&wanted)
                || settings.address.to_lowercase().contains(&wanted)
        })
    };
    named(&filter.name)
        && named(&filter.words)
        && same(filter.secure_connection, settings.security != Security::Plaintext)
        && same(filter.automatic_check, settings.automatic_check)
        && same(filter.keep_copy, settings.keep_copy)
        && filter.status.is_none_or(|wanted| wanted == account.status)
        && filter.tag.as_deref().is_none_or(|wanted| {
            settings.tags.iter().any(|tag| model::account::is_same_tag(tag, wanted.trim()))
        })
}

fn compare(left: &AccountSummary, right: &AccountSummary, sort: &Sort) -> Ordering {
    let (l, r) = (&left.settings, &right.settings);
    let order = match sort.column.as_str() {
        "name" => l.name.to_lowercase().cmp(&r.name.to_lowercase()),
        "secure" => (l.security != Security::Plaintext).cmp(&(r.security != Security::Plaintext)),
        "type" => l.security.id().cmp(r.security.id()),
        "protocol" => l.protocol.id().cmp(r.protocol.id()),
        "port" => l.port.cmp(&r.port),
        "automatic" => l.automatic_check.cmp(&r.automatic_check),
        "keep" => l.keep_copy.cmp(&r.keep_copy),
        "status" => left.status.label().cmp(right.status.label()),
        "last_check" => left.last_check.cmp(&right.last_check),
        "next_check" => left.next_check.cmp(&right.next_check),
        "messages" => left.messages.cmp(&right.messages),
        "lag" => left.to_index.cmp(&right.to_index),
        _ => Ordering::Equal,
    };
    let order = order.then(left.id.cmp(&right.id));
    if sort.descending { order.reverse() } else { order }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{AccountDraft, AccountId, AccountStatus, CredentialId};

    fn account(id: i64, name: &str) -> AccountSummary {
        let draft = AccountDraft {
            name: name.into(),
            address: "mail.example.org".into(),
            credential: Some(CredentialId(1)),
            ..AccountDraft::default()
        };
        AccountSummary {
            id: AccountId(id),
            version: 1,
            settings: draft.validate().unwrap(),
            credential_name: "c".into(),
            connector_name: None,
            status: AccountStatus::New,
            last_check: None,
            last_success: None,
            next_check: None,
            messages: u64::try_from(id % 3).unwrap(),
            unread: 0,
            to_index: 0,
            failure: None,
        }
    }

    fn names(page: &Page<AccountSummary>) -> Vec<&str> {
        page.rows.iter().map(|account| account.settings.name.as_str()).collect()
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_repeat() {
        let accounts: Vec<_> = (1..=25).map(|id| account(id, &format!("a{id}"))).collect();
        let mut query =
            ReportQuery { page_size: Some(10), sort: Sort::parse("-messages"), ..ReportQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = page(accounts.clone(), &query);
            seen.extend(page.rows.iter().map(|account| account.id));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        seen.sort();
        assert_eq!(seen, (1..=25).map(AccountId).collect::<Vec<_>>());
    }

    #[test]
    fn filters_and_sorts() {
        let accounts = vec![account(1, "Billing"), account(2, "alerts"), account(3, "Sales")];
        let query = ReportQuery { sort: Sort::parse("name"), ..ReportQuery::default() };
        assert_eq!(names(&page(accounts.clone(), &query)), ["alerts", "Billing", "Sales"]);
        let filter = AccountFilter { name: Some(" SAL".into()), ..AccountFilter::default() };
        assert_eq!(
            names(&page(accounts.clone(), &ReportQuery { filter, ..ReportQuery::default() })),
            ["Sales"]
        );
        let both = |name: &str, words: &str| AccountFilter {
            name: Some(name.into()),
            words: Some(words.into()),
            ..AccountFilter::default()
        };
        for (filter, found) in [(both("l", "b"), vec!["Billing"]), (both("alerts", "sales"), vec![])] {
            let query = ReportQuery { filter, sort: Sort::parse("name"), ..ReportQuery::default() };
            assert_eq!(names(&page(accounts.clone(), &query)), found, "the field and the box have to fit");
        }
        let mut tagged = accounts.clone();
        tagged[1].settings.tags = vec!["North".into(), "spare".into()];
        let filter = AccountFilter { tag: Some("north ".into()), ..AccountFilter::default() };
        assert_eq!(names(&page(tagged, &ReportQuery { filter, ..ReportQuery::default() })), ["alerts"]);
        let filter = AccountFilter { keep_copy: Some(false), ..AccountFilter::default() };
        assert!(page(accounts, &ReportQuery { filter, ..ReportQuery::default() }).rows.is_empty());
    }

    #[test]
    fn a_page_that_is_gone_shows_the_last_one() {
        let cursor = Some(Cursor("500".into()));
        let page = page(vec![account(1, "a")], &ReportQuery { cursor, ..ReportQuery::default() });
        assert_eq!((page.first, page.rows.len(), page.next), (1, 1, None));
    }
}
