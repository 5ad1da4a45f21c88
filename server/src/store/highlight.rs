//! Where in a text the words of a search stand, by the folding that finds them. Deliberately absent: searching.

use super::fold::{LONGEST_WORD, Words, folded, is_ideograph};
use model::search::{Place, Search};
use std::ops::Range;

/// Marks of one text; what comes after them stays as it is.
const MOST: usize = 1000;

/// What is looked for in one place of messages.
#[derive(Debug, Clone, Default)]
pub struct Highlight(Vec<Phrase>);

/// Words that stand next to each other.
#[derive(Debug, Clone)]
struct Phrase {
    words: Vec<String>,
    /// The last word may go on.
    beginning: bool,
}

/// A word of a text, folded, and where it stands.
struct Placed {
    word: String,
    range: Range<usize>,
}

impl Highlight {
    /// What `search` looks for in `place`, or anywhere.
    pub fn of(search: &Search, place: Place) -> Self {
        let phrases = search.says(place).into_iter().map(|says| Phrase {
            words: Words::from(says.words.as_str()).each().map(str::to_owned).collect(),
            beginning: says.beginning,
        });
        Self(phrases.filter(|phrase| !phrase.words.is_empty()).collect())
    }

    /// True where nothing is looked for here.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes of `text` that answer, in order and apart from each other; at most 1,000 of them.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        if self.is_empty() {
            return Vec::new();
        }
        let words = words_of(text);
        let mut found: Vec<Range<usize>> = Vec::new();
        for at in 0..words.len() {
            let here = words.get(at..).unwrap_or_default();
            let Some(range) =
                self.0.iter().filter_map(|phrase| phrase.beginning_of(here)).max_by_key(|range| range.end)
            else {
                continue;
            };
            if let Some(last) = found.last_mut()
                && range.start <= last.end
            {
                last.end = last.end.max(range.end);
                continue;
            }
            if found.len() == MOST {
                break;
            }
            found.push(range);
        }
        found
    }
}

impl Phrase {
    /// Where these words stand at the beginning of `words`.
    fn beginning_of(&self, words: &[Placed]) -> Option<Range<usize>> {
        let here = words.get(..self.words.len())?;
        let (last, others) = self.words.split_last()?;
        let (end, before) = here.split_last()?;
        let same = before.iter().zip(others).all(|(placed, word)| placed.word == *word);
        let ends = if self.beginning { end.word.starts_with(last.as_str()) } else { end.word == *last };
        (same && ends).then(|| here.first().map_or(0, |first| first.range.start)..end.range.end)
    }
}

/// The words of `text`, as [`Words`] tells them apart.
fn words_of(text: &str) -> Vec<Placed> {
    let mut words: Vec<Placed> = Vec::new();
    let mut length = 0;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let mut buffer = [0; 4];
        let mut marks_only = true;
        for c in folded(c.encode_utf8(&mut buffer)) {
            marks_only = false;
            let alone = is_ideograph(c);
            if !alone && !c.is_alphanumeric() {
                length = 0;
                continue;
            }
            if alone || length == 0 {
                words.push(Placed { word: String::new(), range: at..end });
            }
            if let Some(last) = words.last_mut() {
                last.range.end = end;
                if length < LONGEST_WORD {
                    last.word.push(c);
                }
            }
            length = if alone { 0 } else { length + 1 };
        }
        // An accent belongs to the letter before it.
        if let Some(last) = words.last_mut().filter(|last| marks_only && last.range.end == at) {
            last.range.end = end;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;

    #[track_caller]
    fn check(search: &str, text: &str, marked: &[&str]) {
        let search = Search::parse(search, Timestamp(0)).unwrap();
        let ranges = Highlight::of(&search, Place::Subject).ranges(text);
        let found: Vec<&str> = ranges.into_iter().map(|range| text.get(range).unwrap()).collect();
        assert_eq!(found, marked, "{text}");
    }

    #[test]
    fn words_are_marked_as_they_are_found() {
        check("koln ", "Grüße aus KÖLN, kölner", &["KÖLN"]);
        check("koln", "Grüße aus KÖLN, kölner", &["KÖLN", "kölner"]);
        check("\"aus koln\" gruße ", "Grüße aus Köln", &["Grüße", "aus Köln"]);
        check("aus koln ", "aus Köln, aus Bonn", &["aus", "Köln", "aus"]);
        check("ete ", "e\u{301}te\u{301}!", &["e\u{301}te\u{301}"]);
        check("日本 ", "日本語 日 本", &["日本", "日 本"]);
        check("ﬁne 12 ", "fine ①②", &["fine", "①②"]);
        check("from:anna -bo is:unread x ", "anna bo x", &["x"]);
        check("nothing", "Grüße", &[]);
        check("", "Grüße", &[]);
    }

    #[test]
    fn words_are_told_apart_as_the_index_does() {
        for text in ["Grüße, CAFÉ-Besitzer!", "½ a日b İstanbul ﬁ", &"x".repeat(100), "e\u{301}\u{302} \0 -"]
        {
            let words: Vec<String> = words_of(text).into_iter().map(|placed| placed.word).collect();
            assert_eq!(words, Words::from(text).each().collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn marks_have_an_end() {
        let search = Search::parse("a ", Timestamp(0)).unwrap();
        assert_eq!(Highlight::of(&search, Place::Body).ranges(&"a b ".repeat(5000)).len(), MOST);
    }
}
