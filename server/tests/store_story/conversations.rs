//! Messages that answer each other are one conversation, in whatever order they come, and no other message is in it.

use crate::engine::Engine;
use crate::told::{NOW, US, at, batch, inbox, uid};
use model::{AccountId, MessageId};
use server::store::{IndexEntry, Kin, NewMessage, Store};

/// A letter, its answer, an answer to that which names it alone, another letter of the same subject, an answer that names
/// nothing, one that comes two months later, something else, and one without any name.
fn kin() -> Vec<(i64, Kin)> {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let day = 24 * 60 * 60;
    vec![
        (10 * day, Kin::of(Some("a@x"), &[], "The plan", None)),
        (11 * day, Kin::of(Some("b@x"), &names(&["a@x"]), "Re: The plan", None)),
        (12 * day, Kin::of(Some("c@x"), &names(&["b@x"]), "Re: The plan", None)),
        (13 * day, Kin::of(Some("d@x"), &names(&["a@x", "c@x"]), "Re: The plan", None)),
        (14 * day, Kin::of(None, &[], "Re: THE PLAN", Some("THE PLAN"))),
        (70 * day, Kin::of(Some("f@x"), &[], "Re: The plan", Some("The plan"))),
        (15 * day, Kin::of(Some("g@x"), &[], "Something else", None)),
        (16 * day, Kin::of(None, &[], "", None)),
    ]
}

/// How many of them belong together.
const TOGETHER: usize = 5;

async fn filled(store: &Store, name: &str) -> (AccountId, Vec<(MessageId, Kin)>) {
    let (lease, mailbox) = inbox(store, name).await;
    let kin = kin();
    let mail = kin
        .iter()
        .zip(1..)
        .map(|((received, _), n)| NewMessage { received: at(*received), ..uid(n, &format!("{name} {n}")) });
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), mail.collect()), NOW).await.unwrap();
    let ids = stored.messages.iter().map(|message| message.id);
    (lease.account, ids.zip(kin.into_iter().map(|(_, kin)| kin)).collect())
}

async fn expected(store: &Store, account: AccountId, ids: &[MessageId], order: &str) {
    let mut told = Vec::new();
    for id in ids {
        let conversation = store.conversation(account, *id).await.unwrap();
        told.push(conversation.iter().map(|message| message.id).collect::<Vec<_>>());
    }
    let (together, alone) = told.split_at(TOGETHER);
    assert!(together.iter().all(|found| found == &ids[..TOGETHER]), "{order}: {told:?}");
    assert!(alone.iter().all(Vec::is_empty), "{order}: {told:?}");
}

pub async fn messages_find_each_other(engine: Engine) {
    let store = engine.open().await;
    let orders: [&[usize]; 5] = [
        &[0, 1, 2, 3, 4, 5, 6, 7],
        &[7, 6, 5, 4, 3, 2, 1, 0],
        &[2, 4, 1, 0, 3, 5, 7, 6],
        &[3, 0, 2, 5, 1, 4, 6, 7],
        &[4, 2, 0, 6, 1, 7, 3, 5],
    ];
    for order in orders {
        for at_once in [1, 3, 8] {
            let name = format!("{order:?} by {at_once}");
            let (account, messages) = filled(&store, &name).await;
            for part in order.chunks(at_once) {
                let entries: Vec<_> = part
                    .iter()
                    .map(|at| IndexEntry {
                        message: messages[*at].0,
                        kin: messages[*at].1.clone(),
                        ..IndexEntry::default()
                    })
                    .collect();
                store.index(&entries).await.unwrap();
            }
            let ids: Vec<MessageId> = messages.iter().map(|(id, _)| *id).collect();
            expected(&store, account, &ids, &name).await;
        }
    }
}

pub async fn trust_is_a_persons_own(engine: Engine) {
    let store = engine.open().await;
    let (_, messages) = filled(&store, "Trust").await;
    let id = messages[0].0;
    let sender = store.find_message(id).await.unwrap().unwrap().summary.sender.address;
    let anna =
        store.insert_person("Anna", &model::Role::Administrator, "hash", &US, NOW).await.unwrap().unwrap();
    store.set_trusted_senders(anna, &[id, MessageId(9999)], true).await.unwrap();
    store.set_trusted_senders(anna, &[id], true).await.unwrap();
    assert!(store.is_trusted_sender(anna, &sender.to_uppercase()).await.unwrap());
    assert!(!store.is_trusted_sender(anna, "other@example.org").await.unwrap());
    assert!(!store.is_trusted_sender(model::PersonId(anna.0 + 1), &sender).await.unwrap());
    store.set_trusted_senders(anna, &[id], false).await.unwrap();
    assert!(!store.is_trusted_sender(anna, &sender).await.unwrap());
}
