//! The seed's two fields for a way into another network.

use super::binding::{shown, texts, typed};
use super::state::{AccountForm, control_id, label};
use crate::components::form::{Choice, SelectField, YesNo};
use crate::view::view;
use leptos::prelude::*;
use model::{ConnectorId, ConnectorSummary};

const NONE_YET: &str = "No Network Connector exists yet: they are made under Settings, Network Connectors.";
const USE: &str = "No: straight from this server, even where there is a default.";

/// Whether one is used, and which.
#[component]
pub fn ConnectorFields(
    /// The form.
    form: RwSignal<AccountForm>,
    /// All there are.
    connectors: Vec<ConnectorSummary>,
) -> impl IntoView {
    // Whoever said Yes when there was one can still say No.
    let uses = form.with_untracked(|form| form.draft.use_network_connector);
    let none = connectors.is_empty() && !uses;
    let default = connectors.iter().find(|connector| connector.is_default);
    let inherited = default.map(|default| format!("inherited: {}", default.settings.name));
    let mut choices = vec![Choice::new("", inherited.clone().unwrap_or_default())];
    choices.extend(connectors.iter().map(|connector| {
        let settings = &connector.settings;
        let off = if settings.enabled { "" } else { " (switched off)" };
        Choice::new(connector.id.0.to_string(), format!("{}{off}", settings.name))
    }));
    let field = "network_connector";
    let which = if inherited.is_some() {
        "Blank: whatever is the default at the time of each check."
    } else {
        "Blank is the default, and none is set."
    };
    let asked = texts(form, "use_network_connector", if none { NONE_YET } else { USE }, |_| None);
    let chosen = texts(form, field, if none { NONE_YET } else { which }, |_| None);
    view! {
        <YesNo
            id=control_id("use_network_connector")
            label=label("use_network_connector")
            value=shown(form, |form| form.draft.use_network_connector)
            on_change=typed(form, "use_network_connector", AccountForm::set_use_network_connector)
            texts=asked
            disabled=none
        />
        <SelectField
            id=control_id(field)
            label=label(field)
            value=shown(form, |form| {
                form.draft.network_connector.map(|ConnectorId(id)| id.to_string()).unwrap_or_default()
            })
            on_change=typed(form, field, |form, id: String| {
                form.draft.network_connector = id.parse().ok().map(ConnectorId);
            })
            choices
            texts=chosen
            disabled=Signal::derive(move || none || form.with(|form| !form.draft.use_network_connector))
        />
    }
}
