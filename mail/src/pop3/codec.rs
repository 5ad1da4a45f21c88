//! The bytes of POP3 (RFC 1939): status lines, listings and dot-stuffed bodies. No I/O.

use memchr::memmem;

/// A status line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// `+OK` rather than `-ERR`.
    pub ok: bool,
    /// What follows it.
    pub text: String,
}

/// The status line in `line`; `None` where it is neither `+OK` nor `-ERR`.
pub fn reply(line: &[u8]) -> Option<Reply> {
    let text = String::from_utf8_lossy(line);
    let (word, rest) = text.split_once(' ').unwrap_or((&*text, ""));
    let ok = match word.to_ascii_uppercase().as_str() {
        "+OK" => true,
        "-ERR" => false,
        _ => return None,
    };
    Some(Reply { ok, text: rest.trim().to_owned() })
}

/// `12 345`: two numbers, as STAT and LIST give them; whatever follows is ignored.
pub fn two_numbers(text: &str) -> Option<(u32, u64)> {
    let mut words = text.split_ascii_whitespace();
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

/// Undoes dot-stuffing (RFC 1939 §3) through any split of the bytes. Line ends stay exactly as they came.
#[derive(Debug)]
pub struct Unstuffer {
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// At the beginning of a line.
    LineStart,
    /// After a dot that began a line: to be dropped, or the end.
    Dot,
    /// After `.` CR at the beginning of a line.
    DotCr,
    /// Inside a line.
    Inside,
    /// After a CR inside a line.
    Cr,
    /// After the final dot's line.
    End,
}

impl Unstuffer {
    /// Before the first byte of a body.
    pub fn new() -> Self {
        Self { place: Place::LineStart }
    }

    /// Takes bytes from `input`, puts what belongs to the body into `body`, and says how many it took: all, or up to
    /// and with the end of the body.
    pub fn feed(&mut self, input: &[u8], body: &mut Vec<u8>) -> usize {
        let mut taken = 0;
        let mut rest = input;
        while let (Some((byte, after)), false) = (rest.split_first(), self.is_done()) {
            if self.place == Place::Inside {
                // All up to the next line that begins with a dot goes over in one piece.
                let run = memmem::find(rest, b"\r\n.").map_or(rest.len(), |at| at + 2);
                let (piece, remaining) = rest.split_at_checked(run).unwrap_or((rest, &[]));
                body.extend_from_slice(piece);
                taken += piece.len();
                rest = remaining;
                self.place = match piece {
                    [.., b'\r', b'\n'] => Place::LineStart,
                    [.., b'\r'] => Place::Cr,
                    _ => Place::Inside,
                };
                continue;
            }
            taken += 1;
            rest = after;
            self.place = self.step(*byte, body);
        }
        taken
    }

    /// True once the final dot came.
    pub fn is_done(&self) -> bool {
        self.place == Place::End
    }

    fn step(&self, byte: u8, body: &mut Vec<u8>) -> Place {
        match (self.place, byte) {
            (Place::LineStart, b'.') => return Place::Dot,
            (Place::Dot, b'\r') => return Place::DotCr,
            (Place::DotCr, b'\n') => return Place::End,
            // A line of `.` CR and more is no end: the dot was stuffed, the CR is the mail's.
            (Place::DotCr, _) => body.push(b'\r'),
            _ => {}
        }
        body.push(byte);
        match (self.place, byte) {
            (Place::Cr | Place::DotCr, b'\n') => Place::LineStart,
            (_, b'\r') => Place::Cr,
            _ => Place::Inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a server sends for `body`, whose last line it completes.
    fn stuffed(body: &[u8]) -> Vec<u8> {
        let mut sent = Vec::new();
        let mut line_start = true;
        for (at, byte) in body.iter().enumerate() {
            if line_start && *byte == b'.' {
                sent.push(b'.');
            }
            sent.push(*byte);
            line_start = body[..=at].ends_with(b"\r\n");
        }
        if !line_start {
            sent.extend_from_slice(b"\r\n");
        }
        sent.extend_from_slice(b".\r\n");
        sent
    }

    fn unstuffed(pieces: &[&[u8]]) -> (Vec<u8>, usize, bool) {
        let (mut unstuffer, mut body, mut taken) = (Unstuffer::new(), Vec::new(), 0);
        for piece in pieces {
            taken += unstuffer.feed(piece, &mut body);
        }
        (body, taken, unstuffer.is_done())
    }

    #[test]
    fn bodies_end_at_the_dot_and_nowhere_else() {
        let check = |sent: &str, body: &str, done: bool| {
            let (ours, taken, ended) = unstuffed(&[sent.as_bytes()]);
            assert_eq!((String::from_utf8(ours).unwrap().as_str(), ended), (body, done), "{sent:?}");
            assert!(!ended || sent.as_bytes()[..taken].ends_with(b".\r\n"));
        };
        check(".\r\n", "", true);
        check("\r\n.\r\n", "\r\n", true);
        check("a\r\n.\r\n+OK next", "a\r\n", true);
        check("..\r\n.\r\n", ".\r\n", true);
        check("..dot\r\n...\r\n.\r\n", ".dot\r\n..\r\n", true);
        check("a.\r\n.\r\n", "a.\r\n", true);
        check("a\n.\n.\r\n", "a\n.\n.\r\n", false);
        check(".\rx\r\n.\r\n", "\rx\r\n", true);
        check("cut", "cut", false);
        check("cut\r\n.", "cut\r\n", false);
    }

    #[test]
    fn replies_are_ok_err_or_nothing() {
        let check = |line: &[u8], expected: Option<(bool, &str)>| {
            let parsed = reply(line);
            assert_eq!(parsed.as_ref().map(|reply| (reply.ok, reply.text.as_str())), expected);
        };
        check(b"+OK", Some((true, "")));
        check(b"+ok  2 messages ", Some((true, "2 messages")));
        check(b"-ERR [AUTH] no", Some((false, "[AUTH] no")));
        check(b"+OKAY", None);
        check(b"* OK", None);
        check(b"", None);
        assert_eq!(two_numbers("12 345 extra"), Some((12, 345)));
        assert_eq!(two_numbers("12"), None);
        assert_eq!(two_numbers("-1 2"), None);
    }

    proptest! {
        #[test]
        fn what_was_stuffed_comes_back_through_any_split(
            body in prop_oneof![
                prop::collection::vec(prop::sample::select(b".\r\na".to_vec()), 0..60),
                prop::collection::vec(any::<u8>(), 0..200),
            ],
            cuts in prop::collection::vec(1usize..7, 0..60),
        ) {
            let mut expected = body.clone();
            if !body.is_empty() && !body.ends_with(b"\r\n") {
                expected.extend_from_slice(b"\r\n");
            }
            let mut sent = stuffed(&body);
            if body.is_empty() {
                sent = b".\r\n".to_vec();
            }
            let length = sent.len();
            sent.extend_from_slice(b"+OK the next answer");
            let mut pieces = Vec::new();
            let mut rest = &sent[..];
            for cut in cuts {
                let (head, tail) = rest.split_at(cut.min(rest.len()));
                pieces.push(head);
                rest = tail;
            }
            pieces.push(rest);
            let (ours, taken, done) = unstuffed(&pieces);
            prop_assert_eq!(ours, expected);
            prop_assert_eq!(taken, length);
            prop_assert!(done);
        }

        #[test]
        fn a_cut_body_is_never_complete(body in prop::collection::vec(any::<u8>(), 0..80), at in any::<prop::sample::Index>()) {
            let sent = stuffed(&body);
            let (_, _, done) = unstuffed(&[&sent[..at.index(sent.len())]]);
            prop_assert!(!done);
        }
    }
}
