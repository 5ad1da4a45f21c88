//! A bounded reader of lines and writer of commands, for everything that must be understood byte by byte: greetings,
//! capabilities, STARTTLS, the sign-in, and all of POP3.
//!
//! Passwords pass through here and through nothing else: no library that could log a command sees one.

use super::BoxStream;
use super::fault::Fault;
use super::pace::Paced;
use super::transcript::Transcript;
use crate::Limits;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Bytes asked for in one read.
pub const CHUNK: usize = 64 * 1024;

/// A connection read line by line.
pub struct Wire {
    stream: Paced,
    /// What was read and not taken: everything from `start` on.
    buffer: Vec<u8>,
    start: usize,
    limits: Limits,
}

impl Wire {
    /// A wire with nothing read yet.
    pub fn new(stream: BoxStream, limits: &Limits) -> Self {
        let paced = Paced::new(stream, limits.idle, limits.slow_bytes_per_minute);
        Self { stream: paced, buffer: Vec::new(), start: 0, limits: *limits }
    }

    /// Tells `transcript` from now on what both sides say.
    pub fn told_to(mut self, transcript: Option<Transcript>) -> Self {
        self.stream.tell(transcript);
        self
    }

    /// Who is told.
    pub fn transcript(&self) -> Option<Transcript> {
        self.stream.transcript().cloned()
    }

    /// The next line without its line end, at most `limit` bytes long.
    ///
    /// # Errors
    /// `UnexpectedEof` where the stream ends before the line does.
    pub async fn line(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let measured = self.stream.is_measured();
        let line = self.whole_line(limit).await;
        self.stream.measure(measured);
        line
    }

    async fn whole_line(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let unsearched = self.unread().get(searched..).unwrap_or_default();
            if let Some(offset) = unsearched.iter().position(|byte| *byte == b'\n') {
                let end = searched + offset;
                let mut line = self.unread().get(..end).unwrap_or_default().to_vec();
                self.consume(end + 1);
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return if line.len() > limit { Err(Fault::Line(limit).into()) } else { Ok(line) };
            }
            searched = self.unread().len();
            // One byte more than the limit may be the line's CR.
            if searched > limit.saturating_add(1) {
                return Err(Fault::Line(limit).into());
            }
            // A line that has begun must not drip, whether or not what it belongs to is measured.
            if searched > 0 {
                self.stream.measure(true);
            }
            self.fill().await?;
        }
    }

    /// The first unread byte, which stays unread.
    ///
    /// # Errors
    /// `UnexpectedEof` where the stream ends.
    pub async fn peek(&mut self) -> io::Result<u8> {
        loop {
            if let Some(byte) = self.unread().first() {
                return Ok(*byte);
            }
            self.fill().await?;
        }
    }

    /// At least one unread byte; [`Self::consume`] says how many were taken.
    ///
    /// # Errors
    /// `UnexpectedEof` where the stream ends.
    pub async fn chunk(&mut self) -> io::Result<&[u8]> {
        if self.unread().is_empty() {
            self.fill().await?;
        }
        Ok(self.unread())
    }

    /// Takes `count` unread bytes.
    pub fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.buffer.len());
    }

    /// What was read and not taken.
    pub fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Measures the speed (inside a body) or does not.
    pub fn measure(&mut self, measured: bool) {
        self.stream.measure(measured);
    }

    /// Sends `bytes` at once.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// The limits it was made with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The stream, for TLS to be put between, and what was read ahead of it: bytes that must not be there.
    pub fn into_stream(self) -> (BoxStream, Vec<u8>) {
        let unread = self.unread().to_vec();
        (self.stream.into_inner(), unread)
    }

    /// The paced stream and what was read ahead of it, for a parser that goes on from here.
    pub fn into_paced(self) -> (Paced, Vec<u8>) {
        let unread = self.unread().to_vec();
        (self.stream, unread)
    }

    async fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.reserve(CHUNK);
        let read = self.stream.read_buf(&mut self.buffer).await?;
        if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds `pieces` and reads lines until the end.
    fn lines_of(pieces: Vec<Vec<u8>>, limit: usize) -> (Vec<Vec<u8>>, io::Error) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (ours, mut theirs) = tokio::io::duplex(1 << 20);
            tokio::spawn(async move {
                for piece in pieces {
                    theirs.write_all(&piece).await.unwrap();
                    tokio::task::yield_now().await;
                }
            });
            let mut wire = Wire::new(Box::new(ours), &Limits::default());
            let mut lines = Vec::new();
            loop {
                match wire.line(limit).await {
                    Ok(line) => lines.push(line),
                    Err(error) => return (lines, error),
                }
            }
        })
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_and_no_longer() {
        let (lines, _) = lines_of(vec![b"12345678\r\n".to_vec()], 8);
        assert_eq!(lines, [b"12345678".to_vec()]);
        for long in [&b"123456789\r\n"[..], b"1234567890123"] {
            let (lines, error) = lines_of(vec![long.to_vec()], 8);
            assert!(lines.is_empty());
            assert_eq!(error.get_ref().unwrap().downcast_ref(), Some(&Fault::Line(8)));
        }
    }

    proptest! {
        #[test]
        fn splits_do_not_matter(text in "([a-z ]{0,12}\r?\n){0,8}[a-z]{0,3}", cuts in prop::collection::vec(1usize..5, 0..40)) {
            let bytes = text.as_bytes();
            let mut pieces = Vec::new();
            let mut rest = bytes;
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                pieces.push(head.to_vec());
                rest = tail;
            }
            pieces.push(rest.to_vec());
            let (lines, error) = lines_of(pieces, 100);
            let expected: Vec<Vec<u8>> = text.split_inclusive('\n')
                .filter(|line| line.ends_with('\n'))
                .map(|line| line.trim_end_matches('\n').trim_end_matches('\r').as_bytes().to_vec())
                .collect();
            prop_assert_eq!(lines, expected);
            prop_assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
