//! Lists that are read page by page, newest first: receipts and the quarantine.

use crate::engine::Engine;
use crate::told::{NOW, at, batch, inbox, too_large, uid};
use model::{AccountId, Cursor, MessageKey, Page, Receipt, ReportQuery};
use server::store::Batch;

fn page(account: AccountId, cursor: Option<Cursor>) -> ReportQuery<AccountId> {
    ReportQuery { filter: account, sort: None, cursor, page_size: Some(2) }
}

/// The UIDs of a page, and where it is.
fn shown<T>(page: &Page<T>, key: fn(&T) -> &MessageKey) -> (Vec<u32>, String) {
    let uid = |row| match key(row) {
        MessageKey::Uid(uid) => *uid,
        other => panic!("{other:?}"),
    };
    (page.rows.iter().map(uid).collect(), page.range_text())
}

fn key(receipt: &Receipt) -> &MessageKey {
    &receipt.key
}

pub async fn of_receipts(engine: Engine) {
    let store = engine.open().await;
    let (other, mailbox) = inbox(&store, "Other").await;
    let stored =
        store.store_batch(&other, batch(mailbox, Some(7), vec![uid(9, "other")]), NOW).await.unwrap();
    store.mark_deleted(&other, &[stored.messages[0].id], "not ours", NOW).await.unwrap();
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let list = async |cursor| store.list_receipts(&page(lease.account, cursor)).await.unwrap();
    assert_eq!(list(None).await, Page::empty());

    let mail = (1..=5).map(|number| uid(number, &number.to_string())).collect();
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), mail), NOW).await.unwrap();
    let ids: Vec<_> = stored.messages.iter().map(|message| message.id).collect();
    for (id, second) in ids.iter().zip(1..) {
        store.mark_deleted(&lease, &[*id], "keep copy is No", at(second)).await.unwrap();
    }
    let first = list(None).await;
    assert_eq!(shown(&first, key), (vec![5, 4], "1–2 of 5".to_owned()));
    assert_eq!((first.rows[0].subject.as_deref(), first.rows[0].message), (Some("Hello"), ids[4]));
    assert_eq!(first.previous, None);
    let second = list(first.next).await;
    assert_eq!(shown(&second, key), (vec![3, 2], "3–4 of 5".to_owned()));
    let third = list(second.next.clone()).await;
    assert_eq!((shown(&third, key), third.next.clone()), ((vec![1], "5–5 of 5".to_owned()), None));
    let back = list(third.previous).await;
    assert_eq!(shown(&back, key), (vec![3, 2], "3–4 of 5".to_owned()));
    let beginning = list(back.previous).await;
    assert_eq!((shown(&beginning, key).0, beginning.previous), (vec![5, 4], None));
    for odd in ["", "x", "eyJzIjoiLWlkIn0"] {
        assert_eq!(list(Some(Cursor(odd.to_owned()))).await.rows[0].key, MessageKey::Uid(5), "{odd}");
    }

    engine.execute("DELETE FROM message WHERE uid = 5").await;
    assert_eq!(list(None).await.rows[0].subject, None, "the receipt outlives the message");
    assert_eq!(store.receipts(lease.account).await.unwrap().len(), 5);
}

pub async fn of_the_quarantine(engine: Engine) {
    let store = engine.open().await;
    let (other, mailbox) = inbox(&store, "Other").await;
    let aside = vec![too_large(MessageKey::Uid(9), 9)];
    let mail = Batch { quarantined: aside, ..batch(mailbox, Some(7), Vec::new()) };
    store.store_batch(&other, mail, NOW).await.unwrap();
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let list = async |cursor| store.list_quarantined(&page(lease.account, cursor)).await.unwrap();
    assert_eq!(list(None).await, Page::empty());

    // The third was tried last, and two at the same moment.
    for (number, second) in [(3, 9), (1, 5), (2, 5)] {
        let aside = vec![too_large(MessageKey::Uid(number), 900)];
        let mail = Batch { quarantined: aside, ..batch(mailbox, Some(7), Vec::new()) };
        store.store_batch(&lease, mail, at(second)).await.unwrap();
    }
    let first = list(None).await;
    assert_eq!(shown(&first, |message| &message.key), (vec![3, 2], "1–2 of 3".to_owned()));
    let second = list(first.next).await;
    assert_eq!(shown(&second, |message| &message.key), (vec![1], "3–3 of 3".to_owned()));
    let back = list(second.previous.clone()).await;
    assert_eq!(shown(&back, |message| &message.key).0, [3, 2]);

    assert_eq!(store.retry_quarantined(&lease, None).await.unwrap(), 3);
    assert_eq!(list(second.previous).await, Page::empty(), "a page that is gone shows what there is");
}
