//! A large message put together from windows of it (`BODY.PEEK[]<offset.length>`, RFC 9051 §6.4.5): several are on the
//! way at once, and memory holds the message once. No I/O.
//!
//! The listed size is a hint. A window that is not full is the end where the sizes agree; anywhere else the end is
//! proved by asking for what follows it and getting nothing. What contradicts itself, or ends far from the listed size,
//! is no message: it is fetched in one piece instead.

use std::collections::BTreeMap;

/// Bytes of one window.
pub const WINDOW: u64 = 1024 * 1024;

/// A message of which parts have come.
pub struct Assembly {
    /// What the listing said.
    listed: u64,
    window: u64,
    /// Where the next planned window begins.
    asked: u64,
    /// Windows on their way.
    flying: usize,
    /// The message from its beginning.
    bytes: Vec<u8>,
    /// Windows that came before their turn.
    early: BTreeMap<u64, Vec<u8>>,
    /// The last window in `bytes` was not full.
    short: bool,
    /// Nothing follows what is in `bytes`.
    ended: bool,
}

/// What a window brought.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// More is needed.
    More,
    /// The message, complete.
    Whole(Vec<u8>),
    /// The windows contradict each other or the listing.
    Broken,
}

impl Assembly {
    /// Nothing asked for yet of a message listed with `listed` bytes.
    pub fn new(listed: u64, window: u64) -> Self {
        Self {
            listed,
            window,
            asked: 0,
            flying: 0,
            bytes: Vec::new(),
            early: BTreeMap::new(),
            short: false,
            ended: false,
        }
    }

    /// Where the next window to ask for begins, if one is to be asked for now.
    pub fn next_offset(&mut self) -> Option<u64> {
        let planned = self.asked < self.listed && !self.short && !self.ended;
        let offset = match (planned, self.flying) {
            (true, _) => self.asked,
            // All that was planned is here and the end is not proved.
            (false, 0) => self.length(),
            (false, _) => return None,
        };
        self.asked = offset.saturating_add(self.window);
        self.flying += 1;
        Some(offset)
    }

    /// The window at `offset` came, complete by the server's own word.
    pub fn arrived(&mut self, offset: u64, data: Vec<u8>) -> Step {
        self.flying = self.flying.saturating_sub(1);
        if data.len() as u64 > self.window {
            return Step::Broken;
        }
        self.early.insert(offset, data);
        while let Some(next) = self.early.remove(&self.length()) {
            self.append(&next);
            if self.ended {
                break;
            }
        }
        if self.flying > 0 {
            return Step::More;
        }
        if self.early.values().any(|data| !data.is_empty()) {
            return Step::Broken;
        }
        self.early.clear();
        let agreed = self.short && self.length() == self.listed;
        if !(self.ended || agreed) {
            return Step::More;
        }
        if self.length() < self.listed - self.listed / 8 {
            return Step::Broken;
        }
        Step::Whole(std::mem::take(&mut self.bytes))
    }

    /// Bytes that are held.
    pub fn held(&self) -> u64 {
        self.length() + self.early.values().map(|data| data.len() as u64).sum::<u64>()
    }

    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn append(&mut self, data: &[u8]) {
        if self.bytes.is_empty() {
            // Once and exactly: growing would copy, and leave up to half of it unused.
            self.bytes.reserve_exact(usize::try_from(self.listed).unwrap_or_default());
        }
        self.bytes.extend_from_slice(data);
        self.short = (data.len() as u64) < self.window;
        self.ended = data.is_empty();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(message: &[u8], offset: u64, window: usize) -> Vec<u8> {
        let at = usize::try_from(offset).unwrap().min(message.len());
        message[at..(at + window).min(message.len())].to_vec()
    }

    /// What comes of `message`, listed with `listed` bytes, over a server that answers in an order of its own.
    fn assembled(message: &[u8], listed: u64, order: &[usize]) -> (Step, usize) {
        let mut assembly = Assembly::new(listed, 10);
        let mut flying = Vec::new();
        for round in 0..1000 {
            while flying.len() < 4
                && let Some(offset) = assembly.next_offset()
            {
                flying.push(offset);
            }
            let offset = flying.remove(order[round % order.len()] % flying.len());
            match assembly.arrived(offset, part(message, offset, 10)) {
                Step::More => {}
                ended => return (ended, round + 1),
            }
        }
        panic!("it never ends");
    }

    proptest! {
        #[test]
        fn a_message_comes_out_as_it_is_in_any_order_of_answers(
            message in prop::collection::vec(any::<u8>(), 41..200),
            wrong_by in 0usize..9,
            order in prop::collection::vec(0usize..12, 1..20),
        ) {
            let listed = (message.len() + wrong_by) as u64 - 4;
            let (step, _) = assembled(&message, listed, &order);
            prop_assert_eq!(step, Step::Whole(message));
        }
    }

    #[test]
    fn the_end_is_asked_for_only_where_it_is_in_doubt() {
        let check = |length: usize, listed: u64, windows: usize| {
            let message = vec![b'x'; length];
            assert_eq!(assembled(&message, listed, &[0]), (Step::Whole(message), windows));
        };
        check(45, 45, 5);
        check(50, 50, 6);
        check(45, 47, 6);
        check(50, 47, 6);
    }

    #[test]
    fn windows_that_contradict_each_other_are_no_message() {
        let check = |windows: &[(u64, usize)], expected: Step| {
            let mut assembly = Assembly::new(35, 10);
            while assembly.next_offset().is_some() {}
            let mut step = Step::More;
            for (offset, length) in windows {
                step = assembly.arrived(*offset, vec![b'x'; *length]);
            }
            assert_eq!(step, expected, "{windows:?}");
        };
        check(&[(0, 10), (10, 10), (20, 10), (30, 5)], Step::Whole(vec![b'x'; 35]));
        check(&[(0, 10), (10, 4), (20, 10), (30, 5)], Step::Broken);
        check(&[(0, 10), (10, 0), (20, 10), (30, 5)], Step::Broken);
        check(&[(0, 11)], Step::Broken);
        // All of it says the message is a third of what was listed.
        check(&[(0, 10), (10, 0), (20, 0), (30, 0)], Step::Broken);
    }
}
