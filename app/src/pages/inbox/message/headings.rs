//! Who sent a message to whom, when, and where it lies.

use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::report::size_text;
use model::{Address, MessageView, Timestamp};

/// The header block: one row for each thing that is known.
pub fn headings(message: &MessageView) -> impl IntoView + use<> {
    let summary = &message.summary;
    view! {
        <dl class="headings">
            {addresses("Sender", std::slice::from_ref(&summary.sender))} {addresses("Recipients", &message.recipients)} {addresses("Cc", &message.cc)}
            {addresses("Reply-to", &message.reply_to)} {row("Authentication", message.authentication.clone())} {message.date_sent.map(|at| date("Date sent", at))}
            {date("Date received", summary.received)} {row("Return-path", message.return_path.clone())}
            {row("Account", Some(summary.account_name.clone()))} {row("Folder", Some(summary.folder.clone()))}
            {row("ID", Some(message.identity.clone()))} {row("Size", Some(size_text(summary.size)))}
            {row("On the server", message.on_server.clone())}
        </dl>
    }
}

fn row(label: &str, value: Option<String>) -> AnyView {
    let label = label.to_owned();
    value
        .filter(|value| !value.is_empty())
        .map(|value| {
            view! {
                <div class="heading">
                    <dt>{label}</dt>
                    <dd>
                        <bdi>{value}</bdi>
                    </dd>
                </div>
            }
        })
        .into_any()
}

/// A calendar entry that came along; nothing where none did.
pub fn invitation(lines: &[(String, String)]) -> AnyView {
    let rows = lines.iter().map(|(label, text)| row(label, Some(text.clone()))).collect_view();
    (!lines.is_empty())
        .then(|| {
            view! {
                <section class="invitation" aria-label="Calendar">
                    <dl class="headings">{rows}</dl>
                </section>
            }
        })
        .into_any()
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
