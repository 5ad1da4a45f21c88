//! The HTML document that the sandboxed frame shows. Three layers protect its reader, each alone sufficient: this
//! sanitising, the frame's opaque origin without scripts, and the policy of its route (`img-src data:`, inline styles,
//! nothing else). Pictures out on the net are put in as `data:` where somebody fetched them (`crate::remote_pictures`).
//! Deliberately absent: everything else out there, such as backgrounds and style sheets.

use super::allowed::{ATTRIBUTES, ELEMENTS, own_attributes};
use super::balance::{balanced, preformatted};
use super::marked::marked;
use super::parse::body_parts;
use super::picture::Pictures;
use super::{css, display, structure, text};
use ammonia::{Builder, UrlRelative};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

const HEAD: &str = "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Message</title><style>\
:root{color-scheme:light;background:#fff;color:#1a1a1a}\
body{margin:16px;font:15px/1.5 system-ui,sans-serif;overflow-wrap:break-word}\
img{max-width:100%;height:auto}table{max-width:100%}a{color:#0b57d0}\
blockquote{margin:8px 0;padding-left:12px;border-left:3px solid #ccc}\
pre,.text{white-space:pre-wrap}mark{background:#ffe89a;color:inherit}</style></head><body>";
const TAIL: &str = "</body></html>";

/// A document for the sandboxed frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameDocument {
    /// The whole document.
    pub html: String,
    /// True where something on the net was referred to and left out.
    pub remote_content: bool,
}

/// The document for the frame of a message; `None` where the message has no HTML.
pub fn frame_document(raw: &[u8]) -> Option<FrameDocument> {
    marked_frame_document(raw, &|_| Vec::new(), &RemotePictures::new())
}

/// Pictures out on the net that were fetched: their bytes by the source that the HTML gives.
pub type RemotePictures = HashMap<String, Vec<u8>>;

/// The same, in which what `marks` names of each run of text is marked, with the pictures of `fetched`.
pub fn marked_frame_document(
    raw: &[u8],
    marks: &impl Fn(&str) -> Vec<Range<usize>>,
    fetched: &RemotePictures,
) -> Option<FrameDocument> {
    let message = structure::read(raw);
    let parts = body_parts(&message.parts);
    if !parts.iter().any(|part| part.media_type == "text/html") {
        return None;
    }
    let mut pictures = Pictures::of(&message.parts, fetched);
    let mut body = String::new();
    let mut remote_content = false;
    let mut left = text::HTML_BYTES;
    for part in parts {
        let content = part.text();
        let content = display::beginning(&content, left.saturating_add(1));
        left = left.saturating_sub(content.len());
        if part.media_type == "text/html" {
            let page = balanced(content, &mut pictures);
            body.push_str(&page.html);
            remote_content |= page.remote_content;
        } else {
            body.push_str(&preformatted(content));
        }
    }
    Some(FrameDocument {
        html: format!("{HEAD}{}{TAIL}", marked(&sanitised(&body, pictures.into_uris()), marks)),
        remote_content,
    })
}

/// The allow-list, applied to whatever came before. A picture is a number here until nothing else looks at it.
fn sanitised(html: &str, pictures: Vec<String>) -> String {
    let own =
        ELEMENTS.into_iter().map(|name| (name, own_attributes(name).iter().copied().collect::<HashSet<_>>()));
    let mut builder = Builder::empty();
    builder
        .tags(ELEMENTS.into_iter().collect())
        .clean_content_tags(HashSet::from([
            "script", "style", "svg", "math", "template", "noscript", "title",
        ]))
        .tag_attributes(own.filter(|(_, attributes)| !attributes.is_empty()).collect())
        .generic_attributes(ATTRIBUTES.into_iter().collect())
        .filter_style_properties(css::PROPERTIES.into_iter().collect())
        .url_schemes(HashSet::from(["http", "https", "mailto", "cid"]))
        .url_relative(UrlRelative::Deny)
        .strip_comments(true)
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_values(HashMap::from([("a", HashMap::from([("target", "_blank")]))]))
        .attribute_filter(move |element, attribute, value| filtered(element, attribute, value, &pictures));
    builder.clean(html).to_string()
}

fn filtered<'v>(element: &str, attribute: &str, value: &'v str, pictures: &[String]) -> Option<Cow<'v, str>> {
    match (element, attribute) {
        ("img", "src") => {
            let number = value.strip_prefix("cid:")?.parse::<usize>().ok()?;
            pictures.get(number).map(|uri| Cow::Owned(uri.clone()))
        }
        ("a", "href") => super::link::target(value).map(Cow::Owned),
        (_, "style") => Some(css::harmless(value)).filter(|style| !style.is_empty()).map(Cow::Owned),
        (_, "src" | "href") => None,
        _ => Some(Cow::Borrowed(value)),
    }
}
