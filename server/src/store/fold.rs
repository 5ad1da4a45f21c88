//! One folding of text for both databases, so that they sort, filter and search alike: compatibility forms resolved,
//! accents dropped, lower case, words told apart here. Deliberately absent: languages and stemming.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word that is told apart from others with the same beginning.
pub(super) const LONGEST_WORD: usize = 64;
/// Text above this is not searched.
const LARGEST_TEXT: usize = 256 * 1024;

/// `text` in lower case without accents: `Ärger` becomes `arger`. Punctuation stays.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    let plain = |c: &char| !is_combining_mark(*c) && *c != '\0';
    text.nfkd().filter(plain).flat_map(char::to_lowercase).filter(plain)
}

/// What a column sorts and filters by: folded, at most `longest` characters.
pub(super) fn key(text: &str, longest: usize) -> String {
    folded(text.trim()).take(longest).collect()
}

/// The folded words of a text, one space between two: runs of letters and digits. Chinese and Japanese, which put no
/// spaces between words, become single characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(String);

impl Words {
    /// One after another.
    pub(super) fn each(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|word| !word.is_empty())
    }

    /// In one line.
    pub(super) fn line(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        let mut words = Writer::default();
        let mut rest = beginning(text, LARGEST_TEXT);
        // Most text is ASCII, which folds without a table.
        while !rest.is_empty() {
            let (plain, after) = rest.split_at(rest.bytes().take_while(u8::is_ascii).count());
            plain.bytes().for_each(|byte| words.take(char::from(byte.to_ascii_lowercase())));
            let (other, after) = after.split_at(after.bytes().take_while(|byte| !byte.is_ascii()).count());
            folded(other).for_each(|c| words.take(c));
            rest = after;
        }
        Self(words.line)
    }
}

impl From<String> for Words {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

#[derive(Default)]
struct Writer {
    line: String,
    /// Characters of the word so far.
    length: usize,
}

impl Writer {
    fn take(&mut self, c: char) {
        let alone = is_ideograph(c);
        if !alone && !c.is_alphanumeric() {
            self.length = 0;
            return;
        }
        if (alone || self.length == 0) && !self.line.is_empty() {
            self.line.push(' ');
        }
        if self.length < LONGEST_WORD {
            self.line.push(c);
        }
        self.length = if alone { 0 } else { self.length + 1 };
    }
}

/// Han, Hiragana, Katakana.
pub(super) fn is_ideograph(c: char) -> bool {
    c.is_alphanumeric()
        && matches!(u32::from(c), 0x3041..=0x30FF | 0x31F0..=0x31FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

/// `text` as both databases take it: PostgreSQL refuses NUL, and no column holds a novel.
pub(super) fn stored(text: &str, longest: usize) -> String {
    text.chars().map(|c| if c == '\0' { '\u{FFFD}' } else { c }).take(longest).collect()
}

/// The beginning of `text` within `bytes`, cut between characters.
pub(super) fn beginning(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(Words::from(text).each().collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn words_are_folded_and_told_apart() {
        check("Grüße, CAFÉ-Besitzer!", &["gruße", "cafe", "besitzer"]);
        check("anna@example.org", &["anna", "example", "org"]);
        check("ﬁne ①②", &["fine", "12"]);
        check("İstanbul", &["istanbul"]);
        check("日本語 mail", &["日", "本", "語", "mail"]);
        check("a日b", &["a", "日", "b"]);
        check("e\u{301}te\u{301} NAÏVE", &["ete", "naive"]);
        check("日x", &["日", "x"]);
        check("  ' \" & | ! ( ) : * \\ ", &[]);
        check("", &[]);
    }

    #[test]
    fn a_word_without_end_is_cut() {
        check(&"x".repeat(5000), &[&"x".repeat(64)]);
        check(&format!("{} b", "ä".repeat(65)), &[&"a".repeat(64), "b"]);
    }

    #[test]
    fn keys_keep_punctuation() {
        assert_eq!(key("  Übergröße 100% ", 100), "ubergroße 100%");
        assert_eq!(key("abcdef", 3), "abc");
    }

    #[test]
    fn what_is_stored_holds_no_nul() {
        assert_eq!(stored("a\0b", 10), "a\u{FFFD}b");
        assert_eq!(beginning("aé", 2), "a");
    }
}
