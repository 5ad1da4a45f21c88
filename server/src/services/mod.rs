//! What people may do: each noun authorises, then makes one call down. Implements the ports of `app::api`.
//!
//! Deliberately absent: HTTP, SQL, protocols.

pub mod account_import;
mod account_report;
pub mod accounts;
pub mod agents;
pub mod audit;
pub mod bundle;
pub mod changes;
pub mod checks;
pub mod connection_tests;
pub mod connectors;
pub mod consents;
pub mod credentials;
pub mod discovery;
mod error;
mod finder;
pub mod health;
mod marking;
pub mod messages;
pub mod parameters;
pub mod people;
pub mod policy;
pub mod quarantine;
pub mod receipts;
pub mod reports;
mod suggestions;
pub mod throttle;
pub mod transcripts;
pub mod web_sessions;

pub use error::{ServiceError, internal};
