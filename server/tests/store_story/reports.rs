//! A report that is written at its time: claimed by one, kept as long as asked.

use crate::engine::Engine;
use crate::told::{NOW, at};
use model::scheduled_report::{Repeat, ReportFormat, ReportKind, ScheduleDraft};
use model::{Actor, Role};
use server::store::NewReport;

const DAY: i64 = 24 * 60 * 60;

pub async fn a_report_from_its_schedule_to_its_end(engine: Engine) {
    let store = engine.open().await;
    let ana =
        store.insert_person("Ana", &Role::Administrator, "hash", &Actor::System, NOW).await.unwrap().unwrap();
    let draft = ScheduleDraft {
        name: "Failing".into(),
        kind: ReportKind::Accounts,
        query: "status=failing".into(),
        format: ReportFormat::Print,
        repeat: Repeat::Week,
        day: 3,
        minute: 390,
        keep_days: 2,
    };
    let id = store.create_schedule(&draft, ana, at(60), &Actor::System, NOW).await.unwrap();
    let listed = store.list_reports().await.unwrap();
    assert_eq!((listed.schedules.len(), listed.written.len()), (1, 0));
    assert_eq!((&listed.schedules[0].draft, listed.schedules[0].next), (&draft, at(60)));
    assert_eq!(listed.schedules[0].owner, "Ana");

    assert!(store.claim_report(at(59), at(659)).await.unwrap().is_none(), "not yet");
    let due = store.claim_report(at(60), at(660)).await.unwrap().unwrap();
    assert_eq!((due.schedule.id, due.person), (id, ana));
    assert!(store.claim_report(at(61), at(661)).await.unwrap().is_none(), "somebody writes it");
    let again = store.claim_report(at(660), at(1260)).await.unwrap();
    assert!(again.is_some(), "whoever wrote it died");

    store.finish_report(&due.schedule, Err("It is too large.".into()), at(DAY), at(700)).await.unwrap();
    let listed = store.list_reports().await.unwrap();
    let told = &listed.schedules[0];
    assert_eq!((told.failure.as_deref(), told.last), (Some("It is too large."), Some(at(700))));
    assert_eq!((told.next, listed.written.len()), (at(DAY), 0));

    assert!(store.hurry_schedule(id, &Actor::System, at(800)).await.unwrap());
    let due = store.claim_report(at(800), at(1400)).await.unwrap().unwrap();
    let content = "row\n".repeat(10_000).into_bytes();
    let report = NewReport { rows: 10_000, content: content.clone() };
    assert!(
        store.hurry_schedule(id, &Actor::System, at(801)).await.unwrap(),
        "asked for while it is written"
    );
    store.finish_report(&due.schedule, Ok(report), at(DAY), at(801)).await.unwrap();
    let listed = store.list_reports().await.unwrap();
    assert_eq!(
        (&listed.schedules[0].failure, listed.schedules[0].next),
        (&None, at(801)),
        "so it comes again"
    );
    let written = listed.written[0].clone();
    assert_eq!((written.rows, written.size, written.until), (10_000, 40_000, at(801 + 2 * DAY)));
    assert_eq!(store.written(written.id).await.unwrap(), Some((written.clone(), content)));

    assert!(store.remove_schedule(id, &Actor::System, at(900)).await.unwrap());
    assert!(!store.remove_schedule(id, &Actor::System, at(900)).await.unwrap(), "gone");
    store.prune_reports(at(800 + 2 * DAY)).await.unwrap();
    assert!(store.written(written.id).await.unwrap().is_some(), "what was written outlives its schedule");
    store.prune_reports(at(801 + 2 * DAY)).await.unwrap();
    assert!(store.written(written.id).await.unwrap().is_none(), "until its time is over");
}
