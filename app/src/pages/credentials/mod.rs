//! The vault.

use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};

/// The vault, loaded when somebody goes there.
#[derive(Debug)]
pub struct CredentialsRoute;

#[lazy_route]
impl LazyRoute for CredentialsRoute {
    fn data() -> Self {
        Self
    }

    fn view(_this: Self) -> AnyView {
        ().into_any()
    }
}
