//! Marks on both sides, mailboxes compared with their server, and what is dropped.

use crate::engine::Engine;
use crate::told::{NOW, at, batch, claimed, everything, inbox, list, summary, uid};
use model::search::Search;
use model::{MessageFilter, MessageId, ReportQuery, ServerMark, ServerMarks};
use server::store::{Compared, IndexEntry, KnownMarks, StoreError};
use std::collections::HashSet;

fn marks(uid: u32, unread: bool, flagged: bool) -> ServerMarks {
    ServerMarks { uid, unread, flagged }
}

pub async fn marks_are_heard_and_told(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let messages = (1..=4).map(|number| uid(number, &format!("number {number}"))).collect();
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), messages), NOW).await.unwrap();
    let ids: Vec<MessageId> = stored.messages.iter().map(|message| message.id).collect();
    let here = async || {
        let rows = list(&store, &everything()).await.rows;
        let mark = |id: &MessageId| {
            rows.iter().find(|row| row.id == *id).map(|row| (row.unread, row.flagged)).unwrap()
        };
        ids.iter().map(mark).collect::<Vec<_>>()
    };
    let untold = async || store.untold_marks(mailbox, 7).await.unwrap();
    store.set_unread(&ids[..1], false).await.unwrap();
    assert_eq!(untold().await, [], "of what nobody ever heard, nothing is to be told");

    let heard = [marks(1, true, false), marks(2, false, true), marks(3, true, false), marks(9, false, true)];
    assert_eq!(store.hear_marks(&lease, mailbox, 8, &heard).await.unwrap(), 0, "not theirs");
    let before = store.revision().await.unwrap();
    assert_eq!(store.hear_marks(&lease, mailbox, 7, &heard).await.unwrap(), 1);
    assert_ne!(store.revision().await.unwrap(), before, "open pages hear of it");
    assert_eq!(here().await, [(false, false), (false, true), (true, false), (true, false)]);
    assert_eq!(summary(&store, lease.account).await.unread, 2);
    assert_eq!(untold().await, [(ServerMark::Unread(false), vec![1])]);
    assert_eq!(store.hear_marks(&lease, mailbox, 7, &heard).await.unwrap(), 0, "that is no news");

    // All four kinds at once; one changes anew while it is told.
    store.set_unread(&ids[1..2], true).await.unwrap();
    store.set_flagged(&ids[1..2], false).await.unwrap();
    store.set_flagged(&ids[2..3], true).await.unwrap();
    let four = [
        (ServerMark::Unread(false), vec![1]),
        (ServerMark::Unread(true), vec![2]),
        (ServerMark::Flagged(true), vec![3]),
        (ServerMark::Flagged(false), vec![2]),
    ];
    assert_eq!(untold().await, four);
    store.set_flagged(&ids[2..3], false).await.unwrap();
    for (mark, uids) in four {
        store.marks_told(&lease, mailbox, 7, mark, &uids).await.unwrap();
    }
    assert_eq!(untold().await, [(ServerMark::Flagged(false), vec![3])]);
    assert_eq!(store.hear_marks(&lease, mailbox, 7, &[marks(3, false, true)]).await.unwrap(), 1);
    assert_eq!(here().await[2], (false, false), "read there; what was changed here stays, and is told next");
    assert_eq!(untold().await, [(ServerMark::Flagged(false), vec![3])]);

    assert_eq!(store.known_marks(mailbox).await.unwrap(), None);
    let known = KnownMarks { uid_validity: 7, modseq: Some(40), next_uid: Some(5) };
    for known in [Some(known), Some(KnownMarks { modseq: None, next_uid: None, ..known }), None, Some(known)]
    {
        store.know_marks(&lease, mailbox, known).await.unwrap();
        assert_eq!(store.known_marks(mailbox).await.unwrap(), known);
    }
    store.void_uids(&lease, mailbox).await.unwrap();
    assert_eq!(store.known_marks(mailbox).await.unwrap(), None, "its numbers mean nothing any more");

    // A check that is planned comes sooner, and never later.
    let due = async || summary(&store, lease.account).await.next_check;
    store.tell_marks_at(&ids[..2], at(20)).await.unwrap();
    assert_eq!(due().await, Some(NOW));
    store.request_check(lease.account, at(300)).await.unwrap();
    store.tell_marks_at(&ids[..2], at(20)).await.unwrap();
    assert_eq!(due().await, Some(at(20)));

    store.release_lease(&lease).await.unwrap();
    for refused in [
        store.hear_marks(&lease, mailbox, 7, &heard).await.map(|_| ()),
        store.know_marks(&lease, mailbox, None).await,
        store.marks_told(&lease, mailbox, 7, ServerMark::Unread(true), &[1]).await,
    ] {
        assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
    }
}

pub async fn what_is_missing_is_gone_and_dropped_in_time(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let messages = (1..=4).map(|number| uid(number, &format!("number {number}"))).collect();
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), messages), NOW).await.unwrap();
    let ids: Vec<MessageId> = stored.messages.iter().map(|message| message.id).collect();
    assert_eq!(store.last_compared(mailbox).await.unwrap(), None);
    let compared = Compared { uid_validity: 7, messages: 2, next_uid: 5 };
    assert_eq!(store.record_compared(&lease, mailbox, compared, None, NOW).await.unwrap(), 0);
    assert_eq!(store.last_compared(mailbox).await.unwrap(), Some(compared));
    let listed = HashSet::from([1, 4, 9]);
    assert_eq!(store.record_compared(&lease, mailbox, compared, Some(&listed), at(5)).await.unwrap(), 2);
    assert_eq!(store.record_compared(&lease, mailbox, compared, Some(&listed), at(6)).await.unwrap(), 0);

    // One of them is searchable and tagged, and its bytes are those of a message that stays.
    let words = |text: &str| IndexEntry { body: text.into(), message: ids[1], ..IndexEntry::default() };
    store.index(&[words("lighthouse")]).await.unwrap();
    store.add_tag(&ids[1..2], "Later").await.unwrap();
    let archive = store.known_mailbox(lease.account, "Archive").await.unwrap().mailbox;
    store.store_batch(&lease, batch(archive, Some(3), vec![uid(1, "number 2")]), NOW).await.unwrap();
    assert_eq!(store.drop_gone(&lease, at(4), at(9)).await.unwrap(), 0, "not before their time");
    let before = summary(&store, lease.account).await;
    assert_eq!(store.drop_gone(&lease, at(5), at(9)).await.unwrap(), 2);
    let after = summary(&store, lease.account).await;
    assert_eq!(before.messages - after.messages, 2);
    assert_eq!(before.unread - after.unread, 2);
    assert_eq!(before.to_index - after.to_index, 1);
    for (id, stays) in ids.iter().zip([true, false, false, true]) {
        assert_eq!(store.raw_message(*id).await.unwrap().is_some(), stays);
    }
    let rows = list(&store, &everything()).await.rows;
    for row in &rows {
        assert!(store.raw_message(row.id).await.unwrap().is_some(), "no bytes went that anybody needs");
    }
    let query = ReportQuery {
        filter: MessageFilter { search: Some("lighthouse".into()), ..MessageFilter::default() },
        ..ReportQuery::default()
    };
    let search = Search::parse("lighthouse", NOW).unwrap();
    assert_eq!(store.list_messages(&query, &search).await.unwrap().rows, []);
    store.release_lease(&lease).await.unwrap();
    let refused = store.drop_gone(&lease, at(5), at(9)).await;
    assert!(matches!(refused, Err(StoreError::LeaseLost)), "{refused:?}");
    let again = claimed(&store, lease.account, at(10)).await;
    assert_eq!(store.drop_gone(&again, at(5), at(10)).await.unwrap(), 0);
}
