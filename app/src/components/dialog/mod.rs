//! Windows above the page: native `<dialog>`, so that the browser traps the focus and keeps the rest out of reach.
//!
//! The server writes them open, as a part of the page that reads without JavaScript; the browser makes them modal.
//! Deliberately absent: what is asked, and `window.confirm`.

mod confirm;
mod modal;

pub use confirm::Confirm;
pub use modal::{Dialog, DialogSize};
