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
pub use rows::{latency, status};

/// Where they are.
pub const PATH: &str = "/settings/connectors";
