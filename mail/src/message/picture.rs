//! Pictures that the HTML of a message shows, carried by it or fetched from the net: as `data:` URIs, because the frame
//! loads nothing else. Deliberately absent: the fetching (`crate::remote_pictures`).

use super::html::RemotePictures;
use super::markup::{Piece, Pieces};
use super::parse::pages;
use super::structure::{self, Part};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;

/// All pictures of a frame together, decoded, each as often as it is shown.
const PICTURE_BYTES: usize = 10 * 1000 * 1000;
/// Different pictures out on the net that are fetched for one message.
const REMOTE: usize = 100;
/// A picture of so few pixels in height or width shows nothing: it counts readers.
const INVISIBLE_PIXELS: u32 = 2;

/// The pictures of one message.
pub(super) struct Pictures<'a> {
    parts: HashMap<String, &'a Part<'a>>,
    fetched: &'a RemotePictures,
    known: HashMap<String, Option<usize>>,
    shown: Vec<String>,
    left: usize,
}

impl<'a> Pictures<'a> {
    /// The parts that a `cid:` URL (RFC 2392) can name, and what was fetched.
    pub(super) fn of(parts: &'a [Part<'a>], fetched: &'a RemotePictures) -> Self {
        let named = parts.iter().filter_map(|part| Some((part.content_id.as_ref()?.to_lowercase(), part)));
        Self {
            parts: named.collect(),
            fetched,
            known: HashMap::new(),
            shown: Vec::new(),
            left: PICTURE_BYTES,
        }
    }

    /// The number of the picture that `source` names, where it is one that may be shown.
    pub(super) fn number(&mut self, source: &str) -> Option<usize> {
        let source = source.trim();
        if !self.known.contains_key(source) {
            let number = self.uri(source).map(|uri| {
                self.shown.push(uri);
                self.shown.len() - 1
            });
            self.known.insert(source.to_owned(), number);
        }
        let number = self.known.get(source).copied().flatten()?;
        let size = self.shown.get(number)?.len() / 4 * 3;
        self.left = self.left.checked_sub(size)?;
        Some(number)
    }

    /// The URIs by number.
    pub(super) fn into_uris(self) -> Vec<String> {
        self.shown
    }

    fn uri(&self, source: &str) -> Option<String> {
        let lower = source.get(..5)?.to_ascii_lowercase();
        let bytes = if lower.starts_with("cid:") {
            self.parts.get(&content_id(source)?)?.bytes().into_owned()
        } else if lower == "data:" {
            let (_, encoded) = source.split_once(";base64,")?;
            STANDARD.decode(encoded.replace(|c: char| c.is_ascii_whitespace(), "")).ok()?
        } else {
            self.fetched.get(source)?.clone()
        };
        let kind = kind(&bytes).filter(|_| bytes.len() <= self.left)?;
        Some(format!("data:{kind};base64,{}", STANDARD.encode(bytes)))
    }
}

/// The sources of pictures out on the net that the HTML of a message shows, each once, at most a hundred. Those that are too
/// small to be seen are not among them.
pub fn remote_pictures(raw: &[u8]) -> Vec<String> {
    let message = structure::read(raw);
    let mut sources: Vec<String> = Vec::new();
    for html in pages(&message.parts) {
        for piece in Pieces::new(&html) {
            let Piece::Open(name, attributes) = piece else { continue };
            let value = |wanted: &str| {
                attributes.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.trim())
            };
            let tiny = |side: &str| {
                let pixels = value(side).map(|value| value.trim_end_matches("px").trim().parse::<u32>());
                matches!(pixels, Some(Ok(pixels)) if pixels <= INVISIBLE_PIXELS)
            };
            let Some(source) = value("src").filter(|source| name == "img" && is_remote(source)) else {
                continue;
            };
            if !tiny("width")
                && !tiny("height")
                && sources.len() < REMOTE
                && !sources.iter().any(|known| known == source)
            {
                sources.push(source.to_owned());
            }
        }
    }
    sources
}

fn is_remote(source: &str) -> bool {
    let begins = |start: &str| source.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    source.len() <= 4000 && ["https://", "http://", "//"].into_iter().any(begins)
}

/// The Content-ID, in lower case, that a `cid:` URL names.
pub(super) fn content_id(source: &str) -> Option<String> {
    let (scheme, id) = source.trim().split_at_checked(4)?;
    let id = percent_decoded(id).to_lowercase();
    scheme.eq_ignore_ascii_case("cid:").then(|| id.trim_matches(['<', '>']).to_owned())
}

/// The media type that the first bytes prove; what the sender declares proves nothing. SVG is no picture here.
pub(super) fn kind(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some("image/gif")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else {
        None
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| first == b'%').and_then(|code| std::str::from_utf8(code).ok());
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{kind, percent_decoded, remote_pictures};

    #[test]
    fn the_first_bytes_decide_what_a_picture_is() {
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n..."), Some("image/png"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        assert_eq!(kind(b"<svg onload=alert(1)>"), None);
        assert_eq!(kind(b""), None);
    }

    #[test]
    fn pictures_that_can_be_seen_are_fetched() {
        let html = "Content-Type: text/html\r\n\r\n<img src='https://a.example/1.png?x=1&amp;y=2'>\
                    <IMG SRC=HTTP://b.example/2><img src=//c.example/3 width=80><img src='https://a.example/1.png?x=1&amp;y=2'>\
                    <img src=https://d.example/pixel width=1 height=1><img src=https://d.example/p height='2px'>\
                    <img src=cid:x><img src=/local><img src=file:///etc/passwd><video src=https://e.example/v>";
        let found = ["https://a.example/1.png?x=1&y=2", "HTTP://b.example/2", "//c.example/3"];
        assert_eq!(remote_pictures(html.as_bytes()), found);
        let many: Vec<String> = (0..300).map(|n| format!("<img src=https://a.example/{n}>")).collect();
        assert_eq!(
            remote_pictures(format!("Content-Type: text/html\r\n\r\n{}", many.concat()).as_bytes()).len(),
            100
        );
    }

    #[test]
    fn a_content_id_in_a_url_is_decoded() {
        assert_eq!(percent_decoded("a%40b%2"), "a@b%2");
    }
}
