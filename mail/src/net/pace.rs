//! Patience with a peer: how long a read or a write may wait, and how slowly a body may come. Deliberately absent:
//! deadlines over whole stages, which their callers set.

use super::BoxStream;
use super::deflate::Deflated;
use super::fault::Fault;
use super::transcript::Transcript;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A stream whose every wait ends.
pub struct Paced {
    inner: BoxStream,
    reading: Patience,
    writing: Patience,
    drip: Drip,
    /// Hears everything, where somebody asked for it.
    transcript: Option<Transcript>,
}

impl Paced {
    /// Ends waits for a byte after `idle`, and bodies slower than `slow_bytes_per_minute`.
    pub fn new(inner: BoxStream, idle: Duration, slow_bytes_per_minute: u64) -> Self {
        Self {
            inner,
            reading: Patience::new(idle),
            writing: Patience::new(idle),
            drip: Drip { least: slow_bytes_per_minute, measured: false, waited: Duration::ZERO, bytes: 0 },
            transcript: None,
        }
    }

    /// Tells `transcript` from now on what both sides say.
    pub fn tell(&mut self, transcript: Option<Transcript>) {
        self.transcript = transcript;
    }

    /// Who is told.
    pub fn transcript(&self) -> Option<&Transcript> {
        self.transcript.as_ref()
    }

    /// Measures the speed from now on (inside a body or line), or stops measuring (between them, where a server may
    /// think).
    pub fn measure(&mut self, measured: bool) {
        if self.drip.measured != measured {
            self.drip = Drip { measured, waited: Duration::ZERO, bytes: 0, ..self.drip };
        }
    }

    /// True where the speed is measured.
    pub fn is_measured(&self) -> bool {
        self.drip.measured
    }

    /// Waits `idle` for a byte from now on.
    pub fn expect_within(&mut self, idle: Duration) {
        self.reading.limit = idle;
        self.reading.since = None;
    }

    /// Puts DEFLATE below the limits from now on.
    pub fn compress(&mut self) {
        let plain: BoxStream = std::mem::replace(&mut self.inner, Box::new(tokio::io::empty()));
        self.inner = Box::new(Deflated::new(plain));
    }

    /// The stream without its limits, for TLS to be put between.
    pub fn into_inner(self) -> BoxStream {
        self.inner
    }
}

impl AsyncRead for Paced {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        match Pin::new(&mut this.inner).poll_read(cx, buf) {
            Poll::Ready(result) => {
                let waited = this.reading.end();
                result?;
                if let Some(transcript) = &this.transcript {
                    transcript.heard(buf.filled().get(before..).unwrap_or_default());
                }
                Poll::Ready(this.drip.took(buf.filled().len() - before, waited).map_err(Into::into))
            }
            Poll::Pending => this.reading.poll(cx).map(|()| Err(Fault::Idle(this.reading.limit).into())),
        }
    }
}

impl AsyncWrite for Paced {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_write(cx, buf);
        if let (Some(transcript), Poll::Ready(Ok(written))) = (&this.transcript, &polled) {
            transcript.sent(buf.get(..*written).unwrap_or_default());
        }
        this.writing.watch(polled, cx)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_flush(cx);
        this.writing.watch(polled, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_shutdown(cx);
        this.writing.watch(polled, cx)
    }
}

/// One timer, armed when a wait begins.
struct Patience {
    limit: Duration,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self { limit, since: None, timer: None }
    }

    /// Ready once the wait has lasted too long.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(self.limit)));
        if self.since.is_none() {
            let now = Instant::now();
            self.since = Some(now);
            timer.as_mut().reset(now + self.limit);
        }
        timer.as_mut().poll(cx)
    }

    /// Ends the wait and says how long it was.
    fn end(&mut self) -> Duration {
        self.since.take().map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn watch<T>(&mut self, polled: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.end();
            return polled;
        }
        self.poll(cx).map(|()| Err(Fault::Idle(self.limit).into()))
    }
}

/// Bytes per minute of waiting. Time in which we do not want to read (the reader is slower than the server) does not count.
#[derive(Clone, Copy)]
struct Drip {
    least: u64,
    measured: bool,
    waited: Duration,
    bytes: u64,
}

impl Drip {
    const WINDOW: Duration = Duration::from_mins(1);

    fn took(&mut self, bytes: usize, waited: Duration) -> Result<(), Fault> {
        if !self.measured {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(bytes as u64);
        self.waited = self.waited.saturating_add(waited);
        if self.waited < Self::WINDOW {
            return Ok(());
        }
        let slow = self.bytes < self.least;
        self.waited = Duration::ZERO;
        self.bytes = 0;
        if slow { Err(Fault::Slow(self.least)) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    fn fault(error: &io::Error) -> Fault {
        *error.get_ref().unwrap().downcast_ref::<Fault>().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_a_read() {
        let (ours, _theirs) = tokio::io::duplex(64);
        let mut paced = Paced::new(Box::new(ours), Duration::from_mins(1), 1024);
        let error = paced.read_u8().await.unwrap_err();
        assert_eq!(fault(&error), Fault::Idle(Duration::from_mins(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_never_reads_ends_a_write() {
        let (ours, _theirs) = tokio::io::duplex(4);
        let mut paced = Paced::new(Box::new(ours), Duration::from_mins(1), 1024);
        let error = paced.write_all(b"more than four").await.unwrap_err();
        assert_eq!(fault(&error), Fault::Idle(Duration::from_mins(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_ends_although_no_wait_is_long() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        tokio::spawn(async move {
            while theirs.write_u8(b'.').await.is_ok() {
                sleep(Duration::from_secs(10)).await;
            }
        });
        let mut paced = Paced::new(Box::new(ours), Duration::from_mins(1), 1024);
        for _ in 0..20 {
            paced.read_u8().await.unwrap();
        }
        paced.measure(true);
        let mut taken = 0;
        let error = loop {
            match paced.read_u8().await {
                Ok(_) => taken += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(fault(&error), Fault::Slow(1024));
        assert!(taken < 10);
    }
}
