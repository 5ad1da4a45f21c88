//! Mail accounts: their report and, over it, the registration dialog.

mod act;
mod delete;
mod form;
mod list;
mod progress;
pub mod query;
mod row;

pub use form::AccountFormPage;
pub use list::AccountsPage;

/// Where the report is.
pub const PATH: &str = "/settings/email/accounts";
