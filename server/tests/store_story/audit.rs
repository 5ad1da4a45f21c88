//! Who did what: written with what it tells of, never changed, found again.

use crate::engine::Engine;
use crate::told::{NOW, TTL, US, account, at, batch, claimed, credential, inbox, settings, too_large, uid};
use model::{
    AccountSettings, Actor, ActorKind, AuditAction, AuditFilter, AuditRecord, Change, CheckOutcome,
    CheckTrigger, Deed, FinishedCheck, MessageKey, Noun, Person, PersonId, ReportQuery, Role, Timestamp,
};
use server::store::{Batch, Lease, Store, Update};

fn ana() -> Actor {
    let person = Person { id: PersonId(7), name: "Ána".into(), role: Role::Administrator };
    Actor::Person { person, address: "192.0.2.1".into() }
}

async fn records(store: &Store, filter: AuditFilter) -> Vec<AuditRecord> {
    store.list_audit(&ReportQuery { filter, ..ReportQuery::default() }).await.unwrap().rows
}

async fn actions(store: &Store) -> Vec<String> {
    records(store, AuditFilter::default()).await.into_iter().map(|record| record.action).collect()
}

pub async fn every_change_leaves_its_record(engine: Engine) {
    let store = engine.open().await;
    let credential = credential(&store).await;
    let sales = AccountSettings { skip_certificate: false, ..settings("Sales", credential) };
    let id = store.insert_account(&sales, &ana(), NOW).await.unwrap().unwrap();
    store.insert_account(&sales, &ana(), NOW).await.unwrap();
    assert_eq!(actions(&store).await, ["account.created", "credential.created"], "a refusal changed nothing");
    let [made] =
        &records(&store, AuditFilter { who: Some("ANA".into()), ..AuditFilter::default() }).await[..]
    else {
        panic!("one record by her");
    };
    assert_eq!((made.actor, made.who.as_str(), made.at), (ActorKind::Person, "Ána", NOW));
    assert_eq!((made.address.as_deref(), made.subject_id), (Some("192.0.2.1"), Some(id.0)));
    assert_eq!((made.noun.as_str(), made.subject.as_str()), ("account", "Sales"));
    assert!(made.changes.contains(&Change::set("credential", "mail")), "{made:?}");

    let moved = AccountSettings { name: "Verkauf".into(), port: 143, ..sales.clone() };
    assert_eq!(store.update_account(id, None, &moved, &ana(), at(1)).await.unwrap(), Update::Updated);
    let changed = records(&store, AuditFilter::default()).await.swap_remove(0);
    let expected = [Change::between("name", "Sales", "Verkauf"), Change::between("port", &2993, &143)];
    assert_eq!((changed.action.as_str(), changed.changes.as_slice()), ("account.changed", &expected[..]));
    store.update_account(id, None, &moved, &ana(), at(2)).await.unwrap();
    assert_eq!(actions(&store).await.len(), 3, "nothing changed, nothing is told");

    let loud = AccountSettings { skip_certificate: true, ..moved.clone() };
    store.update_account(id, None, &loud, &ana(), at(3)).await.unwrap();
    store.update_account(id, None, &moved, &ana(), at(4)).await.unwrap();
    assert_eq!(actions(&store).await[..2], ["account.certificate_checked", "account.certificate_skipped"]);
    store.set_account_enabled(id, false, &ana(), at(5)).await.unwrap();
    store.set_account_enabled(id, false, &ana(), at(5)).await.unwrap();
    store.set_account_enabled(id, true, &ana(), at(6)).await.unwrap();
    assert_eq!(
        actions(&store).await[..3],
        ["account.resumed", "account.paused", "account.certificate_checked"]
    );
    store.rotate_credential(credential, Some("berta"), b"sealed again", &ana(), at(7)).await.unwrap();
    let rotated = records(&store, AuditFilter::default()).await.swap_remove(0);
    assert_eq!(rotated.changes, [Change::between("user_name", "anna", "berta")], "nothing of the secret");
    store.remove_account(id, false, &ana(), at(8)).await.unwrap();
    store.remove_credential(credential, &ana(), at(8)).await.unwrap();
    store.insert_person("Bert", &Role::Administrator, "hash", &US, at(9)).await.unwrap();
    assert_eq!(actions(&store).await[..3], ["person.created", "credential.removed", "account.removed"]);
    store.insert_first_person("Too late", &Role::Administrator, "hash", "::1", at(9)).await.unwrap();
    assert_eq!(actions(&store).await[0], "person.created");
}

pub async fn nothing_is_changed_or_removed(engine: Engine) {
    let store = engine.open().await;
    account(&store, "Sales").await;
    let before = records(&store, AuditFilter::default()).await;
    assert_eq!(before.len(), 3);
    for sql in [
        "UPDATE audit SET who = 'somebody else'",
        "UPDATE audit SET at = at WHERE id = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 1",
    ] {
        let refused = engine.try_to(sql).await.unwrap_err();
        assert!(refused.contains("append-only"), "{sql}: {refused}");
    }
    let around = if engine.is_sqlite() {
        "INSERT OR REPLACE INTO audit SELECT id, at, actor, person, 'x', who_key, address, action, noun, subject, \
         subject_name, subject_key, changes FROM audit WHERE id = 1"
    } else {
        "TRUNCATE audit"
    };
    let refused = engine.try_to(around).await.unwrap_err();
    assert!(refused.contains("append-only"), "{around}: {refused}");
    assert_eq!(records(&store, AuditFilter::default()).await, before);
}

pub async fn deletions_are_one_record_a_check(engine: Engine) {
    let store = engine.open().await;
    let (lease, mailbox) = inbox(&store, "Sales").await;
    let refused = too_large(MessageKey::Uid(9), 9);
    let mail = vec![uid(1, "one"), uid(2, "two"), uid(3, "three")];
    let mail = Batch { quarantined: vec![refused], ..batch(mailbox, Some(7), mail) };
    let stored = store.store_batch(&lease, mail, NOW).await.unwrap();
    let ids: Vec<_> = stored.messages.iter().map(|message| message.id).collect();
    let told = async || {
        let filter =
            AuditFilter { action: Some("account.deleted_on_server".into()), ..AuditFilter::default() };
        let of = |record: AuditRecord| record.changes[0].after.clone().unwrap();
        records(&store, filter).await.into_iter().map(of).collect::<Vec<_>>()
    };
    store.mark_deleted(&lease, &ids[..1], "why", at(1)).await.unwrap();
    store.mark_deleted(&lease, &ids[1..2], "why", at(2)).await.unwrap();
    assert_eq!(told().await, [""; 0], "while the check runs its receipts tell");
    assert!(store.finish_check(&lease, &ended(at(3)), None, None).await.unwrap());
    assert_eq!(told().await, ["2"]);
    let lease = claimed(&store, lease.account, at(4)).await;
    store.mark_deleted(&lease, &ids[2..], "why", at(5)).await.unwrap();
    // This check dies.
    let next = claimed(&store, lease.account, at(6).plus_milliseconds(TTL)).await;
    assert!(!store.finish_check(&lease, &ended(at(7)), None, None).await.unwrap());
    assert!(store.finish_check(&next, &ended(at(8)), None, None).await.unwrap());
    assert_eq!(told().await, ["1", "2"], "the next one tells");
    let lease = claimed(&store, lease.account, at(9)).await;
    assert!(store.finish_check(&lease, &ended(at(9)), None, None).await.unwrap());
    assert_eq!(told().await.len(), 2, "nothing deleted, nothing told");

    let lease: Lease = claimed(&store, lease.account, at(10)).await;
    assert_eq!(store.retry_all_quarantined(&lease, &ana(), at(11)).await.unwrap(), 1);
    assert_eq!(store.retry_all_quarantined(&lease, &ana(), at(12)).await.unwrap(), 0);
    assert_eq!(actions(&store).await[..2], ["account.quarantine_retried"; 2], "asking is told");
}

fn ended(at: Timestamp) -> FinishedCheck {
    FinishedCheck {
        trigger: CheckTrigger::Schedule,
        started: at,
        finished: at,
        outcome: CheckOutcome::Ok,
        failure: None,
        new: 0,
        deleted: 0,
        quarantined: 0,
        bytes: 0,
        stages: Vec::new(),
    }
}

pub async fn records_are_found_and_paged(engine: Engine) {
    let store = engine.open().await;
    let root = Actor::CommandLine { user: "root".into() };
    for second in 0..25 {
        let (by, action) = if second % 2 == 0 {
            (&root, AuditAction::CheckAsked)
        } else {
            (&US, AuditAction::AccountPaused)
        };
        let deed = Deed::new(action, Noun::Account, Some(second), &format!("100%_{second}"));
        store.record(by, &deed, at(second)).await.unwrap();
    }
    let found = async |filter: AuditFilter| records(&store, filter).await.len();
    let any = AuditFilter::default;
    assert_eq!(found(any()).await, 25);
    assert_eq!(found(AuditFilter { who: Some("command line".into()), ..any() }).await, 13);
    assert_eq!(found(AuditFilter { who: Some("system".into()), ..any() }).await, 12);
    assert_eq!(found(AuditFilter { action: Some("account.paused".into()), ..any() }).await, 12);
    assert_eq!(found(AuditFilter { action: Some("account\0".into()), ..any() }).await, 0);
    assert_eq!(found(AuditFilter { subject: Some("account 100%_1".into()), ..any() }).await, 11);
    assert_eq!(found(AuditFilter { subject: Some("%".into()), ..any() }).await, 25);
    assert_eq!(found(AuditFilter { subject: Some("1_0".into()), ..any() }).await, 0, "no pattern");
    assert_eq!(found(AuditFilter { since: Some(at(20)), before: Some(at(23)), ..any() }).await, 3);

    let mut query = ReportQuery { page_size: Some(10), ..ReportQuery::<AuditFilter>::default() };
    let mut seen = Vec::new();
    loop {
        let page = store.list_audit(&query).await.unwrap();
        assert_eq!((page.total.count, page.first), (25, seen.len() as u64 + 1));
        seen.extend(page.rows.into_iter().map(|record| record.at));
        query.cursor = page.next;
        if query.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..25).rev().map(at).collect::<Vec<_>>(), "newest first, each once");
}
