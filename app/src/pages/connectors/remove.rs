//! Deleting a Network Connector: where somebody goes through it, another one takes its place.

use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::api::connectors::{list_connectors, remove_connector};
use crate::components::dialog::Confirm;
use crate::components::feedback::Notice;
use crate::components::form::{Choice, FieldTexts, SelectField};
use crate::view::view;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{ConnectorId, ConnectorSummary};

/// Asks, and says who would be concerned.
#[component]
pub fn RemoveDialog(
    /// The one that is not needed any more.
    known: ConnectorSummary,
    /// It stays.
    close: Callback<()>,
    /// It is gone.
    done: Callback<()>,
) -> impl IntoView {
    let refusal = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let replacement = RwSignal::new(None::<ConnectorId>);
    let id = known.id;
    let confirm = move |()| {
        busy.set(true);
        spawn_local(async move {
            match remove_connector(id, replacement.get_untracked()).await {
                Ok(()) => done.run(()),
                Err(error) => {
                    refusal.set(Some(error));
                    busy.set(false);
                }
            }
        });
    };
    let used = known.used_by > 0 || known.is_default;
    let text = if used {
        format!("{} Choose what takes its place.", concerned(&known))
    } else {
        "No account goes through it.".to_owned()
    };
    let others = Asked::once(list_connectors);
    let choices = move || {
        let all = others.get().and_then(Result::ok);
        let mut choices = vec![Choice::new("", "Choose…")];
        choices.extend(
            all.iter()
                .flat_map(|all| all.iter())
                .filter(|other| other.id != id)
                .map(|other| Choice::new(other.id.0.to_string(), other.settings.name.clone())),
        );
        choices
    };
    let value = Signal::derive(move || replacement.get().map(|id| id.0.to_string()).unwrap_or_default());
    let choose = Callback::new(move |id: String| replacement.set(id.parse().ok().map(ConnectorId)));
    let field = used.then(|| {
        view! {
            <Transition fallback=|| ()>
                {move || view! {
                    <SelectField
                        id="connector-replacement"
                        label="Replacement"
                        value=value
                        on_change=choose
                        choices=choices()
                        texts=FieldTexts::default()
                    />
                }}
            </Transition>
        }
    });
    view! {
        <Confirm
            title=format!("Delete the Network Connector {}?", known.settings.name)
            text=Signal::stored(text)
            confirm="Delete Network Connector"
            destructive=true
            pending=busy
            on_confirm=confirm
            on_cancel=move |()| close.run(())
        >
            {field}
            {move || refusal.get().map(|error| view! { <Notice kind="bad">{error.to_string()}</Notice> })}
        </Confirm>
    }
}

fn concerned(known: &ConnectorSummary) -> String {
    let accounts = |count: u32| if count == 1 { "1 account".to_owned() } else { format!("{count} accounts") };
    match (known.used_by, known.is_default) {
        (0, _) => format!("It is the default of {}.", accounts(known.inherited_by)),
        (used, false) => format!("{} go through it.", accounts(used)),
        (used, true) => {
            format!(
                "{} go through it, and it is the default of {}.",
                accounts(used),
                accounts(known.inherited_by)
            )
        }
    }
}
