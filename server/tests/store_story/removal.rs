//! Deleting: messages on their server, accounts here.

use crate::engine::Engine;
use crate::told::{
    NOW, TTL, US, account, at, batch, count_new, empties, everything, inbox, list, only, too_large, uid, uidl,
};
use model::{AccountId, MessageFilter, MessageState};
use server::store::{Batch, IndexEntry, Removal, StoreError};

pub async fn deletion_on_the_server(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let refused = too_large(model::MessageKey::Uid(3), 9);
    let mail =
        Batch { quarantined: vec![refused], ..batch(mailbox, Some(7), vec![uid(1, "one"), uid(2, "two")]) };
    let stored = store.store_batch(&lease, mail, NOW).await.unwrap();
    let (one, two) = (stored.messages[0].id, stored.messages[1].id);
    let deletable = async || {
        let keys = store.deletable(mailbox, Some(7), at(0)).await.unwrap();
        keys.into_iter().map(|stored| stored.message).collect::<Vec<_>>()
    };
    assert_eq!(deletable().await, [one, two], "never what is quarantined");
    assert_eq!(store.deletable(mailbox, Some(7), at(-1)).await.unwrap(), [], "not durable for long enough");
    assert_eq!(store.deletable(mailbox, Some(8), at(0)).await.unwrap(), []);
    assert_eq!(store.deletable(mailbox, None, at(0)).await.unwrap(), []);

    empties(&store, lease.account).await;
    assert!(store.mark_delete_sent(&lease, &[one, two], 0, at(1)).await.unwrap());
    assert_eq!(store.delete_sent(mailbox).await.unwrap(), [one, two]);
    assert_eq!(deletable().await, [one, two], "asked for is not done");
    assert_eq!(
        store.deletable(mailbox, Some(7), at(-9)).await.unwrap().len(),
        2,
        "what was begun is finished"
    );
    let before = store.revision().await.unwrap();
    store.mark_deleted(&lease, &[one], "keep copy is No", at(2)).await.unwrap();
    store.mark_deleted(&lease, &[one], "keep copy is No", at(3)).await.unwrap();
    assert_ne!(store.revision().await.unwrap(), before);
    assert_eq!(deletable().await, [two]);
    assert_eq!(store.delete_sent(mailbox).await.unwrap(), [two]);
    assert_eq!(store.find_message(one).await.unwrap().unwrap().state, MessageState::Deleted);
    let receipts = "SELECT COUNT(*) FROM receipt WHERE folder = 'INBOX' AND uid = 1 AND uid_validity = 7 \
                    AND reason = 'keep copy is No'";
    assert_eq!(engine.number(receipts).await, 1, "one receipt");
    let [receipt] = &store.receipts(lease.account).await.unwrap()[..] else { panic!("one receipt") };
    assert_eq!((receipt.message, receipt.at, receipt.uid_validity), (one, at(2), Some(7)));
    assert_eq!((&receipt.key, receipt.folder.as_str()), (&model::MessageKey::Uid(1), "INBOX"));
    assert_eq!((receipt.reason.as_str(), receipt.blake3.len()), ("keep copy is No", 64));
    assert_eq!(list(&store, &everything()).await.total.count, 2, "still here");

    let (lease, mailbox) = inbox(&store, "Pop").await;
    store.store_batch(&lease, batch(mailbox, None, vec![uidl("a", 0, "x")]), NOW).await.unwrap();
    let keys = store.deletable(mailbox, None, at(0)).await.unwrap();
    assert_eq!(keys[0].key, uidl("a", 0, "").key);
}

pub async fn accounts_with_and_without_their_messages(engine: Engine) {
    let store = engine.open().await;
    let mut leases = Vec::new();
    for name in ["Kept", "Dropped", "Other"] {
        let (lease, mailbox) = inbox(&store, name).await;
        let refused = too_large(model::MessageKey::Uid(9), 9);
        let mail = vec![uid(1, "common"), uid(2, name)];
        let mail = Batch { quarantined: vec![refused], ..batch(mailbox, Some(7), mail) };
        let stored = store.store_batch(&lease, mail, NOW).await.unwrap();
        let entries = stored.messages.iter().map(|stored| IndexEntry {
            message: stored.id,
            body: "word".into(),
            ..IndexEntry::default()
        });
        store.index(&entries.collect::<Vec<_>>()).await.unwrap();
        leases.push(lease);
    }
    let [kept, dropped, other] = [leases[0], leases[1], leases[2]];
    assert_eq!(store.remove_account(kept.account, true, &US, at(1)).await.unwrap(), Removal::InUse);
    assert_eq!(store.remove_account(AccountId(99), true, &US, NOW).await.unwrap(), Removal::Absent);
    let later = at(1_000);
    let before = store.revision().await.unwrap();
    assert_eq!(store.remove_account(kept.account, true, &US, later).await.unwrap(), Removal::Removed);
    assert_ne!(store.revision().await.unwrap(), before);
    assert_eq!(store.remove_account(kept.account, false, &US, later).await.unwrap(), Removal::Absent);
    assert_eq!(store.find_account(kept.account, later).await.unwrap(), None);
    let messages = store.messages_of(kept.account, None).await.unwrap();
    assert_eq!((messages.len(), messages[0].summary.account_name.as_str()), (2, "Kept"));
    assert!(store.raw_message(messages[0].summary.id).await.unwrap().is_some());
    assert_eq!(list(&store, &everything()).await.total.count, 6);
    let late = store.known_mailbox(kept.account, "INBOX").await.unwrap().mailbox;
    let late = store.store_batch(&kept, batch(late, Some(7), vec![uid(5, "late")]), later).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    assert_ne!(account(&store, "Kept").await, kept.account, "the name is free again");

    assert_eq!(store.remove_account(dropped.account, false, &US, later).await.unwrap(), Removal::Removed);
    assert_eq!(store.messages_of(dropped.account, None).await.unwrap(), []);
    let page = list(&store, &everything()).await;
    assert_eq!((page.rows.len(), page.total.count), (4, 4));
    let found = only(MessageFilter { search: Some("word".into()), ..MessageFilter::default() });
    assert_eq!(list(&store, &found).await.total.count, 4);
    assert_eq!(engine.number("SELECT COUNT(*) FROM blob").await, 3, "the common one is still needed");
    assert_eq!(engine.number("SELECT COUNT(*) FROM mailbox").await, 2);
    assert_eq!(engine.number("SELECT COUNT(*) FROM quarantine").await, 2);
    let common = store.messages_of(other.account, None).await.unwrap();
    assert!(store.raw_message(common[1].summary.id).await.unwrap().is_some());

    let (lease, mailbox) = inbox(&store, "Dropped").await;
    assert!(lease.account > other.account, "numbers are never given twice");
    let again = store.store_batch(&lease, batch(mailbox, Some(7), vec![uid(2, "Dropped")]), later).await;
    assert_eq!(count_new(&again.unwrap()), 1);
    assert!(store.claim_due("node", later, TTL, 50).await.unwrap().iter().all(|l| l.account != kept.account));
}
