//! The audit as a report. Deliberately absent: changing anything.

mod list;
pub mod query;
mod row;

pub use list::AuditPage;
