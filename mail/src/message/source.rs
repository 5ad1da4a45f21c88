//! The exact bytes of a message to look at: in parts, so that a hundred megabytes freeze nobody, with found words marked.
//! What is no text is written as its code. Deliberately absent: meaning; the bytes themselves are downloaded elsewhere.

use super::display;
use memchr::memchr2_iter;
use std::fmt::Write as _;

/// Bytes of a part.
pub const SOURCE_PART: usize = 1024 * 1024;
/// Characters of what is searched for.
const LONGEST: usize = 200;
/// Parts that are named as having it too.
const NAMED: usize = 20;

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Source</title><style>\
:root{color-scheme:light dark}body{margin:12px;font:13px/1.5 ui-monospace,monospace}\
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}p{margin:0 0 12px;font-family:system-ui,sans-serif}\
i{opacity:.65}mark{background:#ffe89a;color:#1a1a1a}</style></head><body>";
const TAIL: &str = "</pre></body></html>";

/// A document with part `part` of `raw`, counted from 1, in which `find` is marked, whatever its case (ASCII). Where the part
/// does not have it, the next one that does is shown, from the beginning again behind the last.
pub fn source_document(raw: &[u8], part: usize, find: &str) -> String {
    let parts = parts(raw);
    let wanted = part.clamp(1, parts.len()) - 1;
    let find: String = find.trim().chars().take(LONGEST).collect();
    let places = places(raw, find.as_bytes());
    let has = |at: &usize| places.iter().any(|place| parts.get(*at).is_some_and(|part| part.contains(place)));
    let shown = (wanted..parts.len()).chain(0..wanted).find(has).unwrap_or(wanted);
    let mut page = HEAD.to_owned();
    if !find.is_empty() {
        let others: Vec<usize> =
            (0..parts.len()).filter(|at| *at != shown && has(at)).map(|at| at + 1).collect();
        told(&mut page, &find, places.len(), &others);
    }
    if parts.len() > 1 {
        let _ = write!(page, "<p>Part {} of {}.</p>", shown + 1, parts.len());
    }
    page.push_str("<pre>");
    let range = parts.get(shown).cloned().unwrap_or_default();
    let marks: Vec<usize> = places.into_iter().filter(|place| range.contains(place)).collect();
    let mut at = range.start;
    for place in marks {
        written(&mut page, raw.get(at..place).unwrap_or_default());
        at = (place + find.len()).min(raw.len());
        page.push_str("<mark>");
        written(&mut page, raw.get(place..at).unwrap_or_default());
        page.push_str("</mark>");
    }
    written(&mut page, raw.get(at..range.end).unwrap_or_default());
    page.push_str(TAIL);
    page
}

fn told(page: &mut String, find: &str, times: usize, others: &[usize]) {
    page.push_str("<p role=\"status\">\u{201c}");
    written(page, find.as_bytes());
    let _ = match times {
        0 => write!(page, "\u{201d} is not in this message."),
        1 => write!(page, "\u{201d} is there once."),
        times => write!(page, "\u{201d} is there {times} times."),
    };
    if !others.is_empty() {
        let named: Vec<String> = others.iter().take(NAMED).map(usize::to_string).collect();
        let more = if others.len() > NAMED { " and more" } else { "" };
        let _ = write!(page, " Also in part {}{more}.", named.join(", "));
    }
    page.push_str("</p>");
}

/// The parts, each ending between two characters where the bytes are UTF-8; an empty message has one.
fn parts(raw: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut parts = Vec::new();
    let mut start = 0;
    loop {
        let mut end = (start + SOURCE_PART).min(raw.len());
        while end < raw.len()
            && end > start + SOURCE_PART - 4
            && raw.get(end).is_some_and(|byte| byte & 0xc0 == 0x80)
        {
            end -= 1;
        }
        parts.push(start..end);
        start = end;
        if start >= raw.len() {
            return parts;
        }
    }
}

/// Where `find` stands, none of them over another.
fn places(raw: &[u8], find: &[u8]) -> Vec<usize> {
    let Some(first) = find.first() else { return Vec::new() };
    let mut places = Vec::new();
    let mut free = 0;
    for at in memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), raw) {
        let here = raw.get(at..at + find.len()).is_some_and(|own| own.eq_ignore_ascii_case(find));
        if at >= free && here {
            places.push(at);
            free = at + find.len();
        }
    }
    places
}

/// Writes bytes as HTML: what is text as itself, every other byte as its code.
fn written(page: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '&' => page.push_str("&amp;"),
                '<' => page.push_str("&lt;"),
                '>' => page.push_str("&gt;"),
                '\r' => {}
                '\n' | '\t' => page.push(character),
                odd if odd.is_control() || display::is_invisible(odd) => {
                    let _ = write!(page, "<i>\\u{{{:x}}}</i>", u32::from(odd));
                }
                plain => page.push(plain),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(page, "<i>\\x{byte:02x}</i>");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(page: &str) -> &str {
        let (_, body) = page.split_once("<body>").unwrap();
        body.strip_suffix("</pre></body></html>").unwrap()
    }

    #[test]
    fn bytes_are_shown_and_never_are_html() {
        let page = source_document(b"Subject: <b>\r\n\r\ngr\xfcn \xe2\x80\xaex\0&", 1, "");
        assert_eq!(
            body(&page),
            "<pre>Subject: &lt;b&gt;\n\ngr<i>\\xfc</i>n <i>\\u{202e}</i>x<i>\\u{0}</i>&amp;"
        );
        assert_eq!(body(&source_document(b"", 7, "")), "<pre>");
    }

    #[test]
    fn what_is_searched_for_is_marked() {
        let page = source_document(b"From: ANNA <anna@x>", 1, "anna");
        let told = "<p role=\"status\">\u{201c}anna\u{201d} is there 2 times.</p>";
        let marked = "<pre>From: <mark>ANNA</mark> &lt;<mark>anna</mark>@x&gt;";
        assert_eq!(body(&page), format!("{told}{marked}"));
        assert!(
            body(&source_document(b"x", 1, "<b>"))
                .starts_with("<p role=\"status\">\u{201c}&lt;b&gt;\u{201d} is not")
        );
    }

    #[test]
    fn a_long_message_comes_in_parts() {
        let mut raw = "\u{fc}x".repeat(1_000_000).into_bytes();
        raw.extend(b"needle");
        let page = source_document(&raw, 2, "");
        assert!(body(&page).starts_with("<p>Part 2 of 3.</p>") && !page.contains("\\x"));
        let page = source_document(&raw, 1, "NEEDLE");
        assert!(page.contains("<p>Part 3 of 3.</p>") && page.contains("<mark>needle</mark>"));
        let whole: usize = parts(&raw).iter().map(ExactSizeIterator::len).sum();
        assert_eq!(whole, raw.len());
    }
}
