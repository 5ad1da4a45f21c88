//! Mail comes in: whole batches or nothing, nothing twice.

use crate::engine::Engine;
use crate::told::{
    NOW, TTL, account, at, batch, claimed, count_new, everything, inbox, list, message, summary, too_large,
    uid, uidl,
};
use model::{AccountId, Address, MessageKey, MessageState};
use server::store::{Batch, Claim, Known, KnownUidl, NewMessage, Store, StoreError};
use std::path::PathBuf;
use std::time::Duration;

pub async fn a_batch_is_stored_whole(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let id = lease.account;
    assert_eq!(
        store.known_mailbox(id, "INBOX").await.unwrap(),
        Known { mailbox, uid_validity: None, next_uid: 1 }
    );
    let before = store.revision().await.unwrap();
    let odd = NewMessage {
        subject: "Nul\0 and none".into(),
        sender: Address { name: "Ärger\0".into(), address: String::new() },
        internet_message_id: None,
        ..uid(12, "twelve")
    };
    let oversized = too_large(MessageKey::Uid(11), 6);
    let first = Batch {
        quarantined: vec![oversized],
        next_uid: Some(13),
        ..batch(mailbox, Some(7), vec![uid(10, "ten"), odd, uid(10, "ten again")])
    };
    let stored = store.store_batch(&lease, first.clone(), at(1)).await.unwrap();
    let new: Vec<bool> = stored.messages.iter().map(|message| message.is_new).collect();
    assert_eq!(new, [true, true, false], "one UID is one message");
    assert_eq!(stored.messages[0].id, stored.messages[2].id);
    assert_ne!(store.revision().await.unwrap(), before);

    let again = store.store_batch(&lease, first, at(2)).await.unwrap();
    assert_eq!((count_new(&again), again.messages.len()), (0, 3));
    let unneeded = "SELECT COUNT(*) FROM blob WHERE id NOT IN (SELECT blob FROM message)";
    assert_eq!(engine.number(unneeded).await, 0, "bytes that no message came to");
    assert_eq!(
        store.known_mailbox(id, "INBOX").await.unwrap(),
        Known { mailbox, uid_validity: Some(7), next_uid: 13 }
    );
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [10, 11, 12]);
    assert_eq!(store.known_uids(mailbox, 7, 12, true).await.unwrap(), [12]);
    assert_eq!(store.known_uids(mailbox, 8, 1, true).await.unwrap(), [0_u32; 0]);
    let account = summary(&store, id).await;
    assert_eq!((account.messages, account.unread, account.to_index), (2, 2, 2));

    let record = store.find_message(stored.messages[0].id).await.unwrap().unwrap();
    assert_eq!(record.key, MessageKey::Uid(10));
    assert_eq!((record.uid_validity, record.state), (Some(7), MessageState::Stored));
    assert_eq!(record.internet_message_id.as_deref(), Some("1@example.org"));
    let raw = store.raw_message(stored.messages[0].id).await.unwrap().unwrap();
    assert_eq!(raw, uid(10, "ten").raw);
    assert_eq!(record.blake3, blake3::hash(&raw).to_hex().to_string());
    assert_eq!(record.summary.size, raw.len() as u64);
    let odd = store.find_message(stored.messages[1].id).await.unwrap().unwrap();
    assert_eq!(odd.summary.subject, "Nul\u{FFFD} and none");
    assert_eq!(store.find_message(model::MessageId(99)).await.unwrap(), None);
    assert_eq!(store.raw_message(model::MessageId(99)).await.unwrap(), None);

    // The bytes that the known UID does not need are those of the next message.
    let fetched = batch(mailbox, Some(7), vec![uid(10, "eleven"), uid(11, "eleven")]);
    let fetched = store.store_batch(&lease, fetched, at(3)).await;
    assert_eq!(count_new(&fetched.unwrap()), 1);
    assert_eq!(engine.number("SELECT COUNT(*) FROM quarantine").await, 0, "out of quarantine");
    reads_in_order(&store, id).await;
    marks(&store, id).await;
}

async fn reads_in_order(store: &Store, id: AccountId) {
    let all: Vec<_> = store.messages_of(id, None).await.unwrap().into_iter().map(|m| m.summary.id).collect();
    assert_eq!(all.len(), 3);
    assert!(all.is_sorted_by(|a, b| a > b), "newest first: {all:?}");
    assert_eq!(store.messages_of(id, Some(1)).await.unwrap()[0].summary.id, all[0]);
    let oldest = all[2];
    for account in [Some(id), None] {
        let after = store.messages_after(account, oldest, 10).await.unwrap();
        assert_eq!(after.iter().map(|m| m.summary.id).collect::<Vec<_>>(), [all[1], all[0]]);
        assert_eq!(store.messages_after(account, oldest, 1).await.unwrap().len(), 1);
    }
    assert_eq!(store.messages_after(Some(AccountId(99)), model::MessageId(0), 10).await.unwrap(), []);
}

async fn marks(store: &Store, id: AccountId) {
    let ids: Vec<_> =
        store.messages_of(id, Some(2)).await.unwrap().into_iter().map(|m| m.summary.id).collect();
    let before = store.revision().await.unwrap();
    store.set_unread(&ids, false).await.unwrap();
    store.set_unread(&ids, false).await.unwrap();
    assert_eq!(summary(store, id).await.unread, 1);
    assert!(!store.find_message(ids[0]).await.unwrap().unwrap().summary.unread);
    assert_ne!(store.revision().await.unwrap(), before);
    let quiet = store.revision().await.unwrap();
    store.set_unread(&[ids[0], model::MessageId(99)], false).await.unwrap();
    assert_eq!(store.revision().await.unwrap(), quiet, "nothing changed");
    store.set_unread(&ids[..1], true).await.unwrap();
    assert_eq!(summary(store, id).await.unread, 2);
}

pub async fn a_stale_lease_stores_nothing(engine: Engine) {
    let store = engine.open().await;
    let (stale, mailbox) = inbox(&store, "Sales").await;
    let Claim::Claimed(fresh) = store.claim_account(stale.account, "other", at(1_000), TTL).await.unwrap()
    else {
        panic!("an ended lease is free");
    };
    let mail = || Batch { next_uid: Some(2), ..batch(mailbox, Some(7), vec![uid(1, "one")]) };
    let lost = store.store_batch(&stale, mail(), at(1_001)).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let ids = [model::MessageId(1)];
    assert!(matches!(store.mark_delete_sent(&stale, &ids, 0, NOW).await, Err(StoreError::LeaseLost)));
    assert!(matches!(store.mark_deleted(&stale, &ids, "why", NOW).await, Err(StoreError::LeaseLost)));
    nothing_was_stored(&engine, &store, stale.account).await;

    store.store_batch(&fresh, mail(), at(1_002)).await.unwrap();
    store.release_lease(&fresh).await.unwrap();
    let over = store.store_batch(&fresh, batch(mailbox, Some(7), vec![uid(2, "two")]), at(1_003)).await;
    assert!(matches!(over, Err(StoreError::LeaseLost)), "a lease that was given back is worth nothing");

    let (elsewhere, _) = inbox(&store, "Elsewhere").await;
    let foreign = store.store_batch(&elsewhere, mail(), NOW).await;
    assert!(matches!(foreign, Err(StoreError::Corrupt(_))), "the mailbox of another account: {foreign:?}");
    let nameless = batch(mailbox, None, vec![uid(9, "nine")]);
    let lease = claimed(&store, stale.account, at(2_000)).await;
    assert!(matches!(store.store_batch(&lease, nameless, NOW).await, Err(StoreError::Corrupt(_))));
    assert_eq!(summary(&store, lease.account).await.messages, 1);
}

async fn nothing_was_stored(engine: &Engine, store: &Store, id: AccountId) {
    for table in ["SELECT COUNT(*) FROM message", "SELECT COUNT(*) FROM blob", "SELECT COUNT(*) FROM receipt"]
    {
        assert_eq!(engine.number(table).await, 0, "{table}");
    }
    let known = store.known_mailbox(id, "INBOX").await.unwrap();
    assert_eq!((known.uid_validity, known.next_uid), (None, 1), "no progress without its mail");
    assert_eq!(list(store, &everything()).await.total.count, 0);
}

/// A process that dies takes its open transaction with it: the same as a future that is dropped at any of its awaits.
pub async fn an_interrupted_batch_leaves_nothing(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let mut whole = 0;
    for round in 0..12_u32 {
        let uids = round * 100 + 1..round * 100 + 101;
        let next_uid = Some(uids.end);
        let messages = uids.map(|number| uid(number, &format!("message {number}"))).collect();
        let mail = Batch { next_uid, ..batch(mailbox, Some(7), messages) };
        let patience = Duration::from_millis(u64::from(round) * 3);
        let in_time = tokio::time::timeout(patience, store.store_batch(&lease, mail, NOW)).await;
        // Dropped around its commit it may be either, but always all of it. The commit may still be under way: this
        // waits for whoever holds the account.
        store.renew_lease(&lease, NOW, TTL).await.unwrap();
        let stored = engine.number("SELECT COUNT(*) FROM message").await;
        assert_eq!(stored % 100, 0, "whole batches");
        assert!(stored == whole || stored == whole + 100, "{whole} -> {stored}");
        assert!(in_time.is_err() || stored == whole + 100, "said to be durable");
        let progress = store.known_mailbox(lease.account, "INBOX").await.unwrap().next_uid;
        assert!(stored == whole || progress == round * 100 + 101, "progress comes with its mail");
        whole = stored;
        assert_eq!(summary(&store, lease.account).await.messages, u64::try_from(whole).unwrap());
    }
    let missing = "SELECT COUNT(*) FROM message WHERE blob NOT IN (SELECT id FROM blob)";
    assert_eq!(engine.number(missing).await, 0);
}

pub async fn a_new_uidvalidity_adds_nothing(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let old = vec![uid(1, "same"), uid(2, "same"), uid(3, "gone"), uid(4, "deleted here")];
    let old = Batch { next_uid: Some(5), ..batch(mailbox, Some(7), old) };
    let stored = store.store_batch(&lease, old, NOW).await.unwrap();
    let ids: Vec<_> = stored.messages.iter().map(|message| message.id).collect();
    store.mark_deleted(&lease, &ids[3..], "keep copy is No", NOW).await.unwrap();

    let renumbered =
        vec![uid(101, "same"), uid(102, "new"), uid(103, "same"), uid(104, "deleted here"), uid(105, "same")];
    let stored = store.store_batch(&lease, batch(mailbox, Some(8), renumbered.clone()), at(1)).await.unwrap();
    let found: Vec<_> = stored.messages.iter().map(|message| (message.id, message.is_new)).collect();
    assert_eq!(found[0], (ids[0], false));
    assert!(found[1].1, "this one is new");
    assert_eq!(found[2], (ids[1], false), "of two alike, each is matched once");
    assert_eq!(found[3], (ids[3], false), "it is on the server after all");
    assert!(found[4].1, "a third one like them is new");
    let known = store.known_mailbox(lease.account, "INBOX").await.unwrap();
    assert_eq!((known.uid_validity, known.next_uid), (Some(8), 1), "progress begins again");
    assert_eq!(store.known_uids(mailbox, 8, 1, true).await.unwrap(), [101, 102, 103, 104, 105]);
    assert_eq!(store.known_uids(mailbox, 7, 1, true).await.unwrap(), [3]);
    assert_eq!(store.find_message(ids[3]).await.unwrap().unwrap().state, MessageState::Stored);
    assert_eq!(summary(&store, lease.account).await.messages, 6);

    let again = store.store_batch(&lease, batch(mailbox, Some(8), renumbered), at(2)).await.unwrap();
    assert_eq!(count_new(&again), 0);
    let deletable = store.deletable(mailbox, Some(8), at(9)).await.unwrap();
    assert_eq!(deletable.len(), 5, "never by an old UID");
}

pub async fn one_message_that_is_refused_is_named(engine: Engine) {
    let store = engine.open().await;
    if engine.is_sqlite() {
        engine
            .execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON message WHEN NEW.subject = 'poison' \
                 BEGIN SELECT RAISE(ABORT, 'not this one'); END",
            )
            .await;
    } else {
        engine
            .execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                 IF NEW.subject = 'poison' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$",
            )
            .await;
        engine
            .execute("CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW EXECUTE FUNCTION refuse()")
            .await;
    }
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let poison = NewMessage { subject: "poison".into(), ..uid(2, "two") };
    let mut mail = vec![uid(1, "one"), poison, uid(3, "three")];
    // Alone in its statement, then one of many.
    for more in [0, 40] {
        mail.extend((10..10 + more).map(|number| uid(number, "more")));
        match store.store_batch(&lease, batch(mailbox, Some(7), mail.clone()), NOW).await {
            Err(StoreError::Refused { key, size, source }) => {
                assert_eq!((key, size), (MessageKey::Uid(2), uid(2, "two").raw.len() as u64));
                assert!(source.to_string().contains("not this one"), "{source}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(summary(&store, lease.account).await.messages, 0, "the batch is whole or not there");
}

pub async fn pop3_names(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Pop").await;
    let large = MessageKey::Uidl { uidl: "large".into(), occurrence: 0 };
    let first = Batch {
        quarantined: vec![too_large(large, 1 << 40)],
        ..batch(mailbox, None, vec![uidl("a", 0, "one"), uidl("a", 1, "two"), uidl("b", 0, "three")])
    };
    let stored = store.store_batch(&lease, first.clone(), NOW).await.unwrap();
    let ids: Vec<_> = stored.messages.iter().map(|message| message.id).collect();
    assert_eq!(count_new(&stored), 3);
    assert_eq!(count_new(&store.store_batch(&lease, first, NOW).await.unwrap()), 0);
    let known = |message: Option<model::MessageId>, uidl: &str, occurrence, state| KnownUidl {
        message,
        uidl: uidl.to_owned(),
        occurrence,
        state,
        listed_size: None,
    };
    assert_eq!(
        store.known_uidls(mailbox).await.unwrap(),
        [
            known(Some(ids[0]), "a", 0, MessageState::Stored),
            known(Some(ids[1]), "a", 1, MessageState::Stored),
            known(Some(ids[2]), "b", 0, MessageState::Stored),
            known(None, "large", 0, MessageState::Stored),
        ]
    );

    let reused = store.store_batch(&lease, batch(mailbox, None, vec![uidl("b", 0, "another")]), at(1)).await;
    assert_eq!(count_new(&reused.unwrap()), 1, "other bytes under a known UIDL are another message");
    assert_eq!(store.find_message(ids[2]).await.unwrap().unwrap().key, MessageKey::Unnamed);

    store.mark_deleted(&lease, &ids[..1], "why", at(2)).await.unwrap();
    assert_eq!(store.known_uidls(mailbox).await.unwrap().len(), 3);
    let back =
        store.store_batch(&lease, batch(mailbox, None, vec![uidl("a", 0, "one")]), at(3)).await.unwrap();
    assert_eq!(count_new(&back), 1, "a UIDL that we deleted may be given to a new message");

    let nameless = |text: &str| message(MessageKey::Unnamed, text.as_bytes());
    let imported = batch(mailbox, None, vec![nameless("x"), nameless("x"), nameless("y")]);
    let stored = store.store_batch(&lease, imported.clone(), at(4)).await.unwrap();
    assert_eq!(count_new(&stored), 2, "nothing but the content tells them apart");
    assert_eq!(stored.messages[0].id, stored.messages[1].id);
    assert_eq!(count_new(&store.store_batch(&lease, imported, at(5)).await.unwrap()), 0);
    assert_eq!(store.known_mailbox(lease.account, "INBOX").await.unwrap().next_uid, 1);
}

pub async fn large_messages(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    // What zstd cannot shrink: a stream of hashes.
    let noise: Vec<u8> = (0..8_000_u32).flat_map(|n| *blake3::hash(&n.to_le_bytes()).as_bytes()).collect();
    let large = || message(MessageKey::Uid(1), noise.clone());
    let flat = message(MessageKey::Uid(2), vec![b'a'; 300_000]);
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), vec![large(), flat]), NOW).await.unwrap();
    assert_eq!(store.raw_message(stored.messages[0].id).await.unwrap().unwrap(), noise);
    assert_eq!(store.raw_message(stored.messages[1].id).await.unwrap().unwrap(), vec![b'a'; 300_000]);

    let packs = packs(&engine);
    assert_eq!(
        packs.len(),
        usize::from(engine.is_sqlite()),
        "on PostgreSQL every node reads the database alone"
    );
    assert_eq!(store.sweep_orphans(Duration::ZERO).await.unwrap(), 0, "it is needed");
    let Some(file) = packs.first() else { return };
    let single = engine.data.join("blobs/0").join("0".repeat(64));
    std::fs::create_dir(single.parent().unwrap()).unwrap();
    for orphan in [&single, &file.with_file_name("0".repeat(32)), &file.with_file_name("1-1.tmp")] {
        std::fs::write(orphan, b"left behind").unwrap();
    }
    assert_eq!(store.sweep_orphans(Duration::from_hours(1)).await.unwrap(), 0, "they are young");
    assert_eq!(store.sweep_orphans(Duration::ZERO).await.unwrap(), 3);
    assert!(file.exists() && !single.exists());

    std::fs::write(file, b"damaged").unwrap();
    let damaged = store.raw_message(stored.messages[0].id).await;
    assert!(matches!(damaged, Err(StoreError::Corrupt(_))), "{damaged:?}");
    let elsewhere = account(&store, "Elsewhere").await;
    let lease = claimed(&store, elsewhere, NOW).await;
    let mailbox = store.known_mailbox(elsewhere, "INBOX").await.unwrap().mailbox;
    store.store_batch(&lease, batch(mailbox, Some(1), vec![large()]), NOW).await.unwrap();
    assert_eq!(store.raw_message(stored.messages[0].id).await.unwrap().unwrap(), noise, "written anew");
    assert_eq!(engine.number("SELECT COUNT(*) FROM blob").await, 2, "one blob for each content");
}

/// The packs of large messages.
fn packs(engine: &Engine) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(engine.data.join("blobs/packs")).into_iter().flatten();
    let mut packs: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    packs.sort();
    packs
}

/// A pack that most of its messages have left is written anew for the rest, and goes when nobody can be reading it.
pub async fn thinned_packs(engine: Engine) {
    if !engine.is_sqlite() {
        return;
    }
    let store = engine.open().await;
    let noise = |salt: u32| -> Vec<u8> {
        (0..4_000).flat_map(|n: u32| *blake3::hash(&(n * 9 + salt).to_le_bytes()).as_bytes()).collect()
    };
    let (lease, mailbox) = inbox(&store, "Sales").await;
    // So little that one thread packs all of it.
    let first: Vec<_> = (0..3).map(|salt| message(MessageKey::Uid(salt + 1), noise(salt))).collect();
    let stored = store.store_batch(&lease, batch(mailbox, Some(7), first), NOW).await.unwrap();
    let [old] = &packs(&engine)[..] else { panic!("one pack") };
    // Another account brings two of them again: they are read where they were written last.
    let elsewhere = account(&store, "Elsewhere").await;
    let other = claimed(&store, elsewhere, NOW).await;
    let inbox = store.known_mailbox(elsewhere, "INBOX").await.unwrap().mailbox;
    let again: Vec<_> = (0..2).map(|salt| message(MessageKey::Uid(salt + 1), noise(salt))).collect();
    store.store_batch(&other, batch(inbox, Some(1), again), NOW).await.unwrap();
    assert_eq!(packs(&engine).len(), 2);

    assert_eq!(
        store.sweep_orphans(Duration::ZERO).await.unwrap(),
        0,
        "nothing goes while somebody may read it"
    );
    assert_eq!(packs(&engine).len(), 3, "the rest is in a pack of its own");
    assert_eq!(store.sweep_orphans(Duration::from_hours(1)).await.unwrap(), 0);
    assert_eq!(store.sweep_orphans(Duration::ZERO).await.unwrap(), 1);
    assert!(!old.exists() && packs(&engine).len() == 2);
    for (salt, stored) in (0..).zip(&stored.messages) {
        assert_eq!(store.raw_message(stored.id).await.unwrap().unwrap(), noise(salt));
    }
}
