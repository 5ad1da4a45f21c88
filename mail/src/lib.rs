//! The protocols: IMAP, POP3, TLS and MIME. Knows no database, no web and no schedule.

mod imap;
mod pop3;
mod sasl;
mod secret;
mod stand_in;

pub mod discovery;
pub mod error;
pub mod folder;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod message;
pub mod net;
pub mod progress;
pub mod remote_pictures;
pub mod session;
pub mod token_server;

pub use error::{ErrorKind, MailError, Reach};
pub use folder::{FolderStatus, RemoteFolder, SpecialUse};
pub use net::dialer::{Dialer, Direct, ascii_name};
pub use net::egress::Egress;
pub use net::tls::Trust;
pub use net::transcript::Transcript;
pub use progress::{Observed, Progress};
pub use secret::Secret;
pub use session::{
    Access, Awaited, Extent, Fetched, FetchedBody, Limits, MailSession, ModSeq, RemoteMailbox, RemoteMessage,
    Target, Waited, open, open_observed, sound_out,
};
