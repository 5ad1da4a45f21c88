//! The Inbox report: every order in both directions over a thousand messages, filters, totals.

use crate::engine::Engine;
use crate::told::{NOW, at, batch, everything, inbox, list, only, uid};
use model::{Address, Cursor, MessageFilter, MessageId, MessageSummary, Page, ReportQuery, Sort, Total};
use server::store::{IndexEntry, NewMessage, Store};

const MESSAGES: u32 = 1000;

/// A thousand messages over two accounts, with few different values in every column.
async fn fill(store: &Store) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for (name, from) in [("Süd", 0), ("Nord", MESSAGES / 2)] {
        let (lease, mailbox) = inbox(store, name).await;
        let messages = (from..from + MESSAGES / 2).map(|n| NewMessage {
            received: at(i64::from(n % 37)),
            sender: Address {
                name: ["Ärger", "anna", "Zoë", "", "BERT"][n as usize % 5].into(),
                address: format!("{}@example.org", n % 7),
            },
            subject: format!("Subject {}", n % 11),
            ..uid(n + 1, &"x".repeat(n as usize % 13))
        });
        let messages = messages.collect();
        let stored = store.store_batch(&lease, batch(mailbox, Some(1), messages), NOW).await.unwrap();
        ids.extend(stored.messages.iter().map(|message| message.id));
    }
    let entries: Vec<_> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| IndexEntry {
            message: *id,
            preview: format!("preview {n}"),
            attachments: u32::try_from(n % 3).unwrap(),
            ..IndexEntry::default()
        })
        .collect();
    store.index(&entries).await.unwrap();
    ids
}

pub async fn every_order_in_both_directions(engine: Engine) {
    let store = engine.open().await;
    let mut ids = fill(&store).await;
    ids.sort();
    assert!(ids.is_sorted_by(|a, b| a < b), "numbers differ");
    for column in ["received", "sender", "subject", "size", "attachments", "account"] {
        for descending in [false, true] {
            let sort = Sort { column: column.into(), descending };
            let query = ReportQuery { sort: Some(sort), page_size: Some(70), ..everything() };
            let forward = walk(&store, &query, |page| page.next.clone()).await;
            let rows: Vec<MessageSummary> = forward.iter().flat_map(|page| page.rows.clone()).collect();
            let mut seen: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
            seen.sort();
            assert_eq!(seen, ids, "{column}: no gap, no repeat");
            let keys: Vec<String> = rows.iter().map(|row| key(row, column)).collect();
            let sorted = if descending { keys.is_sorted_by(|a, b| a >= b) } else { keys.is_sorted() };
            assert!(sorted, "{column} {descending}: {keys:?}");
            assert_eq!(forward[0].range_text(), "1–70 of 1,000");
            assert_eq!(forward[14].range_text(), "981–1,000 of 1,000");
            assert_eq!(forward[0].previous, None);

            let end = ReportQuery { cursor: forward[13].next.clone(), ..query };
            let mut backward = walk(&store, &end, |page| page.previous.clone()).await;
            backward.reverse();
            let rows_of = |pages: &[Page<MessageSummary>]| {
                pages.iter().map(|page| (page.first, page.rows.clone())).collect::<Vec<_>>()
            };
            assert_eq!(rows_of(&backward), rows_of(&forward), "{column}: the same way back");
        }
    }
}

async fn walk(
    store: &Store,
    query: &ReportQuery<MessageFilter>,
    on: impl Fn(&Page<MessageSummary>) -> Option<Cursor>,
) -> Vec<Page<MessageSummary>> {
    let mut pages = vec![list(store, query).await];
    while let Some(cursor) = on(pages.last().unwrap()) {
        let query = ReportQuery { cursor: Some(cursor), ..query.clone() };
        pages.push(list(store, &query).await);
        assert!(pages.len() < 100, "a walk without end");
    }
    pages
}

/// What a column sorts by, as text that sorts alike.
fn key(row: &MessageSummary, column: &str) -> String {
    let plain = |text: &str| text.to_lowercase().replace('ä', "a").replace('ë', "e").replace('ü', "u");
    match column {
        "received" => format!("{:020}", row.received.0),
        "sender" => plain(format!("{} {}", row.sender.name, row.sender.address).trim()),
        "subject" => plain(&row.subject),
        "size" => format!("{:020}", row.size),
        "attachments" => format!("{:020}", row.attachments),
        _ => plain(&row.account_name),
    }
}

pub async fn filters_and_totals(engine: Engine) {
    let store = engine.open().await;
    let empty = list(&store, &everything()).await;
    assert_eq!(empty, Page::empty());
    let ids = fill(&store).await;
    let total = async |filter: MessageFilter| list(&store, &only(filter)).await.total;
    let exactly = |count| Total { count, exact: true };
    let none = MessageFilter::default;
    let south = store.find_message(ids[0]).await.unwrap().unwrap().summary.account;

    assert_eq!(total(none()).await, exactly(1000));
    assert_eq!(total(MessageFilter { account: Some(south), ..none() }).await, exactly(500));
    store.set_unread(&ids[..10], false).await.unwrap();
    assert_eq!(total(MessageFilter { unread: Some(true), ..none() }).await, exactly(990));
    assert_eq!(total(MessageFilter { unread: Some(false), ..none() }).await, exactly(10));
    let unread_south = MessageFilter { unread: Some(true), account: Some(south), ..none() };
    assert_eq!(total(unread_south.clone()).await, exactly(490));
    let page = list(&store, &only(unread_south)).await;
    assert!(page.rows.iter().all(|row| row.unread && row.account == south));

    assert_eq!(total(MessageFilter { sender: Some("ärger".into()), ..none() }).await, exactly(200));
    assert_eq!(total(MessageFilter { sender: Some("ARGER 0@".into()), ..none() }).await, exactly(29));
    assert_eq!(total(MessageFilter { sender: Some("%".into()), ..none() }).await, exactly(0));
    assert_eq!(total(MessageFilter { sender: Some("a_n".into()), ..none() }).await, exactly(0));
    assert_eq!(total(MessageFilter { subject: Some("subject 10".into()), ..none() }).await, exactly(90));
    assert_eq!(total(MessageFilter { subject: Some("\\' OR 1=1 --".into()), ..none() }).await, exactly(0));
    assert_eq!(total(MessageFilter { subject: Some(" ".into()), ..none() }).await, exactly(1000));
    assert_eq!(total(MessageFilter { attachments: Some(true), ..none() }).await, exactly(666));
    assert_eq!(total(MessageFilter { attachments: Some(false), ..none() }).await, exactly(334));
    assert_eq!(total(MessageFilter { since: Some(at(36)), ..none() }).await, exactly(27));
    assert_eq!(total(MessageFilter { before: Some(at(1)), ..none() }).await, exactly(28));

    let (lease, mailbox) = inbox(&store, "West").await;
    store.store_batch(&lease, batch(mailbox, Some(1), vec![uid(1, "one more")]), NOW).await.unwrap();
    let many = only(MessageFilter { since: Some(NOW), ..none() });
    let page = list(&store, &many).await;
    assert_eq!(page.total, Total { count: 1000, exact: false }, "counting stops");
    let mut last = page;
    while let Some(cursor) = last.next.clone() {
        last = list(&store, &ReportQuery { cursor: Some(cursor), ..many.clone() }).await;
    }
    assert_eq!(last.range_text(), "991–1,001 of 1,001+");

    odd_cursors(&store).await;
}

async fn odd_cursors(store: &Store) {
    let first = list(store, &everything()).await;
    let by_size = ReportQuery { sort: Sort::parse("size"), ..everything() };
    let foreign = list(store, &by_size).await.next;
    for cursor in [Some(Cursor("broken".into())), Some(Cursor(String::new())), foreign] {
        let page = list(store, &ReportQuery { cursor, ..everything() }).await;
        assert_eq!(page, first, "a cursor that makes no sense is the first page");
    }
    let unknown = ReportQuery { sort: Sort::parse("colour"), ..everything() };
    assert_eq!(list(store, &unknown).await.rows, first.rows);
}
