//! *Access*: whether a provider still gives tokens for this account, and the way back to it. Nothing is said where it signs in
//! with a password.

use crate::api::asked::Asked;
use crate::pages::credentials::{connect_address, consent_state};
use crate::view::view;
use leptos::prelude::*;
use model::AccountId;
use model::oauth::{Consent, ConsentView};

/// The section of the account `id`.
pub fn section(id: Memo<AccountId>, access: Asked<Option<ConsentView>>) -> AnyView {
    let body = move || {
        // Whoever may not see credentials reads in the failure what matters.
        let view = access.get()?.ok()?;
        let view = view.as_ref().as_ref()?;
        let href = connect_address(view.credential, Some(id.get()));
        let primary = view.status.consent != Consent::Given;
        Some(view! {
            <section class="account-section" aria-labelledby="access">
                <h2 id="access">"Access"</h2>
                {consent_state(&view.status)}
                <a class="button" class:button-primary=primary href=href>
                    {if view.status.consent == Consent::Needed { "Connect" } else { "Reconnect" }}
                </a>
            </section>
        })
    };
    view! { <Suspense>{body}</Suspense> }
}
