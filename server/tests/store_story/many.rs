//! Batches so large that many messages go into one statement: they come to the same as one by one.

use crate::engine::Engine;
use crate::told::{NOW, at, batch, count_new, inbox, summary, uid, uidl};
use server::store::NewMessage;

pub async fn a_large_batch_is_its_messages_one_by_one(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let mut messages: Vec<NewMessage> =
        (1..=100).map(|number| uid(number, &format!("number {number}"))).collect();
    // The same bytes as far away and as nearby; and a name that came already.
    messages[40] = uid(41, "number 1");
    messages[42] = uid(43, "number 42");
    messages[50] = uid(50, "another");
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), messages.clone()), NOW).await.unwrap();
    assert_eq!(count_new(&stored), 99);
    assert_eq!(stored.messages[50].id, stored.messages[49].id);
    for (place, message) in stored.messages.iter().enumerate().filter(|(place, _)| *place != 50) {
        assert!(message.is_new, "{place}");
        let record = store.find_message(message.id).await.unwrap().unwrap();
        assert_eq!(record.key, messages[place].key);
        assert_eq!(store.raw_message(message.id).await.unwrap().unwrap(), messages[place].raw, "{place}");
    }
    let again = store.store_batch(&lease, batch(mailbox, Some(7), messages), at(1)).await.unwrap();
    assert_eq!(count_new(&again), 0);
    assert!(again.messages.iter().zip(&stored.messages).all(|(again, first)| again.id == first.id));
    assert_eq!(summary(&store, lease.account).await.messages, 99);

    let (lease, mailbox) = inbox(&store, "Pop").await;
    let mut messages: Vec<NewMessage> = (0..70).map(|n| uidl(&format!("n{n}"), 0, &format!("{n}"))).collect();
    let first = store.store_batch(&lease, batch(mailbox, None, messages.clone()), NOW).await.unwrap();
    assert_eq!(count_new(&first), 70);
    messages[7] = uidl("n7", 0, "other bytes");
    let again = store.store_batch(&lease, batch(mailbox, None, messages), at(1)).await.unwrap();
    let new: Vec<usize> = (0..70).filter(|place| again.messages[*place].is_new).collect();
    assert_eq!(new, [7], "other bytes under a known UIDL are another message");
}
