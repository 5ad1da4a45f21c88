//! The dialog that tries a Network Connector: can a server be reached through it?

use crate::api::ApiError;
use crate::api::connectors::{list_connectors, save_connector, test_connector};
use crate::components::dialog::{Dialog, DialogSize};
use crate::components::feedback::Notice;
use crate::components::form::{FieldTexts, TextField, TextKind};
use crate::components::icon::Icon;
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{ConnectorDraft, ConnectorId, ConnectorSummary, ConnectorTest, FieldErrors};

/// Asks where to, and says what came of it.
#[component]
pub fn TestDialog(
    /// The one that is tried.
    known: ConnectorSummary,
    /// Seen.
    close: Callback<()>,
) -> impl IntoView {
    let address = RwSignal::new(String::new());
    let port = RwSignal::new("993".to_owned());
    let answer = RwSignal::new(None::<Result<ConnectorTest, ApiError>>);
    let busy = RwSignal::new(false);
    let errors = Signal::derive(move || match answer.get() {
        Some(Err(ApiError::Invalid(errors))) => errors,
        _ => FieldErrors::default(),
    });
    let texts = move |field: &'static str| FieldTexts {
        error: Signal::derive(move || errors.with(|errors| errors.at(field).map(str::to_owned))),
        ..FieldTexts::default()
    };
    let id = known.id;
    let first = RwSignal::new(known.settings.host_key.is_empty());
    let begin = Callback::new(move |trusted: Option<String>| {
        busy.set(true);
        answer.set(None);
        let (address, port) = (address.get_untracked(), port.get_untracked());
        spawn_local(async move {
            let decided = match trusted {
                Some(host_key) => trust(id, host_key).await.inspect(|()| {
                    first.try_set(false);
                }),
                None => Ok(()),
            };
            let answered = match decided {
                Ok(()) => test_connector(id, address, port).await,
                Err(error) => Err(error),
            };
            // The dialog may have been closed meanwhile.
            answer.try_set(Some(answered));
            busy.try_set(false);
        });
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        begin.run(None);
    };
    let said = move || match answer.get() {
        None => busy.get().then(|| view! { <p class="muted">"Asking…"</p> }),
        Some(Err(ApiError::Invalid(_))) => None,
        Some(Err(error)) => Some(view! { <Notice kind="bad">{error.to_string()}</Notice> }),
        Some(Ok(test)) => Some(outcome(test, first.get_untracked(), begin)),
    };
    view! {
        <Dialog id="connector-test" title=format!("Test {}", known.settings.name) size=DialogSize::Small on_dismiss=close>
            <form on:submit=submit novalidate>
                <div class="dialog-body">
                    <p class="muted">"A mail server in the network behind it. It is asked what it can do, and nobody signs in."</p>
                    <TextField
                        id="connector-test-address"
                        label="Address"
                        value=address
                        on_input=Callback::new(move |text| address.set(text))
                        texts=texts("address")
                        kind=TextKind::Host
                        required=true
                        autofocus=true
                    />
                    <TextField
                        id="connector-test-port"
                        label="Port"
                        value=port
                        on_input=Callback::new(move |text| port.set(text))
                        texts=texts("port")
                        kind=TextKind::Number
                        required=true
                    />
                    <div role="status">{said}</div>
                </div>
                <footer class="dialog-footer">
                    <button type="button" class="button" on:click=move |_| close.run(())>"Close"</button>
                    <button type="submit" class="button button-primary" disabled=move || busy.get()>"Test"</button>
                </footer>
            </form>
        </Dialog>
    }
}

/// Trusts a host key from now on, and changes nothing else of the connector as it is by now.
async fn trust(id: ConnectorId, host_key: String) -> Result<(), ApiError> {
    let connectors = list_connectors().await?;
    let known = connectors.iter().find(|known| known.id == id).ok_or(ApiError::NotFound)?;
    let draft = ConnectorDraft { host_key, ..ConnectorDraft::from(&known.settings) };
    match save_connector(Some(id), draft).await {
        Ok(_) => Ok(()),
        // None of it stands in a field of this dialog.
        Err(ApiError::Invalid(errors)) => Err(ApiError::Conflict(errors.to_string())),
        Err(error) => Err(error),
    }
}

/// What came of it; `first` where no host key was trusted before.
fn outcome(test: ConnectorTest, first: bool, begin: Callback<Option<String>>) -> AnyView {
    let passed = test.stages.into_iter().map(|passed| {
        view! {
            <li>
                <Icon name="good" />
                <strong>{passed.stage.label()}</strong>
                " "
                <span class="muted">{format!("{} ms", passed.milliseconds)}</span>
                <p class="server-words">{passed.words}</p>
            </li>
        }
    });
    let end = match test.failure {
        // Nothing is wrong yet: somebody has to decide.
        Some(failure) if first && test.host_key.is_some() => {
            view! { <Notice kind="warning">{failure.detail().to_owned()}</Notice> }
        }
        Some(failure) => {
            let remedy = failure.cause.map(|cause| format!(" {}", cause.remedy()));
            let words = failure.server_reply.map(|words| view! { <p>{words}</p> });
            view! { <Notice kind="bad">{failure.error} {remedy} {words}</Notice> }
        }
        None => {
            view! { <Notice kind="good">{format!("The server answered in {} ms.", test.milliseconds)}</Notice> }
        }
    };
    let trust = test.host_key.map(|shown| {
        view! {
            <p class="connector-trust muted">"Compare it with what ssh-keygen -l says on the server itself, then:"</p>
            <button type="button" class="button" on:click=move |_| begin.run(Some(shown.clone()))>
                "Trust this host key"
            </button>
        }
    });
    view! {
        <ul class="connector-stages">{passed.collect_view()}</ul>
        {end}
        {trust}
    }
    .into_any()
}
