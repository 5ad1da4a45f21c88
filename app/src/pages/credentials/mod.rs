//! The vault: names and user names to read, secrets only to replace.

mod form;
mod list;
mod rows;

pub use list::CredentialsPage;
