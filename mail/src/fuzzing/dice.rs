//! Decisions out of the bytes of a fuzzer.

/// Bytes, taken one at a time; zeroes once there are no more.
pub(super) struct Dice<'a>(&'a [u8]);

impl<'a> Dice<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// From 0 up to, and without, `sides`.
    pub(super) fn throw(&mut self, sides: usize) -> usize {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        usize::from(*first) % sides.max(1)
    }

    /// A few bytes as they are.
    pub(super) fn noise(&mut self) -> Vec<u8> {
        let length = self.throw(8).min(self.0.len());
        let (noise, rest) = self.0.split_at_checked(length).unwrap_or((self.0, &[]));
        self.0 = rest;
        noise.to_vec()
    }

    /// All that is left.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }
}
