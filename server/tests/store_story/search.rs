//! Words are found alike on both databases, whatever a person types.

use crate::engine::Engine;
use crate::told::{NOW, at, batch, inbox, only, summary, uid};
use model::{MessageFilter, MessageId};
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
            addresses: "Zoë Müller zoe@example.org".into(),
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

    for (search, found) in [
        ("rechnung", &ids[..2]),
        ("RECHNUNG", &ids[..2]),
        ("rechnung köln", &ids[..1]),
        ("koln rechn", &ids[..1]),
        ("köl rechnung", &[]),
        ("gruße", &ids[..1]),
        ("muller", &ids[..1]),
        ("zoe@example.org", &ids[..1]),
        ("rechnung.pdf", &ids[..1]),
        ("2026-04", &ids[..1]),
        ("quoted odd", &ids[1..2]),
        ("\"quoted\" (", &ids[1..2]),
        ("it's", &ids[1..2]),
        ("100% AND", &ids[1..2]),
        ("日本", &ids[2..3]),
        ("メール", &ids[2..3]),
        ("last word1", &ids[3..4]),
        ("nothing", &[]),
        ("x' OR 1=1", &[]),
        ("subject:rechnung", &[]),
        ("' & | ! : * \\ \0", &ids[..]),
        ("  ", &ids[..]),
    ] {
        assert_eq!(search_for(&store, search).await, found, "{search}");
    }
}

/// Newest first: here that is the order in which they were stored.
async fn search_for(store: &Store, text: &str) -> Vec<MessageId> {
    let query = only(MessageFilter { search: Some(text.into()), ..MessageFilter::default() });
    store.list_messages(&query).await.unwrap().rows.into_iter().map(|row| row.id).collect()
}

async fn pending_of(store: &Store, limit: u32) -> Vec<MessageId> {
    let pending = store.pending(MessageId(i64::MAX), limit).await.unwrap();
    pending.into_iter().map(|(id, _)| id).collect()
}
