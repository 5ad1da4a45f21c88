//! Network Connectors: ways into networks that this server does not reach by itself.

mod agents;
mod form;
mod list;
mod remove;
mod rows;
mod test;

pub use list::ConnectorsPage;
#[cfg(feature = "ssr")]
pub use rows::arranged;

/// Where they are.
const PATH: &str = "/settings/connectors";
