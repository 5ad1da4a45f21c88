//! HTTP: routes, cookies, headers, streams. Asks `services` for everything.
//!
//! Deliberately absent: SQL, mail, decisions about who may do what (see `services::policy`).

mod agents;
mod consent;
mod downloads;
mod exports;
mod headers;
mod health;
mod identity;
mod listen;
mod live;
mod message_frame;
mod origin;
mod percent;
mod refusal;
mod router;
mod set_up;
mod sign_in;
mod site;
mod state;
mod tls;

pub use listen::{Incoming, Peer};
pub use router::{endpoints, router};
pub use site::Site;
pub use state::{WebConfig, WebState, leptos_options};
pub use tls::Identity;
