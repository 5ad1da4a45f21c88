//! HTML written out again in one unambiguous form: allowed elements only, every one closed, nesting bounded.
//!
//! This goes in front of the sanitiser for three reasons. A tree builder repairs unclosed formatting by repeating it,
//! so a page of a few KiB can become gigabytes; closed elements need no repair. What two parsers read differently is
//! what sanitisers are broken with; here is nothing to read differently. And the facts that a reader must be told
//! (remote content, a link that deceives) are gathered on the way. Deliberately absent: the decision what is safe,
//! which [`super::html`] makes again on its own.

use super::allowed::{ATTRIBUTES, ELEMENTS, own_attributes};
use super::markup::{Piece, Pieces};
use super::picture::Pictures;
use super::{css, display, link, text};
use std::collections::HashMap;

/// Deepest nesting that is written; what is deeper stays as text in its ancestor.
const DEPTH: usize = 200;
/// Open formatting elements at any place.
const FORMATTING_DEPTH: usize = 20;
/// Characters in one text that are written as references; a `<wbr>` then begins another text.
const SPECIALS: usize = 1000;
const VOID: [&str; 5] = ["br", "col", "hr", "img", "wbr"];
const FORMATTING: [&str; 13] =
    ["a", "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"];
const BLOCKS: [&str; 29] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "dir",
    "div",
    "dl",
    "dd",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "ul",
];
const LOADING: [&str; 9] =
    ["src", "srcset", "background", "poster", "data", "lowsrc", "dynsrc", "imagesrcset", "icon"];

/// A page written out again.
#[derive(Debug, Default)]
pub(super) struct Balanced {
    /// Its HTML; pictures stand as `cid:` and their number.
    pub(super) html: String,
    /// True where the page refers to something on the net that a browser would load.
    pub(super) remote_content: bool,
    open: Vec<String>,
    /// How often each element is open: most questions about the open ones are answered here.
    counts: HashMap<String, usize>,
    link: Option<(String, usize)>,
    shown: String,
    specials: usize,
}

/// Writes `html` out again.
pub(super) fn balanced(html: &str, pictures: &mut Pictures<'_>) -> Balanced {
    let mut page = Balanced::default();
    let beginning = display::beginning(html, text::HTML_BYTES);
    for piece in Pieces::new(beginning) {
        match piece {
            Piece::Text(text) => page.text(&text),
            Piece::Open(name, attributes) => page.open(&name, &attributes, pictures),
            Piece::Close(name) => page.close(&name),
            Piece::Style(sheet) => page.remote_content |= css::loads(&sheet),
        }
    }
    page.close_down_to(0);
    if beginning.len() < html.len() {
        page.html.push_str("<p>[The rest of this message is too long to be shown here.]</p>");
    }
    page
}

/// Writes plain text as HTML.
pub(super) fn preformatted(text: &str) -> String {
    let mut page = Balanced::default();
    page.html.push_str("<pre>\n");
    page.text(text);
    page.html.push_str("</pre>");
    page.html
}

impl Balanced {
    fn text(&mut self, text: &str) {
        if self.link.is_some() && self.shown.len() < 4096 {
            self.shown.push_str(text);
        }
        for character in text.chars() {
            // html5ever 0.40 looks through the rest of a text for each of these characters when it writes it out.
            if character == '&' || ('\u{80}'..='\u{bf}').contains(&character) {
                self.specials += 1;
            }
            if self.specials > SPECIALS {
                self.html.push_str("<wbr>");
                self.specials = 0;
            }
            escape(character, &mut self.html);
        }
    }

    fn open(&mut self, name: &str, attributes: &[(String, String)], pictures: &mut Pictures<'_>) {
        self.remote_content |= loads(name, attributes);
        // A body's colours matter: its text may be white.
        let name = if name == "body" { "div" } else { name };
        if !ELEMENTS.contains(&name) || !self.make_place(name) {
            return;
        }
        self.specials = 0;
        self.html.push('<');
        self.html.push_str(name);
        for (attribute, value) in attributes {
            if let Some(value) = self.attribute(name, attribute, value, pictures) {
                self.html.push(' ');
                self.html.push_str(attribute);
                self.html.push_str("=\"");
                value.chars().for_each(|character| escape(character, &mut self.html));
                self.html.push('"');
            }
        }
        self.html.push('>');
        if !VOID.contains(&name) {
            self.push(name);
        }
    }

    fn push(&mut self, name: &str) {
        self.open.push(name.to_owned());
        *self.counts.entry(name.to_owned()).or_default() += 1;
    }

    fn is_open(&self, name: &str) -> bool {
        self.counts.get(name).is_some_and(|&count| count > 0)
    }

    fn attribute(
        &mut self,
        name: &str,
        attribute: &str,
        value: &str,
        pictures: &mut Pictures<'_>,
    ) -> Option<String> {
        match (name, attribute) {
            ("a", "href") => {
                let target = link::target(value)?;
                self.link = Some((target.clone(), self.open.len()));
                self.shown.clear();
                Some(target)
            }
            ("img", "src") => pictures.number(value).map(|number| format!("cid:{number}")),
            (_, "style") => Some(css::harmless(value)).filter(|style| !style.is_empty()),
            ("img", "alt") => Some(display::one_line(value, 1000)),
            _ if is_plain(name, attribute) => Some(display::one_line(value, 200)),
            _ => None,
        }
    }

    /// Closes what `name` ends by beginning, and opens what it needs around it; false where it has no place here.
    fn make_place(&mut self, name: &str) -> bool {
        match name {
            "a" => self.close_nearest(&["a"], &["td", "th"]),
            "li" => self.close_nearest(&["li"], &["ul", "ol", "dir", "td", "th", "table"]),
            "dt" | "dd" => self.close_nearest(&["dt", "dd"], &["dl", "td", "th", "table"]),
            "td" | "th" => self.close_nearest(&["td", "th"], &["table", "tr"]),
            "tr" => self.close_nearest(&["tr"], &["table"]),
            "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => {
                self.close_nearest(&["tbody", "thead", "tfoot", "caption", "colgroup"], &["table"]);
            }
            _ => {}
        }
        if BLOCKS.contains(&name) || name == "table" {
            self.close_nearest(&["p"], &["td", "th", "table", "caption"]);
        }
        let fits = self.fits(name);
        let formatting: usize = FORMATTING.into_iter().filter_map(|own| self.counts.get(own)).sum();
        let too_formatted = FORMATTING.contains(&name) && formatting >= FORMATTING_DEPTH;
        fits && self.open.len() < DEPTH && !too_formatted
    }

    /// True where an element may stand here: parts of a table only in their table, a cell in a row that is opened for
    /// it.
    fn fits(&mut self, name: &str) -> bool {
        let part =
            ["td", "th", "tr", "tbody", "thead", "tfoot", "caption", "colgroup", "col"].contains(&name);
        if !part {
            return true;
        }
        let nearest = self.open.iter().rev().find(|own| matches!(own.as_str(), "table" | "tr" | "td" | "th"));
        let inside = nearest.map_or("", String::as_str);
        match name {
            "td" | "th" if inside == "table" => {
                self.html.push_str("<tr>");
                self.push("tr");
                true
            }
            "td" | "th" => inside == "tr",
            _ => inside == "table",
        }
    }

    fn close(&mut self, name: &str) {
        let name = if name == "body" { "div" } else { name };
        let boundaries: &[&str] = match name {
            "table" => &[],
            "tr" | "td" | "th" | "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => &["table"],
            _ => &["td", "th", "table", "caption"],
        };
        self.close_nearest(&[name], boundaries);
    }

    /// Closes the nearest open element of `names` and all that is in it, unless a boundary is nearer.
    fn close_nearest(&mut self, names: &[&str], boundaries: &[&str]) {
        if !names.iter().any(|name| self.is_open(name)) {
            return;
        }
        let found = self.open.iter().rposition(|own| names.contains(&own.as_str()));
        let boundary = self.open.iter().rposition(|own| boundaries.contains(&own.as_str()));
        if let Some(at) = found.filter(|&at| boundary.is_none_or(|boundary| boundary < at)) {
            self.close_down_to(at);
        }
    }

    fn close_down_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            let Some(name) = self.open.pop() else { return };
            if let Some(count) = self.counts.get_mut(&name) {
                *count -= 1;
            }
            self.html.push_str("</");
            self.html.push_str(&name);
            self.html.push('>');
            let ended = self.link.take_if(|(_, at)| *at >= self.open.len());
            if let Some(host) = ended.and_then(|(target, _)| link::true_host(&target, &self.shown)) {
                self.text(&format!(" [{host}]"));
            }
        }
    }
}

fn is_plain(name: &str, attribute: &str) -> bool {
    ATTRIBUTES.contains(&attribute) || own_attributes(name).contains(&attribute)
}

fn loads(name: &str, attributes: &[(String, String)]) -> bool {
    attributes.iter().any(|(attribute, value)| {
        let value = value.trim().to_ascii_lowercase();
        let far = ["http:", "https:", "ftp:", "//"].into_iter().any(|start| value.starts_with(start));
        let several = attribute.ends_with("srcset") && value.contains("//");
        let sheet = name == "link" && attribute == "href";
        (far && (LOADING.contains(&attribute.as_str()) || sheet))
            || several
            || (attribute == "style" && css::loads(&value))
    })
}

/// Writes a character so that it stays one, in content and in quoted attributes.
fn escape(character: char, html: &mut String) {
    match character {
        '&' => html.push_str("&amp;"),
        '<' => html.push_str("&lt;"),
        '>' => html.push_str("&gt;"),
        '"' => html.push_str("&quot;"),
        '\n' | '\t' => html.push(character),
        '\u{202d}' | '\u{202e}' => {}
        other if other.is_control() => {}
        other => html.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::html::RemotePictures;
    use super::{Pictures, balanced};

    fn page(html: &str) -> String {
        balanced(html, &mut Pictures::of(&[], &RemotePictures::new())).html
    }

    fn check(html: &str, expected: &str) {
        assert_eq!(page(html), expected, "{html}");
    }

    #[test]
    fn every_element_is_closed_where_it_belongs() {
        check("<p>a<p>b", "<p>a</p><p>b</p>");
        check("<b><i>x</b>y</i>", "<b><i>x</i></b>y");
        check("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>");
        check(
            "<table><td>a<td>b<tr><td>c</table>d",
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>d",
        );
        check("<td>a</td></div>", "a");
        check("<table><tr><td></table></div>", "<table><tr><td></td></tr></table>");
        check("<form><input value=x>a</form>", "a");
        check("<body bgcolor=black><p>x</body>", "<div bgcolor=\"black\"><p>x</p></div>");
        check("a &lt;b&gt; &amp;lt; \"", "a &lt;b&gt; &amp;lt; &quot;");
    }

    #[test]
    fn a_deceiving_link_shows_where_it_leads() {
        check(
            "<a href=https://evil.test/x><b>bank</b>.example</a>!",
            "<a href=\"https://evil.test/x\"><b>bank</b>.example</a> [evil.test]!",
        );
        check(
            "<a href=https://bank.example/x>bank.example</a>",
            "<a href=\"https://bank.example/x\">bank.example</a>",
        );
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = page(&"<div>".repeat(100_000));
        assert_eq!(deep.matches("<div>").count(), super::DEPTH);
        let bold = page(&"<b><div>".repeat(10_000));
        assert_eq!(bold.matches("<b>").count(), super::FORMATTING_DEPTH);
    }
}
