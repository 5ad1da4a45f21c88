//! System parameters: set, given their defaults again, recorded, and heard of by other processes.

use crate::engine::Engine;
use crate::told::{US, at};
use model::{AuditFilter, Change, Parameter, ReportQuery};
use server::store::ParameterSetting;

pub async fn what_is_set_and_given_back(engine: Engine) {
    let store = engine.open().await;
    let other = engine.open().await;
    assert_eq!(store.parameters().await.unwrap(), []);
    let setting = |parameter, value: Option<&str>| {
        let default = "30".to_owned();
        ParameterSetting { parameter, value: value.map(str::to_owned), default }
    };
    let set =
        async |settings: &[ParameterSetting]| store.save_parameters(settings, &US, at(1)).await.unwrap();
    let before = other.revision().await.unwrap();
    set(&[setting(Parameter::PageSize, Some("50")), setting(Parameter::AllowedNetworks, Some("::/0"))]).await;
    let both =
        [("allowed_networks", "::/0"), ("page_size", "50")].map(|(id, it)| (id.to_owned(), it.to_owned()));
    assert_eq!(other.parameters().await.unwrap(), both);
    let after = other.revision().await.unwrap();
    assert_eq!((after.parameters, after.accounts), (before.parameters + 1, before.accounts));
    set(&[setting(Parameter::PageSize, Some("50"))]).await;
    assert_eq!(other.revision().await.unwrap(), after, "nothing changed");
    set(&[setting(Parameter::PageSize, Some("10"))]).await;
    set(&[setting(Parameter::PageSize, None)]).await;
    set(&[setting(Parameter::PageSize, None)]).await;
    assert_eq!(other.parameters().await.unwrap(), both[..1]);
    let filter = AuditFilter { subject: Some("parameter page_size".into()), ..AuditFilter::default() };
    let told = store.list_audit(&ReportQuery { filter, ..ReportQuery::default() }).await.unwrap().rows;
    let told: Vec<_> =
        told.into_iter().map(|mut record| (record.action, record.changes.swap_remove(0))).collect();
    let step = |action: &str, was: &str, is: &str| (action.to_owned(), Change::between("page_size", was, is));
    let expected = [
        step("parameter.reset", "10", "30"),
        step("parameter.changed", "50", "10"),
        step("parameter.changed", "30", "50"),
    ];
    assert_eq!(told, expected);
}
