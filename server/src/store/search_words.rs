//! Words in the notation of each database's own search: FTS5's MATCH, PostgreSQL's tsquery and the tsvector that it
//! looks through. Words are letters and digits alone (see [`Words`]), so nothing a person types is read as syntax.
//! Deliberately absent: conditions on anything but words (see `search_condition`).

use super::fold::Words;
use super::search::IndexEntry;
use model::search::{Place, Says};
use std::collections::HashMap;
use std::fmt::Write;

/// A question about words, and how it is joined to others.
#[derive(Debug, Clone, Copy)]
pub(super) enum Notation {
    /// FTS5, with a column for each place.
    Fts5,
    /// PostgreSQL, with a weight for each place.
    Tsquery,
}

impl Notation {
    pub(super) fn of(postgres: bool) -> Self {
        if postgres { Self::Tsquery } else { Self::Fts5 }
    }

    /// These words next to each other, in their place. `None` where there are no words.
    pub(super) fn phrase(self, says: &Says) -> Option<String> {
        let words = Words::from(says.words.as_str());
        let words: Vec<&str> = words.each().collect();
        let (last, others) = words.split_last()?;
        Some(match self {
            Self::Fts5 => {
                let column = says.place.map(|place| format!("{} : ", column(place))).unwrap_or_default();
                let star = if says.beginning { " *" } else { "" };
                format!("({column}\"{}\"{star})", words.join(" "))
            }
            Self::Tsquery => {
                let star = if says.beginning { "*" } else { "" };
                let within = |mark: &str, weight: &str| {
                    let others = others.iter().map(|word| lexeme(mark, word, weight));
                    let all = others.chain([lexeme(mark, last, &format!("{star}{weight}"))]);
                    format!("({})", all.collect::<Vec<_>>().join(" <-> "))
                };
                match says.place {
                    Some(Place::Attachment) => within(NAME, ""),
                    Some(place) => within("", weight(place)),
                    None => format!("({} | {})", within("", ""), within(NAME, "")),
                }
            }
        })
    }

    /// All of `wanted`, of which there is at least one, and none of `unwanted`.
    pub(super) fn all(self, wanted: &[String], unwanted: &[String]) -> String {
        let (and, without, or) = match self {
            Self::Fts5 => (" AND ", " NOT ", " OR "),
            Self::Tsquery => (" & ", " & !", " | "),
        };
        let wanted = wanted.join(and);
        if unwanted.is_empty() {
            return format!("({wanted})");
        }
        format!("(({wanted}){without}({}))", unwanted.join(or))
    }

    /// One of `parts`.
    pub(super) fn any(self, parts: &[String]) -> String {
        let or = match self {
            Self::Fts5 => " OR ",
            Self::Tsquery => " | ",
        };
        format!("({})", parts.join(or))
    }
}

/// One word of a tsquery.
fn lexeme(mark: &str, word: &str, flags: &str) -> String {
    let colon = if flags.is_empty() { "" } else { ":" };
    format!("'{mark}{word}'{colon}{flags}")
}

fn column(place: Place) -> &'static str {
    match place {
        Place::From => "sender",
        Place::To => "recipients",
        Place::Subject => "subject",
        Place::Body => "body",
        Place::Attachment => "attachments",
    }
}

/// How a word of an attachment's name begins in a tsvector, which has weights for four places alone.
const NAME: &str = "/";
const SUBJECT: &str = "A";
const SENDER: &str = "B";
const RECIPIENTS: &str = "C";
/// The weight of what has none.
const BODY: &str = "D";

fn weight(place: Place) -> &'static str {
    match place {
        Place::Subject => SUBJECT,
        Place::From => SENDER,
        Place::To => RECIPIENTS,
        Place::Body | Place::Attachment => BODY,
    }
}

/// A tsvector is limited to 1 MB; this leaves room for what it adds to each word.
const LARGEST_DOCUMENT: usize = 512 * 1024;
/// Places of one word that a tsvector keeps.
const MOST_PLACES: usize = 255;
/// The last place there is in a tsvector: words behind it are found, but not next to each other.
const LAST_PLACE: usize = 16_383;
/// Places that all recipients together take, so that a list of thousands leaves room for the text.
const PLACES_OF_RECIPIENTS: usize = 4_000;

/// The tsvector of a message, as PostgreSQL reads one.
pub(super) fn document(entry: &IndexEntry) -> String {
    let mut document = Document::default();
    document.add(&entry.subject, "", SUBJECT, LAST_PLACE);
    document.add(&entry.sender, "", SENDER, LAST_PLACE);
    document.add(&entry.attachment_names, NAME, "", LAST_PLACE);
    document.add(&entry.recipients, "", RECIPIENTS, PLACES_OF_RECIPIENTS);
    document.add(&entry.body, "", "", LAST_PLACE);
    document.text()
}

#[derive(Default)]
struct Document<'a> {
    /// Where each word stands: `1A`. A word with its mark.
    words: HashMap<(&'static str, &'a str), Vec<(usize, &'static str)>>,
    last: usize,
    size: usize,
}

impl<'a> Document<'a> {
    /// Appends a field, whose words take at most so many places. What does not fit is left out: whatever comes first is
    /// the head of a message, so that a body without end cannot crowd it out.
    fn add(&mut self, words: &'a Words, mark: &'static str, weight: &'static str, places: usize) {
        // One place stays free between two fields: no words stand next to each other across them.
        self.last += 1;
        let end = (self.last + places).min(LAST_PLACE);
        for word in words.each() {
            self.last = (self.last + 1).min(end);
            let known = self.words.get(&(mark, word)).map(Vec::len);
            self.size += known.map_or(word.len() + 12, |_| 2);
            if self.size > LARGEST_DOCUMENT {
                return;
            }
            let stands = self.words.entry((mark, word)).or_default();
            let stands_here = (self.last, weight);
            if stands.len() < MOST_PLACES && stands.last() != Some(&stands_here) {
                stands.push(stands_here);
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::with_capacity(self.size * 2);
        for ((mark, word), places) in &self.words {
            let _ = write!(text, "'{mark}{word}':");
            for (at, (place, weight)) in places.iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                let _ = write!(text, "{comma}{place}{weight}");
            }
            text.push(' ');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(place: Option<Place>, words: &str, beginning: bool) -> Says {
        Says { place, words: words.to_owned(), beginning }
    }

    #[test]
    fn words_are_asked_for_in_each_notation() {
        for (asked, fts5, tsquery) in [
            (says(None, "Köln", false), "(\"koln\")", "(('koln') | ('/koln'))"),
            (says(None, "two wor", true), "(\"two wor\" *)", "(('two' <-> 'wor':*) | ('/two' <-> '/wor':*))"),
            (says(Some(Place::From), "anna@x", true), "(sender : \"anna x\" *)", "('anna':B <-> 'x':*B)"),
            (says(Some(Place::Body), "it's", false), "(body : \"it s\")", "('it':D <-> 's':D)"),
            (says(Some(Place::Attachment), "a.pdf", false), "(attachments : \"a pdf\")", "('/a' <-> '/pdf')"),
        ] {
            assert_eq!(Notation::Fts5.phrase(&asked).unwrap(), fts5);
            assert_eq!(Notation::Tsquery.phrase(&asked).unwrap(), tsquery);
        }
        assert_eq!(Notation::Fts5.phrase(&says(None, " \" * ' ( ", true)), None);
    }

    #[test]
    fn questions_are_joined() {
        let parts = ["(a)".to_owned(), "(b)".to_owned()];
        assert_eq!(Notation::Fts5.all(&parts, &[]), "((a) AND (b))");
        assert_eq!(Notation::Fts5.all(&parts, &parts), "(((a) AND (b)) NOT ((a) OR (b)))");
        assert_eq!(Notation::Tsquery.all(&parts, &parts), "(((a) & (b)) & !((a) | (b)))");
        assert_eq!(Notation::Tsquery.any(&parts), "((a) | (b))");
    }

    #[test]
    fn a_document_tells_its_fields_apart() {
        let entry = IndexEntry {
            subject: "offer".into(),
            sender: "anna".into(),
            recipients: "bo".into(),
            attachment_names: "offer".into(),
            body: "an offer".into(),
            ..IndexEntry::default()
        };
        let text = document(&entry);
        let mut words: Vec<&str> = text.split_whitespace().collect();
        words.sort_unstable();
        assert_eq!(words, ["'/offer':6", "'an':10", "'anna':4B", "'bo':8C", "'offer':2A,11"]);
    }

    #[test]
    fn a_document_stays_within_what_a_tsvector_takes() {
        let crowd = (0..20_000).map(|n| format!("a{n}@example.org")).collect::<Vec<_>>().join(" ");
        let entry = IndexEntry {
            recipients: crowd.into(),
            body: "the end of it".into(),
            attachment_names: "plan".into(),
            ..IndexEntry::default()
        };
        let text = document(&entry);
        assert!(text.len() < 1_000_000, "{}", text.len());
        assert!(text.contains("'/plan':"));
        assert!(text.contains("'end':4008 "), "the text has places after the recipients");
        let longest = text.split_whitespace().map(|word| word.matches(',').count()).max();
        assert!(longest < Some(MOST_PLACES));
    }
}
