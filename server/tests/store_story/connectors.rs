//! Network Connectors: kept, named, the default, and not removed while somebody goes through them.

use crate::agents::offline;
use crate::engine::Engine;
use crate::told::{NOW, US, account, at, claimed, credential, settings, summary};
use model::{ConnectorDraft, ConnectorId, ConnectorKind, ConnectorSettings, CredentialId, Parameter, Way};
use server::store::{ParameterSetting, Removal, SavedConnector, Store, Update};

fn branch() -> ConnectorSettings {
    let draft = ConnectorDraft {
        name: "Branch".into(),
        kind: ConnectorKind::HttpConnect,
        address: "proxy.example.org".into(),
        tls: true,
        ..ConnectorDraft::default()
    };
    draft.validate().unwrap()
}

async fn saved(store: &Store, id: Option<ConnectorId>, settings: &ConnectorSettings) -> SavedConnector {
    store.save_connector(id, settings, &US, NOW).await.unwrap()
}

async fn set_default(store: &Store, name: Option<&str>) {
    let setting = ParameterSetting {
        parameter: Parameter::NetworkConnector,
        value: name.map(str::to_owned),
        default: String::new(),
    };
    store.save_parameters(&[setting], &US, NOW).await.unwrap();
}

pub async fn a_connector_from_its_name_to_its_end(engine: Engine) {
    let store = engine.open().await;
    let credential = credential(&store).await;
    let SavedConnector::Saved(id) = saved(&store, None, &branch()).await else { panic!("saved") };
    assert_eq!(saved(&store, None, &branch()).await, SavedConnector::NameTaken);
    assert_eq!(saved(&store, Some(ConnectorId(99)), &branch()).await, SavedConnector::Absent);
    let changed = ConnectorSettings { credential: Some(credential), enabled: false, ..branch() };
    assert_eq!(saved(&store, Some(id), &changed).await, SavedConnector::Saved(id));
    let spare = ConnectorSettings { name: "annex".into(), ..branch() };
    let SavedConnector::Saved(spare) = saved(&store, None, &spare).await else { panic!("saved") };
    let listed = store.list_connectors().await.unwrap();
    let names: Vec<_> = listed.iter().map(|connector| connector.settings.name.as_str()).collect();
    assert_eq!(names, ["annex", "Branch"], "by name, in whatever case");
    let found = store.find_connector(id).await.unwrap().unwrap();
    assert_eq!((found.settings, found.credential_name.as_deref()), (changed.clone(), Some("mail")));
    assert_eq!(store.find_connector_by_name("Branch").await.unwrap().unwrap().id, id);
    assert_eq!(store.find_connector_by_name("branch").await.unwrap(), None);
    assert_eq!(store.remove_credential(credential, &US, NOW).await.unwrap(), Removal::InUse);

    // Who goes through it, by name and as the default.
    let sales = account(&store, "Sales").await;
    let through = |way| model::AccountSettings { way, ..settings("Sales", credential) };
    let update = store.update_account(sales, None, &through(Way::Through(id)), &US, NOW).await.unwrap();
    assert_eq!(update, Update::Updated);
    assert_eq!(summary(&store, sales).await.settings.way, Way::Through(id));
    assert_eq!(summary(&store, sales).await.connector_name.as_deref(), Some("Branch"));
    let shop = model::AccountSettings { way: Way::Default, ..settings("Shop", credential) };
    let other = store.insert_account(&shop, &US, NOW).await.unwrap().unwrap();
    assert_eq!(store.default_connector().await.unwrap(), None);
    set_default(&store, Some("Branch")).await;
    let default = store.default_connector().await.unwrap().unwrap();
    assert_eq!((default.id, default.is_default, default.used_by, default.inherited_by), (id, true, 1, 1));
    assert_eq!(default.accounts[0].name, "Sales");

    // Another password for it is another try for whom it kept away, by name and as the default, and for nobody else.
    let direct = account(&store, "Direct").await;
    let straight = model::AccountSettings { way: Way::Direct, ..settings("Direct", credential) };
    assert_eq!(store.update_account(direct, None, &straight, &US, NOW).await.unwrap(), Update::Updated);
    for id in [sales, other, direct] {
        let lease = claimed(&store, id, NOW).await;
        assert!(store.finish_check(&lease, &offline(), None, Some(at(600))).await.unwrap());
    }
    store.hasten_accounts_behind(CredentialId(99), at(5)).await.unwrap();
    assert_eq!(summary(&store, sales).await.next_check, Some(at(600)));
    store.hasten_accounts_behind(credential, at(5)).await.unwrap();
    assert_eq!(summary(&store, sales).await.next_check, Some(at(5)));
    assert_eq!(summary(&store, other).await.next_check, Some(at(5)));
    assert_eq!(summary(&store, direct).await.next_check, Some(at(600)));

    let renamed = ConnectorSettings { name: "Main office".into(), ..changed };
    saved(&store, Some(id), &renamed).await;
    assert_eq!(store.default_connector().await.unwrap().unwrap().settings.name, "Main office");

    // It goes when another one takes its place, or nobody needs it.
    assert_eq!(store.remove_connector(id, None, &US, NOW).await.unwrap(), Removal::InUse);
    let replacement = store.find_connector(spare).await.unwrap().unwrap();
    assert_eq!(store.remove_connector(id, Some(&replacement), &US, NOW).await.unwrap(), Removal::Removed);
    assert_eq!(store.remove_connector(id, None, &US, NOW).await.unwrap(), Removal::Absent);
    assert_eq!(summary(&store, sales).await.settings.way, Way::Through(spare));
    assert_eq!(store.default_connector().await.unwrap().unwrap().id, spare);
    set_default(&store, None).await;
    assert_eq!(store.remove_connector(spare, None, &US, NOW).await.unwrap(), Removal::InUse);
    // An account that was removed, and left its messages here, needs none.
    assert_eq!(store.remove_account(sales, true, &US, NOW).await.unwrap(), Removal::Removed);
    assert_eq!(store.remove_connector(spare, None, &US, NOW).await.unwrap(), Removal::Removed);
    assert_eq!(summary(&store, other).await.settings.way, Way::Default, "nobody goes direct for that");
}
