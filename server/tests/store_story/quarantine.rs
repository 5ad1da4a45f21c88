//! Messages that are put aside, and taken up again.

use crate::engine::Engine;
use crate::told::{at, batch, inbox, too_large, uid};
use model::{MessageKey, QuarantineKind};
use server::store::{Batch, Quarantined, StoreError};

fn failed(uid: u32) -> Quarantined {
    let (kind, reason) = (QuarantineKind::Fetch, "NO cannot".to_owned());
    Quarantined { key: MessageKey::Uid(uid), kind, reason, size: 5, held_at_try: 3 }
}

pub async fn left_alone_after_some_tries_and_let_go_again(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let aside = async |quarantined: Vec<Quarantined>, next_uid, second| {
        let batch = Batch { quarantined, next_uid, ..batch(mailbox, Some(7), Vec::new()) };
        store.store_batch(&lease, batch, at(second)).await.unwrap().held
    };
    assert_eq!(aside(vec![failed(4)], None, 1).await, 0);
    assert_eq!(store.quarantined(lease.account).await.unwrap(), [], "it only counts so far");
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [0; 0], "to be asked for again");
    assert_eq!(aside(vec![failed(4)], None, 2).await, 0);
    assert_eq!(aside(vec![failed(4), too_large(MessageKey::Uid(6), 900)], Some(9), 3).await, 2);
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [4, 6]);
    let listed = store.quarantined(lease.account).await.unwrap();
    let four = listed.iter().find(|message| message.key == MessageKey::Uid(4)).unwrap();
    assert_eq!((four.kind, four.tries, four.at, four.size), (QuarantineKind::Fetch, 3, at(3), 5));
    let troubled = store.troubled(at(9)).await.unwrap();
    let told: Vec<_> = troubled.iter().map(|one| (one.account, one.count, one.at)).collect();
    assert_eq!(told, [(lease.account, 1, at(3))], "what is larger than wanted troubles nobody");
    assert_eq!((four.folder.as_str(), four.reason.as_str(), four.message), ("INBOX", "NO cannot", None));

    store.wake_quarantined(&lease, at(2)).await.unwrap();
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [4, 6], "tried a moment ago");
    store.wake_quarantined(&lease, at(3)).await.unwrap();
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [6], "asked for once more");
    assert_eq!(store.known_mailbox(lease.account, "INBOX").await.unwrap().next_uid, 4);
    assert_eq!(aside(vec![failed(4)], Some(9), 3).await, 1, "and left alone again at once");
    assert_eq!(store.quarantined(lease.account).await.unwrap()[0].tries, 4);

    let progress = async || store.known_mailbox(lease.account, "INBOX").await.unwrap().next_uid;
    assert_eq!(store.retry_quarantined(&lease, Some(899)).await.unwrap(), 0, "still too large");
    assert_eq!(progress().await, 9);
    assert_eq!(store.retry_quarantined(&lease, Some(900)).await.unwrap(), 1);
    assert_eq!(progress().await, 6, "what fits now is listed again");
    assert_eq!(aside(vec![failed(5)], None, 4).await, 0);
    assert_eq!(store.retry_quarantined(&lease, None).await.unwrap(), 1, "the other is asked for anyway");
    assert_eq!(progress().await, 4);
    assert_eq!(store.quarantined(lease.account).await.unwrap(), []);

    let unreadable = Quarantined { kind: QuarantineKind::Parse, held_at_try: 1, ..failed(10) };
    let kept = Batch { quarantined: vec![unreadable], ..batch(mailbox, Some(7), vec![uid(10, "ten")]) };
    let stored = store.store_batch(&lease, kept, at(4)).await.unwrap();
    assert_eq!(store.quarantined(lease.account).await.unwrap()[0].message, Some(stored.messages[0].id));
    assert_eq!(store.deletable(mailbox, Some(7), at(5)).await.unwrap(), [], "its bytes are here, and there");
    store.store_batch(&lease, batch(mailbox, Some(8), Vec::new()), at(5)).await.unwrap();
    assert_eq!(store.quarantined(lease.account).await.unwrap(), [], "the server names it anew");

    let unnamed = || Quarantined { key: MessageKey::Unnamed, held_at_try: 1, ..failed(0) };
    for second in 6..9 {
        aside(vec![unnamed()], None, second).await;
    }
    assert_eq!(store.quarantined(lease.account).await.unwrap().len(), 1, "once, not once a check");
    store.release_lease(&lease).await.unwrap();
    assert!(matches!(store.retry_quarantined(&lease, None).await, Err(StoreError::LeaseLost)));
}
