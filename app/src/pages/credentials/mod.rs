//! The vault: names and user names to read, secrets only to replace.

mod form;
mod list;
mod rotated;
mod rows;
mod source_field;

pub use list::CredentialsPage;
#[cfg(feature = "ssr")]
pub use rows::arranged;
