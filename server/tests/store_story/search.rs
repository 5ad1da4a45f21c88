//! Words are found alike on both databases, whatever a person types.

use crate::engine::Engine;
use crate::told::{NOW, at, batch, everything, inbox, list, only, summary, uid};
use model::search::Search;
use model::{MessageFilter, MessageId, ReportQuery, Sort};
use server::store::{IndexEntry, NewMessage, Store};

pub async fn words_are_found(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let mail =
        (1..=4).map(|n| NewMessage { received: at(i64::from(10 - n)), ..uid(n, &format!("text {n}")) });
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), mail.collect()), NOW).await.unwrap();
    let ids: Vec<MessageId> = stored.messages.iter().map(|message| message.id).collect();
    let mut pending = ids.clone();
    pending.reverse();
    assert_eq!(pending_of(&store, 10).await, pending, "newest first");
    assert_eq!(pending_of(&store, 1).await.len(), 1);
    let below = store.pending(pending[1], 10).await.unwrap();
    assert_eq!(below.iter().map(|(id, _)| *id).collect::<Vec<_>>(), pending[2..]);
    assert_eq!(below[0].1, uid(2, "text 2").raw.len() as u64, "its size");
    assert_eq!(store.count_pending(None).await.unwrap(), 4);

    let entry = |n: usize| IndexEntry { message: ids[n], ..IndexEntry::default() };
    let before = store.revision().await.unwrap();
    let entries = [
        IndexEntry {
            preview: "Grüße aus Köln".into(),
            attachments: 1,
            subject: "Rechnung 2026-04".into(),
            sender: "Zoë Müller zoe@example.org".into(),
            recipients: "Bo Ek bo@example.net".into(),
            body: "Grüße aus Köln, die Rechnung liegt bei.".into(),
            attachment_names: "rechnung.pdf".into(),
            ..entry(0)
        },
        IndexEntry {
            subject: "Rechnungen".into(),
            body: "It's 100% \"quoted\" AND (odd) NOT *".into(),
            ..entry(1)
        },
        IndexEntry { body: "日本語のメール".into(), ..entry(2) },
    ];
    store.index(&entries).await.unwrap();
    store.index(&entries).await.unwrap();
    store.index(&[IndexEntry { message: MessageId(99), ..entry(0) }]).await.unwrap();
    assert_ne!(store.revision().await.unwrap(), before);
    assert_eq!(pending_of(&store, 10).await, [ids[3]]);
    assert_eq!(store.count_pending(Some(lease.account)).await.unwrap(), 1);
    assert_eq!(summary(&store, lease.account).await.to_index, 1);
    let shown = store.find_message(ids[0]).await.unwrap().unwrap().summary;
    assert_eq!((shown.preview.as_str(), shown.attachments), ("Grüße aus Köln", 1));

    let endless = (0..60_000).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
    store.index(&[IndexEntry { subject: "last".into(), body: endless.into(), ..entry(3) }]).await.unwrap();
    assert_eq!(store.count_pending(None).await.unwrap(), 0);

    everything_is_found(&store, &ids).await;
    tags_come_and_go(&store, &ids).await;
    relevance_puts_the_subject_first(&store, &ids).await;
}

async fn everything_is_found(store: &Store, ids: &[MessageId]) {
    store.set_flagged(&ids[1..2], true).await.unwrap();
    store.set_unread(&ids[..1], false).await.unwrap();
    store.add_tag(&ids[..2], "Zu zahlen").await.unwrap();
    for (search, found) in [
        ("rechnung", &ids[..2]),
        ("RECHNUNG", &ids[..2]),
        ("rechnung ", &ids[..1]),
        ("rechnung köln", &ids[..1]),
        ("koln rechn", &ids[..1]),
        ("köl rechnung", &[]),
        ("köl* rechnung", &ids[..1]),
        ("gruße", &ids[..1]),
        ("muller", &ids[..1]),
        ("zoe@example.org", &ids[..1]),
        ("zoe@example.net", &[]),
        ("rechnung.pdf", &ids[..1]),
        ("2026-04", &ids[..1]),
        ("04-2026", &[]),
        ("quoted odd", &ids[1..2]),
        ("\"quoted AND odd\"", &ids[1..2]),
        ("\"odd quoted\"", &[]),
        ("\"aus koln die\"", &ids[..1]),
        // The end of one field and the beginning of another are not next to each other.
        ("\"04 zoe\"", &[]),
        ("it's", &ids[1..2]),
        ("日本", &ids[2..3]),
        ("本日", &[]),
        ("メール", &ids[2..3]),
        ("last word1", &ids[3..4]),
        ("nothing", &[]),
        ("x' OR 1=1", &[]),
        ("' & | ! : * \\ \0", ids),
        ("  ", ids),
        ("subject:rechnung", &ids[..2]),
        ("subject:liegt", &[]),
        ("body:liegt", &ids[..1]),
        ("body:rechnungen", &[]),
        ("from:müller", &ids[..1]),
        ("from:bo", &[]),
        ("to:bo", &ids[..1]),
        ("to:\"bo ek\"", &ids[..1]),
        ("to:zoe", &[]),
        ("attachment:rechnung.pdf", &ids[..1]),
        ("attachment:2026", &[]),
        ("body:pdf", &[]),
        ("rechnung* -köln", &ids[1..2]),
        ("-rechnung", &ids[2..]),
        ("-(rechnung OR 日本)", &[ids[1], ids[3]]),
        ("köln OR 日本", &[ids[0], ids[2]]),
        ("köln OR is:flagged", &ids[..2]),
        ("(köln -is:read) OR last", &ids[3..]),
        ("has:attachment", &ids[..1]),
        ("-has:attachment", &ids[1..]),
        ("is:unread", &ids[1..]),
        ("is:read rechnung", &ids[..1]),
        ("is:flagged", &ids[1..2]),
        ("-is:flagged rechnung", &ids[..1]),
        ("is:gone", &[]),
        ("larger:1MB", &[]),
        ("smaller:1MB", ids),
        ("account:sal", ids),
        ("account:south", &[]),
        ("folder:inb", ids),
        ("-folder:inbox", &[]),
        ("folder:sent", &[]),
        ("tag:\"zu zahlen\"", &ids[..2]),
        ("tag:zu", &[]),
        ("-tag:\"ZU ZAHLEN\" rechnung", &[]),
        ("after:2020", ids),
        ("before:2020", &[]),
    ] {
        assert_eq!(search_for(store, search).await, found, "{search}");
    }
}

async fn tags_come_and_go(store: &Store, ids: &[MessageId]) {
    store.add_tag(ids, "zu zahlen").await.unwrap();
    store.add_tag(&ids[..1], "Anna").await.unwrap();
    assert_eq!(store.tag_names().await.unwrap(), ["Anna", "Zu zahlen"], "as it was written first");
    let tags = async |id: MessageId| store.find_message(id).await.unwrap().unwrap().summary.tags;
    assert_eq!(tags(ids[0]).await, ["Anna", "Zu zahlen"]);
    assert_eq!(list(store, &everything()).await.rows[0].tags, ["Anna", "Zu zahlen"]);
    assert_eq!(tags(ids[3]).await, ["Zu zahlen"]);
    store.remove_tag(&[ids[0], MessageId(99)], "ZU ZAHLEN").await.unwrap();
    assert_eq!(tags(ids[0]).await, ["Anna"]);
    store.remove_tag(ids, "zu zahlen").await.unwrap();
    assert_eq!(store.tag_names().await.unwrap(), ["Anna"], "nobody has the other any more");
    store.add_tag(&[MessageId(99)], "nobody").await.unwrap();
    assert_eq!(store.tag_names().await.unwrap(), ["Anna"]);
}

async fn relevance_puts_the_subject_first(store: &Store, ids: &[MessageId]) {
    let filter = MessageFilter { search: Some("köln OR rechnungen".into()), ..MessageFilter::default() };
    let query = ReportQuery { sort: Sort::parse("-relevance"), ..only(filter) };
    let page = list(store, &query).await;
    let found: Vec<MessageId> = page.rows.iter().map(|row| row.id).collect();
    assert_eq!(found, [ids[1], ids[0]], "the older one says it in its subject");
    let mut query = ReportQuery { page_size: Some(1), ..query };
    let mut paged = Vec::new();
    loop {
        let page = list(store, &query).await;
        paged.extend(page.rows.iter().map(|row| row.id));
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, found, "page by page the same");
    let without = ReportQuery { sort: Sort::parse("-relevance"), ..everything() };
    assert_eq!(
        list(store, &without).await.rows,
        list(store, &everything()).await.rows,
        "no words, no relevance"
    );
}

/// More messages say it than are fetched and sorted: they are looked for in the order of the list.
pub async fn a_word_that_many_say_is_found_as_well(engine: Engine) {
    const MANY: u32 = 5100;
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let mut ids = Vec::new();
    for part in 0..MANY / 300 {
        let mail = (0..300)
            .map(|n| part * 300 + n)
            .map(|n| NewMessage { received: at(i64::from(n)), ..uid(n + 1, &format!("text {n}")) });
        let stored = store.store_batch(&lease, batch(mailbox, Some(7), mail.collect()), NOW).await.unwrap();
        ids.extend(stored.messages.iter().map(|message| message.id));
    }
    let entries: Vec<IndexEntry> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| IndexEntry {
            message: *id,
            body: format!("common {}", if n % 3 == 0 { "third" } else { "other" }).into(),
            ..IndexEntry::default()
        })
        .collect();
    for entries in entries.chunks(500) {
        store.index(entries).await.unwrap();
    }
    ids.reverse();
    let first = |ids: &[MessageId]| ids.iter().take(30).copied().collect::<Vec<_>>();
    assert_eq!(search_for(&store, "common").await, first(&ids));
    let others: Vec<MessageId> =
        ids.iter().rev().enumerate().filter(|(n, _)| n % 3 > 0).map(|(_, id)| *id).rev().collect();
    assert_eq!(search_for(&store, "common -third").await, first(&others));
    let total =
        list(&store, &only(MessageFilter { search: Some("common".into()), ..MessageFilter::default() }))
            .await
            .total;
    assert_eq!((total.count, total.exact), (1000, false));
    // Page after page, none twice and none left out.
    let filter = MessageFilter { search: Some("common".into()), ..MessageFilter::default() };
    let mut query = ReportQuery { page_size: Some(200), ..only(filter) };
    let mut paged = Vec::new();
    loop {
        let page = list(&store, &query).await;
        paged.extend(page.rows.iter().map(|row| row.id));
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, ids);
}

#[tokio::test]
async fn sqlite_asks_for_few_and_walks_along_many() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::sqlite(folder.path().to_owned());
    let store = engine.open().await;
    let search = Search::parse("word", NOW).unwrap();
    for plan in store.explain_messages(&everything(), &search).await.unwrap() {
        let place = |words: &str| plan.iter().position(|step| step.contains(words));
        let found = place("json_each VIRTUAL TABLE").expect("goes along what the word found");
        let looked_up = place("SEARCH m USING INTEGER PRIMARY KEY").expect("looks the messages up");
        assert!(found < looked_up, "{plan:?}");
        assert_eq!(place("message_search"), None, "asks for the word no second time: {plan:?}");
    }
}

/// Newest first: here that is the order in which they were stored.
async fn search_for(store: &Store, text: &str) -> Vec<MessageId> {
    let query = only(MessageFilter { search: Some(text.into()), ..MessageFilter::default() });
    list(store, &query).await.rows.into_iter().map(|row| row.id).collect()
}

async fn pending_of(store: &Store, limit: u32) -> Vec<MessageId> {
    let pending = store.pending(MessageId(i64::MAX), limit).await.unwrap();
    pending.into_iter().map(|(id, _)| id).collect()
}
