//! Keys from unique-id listings (RFC 1939 §7), with what servers make of them: repeated, over-long, missing.

use model::MessageKey;
use ring::digest::{SHA256, digest};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// Longest unique-id that is kept as it is; the RFC allows 70, some servers write more. Of a longer one its hash is
/// kept, which tells messages apart as well.
const LONGEST: usize = 512;

/// One line of a UIDL listing: message number and unique-id; `None` where it holds neither. Bytes that are not ASCII
/// stay distinct: each becomes the character of its number.
pub fn line(line: &[u8]) -> Option<(u32, String)> {
    let text: String = line.iter().map(|byte| char::from(*byte)).collect();
    let (number, uidl) = text.trim().split_once(' ')?;
    let uidl = uidl.trim();
    let number = number.parse().ok().filter(|number| *number > 0 && !uidl.is_empty())?;
    Some((number, if uidl.len() > LONGEST { hashed(uidl) } else { uidl.to_owned() }))
}

fn hashed(uidl: &str) -> String {
    let mut name = String::from("sha256:");
    for byte in digest(&SHA256, uidl.as_bytes()).as_ref() {
        let _ = write!(name, "{byte:02x}");
    }
    name
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
        check(b"0 zero", None);
    }

    #[test]
    fn an_over_long_id_still_tells_its_message_apart() {
        let id = |end: &str| line(format!("5 {}{end}", "x".repeat(60_000)).as_bytes()).unwrap().1;
        assert_eq!(id("a"), id("a"));
        assert_ne!(id("a"), id("b"));
        assert_eq!(id("a").len(), 71);
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
