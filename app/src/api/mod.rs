//! What a browser may ask for: one file per noun, each with its server functions and, on the server, the port they
//! call. A server function is a public endpoint: it finds out who is calling, calls its port once, and that is all.
//!
//! Deliberately absent: SQL, mail, decisions. `server::services` implements the ports.

pub mod account_import;
pub mod accounts;
pub mod asked;
pub mod audit;
pub mod checks;
pub mod connection_tests;
pub mod connectors;
pub mod consents;
pub mod credentials;
pub mod discovery;
pub mod error;
pub mod health;
pub mod live;
pub mod messages;
pub mod parameters;
pub mod quarantine;
pub mod reader;
pub mod receipts;
pub mod reports;
#[cfg(feature = "ssr")]
pub mod services;
pub mod session;
pub mod transcripts;
pub mod wire;

pub use error::ApiError;
