//! POP3 (RFC 1939) as [`crate::MailSession`]: our own, because a client that says QUIT when it is dropped, or ends a
//! body where the connection broke, loses mail.
//!
//! QUIT makes a server carry out deletions (and some hide what was retrieved), so it is said in two places only: at
//! the end of [`crate::MailSession::delete`] and in [`crate::MailSession::close`]. Everything else drops the socket.

mod authenticate;
pub(crate) mod codec;
mod session;
pub(crate) mod sign_in;
mod talk;
mod uidl;

pub(crate) use session::open;
