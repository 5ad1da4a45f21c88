//! Bytes cut into lines, each with its beginning and its end alone: no line is held whole.

/// Of a line's beginning.
const HEAD: usize = 16 * 1024;
/// Of its end, where a literal is announced.
const TAIL: usize = 24;
/// Characters of a line that are told.
const TOLD: usize = 400;

/// A line that is coming.
#[derive(Default)]
pub(super) struct Line {
    head: Vec<u8>,
    tail: Vec<u8>,
    length: usize,
}

impl Line {
    /// Takes bytes up to and with a line end. Returns how many, and true where the line is whole.
    pub(super) fn take(&mut self, bytes: &[u8]) -> (usize, bool) {
        let end = memchr::memchr(b'\n', bytes);
        let taken = end.map_or(bytes.len(), |end| end + 1);
        let piece = bytes.get(..taken).unwrap_or_default();
        self.length += piece.len();
        let room = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(piece.get(..room).unwrap_or_default());
        self.tail.extend_from_slice(piece.get(piece.len().saturating_sub(TAIL)..).unwrap_or_default());
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
        (taken, end.is_some())
    }

    /// Its beginning, without the line end.
    pub(super) fn head(&self) -> &[u8] {
        trimmed(&self.head)
    }

    /// True where not all of it is in [`Self::head`].
    pub(super) fn is_cut(&self) -> bool {
        self.length > self.head.len()
    }

    /// The bytes of the literal that follows it (RFC 9051 §4.3).
    pub(super) fn literal(&self) -> Option<u64> {
        let digits = trimmed(&self.tail).strip_suffix(b"}")?;
        let digits = digits.strip_suffix(b"+").unwrap_or(digits);
        let start = digits.iter().rposition(|byte| *byte == b'{')? + 1;
        std::str::from_utf8(digits.get(start..)?).ok()?.parse().ok()
    }

    /// True for the line that ends a listing or a body.
    pub(super) fn is_dot(&self) -> bool {
        !self.is_cut() && self.head() == b"."
    }

    /// How long it was, with its line end.
    pub(super) fn length(&self) -> usize {
        self.length
    }
}

fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// As text of a bounded length, on which a terminal does not act.
pub(super) fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut shown = String::new();
    for c in text.chars().take(TOLD) {
        // Marks that turn the direction of what follows are no better than control characters.
        if c.is_control()
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    if text.chars().nth(TOLD).is_some() {
        shown.push_str(" …");
    }
    shown
}
