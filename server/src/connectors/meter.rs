//! What goes through a connector: how many connections at once, which has a limit, how many of them are at its door, and how
//! many bytes.

use mail::net::BoxStream;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{Semaphore, SemaphorePermit};

/// So many connections at once have not said yet who comes. OpenSSH hangs up on whoever makes more than ten of them
/// (`MaxStartups`), and other people come there as well.
const AT_THE_DOOR: usize = 6;

/// Counts.
#[derive(Debug)]
pub struct Meter {
    streams: AtomicU32,
    bytes: AtomicU64,
    door: Semaphore,
}

impl Default for Meter {
    fn default() -> Self {
        Self { streams: AtomicU32::new(0), bytes: AtomicU64::new(0), door: Semaphore::new(AT_THE_DOOR) }
    }
}

impl Meter {
    /// Connections now.
    pub fn streams(&self) -> u32 {
        self.streams.load(Ordering::Relaxed)
    }

    /// Bytes in both directions since this process began.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Waits for a turn at the door of a server that has few of them; `None` never comes, as the door is never taken away.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.door.acquire().await.ok()
    }

    /// Room for one more connection; `None` where there are `most` already.
    pub fn enter(self: &Arc<Self>, most: u32) -> Option<Place> {
        let add = |now: u32| (now < most).then_some(now + 1);
        let entered = self.streams.fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
        entered.ok().map(|_| Place(Arc::clone(self)))
    }
}

/// A connection's place; it is free again when this is dropped.
pub struct Place(Arc<Meter>);

impl Place {
    /// The stream that takes it.
    pub fn taken_by(self, stream: BoxStream) -> BoxStream {
        Box::new(Metered { stream, place: self })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::AcqRel);
    }
}

struct Metered {
    stream: BoxStream,
    place: Place,
}

impl Metered {
    fn count(&self, bytes: usize) {
        self.place.0.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, into);
        self.count(into.filled().len() - before);
        polled
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(written)) = polled {
            self.count(written);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn places_are_few_and_bytes_are_counted() {
        let meter = Arc::new(Meter::default());
        let first = meter.enter(1).unwrap();
        assert!(meter.enter(1).is_none());
        let (near, mut far) = tokio::io::duplex(64);
        let mut stream = first.taken_by(Box::new(near));
        stream.write_all(b"a NOOP\r\n").await.unwrap();
        far.write_all(b"a OK\r\n").await.unwrap();
        stream.read_exact(&mut [0; 6]).await.unwrap();
        assert_eq!((meter.streams(), meter.bytes()), (1, 14));
        drop(stream);
        assert_eq!(meter.streams(), 0);
        assert!(meter.enter(1).is_some());
    }
}
