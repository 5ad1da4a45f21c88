//! What must not be guessed, and names for what went wrong.

/// Digits and letters that nobody takes for one another: no 0 and O, no 1 and I.
const LETTERS: [u8; 32] = *b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A code to read off one screen and type into another, such as `7KQ2-M9XF`: 40 bits.
pub fn random_code() -> String {
    format!("{}-{}", four_letters(), four_letters())
}

/// A code to copy from one screen into another, such as `7KQ2-M9XF-…`: 120 bits, which nobody guesses however many codes
/// there are.
pub fn random_long_code() -> String {
    [(); 6].map(|()| four_letters()).join("-")
}

fn four_letters() -> String {
    let mut bytes = [0_u8; 4];
    rand::fill(&mut bytes);
    let letter = |byte: u8| LETTERS.get(usize::from(byte % 32)).copied().map(char::from);
    bytes.into_iter().filter_map(letter).collect()
}

/// A short name under which an error stands in the log, such as `3f09a2c41b7d`.
pub fn random_reference() -> String {
    format!("{:012x}", rand::random::<u64>() >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_can_be_read_aloud() {
        let code = random_code();
        assert_eq!(code.len(), 9);
        assert_eq!(code.as_bytes()[4], b'-');
        assert!(code.bytes().all(|c| c == b'-' || LETTERS.contains(&c)), "{code}");
        assert_ne!(code, random_code());
        assert_eq!(random_long_code().len(), 29);
    }

    #[test]
    fn references_differ() {
        assert_eq!(random_reference().len(), 12);
        assert_ne!(random_reference(), random_reference());
    }
}
