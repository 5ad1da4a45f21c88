//! Limits under the IMAP parser: what a server announces and sends is measured before the parser takes memory for it.
//!
//! The parser above zero-fills as many bytes as a literal announces and keeps a whole answer until its end; so a
//! literal above the limit, a line above the limit and an answer above the limit end the session here. What such an
//! answer was about is remembered: whoever asked for it can do without.

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
    /// Why nothing more is let through.
    fault: Option<Fault>,
}

impl LiteralGuard {
    /// Guards `inner`; `ahead` was read from it already.
    pub fn new(inner: Paced, ahead: Vec<u8>, limits: &Limits) -> Self {
        Self { inner, ahead, scanner: Scanner::new(limits), byte_by_byte: false, fault: None }
    }

    /// Hands out one byte at a time from now on, or not any more: the parser above then has nothing beyond the line
    /// that it asked for, and what follows it can be read in another way.
    pub fn byte_by_byte(&mut self, slowly: bool) {
        self.byte_by_byte = slowly;
    }

    /// Reads `INTERNALDATE NIL` as an empty date from now on, or not any more: the parser above breaks on it, and one
    /// message without a date must not keep a mailbox from being listed. Only for answers in which nothing is wanted
    /// that could look like it.
    pub fn mend_dates(&mut self, mending: bool) {
        self.scanner.mending = mending.then(NilDate::default);
    }

    /// The answer that was not let through, as far as it is remembered and in upper case, and why.
    pub fn refused(&self) -> Option<(&[u8], Fault)> {
        self.fault.map(|fault| (self.scanner.head.as_slice(), fault))
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
        let read = buf.filled_mut().get_mut(before..).unwrap_or_default();
        if let Err(fault) = this.scanner.scan(read) {
            this.fault = Some(fault);
            return Poll::Ready(Err(fault.into()));
        }
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
    /// The first bytes of the answer that are no literal: enough to know a status line and what message it is about.
    head: Vec<u8>,
    /// Bytes of the answer so far.
    answer: u64,
    /// Bytes of the line so far.
    line: usize,
    mending: Option<NilDate>,
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

/// Longest list of UIDs that left a mailbox; a server cannot tell them in several lines.
const VANISHED: usize = 1 << 20;

/// How much of an answer is remembered: flags may stand before the UID.
const HEAD: usize = 512;

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
            mending: None,
        }
    }

    fn in_literal(&self) -> bool {
        matches!(self.place, Place::Literal(_))
    }

    /// Inside a literal or a line: where a server does not think any more but speaks.
    fn is_inside(&self) -> bool {
        self.in_literal() || self.line > 0
    }

    fn scan(&mut self, bytes: &mut [u8]) -> Result<(), Fault> {
        let mut at = 0;
        while let Some(byte) = bytes.get_mut(at) {
            match self.place {
                Place::Literal(remaining) => {
                    let left = bytes.len() - at;
                    let count = usize::try_from(remaining).unwrap_or(usize::MAX).min(left);
                    at += count;
                    self.literal_taken(remaining, count as u64)?;
                }
                Place::Line(announcement) => {
                    at += 1;
                    if let Some(mending) = &mut self.mending {
                        *byte = mending.mended(*byte);
                    }
                    self.line_byte(*byte, announcement)?;
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
        if self.head.len() < HEAD {
            self.head.push(byte.to_ascii_uppercase());
        }
        if byte == b'\n' {
            return self.line_end(announcement);
        }
        self.line += 1;
        if self.line > self.line_limit && !(self.line <= VANISHED && self.head.starts_with(b"* VANISHED ")) {
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

/// Follows `INTERNALDATE NIL` and makes it `INTERNALDATE " "`, which is as long, whatever the split of its bytes.
#[derive(Debug, Clone, Copy, Default)]
struct NilDate {
    /// How much of the item's name came.
    matched: usize,
}

impl NilDate {
    const NAME: &[u8] = b"INTERNALDATE ";

    fn mended(&mut self, byte: u8) -> u8 {
        let upper = byte.to_ascii_uppercase();
        let (expected, becomes) = match self.matched.checked_sub(Self::NAME.len()) {
            None => (Self::NAME.get(self.matched).copied().unwrap_or_default(), byte),
            Some(0) => (b'N', b'"'),
            Some(1) => (b'I', b' '),
            Some(_) => (b'L', b'"'),
        };
        if upper != expected {
            self.matched = usize::from(upper == b'I');
            return byte;
        }
        self.matched = (self.matched + 1) % (Self::NAME.len() + b"NIL".len());
        becomes
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
            scanner.scan(&mut piece.to_vec())?;
        }
        Ok(scanner.in_literal())
    }

    #[test]
    fn a_date_that_is_none_becomes_an_empty_one_and_nothing_else_changes() {
        let check = |said: &[u8], expected: &[u8]| {
            for split in 0..said.len() {
                let mut scanner = Scanner::new(&Limits::default());
                scanner.mending = Some(NilDate::default());
                let (mut head, mut tail) = (said[..split].to_vec(), said[split..].to_vec());
                scanner.scan(&mut head).unwrap();
                scanner.scan(&mut tail).unwrap();
                assert_eq!([head, tail].concat(), expected, "split at {split}");
            }
        };
        check(b"* 1 FETCH (UID 3 INTERNALDATE NIL)\r\n", b"* 1 FETCH (UID 3 INTERNALDATE \" \")\r\n");
        check(b"* 1 FETCH (internaldate nil UID 3)\r\n", b"* 1 FETCH (internaldate \" \" UID 3)\r\n");
        check(b"* 1 FETCH (IINTERNALDATE NIL)\r\n", b"* 1 FETCH (IINTERNALDATE \" \")\r\n");
        for said in [
            &b"* 1 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" ENVELOPE NIL)\r\n"[..],
            b"* 1 FETCH (X {18}\r\nINTERNALDATE NIL)\r\n UID 3)\r\n",
            b"* 1 FETCH (INTERNALDATENIL)\r\n",
        ] {
            check(said, said);
        }
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
        assert_eq!(scan(&[b"* VANISHED (EARLIER) ", &vec![b'1'; 60_000], b"\r\n"]), Ok(false));
        let ended = scan(&[b"* VANISHED ", &vec![b'1'; 2 << 20]]);
        assert!(matches!(ended, Err(Fault::Line(80) | Fault::Size { .. })));
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
