//! Sockets, TLS, and the limits on what comes through them. Deliberately absent: every command of IMAP and POP3.

pub mod certificate;
pub mod dialer;
pub mod egress;
pub mod tls;
pub mod transcript;

pub(crate) mod deflate;
pub(crate) mod fault;
pub(crate) mod greeting;
pub(crate) mod guard;
pub(crate) mod http;
pub(crate) mod line;
pub(crate) mod pace;
pub(crate) mod reply;

use tokio::io::{AsyncRead, AsyncWrite};

/// A stream of bytes in both directions: a socket, a tunnel, TLS on either, or a test's pipe.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// Some [`Transport`].
pub type BoxStream = Box<dyn Transport>;
