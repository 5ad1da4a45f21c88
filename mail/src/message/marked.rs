//! Marks words in HTML that has been sanitised. Nothing else changes: tags and character references are passed through as
//! they are, and what is put in is `<mark>` alone.

use std::ops::Range;

/// `html`, in which what `marks` names of each run of text stands in `<mark>`.
pub(super) fn marked(html: &str, marks: &impl Fn(&str) -> Vec<Range<usize>>) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while !rest.is_empty() {
        let text = rest.find(['<', '&']).unwrap_or(rest.len());
        let (text, after) = rest.split_at(text);
        mark(text, marks, &mut out);
        let (passed, after) = after.split_at(markup(after));
        out.push_str(passed);
        rest = after;
    }
    out
}

/// How long the tag or character reference is with which `html` begins; at least one character, unless it is empty.
fn markup(html: &str) -> usize {
    let end = match html.chars().next() {
        Some('<') => {
            let mut quoted = false;
            html.find(|c| {
                quoted ^= c == '"';
                c == '>' && !quoted
            })
        }
        Some('&') => html.find(|c: char| c != '&' && c != '#' && !c.is_ascii_alphanumeric()),
        _ => None,
    };
    // Both end with one byte: `>`, or whatever stands behind a reference, which is text again where it is no `;`.
    match end {
        Some(end) if html.as_bytes().get(end).is_some_and(|byte| matches!(byte, b'>' | b';')) => end + 1,
        Some(end) => end,
        None => html.len(),
    }
}

fn mark(text: &str, marks: &impl Fn(&str) -> Vec<Range<usize>>, out: &mut String) {
    if text.is_empty() {
        return;
    }
    let mut done = 0;
    for Range { start, end } in marks(text) {
        let (Some(before), Some(found)) = (text.get(done..start), text.get(start..end)) else { continue };
        out.push_str(before);
        out.push_str("<mark>");
        out.push_str(found);
        out.push_str("</mark>");
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks every `amp` and every `b`.
    fn both(text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<_> = ["amp", "b"]
            .iter()
            .flat_map(|word| text.match_indices(word))
            .map(|(at, word)| at..at + word.len())
            .collect();
        found.sort_by_key(|range| range.start);
        found
    }

    #[test]
    fn text_alone_is_marked() {
        for (html, expected) in [
            ("a b", "a <mark>b</mark>"),
            ("<b title=\"b > b\">b</b>", "<b title=\"b > b\"><mark>b</mark></b>"),
            ("amp &amp; &lt;b&gt;", "<mark>amp</mark> &amp; &lt;<mark>b</mark>&gt;"),
            ("&b <b", "&b <b"),
            ("&", "&"),
            ("ä<i>ö</i>", "ä<i>ö</i>"),
            ("", ""),
        ] {
            assert_eq!(marked(html, &both), expected, "{html}");
        }
    }
}
