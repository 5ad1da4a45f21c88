//! What people decide about accounts, and when they are due.

use crate::engine::Engine;
use crate::told::{NOW, TTL, US, at, claimed, credential, settings, summary};
use model::{
    AccountId, AccountSettings, AccountStatus, Cause, CheckFailure, CheckOutcome, CheckTrigger,
    FinishedCheck, Protocol, Security, Stage,
};
use server::store::Update;

pub async fn accounts(engine: Engine) {
    let store = engine.open().await;
    let credential = credential(&store).await;
    let sales = settings("Sales", credential);
    let id = store.insert_account(&sales, &US, NOW).await.unwrap().unwrap();
    assert_eq!(store.insert_account(&sales, &US, NOW).await.unwrap(), None, "the name is taken");
    let by_hand = AccountSettings { automatic_check: false, ..settings("By hand", credential) };
    let hand = store.insert_account(&by_hand, &US, NOW).await.unwrap().unwrap();

    let found = summary(&store, id).await;
    assert_eq!(found.settings, sales);
    assert_eq!((found.status, found.next_check), (AccountStatus::New, Some(NOW)));
    assert_eq!((found.messages, found.unread, found.to_index), (0, 0, 0));
    assert_eq!(found.credential_name, "mail");
    assert_eq!(store.find_account_by_name("Sales", NOW).await.unwrap(), Some(found));
    assert_eq!(store.find_account_by_name("Nobody", NOW).await.unwrap(), None);
    assert_eq!(store.find_account(AccountId(99), NOW).await.unwrap(), None);
    let listed: Vec<AccountId> =
        store.list_accounts(NOW).await.unwrap().into_iter().map(|account| account.id).collect();
    assert_eq!(listed, [id, hand]);
    assert_eq!(summary(&store, hand).await.next_check, None);

    let changed = AccountSettings {
        name: "Verkauf".into(),
        keep_copy: false,
        port: 995,
        protocol: Protocol::Pop3,
        security: Security::ImplicitTls,
        skip_certificate: false,
        authority: None,
        pinned: None,
        folders: vec!["INBOX".into()],
        check_interval_seconds: 60,
        delete_after_days: None,
        largest_message: None,
        instant: false,
        ..sales.clone()
    };
    let before = store.revision().await.unwrap();
    assert_eq!(store.update_account(id, None, &changed, &US, at(5)).await.unwrap(), Update::Updated);
    assert_eq!(summary(&store, id).await.settings, changed);
    assert_eq!(summary(&store, id).await.next_check, Some(at(5)));
    assert_ne!(store.revision().await.unwrap(), before);
    assert_eq!(store.update_account(hand, None, &changed, &US, NOW).await.unwrap(), Update::NameTaken);
    assert_eq!(summary(&store, hand).await.settings, by_hand, "nothing changed");
    assert_eq!(store.update_account(AccountId(99), None, &sales, &US, NOW).await.unwrap(), Update::Absent);

    let before = summary(&store, id).await;
    let south = vec!["south".to_owned()];
    let absent = [(id, south.clone()), (AccountId(99), south.clone())];
    assert!(!store.set_account_tags(&absent, &US, NOW).await.unwrap());
    assert_eq!(summary(&store, id).await, before, "all of them or none");
    assert!(store.set_account_tags(&[(id, south)], &US, at(5)).await.unwrap());
    let mut tagged = before.clone();
    tagged.version += 1;
    tagged.settings.tags = vec!["south".to_owned()];
    assert_eq!(summary(&store, id).await, tagged, "nothing but its tags: it is not due for that");
    let outdated = store.update_account(id, Some(before.version), &sales, &US, NOW).await.unwrap();
    assert_eq!(outdated, Update::Outdated, "somebody tagged it meanwhile");
    assert_eq!(summary(&store, id).await, tagged, "nothing changed");

    assert!(store.set_account_enabled(id, false, &US, at(6)).await.unwrap());
    let paused = summary(&store, id).await;
    assert_eq!((paused.status, paused.next_check), (AccountStatus::Paused, None));
    assert_eq!(store.claim_due("node", at(100), TTL, 10).await.unwrap(), [], "nobody is due");
    assert!(store.set_account_enabled(id, true, &US, at(7)).await.unwrap());
    assert_eq!(summary(&store, id).await.next_check, Some(at(7)));
    assert!(!store.set_account_enabled(AccountId(99), true, &US, NOW).await.unwrap());

    store.request_check(hand, at(3)).await.unwrap();
    let due: Vec<AccountId> =
        store.claim_due("node", at(100), TTL, 10).await.unwrap().iter().map(|lease| lease.account).collect();
    assert_eq!(due.len(), 2, "{due:?}");
    assert!(due.contains(&hand), "asked for, though not automatic");
}

pub async fn who_is_watched(engine: Engine) {
    let store = engine.open().await;
    let credential = credential(&store).await;
    let sales = settings("Sales", credential);
    let id = store.insert_account(&sales, &US, NOW).await.unwrap().unwrap();
    let watched = async || {
        let found = store.accounts_to_watch(10).await.unwrap();
        found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(watched().await, [], "an ordinary check comes first");
    let ended = async |failure: Option<CheckFailure>| {
        let lease = claimed(&store, id, NOW).await;
        let check = FinishedCheck {
            trigger: CheckTrigger::Schedule,
            started: NOW,
            finished: NOW,
            outcome: if failure.is_some() { CheckOutcome::Failed } else { CheckOutcome::Ok },
            failure,
            new: 0,
            deleted: 0,
            quarantined: 0,
            bytes: 0,
            stages: Vec::new(),
        };
        assert!(store.finish_check(&lease, &check, None, None).await.unwrap());
    };
    ended(None).await;
    assert_eq!(watched().await, [id]);
    assert_eq!(store.accounts_to_watch(0).await.unwrap(), []);
    let way = store.accounts_to_watch(1).await.unwrap();
    for unfit in [
        AccountSettings { instant: false, ..sales.clone() },
        AccountSettings { enabled: false, ..sales.clone() },
        AccountSettings { automatic_check: false, ..sales.clone() },
        AccountSettings { protocol: Protocol::Pop3, ..sales.clone() },
        AccountSettings { folders: vec!["Sent".into()], ..sales.clone() },
    ] {
        store.update_account(id, None, &unfit, &US, NOW).await.unwrap();
        assert_eq!(watched().await, [], "{unfit:?}");
    }
    store.update_account(id, None, &AccountSettings { port: 143, ..sales.clone() }, &US, NOW).await.unwrap();
    assert_ne!(store.accounts_to_watch(1).await.unwrap(), way, "it leads elsewhere");
    store.update_account(id, None, &sales, &US, NOW).await.unwrap();
    let refused = CheckFailure {
        stage: Stage::SignIn,
        cause: Some(Cause::SignInRejected),
        error: String::new(),
        server_reply: None,
    };
    ended(Some(refused)).await;
    assert_eq!(watched().await, [], "a rejected password is not tried again by waiting");
}

pub async fn one_server_keeps_no_other_from_being_claimed(engine: Engine) {
    let store = engine.open().await;
    let credential = credential(&store).await;
    for number in 0..40 {
        let dead = AccountSettings {
            address: "dead.example.org".into(),
            ..settings(&format!("dead {number}"), credential)
        };
        store.insert_account(&dead, &US, at(-10)).await.unwrap().unwrap();
    }
    let good = store.insert_account(&settings("good", credential), &US, NOW).await.unwrap().unwrap();
    let claimed = store.claim_due("one", at(1), TTL, 256).await.unwrap();
    assert_eq!(claimed.len(), 33, "32 of the one and the other");
    assert!(claimed.iter().any(|lease| lease.account == good), "though it has been due for a shorter time");
    assert_eq!(
        store.claim_due("two", at(2), TTL, 256).await.unwrap(),
        [],
        "nor does another node claim more of it"
    );
    for lease in claimed.iter().filter(|lease| lease.account != good).take(5) {
        store.release_lease(lease).await.unwrap();
    }
    assert_eq!(store.claim_due("two", at(3), TTL, 256).await.unwrap().len(), 5);
}
