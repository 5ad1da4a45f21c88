//! Keys from unique-id listings (RFC 1939 §7), with what servers make of them: repeated, over-long, missing.

use model::MessageKey;
use std::collections::{BTreeMap, HashMap};

/// Longest unique-id that is kept; the RFC allows 70, some servers write more.
pub const LONGEST: usize = 512;

/// One line of a UIDL listing: message number and unique-id; `None` where it holds neither. Bytes that are not ASCII
/// stay distinct: each becomes the character of its number.
pub fn line(line: &[u8]) -> Option<(u32, String)> {
    let text: String = line.iter().map(|byte| char::from(*byte)).collect();
    let (number, uidl) = text.trim().split_once(' ')?;
    let uidl = uidl.trim();
    let fits = !uidl.is_empty() && line.len() <= LONGEST;
    fits.then(|| number.parse().ok().map(|number| (number, uidl.to_owned()))).flatten()
}

/// A key for each message number. Of several messages with one unique-id, the first in the listing is occurrence 0.
pub fn keys(listing: &BTreeMap<u32, String>) -> BTreeMap<u32, MessageKey> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let mut keys = BTreeMap::new();
    for (number, uidl) in listing {
        let next = seen.entry(uidl).or_default();
        keys.insert(*number, MessageKey::Uidl { uidl: uidl.clone(), occurrence: *next });
        *next += 1;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_their_oddities() {
        let check = |text: &[u8], expected: Option<(u32, &str)>| {
            let parsed = line(text);
            assert_eq!(parsed.as_ref().map(|(number, uidl)| (*number, uidl.as_str())), expected);
        };
        check(b"1 whqtswO00WBw418f9t5JxYwZ", Some((1, "whqtswO00WBw418f9t5JxYwZ")));
        check(b"2  two words ", Some((2, "two words")));
        check(b"3 \xe9", Some((3, "\u{e9}")));
        check(b"4 ", None);
        check(b"x y", None);
        check(&[&b"5 "[..], &[b'x'; 300]].concat(), Some((5, "x".repeat(300).as_str())));
        check(&[&b"5 "[..], &[b'x'; 600]].concat(), None);
    }

    #[test]
    fn repeated_ids_are_numbered_in_order() {
        let listing = [(1, "a"), (2, "b"), (3, "a"), (4, "a")];
        let listing = listing.into_iter().map(|(number, uidl)| (number, uidl.to_owned())).collect();
        let occurrences: Vec<u32> = keys(&listing)
            .into_values()
            .map(|key| match key {
                MessageKey::Uidl { occurrence, .. } => occurrence,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(occurrences, [0, 0, 1, 2]);
    }
}
