//! Who sent a message to whom, when, and where it lies.

use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::report::size_text;
use model::{Address, MessageKey, MessageState, MessageView, Timestamp};

/// The header block: one row for each thing that is known.
pub fn headings(message: &MessageView) -> impl IntoView + use<> {
    let summary = &message.summary;
    view! {
        <dl class="headings">
            {addresses("Sender", std::slice::from_ref(&summary.sender))} {addresses("Recipients", &message.recipients)} {addresses("Cc", &message.cc)}
            {addresses("Reply-to", &message.reply_to)} {row("Authentication", message.authentication.clone())} {message.date_sent.map(|at| date("Date sent", at))}
            {date("Date received", summary.received)} {row("Return-path", message.return_path.clone())}
            {row("Account", Some(summary.account_name.clone()))} {row("Folder", Some(summary.folder.clone()))}
            {row("ID", Some(identity(message)))} {row("Size", Some(size_text(summary.size)))}
            {row("On the server", server_state(message.state))}
        </dl>
    }
}

fn row(label: &'static str, value: Option<String>) -> impl IntoView + use<> {
    value.filter(|value| !value.is_empty()).map(|value| {
        view! {
            <div class="heading">
                <dt>{label}</dt>
                <dd>
                    <bdi>{value}</bdi>
                </dd>
            </div>
        }
    })
}

fn date(label: &'static str, at: Timestamp) -> impl IntoView + use<> {
    view! {
        <div class="heading">
            <dt>{label}</dt>
            <dd>
                <When at />
            </dd>
        </div>
    }
}

fn addresses(label: &'static str, addresses: &[Address]) -> impl IntoView + use<> {
    let lines = addresses
        .iter()
        .cloned()
        .map(|address| {
            view! {
                <li>{address_line(address)}</li>
            }
        })
        .collect_view();
    (!addresses.is_empty()).then(|| {
        view! {
            <div class="heading">
                <dt>{label}</dt>
                <dd>
                    <ul class="addresses">{lines}</ul>
                </dd>
            </div>
        }
    })
}

/// A name with the real address always beside it: the name is anybody's choice.
fn address_line(address: Address) -> impl IntoView {
    let Address { name, address } = address;
    let name = name.trim().to_owned();
    let nobody = name.is_empty() && address.is_empty();
    view! {
        <span class="address">
            {(!name.is_empty()).then(|| view! { <bdi class="address-name">{name}</bdi> })} " "
            {(!address.is_empty()).then(|| view! { <bdi class="address-real">{address}</bdi> })}
            {nobody.then_some("(no address)")}
        </span>
    }
}

/// `<message-id> · UID 17 of 1700000000`, or its UIDL: how the sender and the mail server call it.
fn identity(message: &MessageView) -> String {
    let on_server = match &message.key {
        MessageKey::Uid(uid) => match message.uid_validity {
            Some(validity) => format!("UID {uid}, UIDVALIDITY {validity}"),
            None => format!("UID {uid}"),
        },
        MessageKey::Uidl { uidl, .. } => format!("UIDL {uidl}"),
        MessageKey::Unnamed => String::new(),
    };
    let parts = [message.internet_message_id.clone().unwrap_or_default(), on_server];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn server_state(state: MessageState) -> Option<String> {
    match state {
        MessageState::Stored => None,
        MessageState::DeleteSent => Some("Deletion asked for, not confirmed yet".to_owned()),
        MessageState::Deleted => Some("Deleted there, kept here".to_owned()),
        MessageState::Gone => Some("Not there any more, kept here".to_owned()),
    }
}
