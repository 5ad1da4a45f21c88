//! Which screens are loaded together, when somebody first goes to one of them.
//!
//! A piece for each screen would be more pieces than it looks: what two of them share becomes a third, and all of
//! them together a sixth larger than now.

use super::account::AccountPage;
use super::accounts::{AccountFormPage, AccountsPage};
use super::audit::AuditPage;
use super::credentials::CredentialsPage;
use super::inbox::{InboxPage, MessagePage};
use super::overview::OverviewPage;
use super::parameters::ParametersPage;
use crate::view::view;
use leptos::prelude::*;
use leptos_router::LazyRoute;

/// Makes a route of the screen `$screen` in the piece `$piece`.
macro_rules! route {
    ($(#[$about:meta])* $route:ident, $piece:ident, $preload:ident, $screen:expr) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $route;

        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> AnyView {
                $piece($screen).await
            }

            async fn preload() {
                // The server is one piece.
                #[cfg(target_arch = "wasm32")]
                $preload().await;
            }
        }
    };
}

route! {
    /// The overview.
    OverviewRoute, accounts, __preload_accounts, Accounts::Overview
}
route! {
    /// The accounts report.
    AccountsRoute, accounts, __preload_accounts, Accounts::Report
}
route! {
    /// One account: its checks, its quarantine, its receipts.
    AccountRoute, accounts, __preload_accounts, Accounts::One
}
route! {
    /// The registration dialog.
    AccountFormRoute, forms, __preload_forms, Forms::Account
}
route! {
    /// The vault.
    CredentialsRoute, forms, __preload_forms, Forms::Credentials
}
route! {
    /// Who did what.
    AuditRoute, forms, __preload_forms, Forms::Audit
}
route! {
    /// The system parameters.
    ParametersRoute, forms, __preload_forms, Forms::Parameters
}
route! {
    /// The Inbox report, of all accounts or of one.
    InboxRoute, mail, __preload_mail, Mail::Inbox
}
route! {
    /// One message by itself.
    MessageRoute, mail, __preload_mail, Mail::Message
}

enum Accounts {
    Overview,
    Report,
    One,
}

enum Forms {
    Account,
    Audit,
    Credentials,
    Parameters,
}

enum Mail {
    Inbox,
    Message,
}

#[lazy]
fn accounts(screen: Accounts) -> AnyView {
    match screen {
        Accounts::Overview => view! { <OverviewPage /> },
        Accounts::Report => view! { <AccountsPage /> },
        Accounts::One => view! { <AccountPage /> },
    }
}

#[lazy]
fn forms(screen: Forms) -> AnyView {
    match screen {
        Forms::Account => view! { <AccountFormPage /> },
        Forms::Audit => view! { <AuditPage /> },
        Forms::Credentials => view! { <CredentialsPage /> },
        Forms::Parameters => view! { <ParametersPage /> },
    }
}

#[lazy]
fn mail(screen: Mail) -> AnyView {
    match screen {
        Mail::Inbox => view! { <InboxPage /> },
        Mail::Message => view! { <MessagePage /> },
    }
}
