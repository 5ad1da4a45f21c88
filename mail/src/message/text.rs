//! Plain text: what a message says without its looks, and the first words of it for a list. Deliberately absent:
//! anything that a browser would interpret.

use super::display;
use super::link;
use super::markup::{Piece, Pieces};

/// The longest page that is read, in bytes.
pub(super) const HTML_BYTES: usize = 2 * 1024 * 1024;
const PREVIEW_CHARACTERS: usize = 140;

/// The text of an HTML page: blocks on lines of their own, links with their target behind them.
pub(super) fn from_html(html: &str) -> String {
    let mut page = Page::default();
    for piece in Pieces::new(display::beginning(html, HTML_BYTES)) {
        match piece {
            Piece::Text(text) => page.text(&text),
            Piece::Open(name, attributes) => page.open(&name, &attributes),
            Piece::Close(name) => page.close(&name),
            Piece::Style(_) => {}
        }
    }
    page.finish_link();
    page.text.trim_end().to_owned()
}

/// The first words of `text` on one line, without quotations of earlier mail and signatures where there is more.
pub(super) fn preview(text: &str) -> String {
    let own: Vec<&str> = text
        .lines()
        .take(400)
        .take_while(|line| !matches!(line.trim_end_matches('\r'), "-- " | "--"))
        .filter(|line| !is_quotation(line) && !is_ornament(line))
        .collect();
    let own: Vec<&str> =
        own.iter().flat_map(|line| line.split_whitespace()).filter(|word| is_word(word)).collect();
    let words = display::one_line(&own.join(" "), PREVIEW_CHARACTERS);
    if words.is_empty() {
        display::one_line(display::beginning(text, 4096), PREVIEW_CHARACTERS)
    } else {
        words
    }
}

/// False for a link's target behind its text, and for the invisible filling that newsletters put behind their first
/// words.
fn is_word(word: &str) -> bool {
    let target = ["<http://", "<https://", "<mailto:"].into_iter().any(|start| word.starts_with(start));
    let filling =
        |c: char| matches!(c, '\u{34f}' | '\u{200c}' | '\u{200d}' | '\u{2007}') || display::is_invisible(c);
    !target && !word.chars().all(filling)
}

fn is_quotation(line: &str) -> bool {
    let line = line.trim();
    let introduces = line.ends_with(" wrote:") || line.ends_with(" schrieb:") || line.ends_with(" a écrit :");
    line.starts_with('>') || introduces || line.starts_with("-----Original Message")
}

/// A line drawn with characters.
fn is_ornament(line: &str) -> bool {
    line.chars().count() > 2 && line.chars().all(|character| "-_=*~#+. \t\r".contains(character))
}

#[derive(Default)]
struct Page {
    text: String,
    space: bool,
    preformatted: usize,
    link: Option<(String, usize)>,
}

impl Page {
    fn text(&mut self, text: &str) {
        if self.preformatted > 0 {
            return self.text.push_str(text);
        }
        for character in text.chars() {
            if character.is_ascii_whitespace() || character == '\u{a0}' {
                self.space = true;
            } else {
                self.separate();
                self.text.push(character);
            }
        }
    }

    fn open(&mut self, name: &str, attributes: &[(String, String)]) {
        let value =
            |name: &str| attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        match name {
            "br" => self.text.push('\n'),
            "hr" => self.blank_line(),
            "li" => {
                self.line();
                self.text.push_str("- ");
                self.space = false;
            }
            "td" | "th" if !self.text.ends_with(['\n', ' ']) => self.space = true,
            "img" => self.text(value("alt").unwrap_or_default()),
            "a" => {
                self.finish_link();
                let target = value("href").and_then(link::target);
                self.link = target.map(|target| (target, self.text.len()));
            }
            _ if is_paragraph(name) => self.blank_line(),
            _ if is_block(name) => self.line(),
            _ => {}
        }
        self.preformatted += usize::from(name == "pre");
    }

    fn close(&mut self, name: &str) {
        match name {
            "a" => self.finish_link(),
            "pre" => self.preformatted = self.preformatted.saturating_sub(1),
            _ => {}
        }
        if is_paragraph(name) {
            self.blank_line();
        } else if is_block(name) {
            self.line();
        }
    }

    /// Puts the target behind a link whose text does not show it already.
    fn finish_link(&mut self) {
        let Some((target, start)) = self.link.take() else { return };
        let shown = self.text.get(start..).unwrap_or_default().trim();
        let bare = |text: &str| text.trim_end_matches('/').replace("mailto:", "").to_ascii_lowercase();
        let short = bare(&target).replace("https://", "").replace("http://", "");
        if !shown.is_empty() && bare(shown) != bare(&target) && bare(shown) != short {
            self.text.push_str(" <");
            self.text.push_str(&target);
            self.text.push('>');
        }
    }

    fn separate(&mut self) {
        if self.space && !self.text.is_empty() && !self.text.ends_with(['\n', ' ']) {
            self.text.push(' ');
        }
        self.space = false;
    }

    fn line(&mut self) {
        self.space = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn blank_line(&mut self) {
        self.line();
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

fn is_paragraph(name: &str) -> bool {
    matches!(
        name,
        "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "ul" | "ol" | "table" | "pre" | "dl"
    )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "div" | "tr" | "li" | "dt" | "dd" | "section" | "article" | "header" | "footer" | "center" | "body"
    )
}

#[cfg(test)]
mod tests {
    use super::{from_html, preview};

    #[test]
    fn a_page_reads_as_text() {
        for (html, text) in [
            ("<p>One</p><p>Two<br>Three", "One\n\nTwo\nThree"),
            ("<style>p{}</style><script>x()</script><title>t</title>a<!-- c -->b", "ab"),
            ("see <a href='https://example.org/a'>this</a>.", "see this <https://example.org/a>."),
            ("<a href='https://example.org/'>example.org</a>", "example.org"),
            ("<a href='mailto:a@b.c'>a@b.c</a> <a href='javascript:x()'>x</a>", "a@b.c x"),
            ("<ul><li>a<li>b</ul>", "- a\n- b"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
            ("<pre>a\n  b</pre>", "a\n  b"),
            ("a &amp;&nbsp;b &lt;i&gt;", "a & b <i>"),
            ("<img alt='A logo' src=x>", "A logo"),
        ] {
            assert_eq!(from_html(html), text, "{html}");
        }
    }

    #[test]
    fn a_preview_is_what_the_sender_wrote() {
        for (text, expected) in [
            ("Hello\n\nWorld", "Hello World"),
            ("On Monday X wrote:\n> old\n> older\nNew words\n-- \nX", "New words"),
            ("> only a quotation", "> only a quotation"),
            ("=====\nTitle\n-----", "Title"),
            ("Read this <https://shop.example/very/long> \u{200c} \u{34f}\u{200c} today", "Read this today"),
            ("", ""),
        ] {
            assert_eq!(preview(text), expected, "{text}");
        }
        assert_eq!(preview(&"word ".repeat(99)).chars().count(), 139);
    }
}
