//! The arguments of commands, each through one encoder: a value that could end a line never becomes part of one.

use super::utf7;
use crate::{MailError, Reach};
use model::{Cause, Stage, Uid};

/// Longest set of UIDs in one command: Exchange refused lines above 4,096 bytes, RFC 7162 §4 advises 8,192 in all.
pub const SET_BYTES: usize = 1000;

/// `text` as a quoted string (RFC 9051 §4.3).
///
/// # Errors
/// Where it holds a NUL or a line end, which no quoted string may.
pub fn quoted(text: &str) -> Result<String, &'static str> {
    if text.contains(['\0', '\r', '\n']) {
        return Err("It contains a line end or a NUL, which cannot be sent.");
    }
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// A mailbox by its Unicode name, as an argument.
///
/// # Errors
/// The mailbox cannot exist: its name cannot be sent.
pub fn mailbox(name: &str) -> Result<String, MailError> {
    as_it_is(name).and_then(|_| as_it_is(&utf7::encode(name)))
}

/// A mailbox whose server knows it by the UTF-8 of its name, as an argument.
///
/// # Errors
/// The mailbox cannot exist: its name cannot be sent.
pub fn as_it_is(name: &str) -> Result<String, MailError> {
    quoted(name).map_err(|detail| {
        MailError::account(Stage::Folder, Cause::FolderMissing, detail).reaching(Reach::Mailbox)
    })
}

/// `uids` as sequence sets of at most [`SET_BYTES`] bytes and `most` UIDs each, in ascending order without doubles.
pub fn uid_sets(uids: &[Uid], most: usize) -> Vec<(Vec<Uid>, String)> {
    let mut sorted = uids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let mut sets = Vec::new();
    let mut members: Vec<Uid> = Vec::new();
    for uid in sorted {
        members.push(uid);
        if members.len() > 1 && (members.len() > most || set_text(&members).len() > SET_BYTES) {
            members.pop();
            let text = set_text(&members);
            sets.push((std::mem::replace(&mut members, vec![uid]), text));
        }
    }
    if !members.is_empty() {
        let text = set_text(&members);
        sets.push((members, text));
    }
    sets
}

/// `1,3:5` for ascending `uids`.
pub fn set_text(uids: &[Uid]) -> String {
    let mut ranges: Vec<(Uid, Uid)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let texts: Vec<String> = ranges
        .iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}:{last}") })
        .collect();
    texts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quoting_escapes_or_refuses() {
        assert_eq!(quoted(r#"pa"ss\word"#).unwrap(), r#""pa\"ss\\word""#);
        assert_eq!(quoted("").unwrap(), "\"\"");
        for evil in ["a\r\nA1 DELETE INBOX", "a\nb", "a\0b"] {
            assert!(quoted(evil).is_err());
            assert_eq!(mailbox(evil).unwrap_err().kind, Cause::FolderMissing);
        }
        assert_eq!(mailbox("Tom & \"Jerry\"").unwrap(), r#""Tom &- \"Jerry\"""#);
    }

    #[test]
    fn neighbours_become_ranges() {
        assert_eq!(set_text(&[1, 3, 4, 5, 9]), "1,3:5,9");
        assert_eq!(set_text(&[u32::MAX]), "4294967295");
    }

    proptest! {
        #[test]
        fn sets_hold_every_uid_once_within_the_limit(
            uids in prop::collection::vec(1u32.., 0..600), most in 1usize..200,
        ) {
            let sets = uid_sets(&uids, most);
            for (members, text) in &sets {
                prop_assert!(text.len() <= SET_BYTES && members.len() <= most);
                prop_assert_eq!(text, &set_text(members));
            }
            let held: Vec<u32> = sets.into_iter().flat_map(|(members, _)| members).collect();
            let mut expected = uids;
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(held, expected);
        }
    }
}
