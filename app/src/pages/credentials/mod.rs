//! The vault: names and user names to read, secrets only to replace.

mod form;
mod list;
mod rows;

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use list::CredentialsPage;

/// The vault, loaded when somebody goes there.
#[derive(Debug)]
pub struct CredentialsRoute;

#[lazy_route]
impl LazyRoute for CredentialsRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let CredentialsRoute = this;
        view! { <CredentialsPage /> }.into_any()
    }
}
