//! What holds for any bytes whatever, as functions over bytes: a fuzzer looks for bytes for which it does not (`mail/fuzz`),
//! and the property tests below throw dice for them in every run. Deliberately absent: what can be asked of the public
//! functions alone (`mail/fuzz/any_message.rs`).

mod dice;
mod redactor;

pub use redactor::secrets_stay_hidden;

use crate::Limits;
use crate::net::guard::LiteralGuard;
use crate::net::pace::Paced;
use crate::pop3::codec::{Unstuffer, reply, two_numbers};
use dice::Dice;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A POP3 body is the same however its bytes are cut, nothing that follows it is taken, and no line ends the program.
///
/// # Panics
/// Where that is not so.
pub fn pop3_bodies_do_not_depend_on_cuts(bytes: &[u8]) {
    let mut dice = Dice::new(bytes);
    let cuts: Vec<usize> = (0..8).map(|_| 1 + dice.throw(9)).collect();
    let said = dice.rest();
    let unstuffed = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let (mut unstuffer, mut body, mut taken) = (Unstuffer::new(), Vec::new(), 0);
        for piece in pieces {
            taken += unstuffer.feed(piece, &mut body);
        }
        (body, taken, unstuffer.is_done())
    };
    let (body, taken, done) = unstuffed(&mut [said].into_iter());
    assert!(body.len() <= taken && taken <= said.len());
    assert!(done || taken == said.len(), "all is taken until the end came");
    assert_eq!(unstuffed(&mut cut(said, &cuts)), (body, taken, done));
    let line = said.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if let Some(reply) = reply(line) {
        let _ = two_numbers(&reply.text);
    }
}

/// What the guard lets through does not depend on how the bytes are cut, is a beginning of what came, and keeps its limits.
///
/// # Panics
/// Where that is not so.
pub fn the_guard_does_not_depend_on_cuts(bytes: &[u8]) {
    let mut dice = Dice::new(bytes);
    let cuts: Vec<usize> = (0..8).map(|_| 1 + dice.throw(9)).collect();
    let said = dice.rest();
    let (whole, fault) = guarded(&mut [said].into_iter());
    assert!(said.starts_with(&whole), "nothing is made up");
    assert!(fault || whole.len() == said.len(), "nothing is swallowed without a word");
    let (pieces, fault_of_pieces) = guarded(&mut cut(said, &cuts));
    assert_eq!(fault, fault_of_pieces);
    assert!(fault || pieces == whole);
}

/// What comes through a guard, and whether it ended the session.
fn guarded(pieces: &mut dyn Iterator<Item = &[u8]>) -> (Vec<u8>, bool) {
    let pieces: Vec<Vec<u8>> = pieces.map(<[u8]>::to_vec).collect();
    let limits = Limits { message_bytes: 1000, line_bytes: 200, ..Limits::default() };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_time().build() else {
        return (Vec::new(), false);
    };
    runtime.block_on(async {
        let room = pieces.iter().map(Vec::len).sum::<usize>().max(1);
        let (ours, mut theirs) = tokio::io::duplex(room);
        let mut guard = LiteralGuard::new(Paced::new(Box::new(ours), limits.idle, 0), Vec::new(), &limits);
        let mut through = Vec::new();
        for piece in &pieces {
            // The other end is open and has room.
            let _ = theirs.write_all(piece).await;
            let mut left = piece.len();
            while left > 0 {
                let mut read = vec![0; left];
                match guard.read(&mut read).await {
                    Ok(count) if count > 0 => {
                        through.extend_from_slice(read.get(..count).unwrap_or_default());
                        left = left.saturating_sub(count);
                    }
                    _ => return (through, true),
                }
            }
        }
        (through, false)
    })
}

/// `bytes` in pieces of these lengths, which come again and again.
fn cut<'a>(bytes: &'a [u8], lengths: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = bytes;
    lengths.iter().cycle().map_while(move |length| {
        let (piece, after) = rest.split_at_checked((*length).min(rest.len())).unwrap_or((rest, &[]));
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn telling() -> impl Strategy<Value = Vec<u8>> {
        let pieces = prop::sample::select(vec![
            "\r\n",
            ".",
            "* 1 FETCH (BODY[] {",
            "12}",
            "}",
            "+OK ",
            "-ERR ",
            "A1 OK ",
            "\"",
            "\\",
            "{99999999}",
            "x",
            " ",
        ]);
        prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            pop3_bodies_do_not_depend_on_cuts(&bytes);
            the_guard_does_not_depend_on_cuts(&bytes);
            secrets_stay_hidden(&bytes);
        }

        #[test]
        fn telling_bytes(cuts in prop::collection::vec(any::<u8>(), 8), said in telling()) {
            let bytes = [cuts, said].concat();
            pop3_bodies_do_not_depend_on_cuts(&bytes);
            the_guard_does_not_depend_on_cuts(&bytes);
        }
    }
}
