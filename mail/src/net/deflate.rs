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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use crate::net::fault::Fault;
    use crate::net::guard::LiteralGuard;
    use crate::net::pace::Paced;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// What `sent`, compressed, comes to below the limits of a session.
    async fn taken(sent: Vec<u8>) -> (usize, Option<Fault>) {
        let limits = Limits::default();
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        tokio::spawn(async move {
            let mut theirs = Deflated::new(Box::new(theirs));
            let _ = theirs.write_all(&sent).await;
            let _ = theirs.flush().await;
        });
        let mut paced = Paced::new(Box::new(ours), limits.idle, 0);
        paced.compress();
        let mut guard = LiteralGuard::new(paced, Vec::new(), &limits);
        let (mut taken, mut chunk) = (0, vec![0; 65_536]);
        loop {
            match guard.read(&mut chunk).await {
                Ok(0) => return (taken, None),
                Ok(read) => taken += read,
                Err(error) => {
                    return (taken, error.get_ref().and_then(|inner| inner.downcast_ref().copied()));
                }
            }
        }
    }

    #[tokio::test]
    async fn a_bomb_counts_as_what_comes_out_of_it() {
        let limits = Limits::default();
        let (taken, fault) = taken(vec![b'x'; 50_000_000]).await;
        assert_eq!(fault, Some(Fault::Line(limits.line_bytes)));
        assert!(taken <= limits.line_bytes);
    }

    #[tokio::test]
    async fn both_ways_carry_what_is_sent_at_once() {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (mut ours, mut theirs) = (Deflated::new(Box::new(ours)), Deflated::new(Box::new(theirs)));
        for line in [&b"a NOOP\r\n"[..], b"a OK\r\n", b"b IDLE\r\n"] {
            ours.write_all(line).await.unwrap();
            ours.flush().await.unwrap();
            let mut came = vec![0; line.len()];
            theirs.read_exact(&mut came).await.unwrap();
            assert_eq!(came, line);
            std::mem::swap(&mut ours, &mut theirs);
        }
    }

    #[tokio::test]
    async fn what_is_not_compressed_is_no_answer() {
        let (ours, mut theirs) = tokio::io::duplex(1 << 16);
        // The first block is of a kind that does not exist (RFC 1951 §3.2.3).
        theirs.write_all(b"\x07\x00\x00").await.unwrap();
        let error = Deflated::new(Box::new(ours)).read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Other);
    }
}
