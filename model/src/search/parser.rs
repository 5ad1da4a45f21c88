//! From pieces to a condition: all that stand side by side hold, `OR` binds closer than a space, `-` closest.

use super::lexer::{Field, Placed, Token, tokens};
use super::{MOST_CONDITIONS, Place, Says, Search, SearchError, values};
use crate::Timestamp;
use std::ops::Range;

/// Parentheses within each other.
const DEEPEST: usize = 20;

/// The condition that `text` stands for.
pub(super) fn parse(text: &str, now: Timestamp) -> Result<Search, SearchError> {
    let tokens = tokens(text)?;
    let conditions = tokens.iter().filter(|(token, _)| matches!(token, Token::Text { .. }));
    if let Some((_, place)) = conditions.clone().nth(MOST_CONDITIONS) {
        let message = format!("A search has at most {MOST_CONDITIONS} words and fields.");
        return Err(error(place, message));
    }
    let typed_to_the_end = !text.ends_with(char::is_whitespace);
    let mut parser = Parser { tokens: &tokens, at: 0, now, typed_to_the_end };
    let all = parser.all(0)?;
    match parser.peek() {
        None => Ok(all),
        Some((_, place)) => Err(error(place, "This parenthesis closes nothing.".to_owned())),
    }
}

struct Parser<'a> {
    tokens: &'a [Placed],
    at: usize,
    now: Timestamp,
    /// The last word may be a beginning: nothing follows it yet.
    typed_to_the_end: bool,
}

impl<'a> Parser<'a> {
    /// Up to the end or a closing parenthesis.
    fn all(&mut self, depth: usize) -> Result<Search, SearchError> {
        let mut all = Vec::new();
        while let Some((token, _)) = self.peek() {
            if *token == Token::Close {
                break;
            }
            all.push(self.any(depth)?);
        }
        Ok(match <[Search; 1]>::try_from(all) {
            Ok([one]) => one,
            Err(all) => Search::All(all),
        })
    }

    /// One condition, or several with `OR` between them.
    fn any(&mut self, depth: usize) -> Result<Search, SearchError> {
        let mut any = vec![self.one(depth)?];
        while let Some((Token::Or, _)) = self.peek() {
            self.at += 1;
            any.push(self.one(depth)?);
        }
        Ok(match <[Search; 1]>::try_from(any) {
            Ok([one]) => one,
            Err(any) => Search::Any(any),
        })
    }

    fn one(&mut self, depth: usize) -> Result<Search, SearchError> {
        let Some((token, place)) = self.peek() else {
            let last = self.tokens.last().map_or(0..0, |(_, place)| place.clone());
            return Err(error(&last, "Something is missing behind this.".to_owned()));
        };
        self.at += 1;
        match token {
            Token::Not => Ok(Search::Not(Box::new(self.one(depth)?))),
            Token::Open if depth >= DEEPEST => {
                Err(error(place, format!("At most {DEEPEST} parentheses stand within each other.")))
            }
            Token::Open => {
                let inner = self.all(depth + 1)?;
                match self.peek() {
                    Some((Token::Close, _)) => self.at += 1,
                    _ => return Err(error(place, "This parenthesis is never closed.".to_owned())),
                }
                if inner.is_empty() {
                    return Err(error(place, "There is nothing in these parentheses.".to_owned()));
                }
                Ok(inner)
            }
            Token::Close | Token::Or => {
                Err(error(place, "OR stands between two words, a closing parenthesis behind one.".to_owned()))
            }
            Token::Text { field, text, quoted } => {
                let is_last = self.at == self.tokens.len() && self.typed_to_the_end;
                condition(*field, text, *quoted, is_last, self.now).map_err(|message| error(place, message))
            }
        }
    }

    fn peek(&self) -> Option<&'a Placed> {
        self.tokens.get(self.at)
    }
}

fn error(place: &Range<usize>, message: String) -> SearchError {
    SearchError { from: place.start, to: place.end, message }
}

fn condition(
    field: Option<Field>,
    text: &str,
    quoted: bool,
    is_last: bool,
    now: Timestamp,
) -> Result<Search, String> {
    let says = |place: Option<Place>| {
        let starred = !quoted && text.ends_with('*');
        Search::Says(Says { place, words: text.to_owned(), beginning: starred || (is_last && !quoted) })
    };
    Ok(match field {
        None => says(None),
        Some(Field::From) => says(Some(Place::From)),
        Some(Field::To) => says(Some(Place::To)),
        Some(Field::Subject) => says(Some(Place::Subject)),
        Some(Field::Body) => says(Some(Place::Body)),
        Some(Field::Attachment) => says(Some(Place::Attachment)),
        Some(Field::Has) => values::has(text)?,
        Some(Field::Is) => values::is(text)?,
        Some(Field::Before) => Search::Before(values::day("before", text, now)?),
        Some(Field::After) => Search::Since(values::day("after", text, now)?),
        Some(Field::Larger) => Search::Larger(values::size("larger", text)?),
        Some(Field::Smaller) => Search::Smaller(values::size("smaller", text)?),
        Some(Field::Account) => Search::Account(text.to_owned()),
        Some(Field::Folder) => Search::Folder(text.to_owned()),
        Some(Field::Tag) => Search::Tag(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-26, some time of the day.
    const NOW: Timestamp = Timestamp(1_795_651_200_000 + 12_345);

    /// The condition in a notation of its own.
    fn told(search: &Search) -> String {
        let each = |parts: &[Search], word: &str| parts.iter().map(told).collect::<Vec<_>>().join(word);
        match search {
            Search::All(parts) => format!("({})", each(parts, " & ")),
            Search::Any(parts) => format!("({})", each(parts, " | ")),
            Search::Not(inner) => format!("!{}", told(inner)),
            Search::Says(Says { place, words, beginning }) => {
                let place = place.map(|place| format!("{place:?}=")).unwrap_or_default();
                format!("{place}[{words}]{}", if *beginning { "…" } else { "" })
            }
            other => format!("{other:?}"),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(told(&Search::parse(text, NOW).unwrap()), expected, "{text}");
    }

    #[track_caller]
    fn refused(text: &str, at: Range<usize>, words: &str) {
        let error = Search::parse(text, NOW).unwrap_err();
        assert_eq!(error.from..error.to, at, "{text}: {error}");
        assert!(error.message.contains(words), "{text}: {error}");
    }

    #[test]
    fn words_stand_side_by_side() {
        check("", "()");
        check("  invoice ", "[invoice]");
        check("invoice march", "([invoice] & [march]…)");
        check("\"two words\" x ", "([two words] & [x])");
        check("“two words”", "[two words]");
        check("a -b", "([a] & ![b]…)");
        check("-\"a b\"", "![a b]");
        check("a - b -- c ", "([a] & [-] & [b] & [--] & [c])");
        check("well-known inv* ", "([well-known] & [inv*]…)");
        check("say\"so\"", "([say] & [so])");
    }

    #[test]
    fn or_binds_closer_than_a_space_and_parentheses_closest() {
        check("a b OR c d ", "([a] & ([b] | [c]) & [d])");
        check("(a b) OR -(c d) ", "(([a] & [b]) | !([c] & [d]))");
        check("a or b ", "([a] & [or] & [b])");
        check("((a))", "[a]");
    }

    #[test]
    fn fields_take_words_and_quotations() {
        check("from:anna ", "From=[anna]");
        check("From:anna to:\"Bo Ek\"", "(From=[anna] & To=[Bo Ek])");
        check(
            "subject:offer body:x attachment:plan.pdf",
            "(Subject=[offer] & Body=[x] & Attachment=[plan.pdf]…)",
        );
        check("-from:anna -is:unread", "(!From=[anna] & !Unread(true))");
        check(
            "account:Sales folder:\"Sent items\" tag:urgent",
            "(Account(\"Sales\") & Folder(\"Sent items\") & Tag(\"urgent\"))",
        );
        check("http://example.org re: 12:30 ", "([http://example.org] & [re:] & [12:30])");
    }

    #[test]
    fn values_are_read() {
        check("has:attachment", "HasAttachment");
        check("is:READ", "Unread(false)");
        check("is:flagged is:gone", "(Flagged(true) & Gone)");
        check("larger:5MB", "Larger(5000000)");
        check("smaller:300k", "Smaller(300000)");
        check("after:2026-11-26", "Since(Timestamp(1795651200000))");
        check("after:today", "Since(Timestamp(1795651200000))");
        check("before:yesterday", "Before(Timestamp(1795564800000))");
        check("after:7d", "Since(Timestamp(1795046400000))");
        check("before:2023", "Before(Timestamp(1672531200000))");
        check("after:2023/02", "Since(Timestamp(1675209600000))");
    }

    #[test]
    fn what_makes_no_sense_is_named_at_its_place() {
        refused("a \"b", 2..4, "no second one");
        refused("a from: b", 2..7, "Say what to look for behind from:");
        refused("from:\" \"", 0..8, "behind from:");
        refused("x is:green", 2..10, "is: takes");
        refused("has:legs", 0..8, "has: takes");
        refused("before:soon", 0..11, "before: takes a day");
        refused("after:2026-13-01", 0..16, "after: takes a day");
        refused("after:99999d", 0..12, "after: takes a day");
        refused("larger:much", 0..11, "larger: takes a size");
        refused("larger:99999999999GB", 0..20, "larger: takes a size");
        refused("(a", 0..1, "never closed");
        refused("a) b", 1..2, "closes nothing");
        refused("()", 0..1, "nothing in");
        refused("a OR", 2..4, "missing behind");
        refused("OR a", 0..2, "between two words");
        refused("a -(", 3..4, "never closed");
        refused(&"x".repeat(1001), 1000..1001, "at most 1000");
        refused(&"x ".repeat(51), 100..101, "at most 50");
        refused(&"(".repeat(30), 20..21, "At most 20");
    }

    #[test]
    fn an_error_repeats_what_it_means() {
        let told = |text: &str| Search::parse(text, NOW).unwrap_err().in_words(text);
        assert_eq!(told("ä (b"), "This parenthesis is never closed. See “(” at character 3.");
        let long = format!("\"{}", "x".repeat(60));
        assert!(
            told(&long).ends_with(&format!("See “\"{}…” at character 1.", "x".repeat(39))),
            "{}",
            told(&long)
        );
    }

    #[test]
    fn what_is_found_is_told_by_its_place() {
        let search = Search::parse("a from:b (subject:c OR d) -e", NOW).unwrap();
        let words =
            |place| search.says(place).into_iter().map(|says| says.words.as_str()).collect::<Vec<_>>();
        assert_eq!(words(Place::Subject), ["a", "c", "d"]);
        assert_eq!(words(Place::From), ["a", "b", "d"]);
        assert_eq!(words(Place::Body), ["a", "d"]);
    }
}
