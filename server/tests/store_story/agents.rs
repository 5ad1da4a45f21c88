//! Agents: known by a code that is good once, seen, moved, given another key, and taken their right.

use crate::engine::Engine;
use crate::told::{NOW, US, account, at, claimed, credential, settings, summary};
use model::{
    AgentId, AuditFilter, Cause, CheckFailure, CheckOutcome, CheckTrigger, ConnectorDraft, ConnectorId,
    ConnectorKind, FinishedCheck, ReportQuery, Stage, Way,
};
use server::store::{Said, SavedConnector, Store};

const SAID: Said<'_> =
    Said { host: "gateway", version: "0.1.0", allows: "*:993 *:143", address: "203.0.113.7" };

async fn connector(store: &Store, name: &str) -> ConnectorId {
    let draft = ConnectorDraft { name: name.into(), kind: ConnectorKind::Agent, ..ConnectorDraft::default() };
    match store.save_connector(None, &draft.validate().unwrap(), &US, NOW).await.unwrap() {
        SavedConnector::Saved(id) => id,
        other => panic!("{other:?}"),
    }
}

/// A check that a connector kept from its server.
pub fn offline() -> FinishedCheck {
    FinishedCheck {
        trigger: CheckTrigger::Schedule,
        started: NOW,
        finished: NOW,
        outcome: CheckOutcome::Failed,
        failure: Some(CheckFailure {
            stage: Stage::Connect,
            cause: Some(Cause::ConnectorOffline),
            error: Cause::ConnectorOffline.sentence().to_owned(),
            server_reply: None,
        }),
        new: 0,
        deleted: 0,
        quarantined: 0,
        bytes: 0,
        stages: Vec::new(),
    }
}

async fn told(store: &Store, action: &str) -> usize {
    let query = ReportQuery::<AuditFilter> { page_size: Some(200), ..ReportQuery::default() };
    let records = store.list_audit(&query).await.unwrap().rows;
    records.iter().filter(|record| record.action == format!("connector.{action}")).count()
}

pub async fn an_agent_from_its_code_to_its_end(engine: Engine) {
    let store = engine.open().await;
    assert_eq!(store.hub_key().await.unwrap(), None);
    assert_eq!(store.insert_hub_key(b"sealed").await.unwrap(), b"sealed");
    assert_eq!(store.insert_hub_key(b"another").await.unwrap(), b"sealed", "the first one counts");
    assert!(!store.reseal_hub_key(b"another", b"anew").await.unwrap());
    assert!(store.reseal_hub_key(b"sealed", b"anew").await.unwrap());
    assert_eq!(store.hub_key().await.unwrap().as_deref(), Some(&b"anew"[..]));

    let branch = connector(&store, "Branch").await;
    let until = at(900);
    assert!(store.insert_enrolment(branch, "code", until, &US, NOW).await.unwrap());
    for number in 1..20 {
        assert!(store.insert_enrolment(branch, &format!("more {number}"), until, &US, NOW).await.unwrap());
    }
    assert!(!store.insert_enrolment(branch, "too many", until, &US, NOW).await.unwrap());
    assert_eq!(store.enrol_agent("guess", "key", SAID, NOW).await.unwrap(), None);
    assert_eq!(store.enrol_agent("code", "key", SAID, until).await.unwrap(), None, "too late");
    let known = store.enrol_agent("code", "key", SAID, NOW).await.unwrap().unwrap();
    assert_eq!((known.connector, known.agent.host.as_str(), known.agent.since), (branch, "gateway", None));
    assert_eq!(store.enrol_agent("code", "other", SAID, NOW).await.unwrap(), None, "it is good once");
    assert!(
        store.insert_enrolment(branch, "later", at(2000), &US, at(1000)).await.unwrap(),
        "old ones are gone"
    );
    assert_eq!(store.find_agent_by_key("key").await.unwrap().as_ref(), Some(&known));
    assert_eq!(store.find_agent_by_key("other").await.unwrap(), None);

    // Whoever waited for it is due when it comes: an account that names it, and no other.
    let credential = credential(&store).await;
    let (waiting, elsewhere) = (account(&store, "Waiting").await, account(&store, "Elsewhere").await);
    let through = model::AccountSettings { way: Way::Through(branch), ..settings("Waiting", credential) };
    store.update_account(waiting, None, &through, &US, NOW).await.unwrap();
    for id in [waiting, elsewhere] {
        let lease = claimed(&store, id, NOW).await;
        assert!(store.finish_check(&lease, &offline(), None, Some(at(600))).await.unwrap());
    }
    assert!(store.agent_connected(&known, "node 1", SAID, true, at(5)).await.unwrap());
    store.hasten_accounts_through(&known, at(5)).await.unwrap();
    assert_eq!(summary(&store, waiting).await.next_check, Some(at(5)));
    assert_eq!(summary(&store, elsewhere).await.next_check, Some(at(600)));
    let id = known.agent.id;
    let agent = || async { store.find_agent(id).await.unwrap().unwrap().agent };
    assert_eq!((agent().await.since, agent().await.seen), (Some(at(5)), Some(at(5))));
    assert_eq!(told(&store, "agent_moved").await, 0);
    store.agent_seen(id, "node 1", at(25)).await.unwrap();
    store.agent_gone(id, "node 2", at(5), at(30)).await.unwrap();
    store.agent_gone(id, "node 1", at(4), at(30)).await.unwrap();
    assert_eq!(
        (agent().await.since, agent().await.seen),
        (Some(at(5)), Some(at(25))),
        "an older connection has no say"
    );
    let moved = Said { address: "198.51.100.9", version: "0.2.0", ..SAID };
    assert!(store.agent_connected(&known, "node 2", moved, true, at(40)).await.unwrap());
    assert_eq!(told(&store, "agent_moved").await, 1, "somebody else may have its key");
    assert_eq!((agent().await.address.as_str(), agent().await.version.as_str()), ("198.51.100.9", "0.2.0"));
    store.agent_gone(id, "node 2", at(40), at(50)).await.unwrap();
    store.agent_displaced(&known, "192.0.2.1", at(51)).await.unwrap();
    assert_eq!(told(&store, "agent_displaced").await, 1);
    assert!(!store.renew_agent(id, "stolen", at(52)).await.unwrap(), "nobody asked for one");
    assert_eq!((agent().await.since, agent().await.seen), (None, Some(at(50))));

    assert!(store.ask_agent_for_new_key(id, &US, at(60)).await.unwrap());
    assert!(agent().await.renewing);
    assert!(store.renew_agent(id, "key 2", at(61)).await.unwrap());
    assert!(!agent().await.renewing);
    assert_eq!(store.find_agent_by_key("key").await.unwrap(), None, "the old one opens nothing");
    assert!(store.revoke_agent(id, &US, at(70)).await.unwrap());
    assert!(!store.revoke_agent(id, &US, at(71)).await.unwrap());
    assert!(!store.ask_agent_for_new_key(id, &US, at(72)).await.unwrap());
    assert!(!store.renew_agent(id, "key 3", at(72)).await.unwrap());
    assert!(!store.agent_connected(&known, "node 1", SAID, true, at(73)).await.unwrap());
    for time in [80, 90] {
        let revoked = store.find_agent_by_key("key 2").await.unwrap().unwrap();
        assert_eq!(revoked.agent.revoked, Some(at(70)));
        store.agent_refused(&revoked, "192.0.2.1", at(time)).await.unwrap();
    }
    assert_eq!(agent().await.refused, Some(at(90)));
    assert_eq!(told(&store, "agent_refused").await, 1, "once an hour");
    for (action, times) in
        [("enrolment_created", 21), ("agent_enrolled", 1), ("agent_renewed", 1), ("agent_revoked", 1)]
    {
        assert_eq!(told(&store, action).await, times, "{action}");
    }

    // It ends with its connector.
    store.enrol_agent("later", "key 9", SAID, at(1001)).await.unwrap().unwrap();
    let listed = store.list_agents().await.unwrap();
    assert_eq!(listed.iter().map(|known| known.agent.id).collect::<Vec<_>>(), [AgentId(2), AgentId(1)]);
    let connectors = store.list_connectors().await.unwrap();
    assert_eq!(connectors[0].agents.len(), 2);
    let spare = store.find_connector(connector(&store, "Spare").await).await.unwrap().unwrap();
    store.remove_connector(branch, Some(&spare), &US, at(100)).await.unwrap();
    assert_eq!(store.list_agents().await.unwrap(), []);
}
