//! The pieces of a search: words, quotations, fields, parentheses. Every piece knows where it stands.

use super::{LONGEST_SEARCH, SearchError, is_quote};
use std::ops::Range;

/// A piece of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    /// Between two conditions.
    Or,
    /// Before a condition.
    Not,
    /// A word or quotation.
    Text {
        /// What stands before its colon, where that names a field.
        field: Option<Field>,
        text: String,
        quoted: bool,
    },
}

/// The word before a colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    From,
    To,
    Subject,
    Body,
    Attachment,
    Has,
    Is,
    Before,
    After,
    Larger,
    Smaller,
    Account,
    Folder,
    Tag,
}

const FIELDS: [(&str, Field); 14] = [
    ("from", Field::From),
    ("to", Field::To),
    ("subject", Field::Subject),
    ("body", Field::Body),
    ("attachment", Field::Attachment),
    ("has", Field::Has),
    ("is", Field::Is),
    ("before", Field::Before),
    ("after", Field::After),
    ("larger", Field::Larger),
    ("smaller", Field::Smaller),
    ("account", Field::Account),
    ("folder", Field::Folder),
    ("tag", Field::Tag),
];

/// The names of all fields, without their colons.
pub fn field_names() -> impl Iterator<Item = &'static str> {
    FIELDS.iter().map(|(name, _)| *name)
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        FIELDS.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, field)| *field)
    }
}

/// A piece and the characters it stands on.
pub(super) type Placed = (Token, Range<usize>);

/// The pieces of `text`.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, SearchError> {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() > LONGEST_SEARCH {
        let message = format!("A search has at most {LONGEST_SEARCH} characters.");
        return Err(SearchError { from: LONGEST_SEARCH, to: characters.len(), message });
    }
    let mut lexer = Lexer { characters: &characters, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'a> {
    characters: &'a [char],
    at: usize,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Option<Placed>, SearchError> {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let from = self.at;
        let Some(first) = self.peek() else { return Ok(None) };
        let single = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            // A minus within or alone is a dash.
            '-' if self
                .characters
                .get(from + 1)
                .is_some_and(|next| !next.is_whitespace() && *next != '-') =>
            {
                Some(Token::Not)
            }
            _ => None,
        };
        if let Some(token) = single {
            self.at += 1;
            return Ok(Some((token, from..self.at)));
        }
        if is_quote(first) {
            let text = self.quotation()?;
            return Ok(Some((Token::Text { field: None, text, quoted: true }, from..self.at)));
        }
        let word = self.word();
        if word == "OR" {
            return Ok(Some((Token::Or, from..self.at)));
        }
        let token = self.fielded(word, from)?;
        Ok(Some((token, from..self.at)))
    }

    /// A word that may begin with a field's name.
    fn fielded(&mut self, word: String, from: usize) -> Result<Token, SearchError> {
        let plain = |text| Token::Text { field: None, text, quoted: false };
        let Some((name, value)) = word.split_once(':') else { return Ok(plain(word)) };
        let Some(field) = Field::named(name) else { return Ok(plain(word)) };
        let (text, quoted) = match self.peek() {
            Some(next) if value.is_empty() && is_quote(next) => (self.quotation()?, true),
            _ => (value.to_owned(), false),
        };
        if text.trim().is_empty() {
            let message = format!("Say what to look for behind {name}: without a space.");
            return Err(SearchError { from, to: self.at, message });
        }
        Ok(Token::Text { field: Some(field), text, quoted })
    }

    /// Up to a space, a parenthesis or a quotation mark.
    fn word(&mut self) -> String {
        let ends = |c: char| c.is_whitespace() || is_quote(c) || c == '(' || c == ')';
        let from = self.at;
        while self.peek().is_some_and(|c| !ends(c)) {
            self.at += 1;
        }
        self.characters.get(from..self.at).unwrap_or_default().iter().collect()
    }

    fn quotation(&mut self) -> Result<String, SearchError> {
        let from = self.at;
        self.at += 1;
        let rest = self.characters.get(self.at..).unwrap_or_default();
        let Some(length) = rest.iter().position(|c| is_quote(*c)) else {
            let message = "This quotation mark has no second one.".to_owned();
            return Err(SearchError { from, to: self.characters.len(), message });
        };
        self.at += length + 1;
        Ok(rest.iter().take(length).collect())
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }
}
