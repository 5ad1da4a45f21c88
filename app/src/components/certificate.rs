//! A certificate as people compare it: whom it is for, who says so, until when, and its fingerprints.

use crate::components::time::When;
use crate::view::view;
use leptos::prelude::*;
use model::Certificate;

/// What a certificate says of itself.
pub fn described(certificate: &Certificate) -> AnyView {
    let facts = [
        ("For", certificate.subject.clone()),
        ("Names", certificate.names.join(", ")),
        ("Issued by", certificate.issuer.clone()),
        ("Fingerprint (SHA-256)", certificate.fingerprint.clone()),
        ("Key (SHA-256)", certificate.key.clone()),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.is_empty());
    view! {
        <dl class="certificate">
            {facts.map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}
            <div>
                <dt>"Valid"</dt>
                <dd><When at=certificate.not_before /> " to " <When at=certificate.not_after /></dd>
            </div>
        </dl>
    }
}
