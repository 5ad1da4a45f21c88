//! The vault: names and user names to read, secrets only to replace.

mod connect;
mod form;
mod key_field;
mod list;
mod oauth_fields;
mod rotated;
mod rows;
mod source_field;

pub use connect::{address as connect_address, state as consent_state};
pub use list::CredentialsPage;
#[cfg(feature = "ssr")]
pub use rows::arranged;

/// Where the vault is.
const PATH: &str = "/settings/credentials";
