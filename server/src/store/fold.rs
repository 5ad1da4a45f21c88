//! One folding of text for both databases, so that they sort, filter and search alike: compatibility forms resolved,
//! accents dropped, lower case, words told apart here. Deliberately absent: languages and stemming.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longest word that is told apart from others with the same beginning.
const LONGEST_WORD: usize = 64;

/// `text` in lower case without accents: `Ärger` becomes `arger`. Punctuation stays.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> + '_ {
    let plain = |c: &char| !is_combining_mark(*c) && *c != '\0';
    text.nfkd().filter(plain).flat_map(char::to_lowercase).filter(plain)
}

/// What a column sorts and filters by: folded, at most `longest` characters.
pub(super) fn key(text: &str, longest: usize) -> String {
    folded(text.trim()).take(longest).collect()
}

/// The words of `text`: runs of letters and digits. Chinese and Japanese, which put no spaces between words, become
/// single characters.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for c in folded(text) {
        if is_ideograph(c) {
            flush(&mut word, &mut words);
            words.push(c.to_string());
            length = 0;
        } else if c.is_alphanumeric() {
            if length < LONGEST_WORD {
                word.push(c);
            }
            length += 1;
        } else {
            flush(&mut word, &mut words);
            length = 0;
        }
    }
    flush(&mut word, &mut words);
    words
}

fn flush(word: &mut String, words: &mut Vec<String>) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

/// Han, Hiragana, Katakana.
fn is_ideograph(c: char) -> bool {
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
        assert_eq!(words(text), expected, "{text}");
    }

    #[test]
    fn words_are_folded_and_told_apart() {
        check("Grüße, CAFÉ-Besitzer!", &["gruße", "cafe", "besitzer"]);
        check("anna@example.org", &["anna", "example", "org"]);
        check("ﬁne ①②", &["fine", "12"]);
        check("İstanbul", &["istanbul"]);
        check("日本語 mail", &["日", "本", "語", "mail"]);
        check("a日b", &["a", "日", "b"]);
        check("  ' \" & | ! ( ) : * \\ ", &[]);
        check("", &[]);
    }

    #[test]
    fn a_word_without_end_is_cut() {
        assert_eq!(words(&"x".repeat(5000)), ["x".repeat(64)]);
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
