//! Mail accounts: their report and, over it, the registration dialog.

pub(super) mod act;
mod delete;
mod form;
mod import;
mod list;
pub(super) mod progress;
pub mod query;
pub(super) mod row;
pub(super) mod status;
mod tag;

pub use form::AccountFormPage;
pub use import::AccountImportPage;
pub use list::AccountsPage;
pub use status::{by_name, skip_badge};

use model::AccountId;

/// Where the report is.
pub const PATH: &str = "/settings/email/accounts";

/// Where the page of one account is.
pub fn page_of(account: AccountId) -> String {
    format!("{PATH}/{}", account.0)
}
