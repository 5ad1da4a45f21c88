//! The dialog of one Network Connector: a new one, or one that exists.

use crate::api::ApiError;
use crate::api::asked::Asked;
use crate::api::connectors::save_connector;
use crate::api::credentials::list_credentials;
use crate::components::dialog::{Dialog, DialogSize};
use crate::components::feedback::Notice;
use crate::components::form::{Choice, FieldTexts, SelectField, TextField, TextKind, YesNo};
use crate::view::view;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use model::{
    ConnectorDraft, ConnectorId, ConnectorKind, ConnectorSummary, CredentialId, CredentialKind, FieldErrors,
};

/// The fields and Save.
#[component]
pub fn ConnectorDialog(
    /// The one that is changed; none where one is made.
    known: Option<ConnectorSummary>,
    /// Nothing was changed.
    close: Callback<()>,
    /// It is saved; a new one that agents carry is named.
    done: Callback<Option<ConnectorId>>,
) -> impl IntoView {
    let id = known.as_ref().map(|known| known.id);
    let title = known
        .as_ref()
        .map_or_else(|| "New Network Connector".to_owned(), |known| format!("Edit {}", known.settings.name));
    let first = known.as_ref().map_or_else(new, |known| ConnectorDraft::from(&known.settings));
    let draft = RwSignal::new(first);
    let refusal = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let errors = Signal::derive(move || match refusal.get() {
        Some(ApiError::Invalid(errors)) => errors,
        _ => FieldErrors::default(),
    });
    let other = move || refusal.get().filter(|error| !matches!(error, ApiError::Invalid(_)));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        let draft = draft.get_untracked();
        let agents = draft.kind == ConnectorKind::Agent;
        spawn_local(async move {
            match save_connector(id, draft).await {
                // The dialog may be gone meanwhile.
                Ok(saved) => drop(done.try_run((id.is_none() && agents).then_some(saved))),
                Err(error) => {
                    refusal.try_set(Some(error));
                    busy.try_set(false);
                }
            }
        });
    };
    view! {
        <Dialog id="connector-dialog" title=title size=DialogSize::Small on_dismiss=close>
            <form on:submit=submit novalidate>
                <div class="dialog-body">
                    {move || other().map(|error| view! { <Notice kind="bad">{error.to_string()}</Notice> })}
                    <Fields draft errors />
                </div>
                <footer class="dialog-footer">
                    <button type="button" class="button" on:click=move |_| close.run(())>"Cancel"</button>
                    <button type="submit" class="button button-primary" disabled=move || busy.get()>"Save"</button>
                </footer>
            </form>
        </Dialog>
    }
}

/// Ours first: it needs nothing but a name.
fn new() -> ConnectorDraft {
    let mut draft = ConnectorDraft::default();
    choose(&mut draft, ConnectorKind::Agent.id());
    draft
}

/// What a person decides, field by field.
#[component]
fn Fields(draft: RwSignal<ConnectorDraft>, errors: Signal<FieldErrors>) -> impl IntoView {
    let texts = move |field: &'static str, help: Option<&'static str>| FieldTexts {
        help: Signal::stored(help.map(str::to_owned)),
        error: Signal::derive(move || errors.with(|errors| errors.at(field).map(str::to_owned))),
        ..FieldTexts::default()
    };
    let shown = move |read: fn(&ConnectorDraft) -> &String| {
        Signal::derive(move || draft.with(|draft| read(draft).clone()))
    };
    let typed = move |write: fn(&mut ConnectorDraft, String)| {
        Callback::new(move |text: String| draft.update(|draft| write(draft, text)))
    };
    let answered = move |write: fn(&mut ConnectorDraft, bool)| {
        Callback::new(move |answer: bool| draft.update(|draft| write(draft, answer)))
    };
    let is_http = Memo::new(move |_| draft.with(|draft| draft.kind == ConnectorKind::HttpConnect));
    let tls = move || {
        is_http.get().then(|| {
            view! {
                <YesNo
                    id="connector-tls"
                    label="TLS to the proxy"
                    value=Signal::derive(move || draft.with(|draft| draft.tls))
                    on_change=answered(|draft, tls| draft.tls = tls)
                    texts=texts("tls", Some(TLS))
                />
            }
        })
    };
    let dials_in = Memo::new(move |_| draft.with(|draft| draft.kind == ConnectorKind::Agent));
    let is_ssh = Memo::new(move |_| draft.with(|draft| draft.kind == ConnectorKind::Ssh));
    let credential_texts = FieldTexts {
        help: Signal::derive(move || Some(if is_ssh.get() { LOGIN } else { CREDENTIAL }.to_owned())),
        ..texts("credential", None)
    };
    let host_key = move || {
        is_ssh.get().then(|| {
            view! {
                <TextField
                    id="connector-host-key"
                    label="Host key"
                    value=shown(|draft| &draft.host_key)
                    on_input=typed(|draft, host_key| draft.host_key = host_key)
                    texts=texts("host_key", Some(HOST_KEY))
                />
            }
        })
    };
    let proxy = move || {
        view! {
            <TextField
                id="connector-address"
                label="Address"
                value=shown(|draft| &draft.address)
                on_input=typed(|draft, address| draft.address = address)
                texts=texts("address", Some(ADDRESS))
                kind=TextKind::Host
                required=true
            />
            <TextField
                id="connector-port"
                label="Port"
                value=shown(|draft| &draft.port)
                on_input=typed(|draft, port| draft.port = port)
                texts=texts("port", None)
                kind=TextKind::Number
                required=true
            />
            {tls}
            <CredentialField draft texts=credential_texts />
            {host_key}
        }
    };
    view! {
        <TextField
            id="connector-name"
            label="Name"
            value=shown(|draft| &draft.name)
            on_input=typed(|draft, name| draft.name = name)
            texts=texts("name", None)
            required=true
            autofocus=true
        />
        <SelectField
            id="connector-kind"
            label="Kind"
            value=Signal::derive(move || draft.with(|draft| draft.kind.id().to_owned()))
            on_change=Callback::new(move |id: String| draft.update(|draft| choose(draft, &id)))
            choices=ConnectorKind::ALL.into_iter().map(|kind| Choice::new(kind.id(), kind.label())).collect()
            texts=texts("kind", None)
        />
        {move || dials_in.get().then(|| view! { <p class="muted">{AGENT}</p> })}
        {move || (!dials_in.get()).then(proxy)}
        <TextField
            id="connector-streams"
            label="Connections at once"
            value=shown(|draft| &draft.most_streams)
            on_input=typed(|draft, streams| draft.most_streams = streams)
            texts=texts("most_streams", None)
            kind=TextKind::Number
            required=true
        />
        <YesNo
            id="connector-enabled"
            label="Enabled"
            value=Signal::derive(move || draft.with(|draft| draft.enabled))
            on_change=answered(|draft, enabled| draft.enabled = enabled)
            texts=texts("enabled", Some("No: checks of its accounts fail and say so; they go no other way."))
        />
    }
}
const AGENT: &str = "A small program of ours in the other network dials in to this server: no proxy, no open port, no rights. Save, and the next window has the line that starts it.";
const ADDRESS: &str = "Host name or IP address of the proxy or SSH server. It looks mail servers up in its own network, where the allowed networks of the System Parameters do not hold.";
const TLS: &str = "Yes: the connection to the proxy itself is encrypted. The one to the mail server, inside of it, is as the account says.";
const CREDENTIAL: &str =
    "What the proxy wants to know of us, where it does. New ones are made under Credentials.";

const LOGIN: &str =
    "A password or an SSH key, with the user on that server. New ones are made under Credentials.";
const HOST_KEY: &str = "Fingerprint of the key that the server has to prove. Left blank, Test shows it, and nobody is let through before.";

/// Another kind, with the port that is usual for it unless somebody typed one.
fn choose(draft: &mut ConnectorDraft, id: &str) {
    let Some(kind) = ConnectorKind::from_id(id) else { return };
    if draft.port == draft.kind.usual_port().to_string() {
        draft.port = kind.usual_port().to_string();
    }
    draft.kind = kind;
}

/// What the vault has for this kind, or none.
#[component]
fn CredentialField(draft: RwSignal<ConnectorDraft>, texts: FieldTexts) -> impl IntoView {
    let credentials = Asked::once(list_credentials);
    let is_ssh = Memo::new(move |_| draft.with(|draft| draft.kind == ConnectorKind::Ssh));
    let choices = move || {
        let known = credentials.get().and_then(Result::ok);
        let ssh = is_ssh.get();
        let fitting = known.iter().flat_map(|known| known.iter()).filter(|known| match known.kind {
            CredentialKind::OAuth2 => false,
            CredentialKind::SshKey => ssh,
            CredentialKind::Password | CredentialKind::AppPassword => true,
        });
        let mut choices = vec![Choice::new("", "None")];
        choices.extend(fitting.map(|known| {
            Choice::new(known.id.0.to_string(), format!("{} ({})", known.name, known.user_name))
        }));
        choices
    };
    let value = Signal::derive(move || {
        draft.with(|draft| draft.credential.map(|CredentialId(id)| id.to_string()).unwrap_or_default())
    });
    let change = Callback::new(move |id: String| {
        draft.update(|draft| draft.credential = id.parse().ok().map(CredentialId));
    });
    view! {
        <Transition fallback=|| ()>
            {move || view! {
                <SelectField
                    id="connector-credential"
                    label="Credential"
                    value=value
                    on_change=change
                    choices=choices()
                    texts=texts
                />
            }}
        </Transition>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_follows_the_kind_until_somebody_types_one() {
        let mut draft = ConnectorDraft::default();
        choose(&mut draft, "http_connect");
        assert_eq!((draft.kind, draft.port.as_str()), (ConnectorKind::HttpConnect, "3128"));
        draft.port = "8080".into();
        choose(&mut draft, "socks5");
        assert_eq!(draft.port, "8080");
        choose(&mut draft, "carrier pigeon");
        assert_eq!(draft.kind, ConnectorKind::Socks5);
    }
}
