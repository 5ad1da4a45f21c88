//! HTML in pieces: a tokenizer that takes any bytes, never looks at one twice, and bounds what one tag may carry.
//!
//! It follows the HTML standard's tokenizer where mail does. Where it errs it can only make a message look
//! different: what it makes is written out again in one unambiguous form (see [`super::balance`]) and then goes
//! through the sanitiser like everything else. Deliberately absent: trees.

use mail_parser::decoders::html::add_html_token;
use std::collections::HashSet;

/// Most attributes of a tag that are looked at.
const ATTRIBUTES: usize = 40;
/// Elements whose content is text up to their own end tag.
const RAW_TEXT: [&str; 8] = ["script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"];
/// Elements that are passed over with all that is in them.
const FOREIGN: [&str; 3] = ["svg", "math", "template"];

/// One piece of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text with its character references decoded.
    Text(String),
    /// A start tag: its name in lower case and its attributes, decoded.
    Open(String, Vec<(String, String)>),
    /// An end tag.
    Close(String),
    /// The content of a `style` element.
    Style(String),
}

/// The pieces of a page in order.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    rest: &'a str,
    never_closed: HashSet<String>,
}

impl<'a> Pieces<'a> {
    /// Begins at the start of `html`.
    pub(super) fn new(html: &'a str) -> Self {
        Self { rest: html, never_closed: HashSet::new() }
    }

    /// Takes everything before byte `at`.
    fn take(&mut self, at: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// Takes everything before `end`, and `end`; all that is left where there is none.
    fn take_past(&mut self, end: &str) -> &'a str {
        let at = self.rest.find(end);
        let taken = self.take(at.unwrap_or(self.rest.len()));
        self.take(end.len());
        taken
    }

    /// Takes the content of element `name` and its end tag; `None`, and nothing taken, where it never ends.
    fn take_element(&mut self, name: &str) -> Option<&'a str> {
        if self.never_closed.contains(name) {
            return None;
        }
        let closes = |at: usize| {
            let inside = self.rest.as_bytes().get(at + 2..at + 2 + name.len());
            let after = self.rest.as_bytes().get(at + 2 + name.len());
            inside.is_some_and(|inside| inside.eq_ignore_ascii_case(name.as_bytes()))
                && after.is_none_or(|byte| byte.is_ascii_whitespace() || b"/>".contains(byte))
        };
        let Some((at, _)) = self.rest.match_indices("</").find(|&(at, _)| closes(at)) else {
            self.never_closed.insert(name.to_owned());
            return None;
        };
        let content = self.take(at);
        self.take_past(">");
        Some(content)
    }

    fn tag(&mut self) -> Option<Piece> {
        let closing = self.rest.starts_with("</");
        self.take(if closing { 2 } else { 1 });
        let end = self
            .rest
            .find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>')
            .unwrap_or(self.rest.len());
        let name = self.take(end).to_ascii_lowercase();
        let attributes = self.attributes()?;
        if closing {
            return Some(Piece::Close(name));
        }
        if FOREIGN.contains(&name.as_str()) {
            self.take_element(&name);
            return None;
        }
        if RAW_TEXT.contains(&name.as_str()) {
            // An end tag that never comes makes the rest of the page the element's content, as in a browser.
            let content = self.take_element(&name).unwrap_or_else(|| self.take(self.rest.len()));
            return (name == "style").then(|| Piece::Style(content.to_owned()));
        }
        Some(Piece::Open(name, attributes))
    }

    /// The attributes up to and with `>`; `None` where the page ends inside the tag.
    fn attributes(&mut self) -> Option<Vec<(String, String)>> {
        let mut attributes: Vec<(String, String)> = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if self.rest.is_empty() {
                return None;
            }
            if self.rest.starts_with('>') {
                self.take(1);
                return Some(attributes);
            }
            // An equals sign in front of a name belongs to it (HTML standard §13.2.5.32).
            let skip = usize::from(self.rest.starts_with('='));
            let ends = |c: char| c.is_ascii_whitespace() || c == '/' || c == '>' || c == '=';
            let end = self.rest.get(skip..).and_then(|rest| rest.find(ends)).map(|end| end + skip);
            let name = self.take(end.unwrap_or(self.rest.len())).to_ascii_lowercase();
            let value = self.value();
            let known = attributes.iter().any(|(own, _)| *own == name);
            if !known && attributes.len() < ATTRIBUTES {
                attributes.push((name, decoded(value)));
            }
        }
    }

    fn value(&mut self) -> &'a str {
        let after = self.rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let Some(value) = after.strip_prefix('=') else { return "" };
        self.rest = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
        for quote in ["\"", "'"] {
            if self.rest.starts_with(quote) {
                self.take(1);
                return self.take_past(quote);
            }
        }
        let end = self.rest.find(|c: char| c.is_ascii_whitespace() || c == '>');
        self.take(end.unwrap_or(self.rest.len()))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        while !self.rest.is_empty() {
            let next = self.rest.as_bytes().get(1).copied().unwrap_or_default();
            let after = self.rest.as_bytes().get(2).copied().unwrap_or_default();
            if !self.rest.starts_with('<') {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                return Some(Piece::Text(decoded(self.take(end))));
            } else if self.rest.starts_with("<!--") {
                self.take(4);
                let immediate = ["->", ">"].into_iter().find(|end| self.rest.starts_with(end));
                self.take_past(immediate.unwrap_or("-->"));
            } else if next.is_ascii_alphabetic() || (next == b'/' && after.is_ascii_alphabetic()) {
                if let Some(piece) = self.tag() {
                    return Some(piece);
                }
            } else if matches!(next, b'!' | b'?' | b'/') {
                self.take_past(">");
            } else {
                self.take(1);
                return Some(Piece::Text("<".to_owned()));
            }
        }
        None
    }
}

/// Text with its character references decoded; one that is unknown or unfinished stays as it is.
fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at(at);
        decoded.push_str(before);
        let end = reference.bytes().take(34).position(|byte| byte == b';').map(|end| end + 1);
        let whole = end.and_then(|end| reference.get(..end)).filter(|reference| is_reference(reference));
        match whole {
            Some(whole) => add_html_token(&mut decoded, whole.as_bytes(), false),
            None => decoded.push('&'),
        }
        rest = reference.get(whole.map_or(1, str::len)..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

fn is_reference(text: &str) -> bool {
    text.len() > 2
        && text.bytes().skip(1).rev().skip(1).all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
}

#[cfg(test)]
mod tests {
    use super::{Piece, Pieces};

    fn check(html: &str, expected: &[&str]) {
        let pieces: Vec<String> = Pieces::new(html)
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Open(name, attributes) => attributes
                    .iter()
                    .fold(format!("<{name}"), |tag, (name, value)| format!("{tag} {name}={value}")),
                Piece::Close(name) => format!("</{name}"),
                Piece::Style(css) => format!("css:{css}"),
            })
            .collect();
        assert_eq!(pieces, expected, "{html}");
    }

    #[test]
    fn pages_come_in_pieces() {
        check("a<B C='d'  e=f g>h</b >", &["a", "<b c=d e=f g=", "h", "</b"]);
        check("1 < 2 &amp; 3 &lt; &#x41;&#66; &nope; &", &["1 ", "<", " 2 & 3 < AB &nope; &"]);
        check("<!-- x > y -->a<!DOCTYPE html>b<![if !mso]>c<!---->d<!-->e", &["a", "b", "c", "d", "e"]);
        check("<style>p > a{}</style>x<SCRIPT>if(a<b)</SCRIPT>y", &["css:p > a{}", "x", "y"]);
        check("<svg><a xlink:href=x>t</a></svg>u<svg>v", &["u", "v"]);
        check("<img src='a>b' alt=\"c'd\"/>", &["<img src=a>b alt=c'd"]);
        check("<a href=x", &[]);
        check("<p/class=x>", &["<p class=x"]);
        check("<script>never closed", &[]);
    }
}
