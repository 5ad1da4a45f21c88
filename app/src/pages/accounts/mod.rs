//! Mail accounts: their report and, over it, the registration dialog.

mod act;
mod delete;
mod form;
mod list;
mod progress;
pub mod query;
mod row;

use form::AccountFormPage;
use leptos::prelude::*;
use leptos_router::{LazyRoute, lazy_route};
use list::AccountsPage;

/// Where the report is.
pub const PATH: &str = "/settings/email/accounts";

/// The report, loaded when somebody goes there.
#[derive(Debug)]
pub struct AccountsRoute;

#[lazy_route]
impl LazyRoute for AccountsRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let AccountsRoute = this;
        view! { <AccountsPage /> }.into_any()
    }
}

/// The registration dialog, loaded when somebody opens it.
#[derive(Debug)]
pub struct AccountFormRoute;

#[lazy_route]
impl LazyRoute for AccountFormRoute {
    fn data() -> Self {
        Self
    }

    fn view(this: Self) -> AnyView {
        let AccountFormRoute = this;
        view! { <AccountFormPage /> }.into_any()
    }
}
