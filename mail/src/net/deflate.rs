//! A stream through DEFLATE in both directions (RFC 1951), as COMPRESS asks for (RFC 4978). It stands below every
//! limit, so that what is measured is what came out of it: a bomb counts in full.

use super::BoxStream;
use async_compression::tokio::bufread::DeflateDecoder;
use async_compression::tokio::write::DeflateEncoder;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, BufReader, ReadBuf};

/// A compressed stream.
pub struct Deflated {
    inner: DeflateDecoder<BufReader<DeflateEncoder<BoxStream>>>,
}

impl Deflated {
    /// Compresses from here on what goes over `stream`, and expects the same of the other side.
    pub fn new(stream: BoxStream) -> Self {
        Self { inner: DeflateDecoder::new(BufReader::new(DeflateEncoder::new(stream))) }
    }
}

impl AsyncRead for Deflated {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(cx, buf).map_err(|error| match error.kind() {
            // The decoder's own words for bytes that are no DEFLATE; a broken connection keeps its name.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                io::Error::other("what came is not compressed")
            }
            _ => error,
        })
    }
}

impl AsyncWrite for Deflated {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}
