//! The server gives its UIDs anew.

use crate::engine::Engine;
use crate::told::{NOW, at, batch, count_new, inbox, summary, uid};
use server::store::{Batch, StoreError};

pub async fn names_give_uids_and_bytes_confirm_them(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let old = vec![uid(1, "one"), uid(2, "two"), uid(3, "three"), uid(4, "four")];
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), old), NOW).await.unwrap();
    let ids: Vec<_> = stored.messages.iter().map(|message| message.id).collect();
    store.mark_deleted(&lease, &ids[3..], "why", NOW).await.unwrap();
    let older = store.older_messages(mailbox, 8).await.unwrap();
    assert_eq!(older.iter().map(|older| older.id).collect::<Vec<_>>(), ids[..3], "deleted ones are gone");
    assert_eq!((older[0].size, older[0].received), (uid(1, "one").raw.len() as u64, NOW));
    assert_eq!(older[0].internet_message_id.as_deref(), Some("1@example.org"));
    assert_eq!(store.older_messages(mailbox, 7).await.unwrap(), []);

    assert!(!store.has_uids_by_name(mailbox).await.unwrap());
    store.assign_uids(&lease, mailbox, 8, &[(ids[0], 101), (ids[1], 102), (ids[2], 103)]).await.unwrap();
    assert!(store.has_uids_by_name(mailbox).await.unwrap());
    assert_eq!(store.known_uids(mailbox, 8, 1, true).await.unwrap(), [101, 102, 103]);
    assert_eq!(store.known_uids(mailbox, 8, 1, false).await.unwrap(), [0; 0], "to see their bytes");
    assert_eq!(store.deletable(mailbox, Some(8), at(9)).await.unwrap(), [], "never by name alone");

    let seen = batch(mailbox, Some(8), vec![uid(101, "one"), uid(102, "another")]);
    let stored = store.store_batch(&lease, seen, at(1)).await.unwrap();
    assert_eq!((stored.messages[0].id, stored.messages[0].is_new), (ids[0], false), "confirmed");
    assert!(stored.messages[1].is_new, "it only looked the same");
    let deletable: Vec<_> =
        store.deletable(mailbox, Some(8), at(9)).await.unwrap().into_iter().map(|it| it.message).collect();
    assert_eq!(deletable, [ids[0], stored.messages[1].id]);
    assert_eq!(summary(&store, lease.account).await.messages, 5, "nothing local is ever deleted");
    store.forget_names(&lease, mailbox).await.unwrap();
    assert_eq!(store.known_uids(mailbox, 8, 1, true).await.unwrap(), [101, 102]);
    let again = batch(mailbox, Some(8), vec![uid(109, "three")]);
    let again = store.store_batch(&lease, again, at(2)).await.unwrap();
    assert_eq!(again.messages[0].id, ids[2], "found again by its bytes");

    store.release_lease(&lease).await.unwrap();
    for refused in [
        store.assign_uids(&lease, mailbox, 9, &[(ids[0], 1)]).await,
        store.forget_names(&lease, mailbox).await,
        store.void_uids(&lease, mailbox).await,
    ] {
        assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
    }
}

pub async fn a_server_that_counts_anew_keeps_everything(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let old = vec![uid(1, "one"), uid(2, "two")];
    let old = Batch { next_uid: Some(3), ..batch(mailbox, Some(7), old) };
    store.store_batch(&lease, old, NOW).await.unwrap();
    store.void_uids(&lease, mailbox).await.unwrap();
    let known = store.find_mailbox(lease.account, "INBOX").await.unwrap().unwrap();
    assert_eq!((known.uid_validity, known.next_uid), (Some(7), 1));
    assert_eq!(store.find_mailbox(lease.account, "Nowhere").await.unwrap(), None);
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [0; 0]);
    assert_eq!(store.deletable(mailbox, Some(7), at(9)).await.unwrap(), []);
    let anew = batch(mailbox, Some(7), vec![uid(1, "three"), uid(2, "one")]);
    let stored = store.store_batch(&lease, anew, at(1)).await.unwrap();
    assert_eq!(count_new(&stored), 1, "the same UID is another message, and the other way round");
    assert_eq!(summary(&store, lease.account).await.messages, 3);
    store.void_uids(&lease, mailbox).await.unwrap();
    store.void_uids(&lease, mailbox).await.unwrap();
    assert_eq!(store.older_messages(mailbox, 7).await.unwrap().len(), 3);
}
