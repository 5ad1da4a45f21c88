//! Limits under the IMAP parser: what a server announces and sends is measured before the parser takes memory for it.
//!
//! The parser above zero-fills as many bytes as a literal announces and keeps a whole answer until its end; so a
//! literal above the limit, a line above the limit and an answer above the limit end the session here.

use super::fault::Fault;
use super::pace::Paced;
use crate::Limits;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose literals, lines and answers are bounded.
pub struct LiteralGuard {
    inner: Paced,
    /// What was read before the guard took over; comes first.
    ahead: Vec<u8>,
    scanner: Scanner,
    /// Read one byte at a time.
    byte_by_byte: bool,
}

impl LiteralGuard {
    /// Guards `inner`; `ahead` was read from it already.
    pub fn new(inner: Paced, ahead: Vec<u8>, limits: &Limits) -> Self {
        Self { inner, ahead, scanner: Scanner::new(limits), byte_by_byte: false }
    }

    /// Hands out one byte at a time from now on, or not any more: the parser above then has nothing beyond the line
    /// that it asked for, and what follows it can be read in another way.
    pub fn byte_by_byte(&mut self, slowly: bool) {
        self.byte_by_byte = slowly;
    }

    /// Puts DEFLATE below the limits from now on.
    pub fn compress(&mut self) {
        self.inner.compress();
    }

    /// Waits `idle` for a byte from now on.
    pub fn expect_within(&mut self, idle: Duration) {
        self.inner.expect_within(idle);
    }
}

impl std::fmt::Debug for LiteralGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LiteralGuard")
    }
}

impl AsyncRead for LiteralGuard {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if this.ahead.is_empty() && this.byte_by_byte {
            let mut byte = [0];
            let mut one = ReadBuf::new(&mut byte);
            ready!(Pin::new(&mut this.inner).poll_read(cx, &mut one))?;
            buf.put_slice(one.filled());
        } else if this.ahead.is_empty() {
            ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
        } else {
            let count = this.ahead.len().min(buf.remaining());
            let rest = this.ahead.split_off(count);
            buf.put_slice(&this.ahead);
            this.ahead = rest;
        }
        let read = buf.filled().get(before..).unwrap_or_default();
        this.scanner.scan(read)?;
        this.inner.measure(this.scanner.is_inside());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for LiteralGuard {
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

/// Follows answers through any split of their bytes.
struct Scanner {
    line_limit: usize,
    literal_limit: u64,
    answer_limit: u64,
    place: Place,
    /// The first bytes of the answer: enough to know a status line.
    head: Vec<u8>,
    /// Bytes of the answer so far.
    answer: u64,
    /// Bytes of the line so far.
    line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Inside a line, and how much of `{123}` its end looks like.
    Line(Announcement),
    /// Inside a literal with this many bytes to come.
    Literal(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Announcement {
    None,
    Brace,
    Digits(u64),
    Plus(u64),
    Closed(u64),
}

/// Longest beginning of an answer that tells a status line: `* PREAUTH`.
const HEAD: usize = 9;

impl Scanner {
    fn new(limits: &Limits) -> Self {
        // RFC822.SIZE is approximate on Exchange (2010 and later), so a literal may exceed what was planned a little.
        let literal_limit =
            limits.message_bytes.saturating_add(limits.message_bytes / 8).saturating_add(65_536);
        Self {
            line_limit: limits.line_bytes,
            literal_limit,
            answer_limit: literal_limit.saturating_add(4 * limits.line_bytes as u64),
            place: Place::Line(Announcement::None),
            head: Vec::with_capacity(HEAD),
            answer: 0,
            line: 0,
        }
    }

    fn in_literal(&self) -> bool {
        matches!(self.place, Place::Literal(_))
    }

    /// Inside a literal or a line: where a server does not think any more but speaks.
    fn is_inside(&self) -> bool {
        self.in_literal() || self.line > 0
    }

    fn scan(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            match self.place {
                Place::Literal(remaining) => {
                    let count = usize::try_from(remaining).unwrap_or(usize::MAX).min(rest.len());
                    rest = rest.get(count..).unwrap_or_default();
                    self.literal_taken(remaining, count as u64)?;
                }
                Place::Line(announcement) => {
                    rest = after;
                    self.line_byte(*first, announcement)?;
                }
            }
        }
        Ok(())
    }

    fn literal_taken(&mut self, remaining: u64, count: u64) -> Result<(), Fault> {
        self.grow(count)?;
        self.place = match remaining.saturating_sub(count) {
            0 => Place::Line(Announcement::None),
            left => Place::Literal(left),
        };
        Ok(())
    }

    fn line_byte(&mut self, byte: u8, announcement: Announcement) -> Result<(), Fault> {
        self.grow(1)?;
        if self.answer <= HEAD as u64 {
            self.head.push(byte.to_ascii_uppercase());
        }
        if byte == b'\n' {
            return self.line_end(announcement);
        }
        self.line += 1;
        if self.line > self.line_limit {
            return Err(Fault::Line(self.line_limit));
        }
        self.place = Place::Line(announcement.after(byte));
        Ok(())
    }

    fn line_end(&mut self, announcement: Announcement) -> Result<(), Fault> {
        self.line = 0;
        if let Announcement::Closed(announced) = announcement {
            if !holds_data(&self.head) {
                return Err(Fault::LiteralInText);
            }
            if announced > self.literal_limit {
                return Err(Fault::Size { announced, limit: self.literal_limit });
            }
            self.place =
                if announced == 0 { Place::Line(Announcement::None) } else { Place::Literal(announced) };
            return Ok(());
        }
        self.place = Place::Line(Announcement::None);
        self.answer = 0;
        self.head.clear();
        Ok(())
    }

    fn grow(&mut self, count: u64) -> Result<(), Fault> {
        self.answer = self.answer.saturating_add(count);
        if self.answer > self.answer_limit {
            return Err(Fault::Size { announced: self.answer, limit: self.answer_limit });
        }
        Ok(())
    }
}

impl Announcement {
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (_, b'{') => Self::Brace,
            (Self::Brace, b'0'..=b'9') => Self::Digits(u64::from(byte - b'0')),
            (Self::Digits(number), b'0'..=b'9') => {
                Self::Digits(number.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
            }
            (Self::Digits(number), b'+') => Self::Plus(number),
            (Self::Digits(number) | Self::Plus(number), b'}') | (Self::Closed(number), b'\r') => {
                Self::Closed(number)
            }
            _ => Self::None,
        }
    }
}

/// Only untagged data may hold literals. A status line that ends like one would let a server hide the next, larger
/// announcement from us: the parser reads it as text or, in a response code, as a literal.
fn holds_data(head: &[u8]) -> bool {
    const STATUS: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
    head.strip_prefix(b"* ").is_some_and(|word| !STATUS.iter().any(|status| word.starts_with(status)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(pieces: &[&[u8]]) -> Result<bool, Fault> {
        let limits = Limits { message_bytes: 100_000, line_bytes: 80, ..Limits::default() };
        let mut scanner = Scanner::new(&limits);
        for piece in pieces {
            scanner.scan(piece)?;
        }
        Ok(scanner.in_literal())
    }

    #[test]
    fn announcements_are_judged_before_their_bytes_come() {
        let check = |bytes: &[u8], expected: Result<bool, Fault>| assert_eq!(scan(&[bytes]), expected);
        let too_large = |announced| Err(Fault::Size { announced, limit: 178_036 });
        check(b"* 1 FETCH (BODY[] {5}\r\n", Ok(true));
        check(b"* 1 FETCH (BODY[] {5}\r\nhello)\r\n", Ok(false));
        check(b"* 1 FETCH (BODY[] {0}\r\n)\r\n", Ok(false));
        check(b"* 1 FETCH (BODY[] {400000000}\r\n", too_large(400_000_000));
        check(b"* 1 FETCH (BODY[] ~{400000000+}\r\n", too_large(400_000_000));
        check(b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n", too_large(u64::MAX));
        check(b"* 1 FETCH (X {2}\r\nab BODY[] {400000000}\r\n", too_large(400_000_000));
        check(b"* OK {90000}\r\n", Err(Fault::LiteralInText));
        check(b"* no [BADCHARSET ({5}\r\n", Err(Fault::LiteralInText));
        check(b"A1 OK {5}\r\n", Err(Fault::LiteralInText));
        check(b"* 1 FETCH (X \"{5}\")\r\n* 2 EXISTS\r\n", Ok(false));
    }

    #[test]
    fn a_literal_that_looks_like_an_answer_is_only_bytes() {
        let mail = b"* 1 FETCH (BODY[] {24}\r\n{400000000}\r\n* OK {9}\r\n)\r\nA1 OK done\r\n";
        assert_eq!(scan(&[mail]), Ok(false));
    }

    #[test]
    fn endless_lines_and_endless_answers_end() {
        assert_eq!(scan(&[&[b'x'; 81]]), Err(Fault::Line(80)));
        let piece = [b"{60000}\r\n".to_vec(), vec![b'x'; 60_000]].concat();
        let ended = scan(&[b"* 1 FETCH (", &piece, &piece, &piece]);
        assert!(matches!(ended, Err(Fault::Size { .. })));
    }

    proptest! {
        #[test]
        fn splits_do_not_matter(bytes in prop_oneof![
            "(\\* 1 FETCH \\(X \\{[0-9]{1,3}\\}\r\n|[a-z{}0-9]{0,30}|\r\n){0,12}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..300),
        ], at in any::<prop::sample::Index>()) {
            let whole = scan(&[&bytes]);
            let bytewise: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(scan(&bytewise), whole);
            let (head, tail) = bytes.split_at(at.index(bytes.len() + 1));
            prop_assert_eq!(scan(&[head, tail]), whole);
        }
    }
}
