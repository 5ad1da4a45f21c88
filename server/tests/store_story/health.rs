//! How an account did by day, what its server showed, and when mail arrived.

use crate::engine::Engine;
use crate::told::{NOW, account, at, batch, claimed, inbox, uid};
use model::health::{DAYS, DayHealth, HOURS, ServerShown, StageTime};
use model::{
    AccountId, Cause, Certificate, CheckFailure, CheckOutcome, CheckTrigger, FinishedCheck, Stage, Timestamp,
};
use server::store::{Concerned, NewMessage, Store};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;
/// Seconds from [`NOW`] (22:13:20 UTC) to the midnight after it.
const MIDNIGHT: i64 = 6_400;

fn check(finished: Timestamp, outcome: CheckOutcome) -> FinishedCheck {
    let failure = (outcome == CheckOutcome::Failed).then(|| CheckFailure {
        stage: Stage::Connect,
        cause: Some(Cause::ConnectRefused),
        error: "Nobody answers.".into(),
        server_reply: None,
    });
    FinishedCheck {
        trigger: CheckTrigger::Schedule,
        started: finished,
        finished,
        outcome,
        failure,
        new: 0,
        deleted: 0,
        quarantined: 0,
        bytes: 0,
        stages: vec![
            StageTime { stage: Stage::Connect, milliseconds: 12 },
            StageTime { stage: Stage::Fetch, milliseconds: 3_400 },
        ],
    }
}

async fn checked(store: &Store, id: AccountId, check: &FinishedCheck, shown: Option<&ServerShown>) {
    let lease = claimed(store, id, check.started).await;
    assert!(store.finish_check(&lease, check, shown, None).await.unwrap());
}

fn places<T: Copy + Default>(length: usize, filled: &[(usize, T)]) -> Vec<T> {
    let mut places = vec![T::default(); length];
    for (back, value) in filled {
        places[length - 1 - back] = *value;
    }
    places
}

/// Days are those of UTC, as everywhere on the screens; checks of other accounts are not counted.
pub async fn a_month_of_checks_day_by_day(engine: Engine) {
    let store = engine.open().await;
    let (id, beside) = (account(&store, "Sales").await, account(&store, "Beside").await);
    let empty = store.account_health(id, NOW).await.unwrap();
    assert_eq!((empty.days, empty.server), (vec![DayHealth::default(); DAYS], None));
    assert_eq!(empty.today, at(MIDNIGHT - DAY));

    let midnight = at(MIDNIGHT);
    let last_millisecond = midnight.plus_milliseconds(-1);
    let oldest = at(MIDNIGHT - 29 * DAY);
    for (finished, outcome) in [
        (oldest.plus_milliseconds(-1), CheckOutcome::Failed),
        (oldest, CheckOutcome::Ok),
        (NOW, CheckOutcome::Ok),
        (at(10), CheckOutcome::Failed),
        (last_millisecond, CheckOutcome::Ok),
        (midnight, CheckOutcome::Ok),
    ] {
        checked(&store, id, &check(finished, outcome), None).await;
    }
    checked(&store, beside, &check(NOW, CheckOutcome::Failed), None).await;

    let health = store.account_health(id, midnight).await.unwrap();
    let day = |good, failed| DayHealth { good, failed };
    assert_eq!(health.days, places(DAYS, &[(0, day(1, 0)), (1, day(2, 1)), (29, day(1, 0))]));
    assert_eq!(health.today, midnight);

    let newest = store.last_checks(id, 1).await.unwrap();
    assert_eq!(newest[0].1, check(midnight, CheckOutcome::Ok), "with how long its stages took");
    store.prune_checks(last_millisecond).await.unwrap();
    assert_eq!(store.last_checks(id, 10).await.unwrap().len(), 2, "pruned with their times");
    let health = store.account_health(id, midnight).await.unwrap();
    assert_eq!(health.days, places(DAYS, &[(0, day(1, 0)), (1, day(1, 0))]));
}

/// Only a check that got to see a server replaces what was seen before.
pub async fn what_a_server_showed(engine: Engine) {
    let store = engine.open().await;
    let id = account(&store, "Sales").await;
    let old = shown("2023");
    checked(&store, id, &check(at(10), CheckOutcome::Ok), Some(&old)).await;
    checked(&store, id, &check(at(20), CheckOutcome::Failed), None).await;
    checked(&store, id, &check(at(30), CheckOutcome::Ok), Some(&old)).await;
    let seen = |store: &Store, now| {
        let store = store.clone();
        async move { store.account_health(id, now).await.unwrap().server }
    };
    assert_eq!(seen(&store, at(31)).await, Some((at(10), old)), "since when it is so");
    let new = shown("2024");
    checked(&store, id, &check(at(40), CheckOutcome::Ok), Some(&new)).await;
    assert_eq!(seen(&store, at(41)).await, Some((at(40), new.clone())));

    let ends = at(90 * DAY);
    assert_eq!(store.expiring(ends.plus_milliseconds(-1)).await.unwrap(), []);
    let expiring = store.expiring(ends).await.unwrap();
    let concerned = |at| Concerned { account: id, name: "Sales".into(), count: 1, at };
    assert_eq!(expiring, [concerned(ends)]);

    let due = at(44);
    store.request_check(id, due).await.unwrap();
    assert_eq!(store.late(due.plus_milliseconds(-1), at(45)).await.unwrap(), []);
    assert_eq!(store.late(due, at(45)).await.unwrap(), [concerned(due)]);

    let lease = claimed(&store, id, at(50)).await;
    store.release_lease(&lease).await.unwrap();
    let late = store.finish_check(&lease, &check(at(60), CheckOutcome::Ok), Some(&shown("late")), None).await;
    assert!(!late.unwrap());
    assert_eq!(seen(&store, at(61)).await, Some((at(40), new)), "whose lease is lost writes nothing");
}

fn shown(names: &str) -> ServerShown {
    ServerShown {
        protection: Some("TLS 1.3 with TLS13_AES_256_GCM_SHA384".into()),
        certificates: vec![Certificate {
            subject: format!("CN={names}"),
            issuer: "CN=Lab".into(),
            names: vec!["mail.example.org".into()],
            not_before: NOW,
            not_after: at(90 * DAY),
            fingerprint: "AB".into(),
            key: "CD".into(),
        }],
        capabilities: vec!["IMAP4rev1".into(), "UIDPLUS".into()],
    }
}

/// By the date at which the mail server received them; what claims to be from tomorrow is not counted today.
pub async fn arrivals_by_hour_and_day(engine: Engine) {
    let store = engine.open().await;
    let none = store.arrivals(NOW).await.unwrap();
    assert_eq!((none.hours, none.days), (vec![0; HOURS], vec![0; DAYS]));

    let (lease, mailbox) = inbox(&store, "Sales").await;
    let hour = MIDNIGHT - 2 * HOUR;
    let times = [
        at(hour),
        at(hour + HOUR - 1),
        at(hour - 1),
        at(hour - 23 * HOUR),
        at(hour - 23 * HOUR - 1),
        at(MIDNIGHT - 30 * DAY),
        at(MIDNIGHT - 30 * DAY - 1),
        at(MIDNIGHT),
        Timestamp(-1),
    ];
    let messages =
        (1..).zip(times).map(|(n, received)| NewMessage { received, ..uid(n, &format!("text {n}")) });
    store.store_batch(&lease, batch(mailbox, Some(1), messages.collect()), NOW).await.unwrap();
    let arrived = store.arrivals(NOW).await.unwrap();
    assert_eq!((arrived.hour, arrived.day), (at(hour), at(MIDNIGHT - DAY)));
    assert_eq!(arrived.hours, places(HOURS, &[(0, 2), (1, 1), (23, 1)]));
    assert_eq!(arrived.days, places(DAYS, &[(0, 3), (1, 2), (29, 1)]));
}
