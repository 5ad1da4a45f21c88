//! Leases and how checks went.

use crate::engine::Engine;
use crate::told::{NOW, TTL, account, at, claimed, summary};
use model::{
    AccountId, AccountStatus, Cause, CheckFailure, CheckOutcome, CheckTrigger, FinishedCheck, Stage,
    Timestamp,
};
use server::store::Claim;

fn check(finished: Timestamp, failure: Option<CheckFailure>) -> FinishedCheck {
    FinishedCheck {
        trigger: CheckTrigger::Person,
        started: NOW,
        finished,
        outcome: if failure.is_some() { CheckOutcome::Failed } else { CheckOutcome::Ok },
        failure,
        new: 3,
        deleted: 2,
        quarantined: 1,
        bytes: 4096,
        stages: Vec::new(),
    }
}

fn refused() -> CheckFailure {
    CheckFailure {
        stage: Stage::SignIn,
        cause: Some(Cause::SignInRejected),
        error: "The server rejected the password.".into(),
        server_reply: Some("NO go away".into()),
    }
}

pub async fn a_check_from_claim_to_history(engine: Engine) {
    let store = engine.open().await;
    let id = account(&store, "Sales").await;
    let before = store.revision().await.unwrap();
    let lease = claimed(&store, id, NOW).await;
    assert_ne!(store.revision().await.unwrap(), before, "it shows as checking");
    assert_eq!(summary(&store, id).await.status, AccountStatus::Checking);
    assert_eq!(store.claim_account(id, "other", at(1), TTL).await.unwrap(), Claim::Busy);
    assert_eq!(store.claim_account(AccountId(99), "other", NOW, TTL).await.unwrap(), Claim::Absent);
    assert_eq!(store.lease_owners().await.unwrap(), ["node"]);

    let beside = account(&store, "Beside").await;
    claimed(&store, beside, NOW).await;
    store.renew_lease(&lease, at(60), TTL).await.unwrap();
    assert_eq!(store.claim_account(id, "other", at(100), TTL).await.unwrap(), Claim::Busy, "renewed");
    let taken = store.claim_account(beside, "other", at(100), TTL).await.unwrap();
    assert!(matches!(taken, Claim::Claimed(_)), "whose check nobody answers for any more");

    assert!(store.finish_check(&lease, &check(at(10), Some(refused())), None, Some(at(70))).await.unwrap());
    let failing = summary(&store, id).await;
    assert_eq!((failing.status, failing.failure), (AccountStatus::Failing, Some(refused())));
    assert_eq!((failing.last_check, failing.last_success), (Some(at(10)), None));
    assert_eq!(failing.next_check, Some(at(70)));
    assert!(!store.finish_check(&lease, &check(at(11), None), None, None).await.unwrap(), "only once");

    let lease = claimed(&store, id, at(20)).await;
    assert_eq!(lease.failures, 1);
    store.request_check(id, at(21)).await.unwrap();
    assert!(store.finish_check(&lease, &check(at(22), None), None, Some(at(500))).await.unwrap());
    let healthy = summary(&store, id).await;
    assert_eq!((healthy.status, healthy.failure), (AccountStatus::Healthy, None));
    assert_eq!(healthy.last_success, Some(at(22)));
    assert_eq!(healthy.next_check, Some(at(21)), "asked for while the check ran");
    assert_eq!(claimed(&store, id, at(30)).await.failures, 0);

    let history = store.last_checks(id, 10).await.unwrap();
    assert_eq!(history, [(at(22), check(at(22), None)), (at(10), check(at(10), Some(refused())))]);
    assert_eq!(store.last_checks(id, 1).await.unwrap().len(), 1);
    store.prune_checks(at(22)).await.unwrap();
    assert_eq!(store.last_checks(id, 10).await.unwrap().len(), 1);

    store.release_leases("other").await.unwrap();
    assert_eq!(store.claim_account(id, "other", at(31), TTL).await.unwrap(), Claim::Busy);
    store.release_leases("node").await.unwrap();
    let lease = claimed(&store, id, at(32)).await;
    store.release_lease(&lease).await.unwrap();
    let newer = claimed(&store, id, at(33)).await;
    store.release_lease(&lease).await.unwrap();
    assert_eq!(summary(&store, id).await.status, AccountStatus::Checking, "an old lease frees nothing");
    assert!(newer.epoch > lease.epoch);
}

pub async fn of_two_claimers_one_wins(engine: Engine) {
    let (one, two) = (engine.open().await, engine.open().await);
    let mut all = Vec::new();
    for number in 0..20 {
        all.push(account(&one, &format!("Account {number}")).await);
    }
    let claim = |store: server::store::Store, node: &'static str| {
        tokio::spawn(async move {
            let mut mine = Vec::new();
            for _ in 0..10 {
                mine.extend(store.claim_due(node, at(1), TTL, 3).await.unwrap());
            }
            mine
        })
    };
    let (a, b) = (claim(one.clone(), "one"), claim(two.clone(), "two"));
    let mut claimed: Vec<AccountId> =
        a.await.unwrap().into_iter().chain(b.await.unwrap()).map(|lease| lease.account).collect();
    claimed.sort();
    assert_eq!(claimed, all, "each exactly once");

    one.release_leases("one").await.unwrap();
    one.release_leases("two").await.unwrap();
    let race = (0..8).map(|number| {
        let store = if number % 2 == 0 { one.clone() } else { two.clone() };
        let id = all[0];
        tokio::spawn(async move { store.claim_account(id, "node", at(2), TTL).await.unwrap() })
    });
    let mut winners = 0;
    for claim in race.collect::<Vec<_>>() {
        winners += u32::from(matches!(claim.await.unwrap(), Claim::Claimed(_)));
    }
    assert_eq!(winners, 1);

    let late = one.claim_due("three", at(1_000), TTL, 100).await.unwrap();
    assert_eq!(late.len(), 20, "a lease that ran out is free, and its account still due");
}
