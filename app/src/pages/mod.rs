//! One folder per screen. A page reads its state from the URL, asks the API, and shows widgets.

pub mod accounts;
pub mod credentials;
pub mod inbox;
pub mod not_found;
pub mod overview;
pub mod set_up;
pub mod sign_in;
