//! What leaves its server without us, and comes back.

use crate::engine::Engine;
use crate::told::{NOW, at, batch, empties, inbox, uid};
use model::MessageState::{DeleteSent, Deleted, Gone, Stored};
use server::store::{KnownModSeq, StoreError};
use std::collections::HashSet;

pub async fn what_left_its_server_is_kept_and_known(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let messages = (1..=6).map(|number| uid(number, &format!("number {number}"))).collect();
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), messages), NOW).await.unwrap();
    let ids: Vec<_> = stored.messages.iter().map(|message| message.id).collect();
    empties(&store, lease.account).await;
    assert!(store.mark_delete_sent(&lease, &ids[3..4], 0, NOW).await.unwrap());
    store.mark_deleted(&lease, &ids[4..5], "why", NOW).await.unwrap();
    let states = async || {
        let mut states = Vec::new();
        for id in &ids {
            states.push(store.find_message(*id).await.unwrap().unwrap().state);
        }
        states
    };
    let known = async || store.known_modseq(lease.account, "INBOX").await.unwrap();
    assert_eq!(known().await, None);
    assert_eq!(store.record_vanished(&lease, mailbox, 7, &[], Some(40), NOW).await.unwrap(), 0);
    assert_eq!(known().await, Some(KnownModSeq { uid_validity: 7, value: 40 }));

    // 1, 3 to 5 and what was never here.
    let left = [1..=1, 3..=5, 100..=u32::MAX];
    assert_eq!(
        store.record_vanished(&lease, mailbox, 8, &left, Some(41), NOW).await.unwrap(),
        0,
        "not theirs"
    );
    let before = store.revision().await.unwrap();
    assert_eq!(store.record_vanished(&lease, mailbox, 7, &left, Some(42), at(1)).await.unwrap(), 2);
    assert_ne!(store.revision().await.unwrap(), before, "open pages hear of it");
    assert_eq!(states().await, [Gone, Stored, Gone, DeleteSent, Deleted, Stored]);
    assert_eq!(known().await, Some(KnownModSeq { uid_validity: 7, value: 42 }));
    assert_eq!(
        store.known_uids(mailbox, 7, 1, true).await.unwrap(),
        [1, 2, 3, 4, 5, 6],
        "never fetched again"
    );
    let deletable = store.deletable(mailbox, Some(7), at(9)).await.unwrap();
    assert_eq!(deletable.iter().map(|stored| stored.message).collect::<Vec<_>>(), [ids[1], ids[3], ids[5]]);
    assert!(store.mark_delete_sent(&lease, &ids[..1], 0, at(2)).await.unwrap());
    assert_eq!(states().await[0], Gone, "there is nothing to ask for");

    let listed = HashSet::from([2, 3, 4, 5, 99]);
    assert_eq!(store.seen_again(&lease, mailbox, 8, &listed, at(3)).await.unwrap(), 0);
    assert_eq!(store.seen_again(&lease, mailbox, 7, &listed, at(3)).await.unwrap(), 1);
    assert_eq!(states().await, [Gone, Stored, Stored, DeleteSent, Deleted, Stored]);
    assert_eq!(store.seen_again(&lease, mailbox, 7, &HashSet::new(), at(3)).await.unwrap(), 0);

    store.forget_modseq(&lease, "INBOX").await.unwrap();
    assert_eq!(known().await, None);
    store.record_vanished(&lease, mailbox, 7, &[], Some(43), NOW).await.unwrap();
    assert_eq!(store.record_vanished(&lease, mailbox, 7, &[], None, NOW).await.unwrap(), 0);
    assert_eq!(known().await, None, "a server that counts no changes any more");
    store.release_lease(&lease).await.unwrap();
    let all = [1..=u32::MAX];
    for refused in [
        store.record_vanished(&lease, mailbox, 7, &all, Some(44), NOW).await,
        store.seen_again(&lease, mailbox, 7, &HashSet::from([1]), NOW).await,
        store.forget_modseq(&lease, "INBOX").await.map(|()| 0),
    ] {
        assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
    }
    assert_eq!((states().await[1], known().await), (Stored, None));
}
