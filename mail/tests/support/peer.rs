//! Servers in memory: whole and honest by themselves, and a `Tamper` that makes them lie. Under tokio's paused clock
//! a silent hour costs nothing.

use async_trait::async_trait;
use mail::net::BoxStream;
use mail::{Dialer, Limits, MailError, Progress};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// What a server says instead of what it would.
pub enum Reply {
    /// What it would.
    Honest,
    /// This first, then what it would.
    Before(Vec<u8>),
    /// This instead, `$tag` standing for the command's tag; the command is not carried out.
    Instead(Vec<u8>),
    /// What it would, then this.
    After(Vec<u8>),
    /// It closes.
    Close,
}

/// Sees each command, counted from 0, and decides.
pub type Tamper = Box<dyn FnMut(usize, &str) -> Reply + Send>;

pub fn honest() -> Tamper {
    Box::new(|_, _| Reply::Honest)
}

/// A mailbox as a server keeps it: number (UID or place in the UIDL list), bytes, marked as deleted.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    pub messages: Vec<(u32, Vec<u8>, bool)>,
    pub uid_validity: u32,
    pub capabilities: String,
    /// Commands received, passwords included.
    pub heard: Vec<String>,
}

pub type Shared = Arc<Mutex<Kept>>;

impl Kept {
    pub fn shared(messages: &[(u32, &[u8])], capabilities: &str) -> Shared {
        let messages = messages.iter().map(|(uid, bytes)| (*uid, bytes.to_vec(), false)).collect();
        let capabilities = capabilities.to_owned();
        Arc::new(Mutex::new(Self { messages, uid_validity: 7, capabilities, heard: Vec::new() }))
    }
}

/// A dialer with one connection.
pub struct Peer(Mutex<Option<BoxStream>>);

impl Peer {
    pub fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(Mutex::new(Some(Box::new(stream))))
    }
}

#[async_trait]
impl Dialer for Peer {
    async fn dial(&self, _: &str, _: u16, _: &Limits, _: &mut Progress<'_>) -> Result<BoxStream, MailError> {
        Ok(self.0.lock().unwrap().take().expect("one connection a peer"))
    }
}

/// A stream that ends, or falls silent, after so many bytes from the server; one of them may come as another.
pub struct Cut {
    inner: DuplexStream,
    left: usize,
    then_silent: bool,
    /// How many bytes on, and as what.
    changed: Option<(usize, u8)>,
}

impl Cut {
    pub fn after(inner: DuplexStream, left: usize, then_silent: bool) -> Self {
        Self { inner, left, then_silent, changed: None }
    }

    pub fn changing(inner: DuplexStream, at: usize, byte: u8) -> Self {
        Self { inner, left: usize::MAX, then_silent: false, changed: Some((at, byte)) }
    }

    fn change(&mut self, bytes: &mut [u8]) {
        if let Some((at, byte)) = self.changed {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            self.changed = at.checked_sub(bytes.len()).map(|at| (at, byte));
        }
    }
}

impl AsyncRead for Cut {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        if this.left == 0 {
            return if this.then_silent { Poll::Pending } else { Poll::Ready(Ok(())) };
        }
        let mut bytes = vec![0; this.left.min(buf.remaining())];
        let mut part = ReadBuf::new(&mut bytes);
        let polled = Pin::new(&mut this.inner).poll_read(cx, &mut part);
        this.left -= part.filled().len();
        this.change(part.filled_mut());
        buf.put_slice(part.filled());
        polled
    }
}

impl AsyncWrite for Cut {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// A stream whose bytes from the server are counted.
pub struct Counted {
    pub inner: BoxStream,
    pub read: Arc<AtomicUsize>,
}

impl AsyncRead for Counted {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let polled = Pin::new(&mut this.inner).poll_read(cx, buf);
        this.read.fetch_add(buf.filled().len() - before, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, buf)
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// Puts half of `round_trip` between `far` and the returned end, in each direction.
pub fn delayed(far: DuplexStream, round_trip: Duration) -> DuplexStream {
    let (near, middle) = tokio::io::duplex(1 << 20);
    let (middle_read, middle_write) = tokio::io::split(middle);
    let (far_read, far_write) = tokio::io::split(far);
    carry(middle_read, far_write, round_trip / 2);
    carry(far_read, middle_write, round_trip / 2);
    near
}

fn carry(
    mut from: impl AsyncRead + Send + Unpin + 'static,
    mut to: impl AsyncWrite + Send + Unpin + 'static,
    delay: Duration,
) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        let mut chunk = vec![0; 65_536];
        while let Ok(read @ 1..) = from.read(&mut chunk).await {
            let _ = sender.send((Instant::now() + delay, chunk[..read].to_vec()));
        }
    });
    tokio::spawn(async move {
        while let Some((due, bytes)) = receiver.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
}
