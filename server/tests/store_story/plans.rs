//! How SQLite finds the rows of the lists that are opened all the time: the store's own statements, explained.

use crate::engine::Engine;
use crate::told::{NOW, at};
use model::search::Search;
use model::{AccountId, MessageFilter, ReportQuery, Sort};

#[tokio::test]
async fn a_page_is_found_through_an_index_and_never_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::sqlite(folder.path().to_owned());
    let store = engine.open().await;
    let of_one = MessageFilter { account: Some(AccountId(1)), ..MessageFilter::default() };
    let unread = MessageFilter { unread: Some(true), ..MessageFilter::default() };
    let since = MessageFilter { since: Some(NOW), before: Some(at(9)), ..MessageFilter::default() };
    for (filter, index) in [
        (MessageFilter::default(), "message_received"),
        (of_one, "message_account_received"),
        (unread, "message_unread"),
        (since, "message_received"),
    ] {
        for sort in [None, Sort::parse("received")] {
            let query = ReportQuery { filter: filter.clone(), sort, ..ReportQuery::default() };
            // The first page, and one somewhere in the middle.
            for plan in store.explain_messages(&query, &Search::All(Vec::new())).await.unwrap() {
                assert!(plan.iter().any(|step| step.contains(index)), "{query:?}: {plan:?}");
                assert!(!plan.iter().any(|step| step.contains("TEMP B-TREE")), "{query:?}: {plan:?}");
                let scans =
                    plan.iter().any(|step| step.starts_with("SCAN m") && !step.contains("USING INDEX"));
                assert!(!scans, "{query:?}: {plan:?}");
            }
        }
    }
}
