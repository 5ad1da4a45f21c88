//! One folder per screen. A page reads its state from the URL, asks the API, and shows widgets.

pub mod account;
pub mod accounts;
pub mod audit;
pub mod connectors;
pub mod credentials;
#[cfg(feature = "ssr")]
mod entrance;
pub mod inbox;
pub mod not_found;
pub mod overview;
pub mod parameters;
pub mod pieces;
pub mod reports;
#[cfg(feature = "ssr")]
pub mod set_up;
#[cfg(feature = "ssr")]
pub mod sign_in;
