//! *System Parameters › Global › Application*: what holds for everybody.

mod fields;
mod page;

pub use page::ParametersPage;
