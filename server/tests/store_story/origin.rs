//! An account is fetched from elsewhere: no message keeps a name that means nothing there, and none is doubled.

use crate::engine::Engine;
use crate::told::{NOW, US, at, batch, count_new, empties, inbox, summary, uid, uidl};
use model::AccountSettings;
use server::store::{Batch, StoreError};

pub async fn names_of_another_server_mean_nothing(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let moved = async |origin: &str| store.has_moved(lease.account, origin).await.unwrap();
    assert!(!moved("imap one.example 0 ann").await, "nothing was fetched from anywhere so far");
    store.fetch_from(&lease, "imap one.example 0 ann").await.unwrap();
    let old = Batch {
        next_uid: Some(4),
        ..batch(mailbox, Some(7), vec![uid(1, "one"), uid(2, "two"), uid(3, "three")])
    };
    let old = store.store_batch(&lease, old, NOW).await.unwrap();
    let ids: Vec<_> = old.messages.iter().map(|message| message.id).collect();
    empties(&store, lease.account).await;
    assert!(store.mark_delete_sent(&lease, &ids[2..], 0, NOW).await.unwrap());
    assert!(!moved("imap one.example 0 ann").await);
    store.fetch_from(&lease, "imap one.example 0 ann").await.unwrap();
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [1, 2, 3], "it is where it was");

    assert!(moved("imap two.example 0 ann").await);
    store.fetch_from(&lease, "imap two.example 0 ann").await.unwrap();
    let known = store.find_mailbox(lease.account, "INBOX").await.unwrap().unwrap();
    assert_eq!((known.uid_validity, known.next_uid), (None, 1));
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [0; 0]);
    assert_eq!(store.deletable(mailbox, Some(7), at(9)).await.unwrap(), []);
    assert_eq!(store.delete_sent(mailbox).await.unwrap(), []);
    let there = batch(mailbox, Some(7), vec![uid(1, "other"), uid(2, "one")]);
    let stored = store.store_batch(&lease, there, at(1)).await.unwrap();
    assert_eq!((count_new(&stored), stored.messages[1].id), (1, ids[0]), "told by its bytes");

    // The same mailbox by the other protocol: what is there is named anew, and nothing comes twice.
    store.fetch_from(&lease, "pop3 two.example 0 ann").await.unwrap();
    let there = batch(mailbox, None, vec![uidl("a", 0, "one"), uidl("b", 0, "other"), uidl("c", 0, "new")]);
    let stored = store.store_batch(&lease, there, at(2)).await.unwrap();
    assert_eq!((count_new(&stored), stored.messages[0].id), (1, ids[0]));
    assert_eq!(store.known_uidls(mailbox).await.unwrap().len(), 3);
    store.fetch_from(&lease, "pop3 three.example 0 ann").await.unwrap();
    assert_eq!(store.known_uidls(mailbox).await.unwrap(), []);
    let there = batch(mailbox, None, vec![uidl("b", 0, "one"), uidl("a", 0, "new")]);
    assert_eq!(count_new(&store.store_batch(&lease, there, at(3)).await.unwrap()), 0);
    store.fetch_from(&lease, "imap two.example 0 ann").await.unwrap();
    let there = batch(mailbox, Some(7), vec![uid(1, "new"), uid(2, "two")]);
    assert_eq!(count_new(&store.store_batch(&lease, there, at(4)).await.unwrap()), 0);
    assert_eq!(summary(&store, lease.account).await.messages, 5);

    store.release_lease(&lease).await.unwrap();
    let refused = store.fetch_from(&lease, "imap four.example 0 ann").await;
    assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
}

pub async fn whoever_wants_the_copies_kept_is_heard_by_a_check_that_runs(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), vec![uid(1, "one")]), NOW).await.unwrap();
    let ids: Vec<_> = stored.messages.iter().map(|message| message.id).collect();
    let before = summary(&store, lease.account).await.settings;
    let policy = |keep_copy, delete_after_days, enabled| AccountSettings {
        keep_copy,
        delete_after_days,
        enabled,
        ..before.clone()
    };
    for (settings, may_go) in [
        (policy(true, None, true), false),
        (policy(false, Some(30), true), false),
        (policy(false, None, false), false),
        (policy(false, Some(3), true), true),
    ] {
        store.update_account(lease.account, None, &settings, &US, NOW).await.unwrap();
        assert_eq!(store.is_enabled(lease.account).await.unwrap(), settings.enabled);
        assert_eq!(store.mark_delete_sent(&lease, &ids, 7, NOW).await.unwrap(), may_go, "{settings:?}");
        assert_eq!(store.delete_sent(mailbox).await.unwrap().len(), usize::from(may_go));
    }
}
