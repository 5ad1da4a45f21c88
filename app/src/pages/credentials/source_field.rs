//! *Source*: sealed here, or one of the names that the server's configuration file has. Nothing is typed: the browser knows
//! no path and no command.

use crate::api::asked::Asked;
use crate::api::credentials::list_sources;
use crate::components::form::{Choice, FieldTexts, SelectField};
use crate::view::view;
use leptos::prelude::*;
use model::CredentialSource;

/// The value of a password that is sealed here; the others are ids of sources.
pub const SEALED: &str = "";

/// The source with this value.
pub fn source_of(value: &str) -> Option<CredentialSource> {
    CredentialSource::from_id(value)
}

/// Shown only where there is something to choose.
#[component]
pub fn SourceField(source: RwSignal<String>, texts: FieldTexts) -> impl IntoView {
    let sources = Asked::once(list_sources);
    move || {
        let names = sources.get()?.ok().filter(|names| !names.is_empty())?;
        let sealed = [Choice::new(SEALED, "Sealed here")];
        let outside = names.iter().map(|name| Choice::new(name.id(), format!("From the {}", name.words())));
        let choices = sealed.into_iter().chain(outside).collect();
        let choose = Callback::new(move |value| source.set(value));
        Some(
            view! { <SelectField id="source" label="Source" value=source on_change=choose choices=choices texts=texts /> },
        )
    }
}
