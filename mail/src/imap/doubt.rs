//! Whether a body is the message that was listed. A server that cannot read a message may give another one in its place
//! and say OK: Courier where another program renames the file at that moment ("This message is no longer available"),
//! Exchange where it cannot convert one. Taken for the message, its original would be deleted on the server. No I/O.
//!
//! Where such words are not known (see `stand_in`), only the listed size gives them away, and honest servers are wrong
//! about sizes, too: some count line ends as one byte, some guess. So a body of another size, and known words whatever
//! their size, are asked for again, after the server had the occasion to say what changed, and believed once the same bytes
//! came twice. Known words stay in doubt for whoever stores them (`RemoteMessage::is_in_doubt`).

use crate::RemoteMessage;
use crate::stand_in::is_stand_in;
use model::Uid;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Of smaller messages every byte counts: a body in place of one has about their size.
const SMALL: u64 = 4096;
/// Bodies of one message that are all different, after which it cannot be had.
const TRIES: usize = 4;

/// What was given so far for messages in doubt: a fingerprint of each body.
#[derive(Default)]
pub struct Doubts(HashMap<Uid, Vec<u64>>);

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// The message.
    Believed,
    /// Maybe not: it is to be asked for again.
    Doubted,
    /// The server gives another one each time.
    Unsteady,
}

impl Doubts {
    /// What `body` is to the message that was listed as `listed`.
    pub fn judge(&mut self, uid: Uid, listed: &RemoteMessage, body: &[u8]) -> Judgement {
        let (size, came) = (listed.size, body.len() as u64);
        let near = if size < SMALL { size == came } else { size.abs_diff(came) <= size / 8 };
        if near && !is_stand_in(body) {
            self.0.remove(&uid);
            return Judgement::Believed;
        }
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let print = hasher.finish();
        let before = self.0.entry(uid).or_default();
        if before.contains(&print) {
            self.0.remove(&uid);
            return Judgement::Believed;
        }
        before.push(print);
        if before.len() < TRIES { Judgement::Doubted } else { Judgement::Unsteady }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::MessageKey;

    fn judge(size: u64, bodies: &[usize]) -> Vec<Judgement> {
        let listed = RemoteMessage { key: MessageKey::Uid(1), number: 1, size, received: None };
        let mut doubts = Doubts::default();
        bodies.iter().map(|length| doubts.judge(1, &listed, &vec![b'x'; *length])).collect()
    }

    #[test]
    fn a_body_of_another_size_is_believed_when_it_comes_again() {
        use Judgement::{Believed, Doubted, Unsteady};
        assert_eq!(judge(131, &[131]), [Believed]);
        assert_eq!(judge(133, &[131, 133]), [Doubted, Believed]);
        assert_eq!(judge(120, &[131, 131]), [Doubted, Believed]);
        assert_eq!(judge(80_000, &[79_000, 90_001, 131, 131]), [Believed, Doubted, Doubted, Believed]);
        assert_eq!(judge(80_000, &[1, 2, 3, 4]), [Doubted, Doubted, Doubted, Unsteady]);
    }
}
