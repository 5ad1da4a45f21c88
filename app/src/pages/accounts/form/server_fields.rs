//! The section *Server configuration*.

use super::binding::{AnswerOf, TextOf, shown, texts, typed};
use super::connector_fields::ConnectorFields;
use super::credential_fields::CredentialFields;
use super::state::{AccountForm, control_id, is_loopback, label};
use super::trust_fields::TrustFields;
use crate::components::form::{Choice, FormSection, SelectField, TextKind};
use crate::view::view;
use leptos::prelude::*;
use model::{ConnectorSummary, CredentialSummary, Protocol, SecureConnectionType};

/// Where the mailbox is and how it is reached.
#[component]
pub fn ServerFields(
    /// The form.
    form: RwSignal<AccountForm>,
    /// The vault.
    credentials: Vec<CredentialSummary>,
    /// The ways into other networks.
    connectors: Vec<ConnectorSummary>,
) -> impl IntoView {
    view! {
        <FormSection title="Server configuration">
            <TextOf
                form
                field="address"
                read=|form| form.draft.address.clone()
                write=|form, address| form.draft.address = address
                help="A host name or an IP address, such as mail.example.org or 127.0.0.1."
                kind=TextKind::Host
                required=true
            />
            <TextOf
                form
                field="port"
                read=|form| form.draft.port.clone()
                write=AccountForm::set_port
                kind=TextKind::Number
                required=true
            />
            <ProtocolField form />
            <ConnectorFields form connectors />
            <CredentialFields form credentials />
            <TrustFields form />
            <AnswerOf
                form
                field="use_safe_connection"
                read=|form| form.draft.use_safe_connection
                write=AccountForm::set_safe_connection
                warning=plaintext_warning
            />
            <ConnectionTypeField form />
        </FormSection>
    }
}

#[component]
fn ProtocolField(form: RwSignal<AccountForm>) -> impl IntoView {
    let choices =
        [Protocol::Imap, Protocol::Pop3].map(|protocol| Choice::new(protocol.id(), protocol.label()));
    view! {
        <SelectField
            id=control_id("protocol")
            label=label("protocol")
            value=shown(form, |form| form.draft.protocol.id().to_owned())
            on_change=typed(form, "protocol", |form, id: String| {
                if let Some(protocol) = Protocol::from_id(&id) {
                    form.set_protocol(protocol);
                }
            })
            choices=choices.into()
            texts=texts(form, "protocol", None, |_| None)
        />
    }
}

#[component]
fn ConnectionTypeField(form: RwSignal<AccountForm>) -> impl IntoView {
    let choices = vec![
        Choice::new("", ""),
        Choice::new("SSL", SecureConnectionType::Ssl.label()),
        Choice::new("TLS", SecureConnectionType::Tls.label()),
    ];
    let field = "secure_connection_type";
    let mut texts = texts(form, field, None, |_| None);
    texts.help = Signal::derive(move || form.with(|form| type_help(form).map(str::to_owned)));
    view! {
        <SelectField
            id=control_id(field)
            label=label(field)
            value=shown(form, |form| {
                form.draft.secure_connection_type.map(SecureConnectionType::label).unwrap_or_default().to_owned()
            })
            on_change=typed(form, field, |form, chosen: String| {
                form.set_connection_type(match chosen.as_str() {
                    "SSL" => Some(SecureConnectionType::Ssl),
                    "TLS" => Some(SecureConnectionType::Tls),
                    _ => None,
                });
            })
            choices
            texts
            disabled=shown(form, |form| !form.draft.use_safe_connection)
        />
    }
}

fn type_help(form: &AccountForm) -> Option<&'static str> {
    form.draft.secure_connection_type.map(|kind| match (kind, form.draft.protocol) {
        (SecureConnectionType::Ssl, _) => "Encrypted from the first byte (implicit TLS).",
        (SecureConnectionType::Tls, Protocol::Imap) => {
            "Starts plain, must turn to TLS before signing in (STARTTLS)."
        }
        (SecureConnectionType::Tls, Protocol::Pop3) => {
            "Starts plain, must turn to TLS before signing in (STLS)."
        }
    })
}

fn plaintext_warning(form: &AccountForm) -> Option<&'static str> {
    let address = form.draft.address.trim();
    let exposed = !form.draft.use_safe_connection && !address.is_empty() && !is_loopback(address);
    exposed.then_some("Password and mail travel unencrypted: everybody on the way can read them.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_connections_are_warned_of_where_somebody_could_listen() {
        let mut form = AccountForm::blank(false);
        form.set_safe_connection(false);
        assert_eq!(plaintext_warning(&form), None, "no address yet");
        form.draft.address = "127.0.0.1".into();
        assert_eq!(plaintext_warning(&form), None);
        form.draft.address = "mail.example.org".into();
        assert!(plaintext_warning(&form).is_some());
        form.set_safe_connection(true);
        assert_eq!(plaintext_warning(&form), None);
    }
}
