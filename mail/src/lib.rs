//! The protocols: IMAP, POP3, TLS and MIME. Knows no database, no web and no schedule.

mod imap;
mod pop3;

pub mod error;
pub mod message;
pub mod net;
pub mod session;

pub use error::{ErrorKind, MailError, Reach};
pub use net::dialer::{Dialer, Direct};
pub use net::tls::Trust;
pub use session::{
    Access, Fetched, FetchedBody, Limits, MailSession, RemoteMailbox, RemoteMessage, Target, open,
    open_observed,
};
