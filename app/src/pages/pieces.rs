//! Which screens are loaded together, when somebody first goes to one of them.
//!
//! A piece for each screen would be more pieces than it looks: what two of them share becomes a third, and all of
//! them together a sixth larger than now. And a type for each route, as the router's own `Lazy` wants it, would be the same
//! code once for each: here all of them are one. What people have open all day is small; the rest, gone to now and then, is
//! one piece.

use super::account::AccountPage;
use super::accounts::{AccountFormPage, AccountImportPage, AccountsPage};
use super::audit::AuditPage;
use super::connectors::ConnectorsPage;
use super::credentials::CredentialsPage;
use super::inbox::{InboxPage, MessagePage};
use super::overview::OverviewPage;
use super::parameters::ParametersPage;
use super::reports::ReportsPage;
use crate::view::view;
use leptos::prelude::*;
use leptos_router::ChooseView;

/// A screen that comes when somebody goes to it.
#[derive(Debug, Clone, Copy)]
pub enum Screen {
    /// The overview.
    Overview,
    /// The accounts report.
    Accounts,
    /// One account: its checks, its quarantine, its receipts.
    Account,
    /// The registration dialog.
    AccountForm,
    /// Accounts from a file.
    AccountImport,
    /// Ways into other networks.
    Connectors,
    /// The vault.
    Credentials,
    /// Who did what.
    Audit,
    /// The system parameters.
    Parameters,
    /// Reports that are written at their time.
    Reports,
    /// The Inbox report, of all accounts or of one.
    Inbox,
    /// One message by itself.
    Message,
}

impl ChooseView for Screen {
    async fn choose(self) -> AnyView {
        match self {
            Self::Overview | Self::Accounts => accounts(self).await,
            Self::Inbox | Self::Message => mail(self).await,
            _ => forms(self).await,
        }
    }

    async fn preload(&self) {
        // The server is one piece.
        #[cfg(target_arch = "wasm32")]
        match self {
            Self::Overview | Self::Accounts => __preload_accounts().await,
            Self::Inbox | Self::Message => __preload_mail().await,
            _ => __preload_forms().await,
        }
    }
}

/// Waits for the pieces of the page that the browser shows, which then comes alive at once (`xtask::site::snip`: nothing can
/// come alive piece by piece).
#[cfg(feature = "hydrate")]
pub async fn arrived() {
    let path = window().location().pathname().unwrap_or_default();
    for screen in screens(&path) {
        screen.preload().await;
    }
}

/// The screens of a path, which stand in the route table: a report, and a dialog over it.
#[cfg(any(feature = "hydrate", test))]
fn screens(path: &str) -> Vec<Screen> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => vec![Screen::Overview],
        ["inbox"] | ["accounts", _, "inbox"] => vec![Screen::Inbox],
        ["messages", _] => vec![Screen::Message],
        ["settings"] | ["settings", "email", "accounts"] => vec![Screen::Accounts],
        ["settings", "email", "accounts", "new" | "import"]
        | ["settings", "email", "accounts", _, "edit"] => {
            vec![Screen::Accounts, Screen::AccountForm]
        }
        ["settings", ..] | ["reports"] => vec![Screen::Account],
        _ => Vec::new(),
    }
}

#[lazy]
fn accounts(screen: Screen) -> AnyView {
    match screen {
        Screen::Overview => view! { <OverviewPage /> },
        _ => view! { <AccountsPage /> },
    }
}

#[lazy]
fn forms(screen: Screen) -> AnyView {
    match screen {
        Screen::Account => view! { <AccountPage /> },
        Screen::AccountImport => view! { <AccountImportPage /> },
        Screen::Audit => view! { <AuditPage /> },
        Screen::Connectors => view! { <ConnectorsPage /> },
        Screen::Credentials => view! { <CredentialsPage /> },
        Screen::Parameters => view! { <ParametersPage /> },
        Screen::Reports => view! { <ReportsPage /> },
        _ => view! { <AccountFormPage /> },
    }
}

#[lazy]
fn mail(screen: Screen) -> AnyView {
    match screen {
        Screen::Message => view! { <MessagePage /> },
        _ => view! { <InboxPage /> },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_waits_for_its_piece_and_for_the_piece_of_its_dialog() {
        let count = |path: &str| screens(path).len();
        for path in
            ["/", "/inbox", "/accounts/7/inbox", "/messages/7", "/reports", "/settings", "/settings/audit"]
        {
            assert_eq!(count(path), 1, "{path}");
        }
        for path in [
            "/settings/email/accounts/",
            "/settings/email/accounts/7",
            "/settings/credentials",
            "/settings/connectors",
        ] {
            assert_eq!(count(path), 1, "{path}");
        }
        for path in ["new", "import", "7/edit"] {
            assert_eq!(count(&format!("/settings/email/accounts/{path}")), 2, "{path}");
        }
        assert_eq!(count("/nowhere"), 0);
    }
}
