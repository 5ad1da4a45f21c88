//! The protocols: IMAP, POP3, TLS and MIME. Knows no database, no web and no schedule.

pub mod error;
pub mod message;
pub mod session;

pub use error::{ErrorKind, MailError, Reach};
pub use session::{Access, Fetched, FetchedBody, Limits, MailSession, RemoteMailbox, RemoteMessage, Target};
