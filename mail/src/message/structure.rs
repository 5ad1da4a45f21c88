//! The parts of a message (RFC 2045, RFC 2046), cut without copying. Attached messages are one part and are not
//! looked into: they are opened by downloading them.

use super::fields::{Fields, is_field};
use super::limits::{MimeLimits, mime_limits};
use super::{display, transfer};
use model::report::size_text;
use std::borrow::Cow;

/// Most bytes of one part, before decoding, that are read as text: more than is ever shown of it.
const TEXT_BYTES: usize = 8 * 1024 * 1024;
/// Bytes of one part, before decoding, that tell what it is.
const BEGINNING: usize = 4096;

/// A message cut into its parts.
#[derive(Debug)]
pub(super) struct Structure<'a> {
    /// The fields of the message itself.
    pub(super) fields: Fields,
    /// Its leaves in order.
    pub(super) parts: Vec<Part<'a>>,
    /// Every part, multiparts before what is in them.
    pub(super) outline: Vec<PartOutline>,
    /// True where a limit was met and something was left out.
    pub(super) too_complex: bool,
}

/// One part as it is told of.
#[derive(Debug)]
pub(super) struct PartOutline {
    /// How many parts it is in.
    depth: usize,
    media_type: String,
    /// What else is known: what people call it, charset, encoding, disposition, name.
    pub(super) details: Vec<String>,
    /// Bytes before decoding.
    size: u64,
}

impl std::fmt::Display for PartOutline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:1$}{2}", "", self.depth * 2, self.media_type)?;
        for detail in &self.details {
            write!(f, " · {detail}")?;
        }
        write!(f, " · {}", size_text(self.size))
    }
}

/// One part that is not a multipart.
#[derive(Debug)]
pub(super) struct Part<'a> {
    /// Its declared media type in lower case.
    pub(super) media_type: String,
    /// The outermost `multipart/alternative` that it is in: a number of its own for each.
    pub(super) alternative: Option<usize>,
    /// True for the whole of a message that is not a multipart.
    root: bool,
    body: &'a [u8],
    pub(super) charset: Option<String>,
    encoding: String,
    /// The decoded file name, as its sender wrote it.
    pub(super) name: Option<String>,
    /// Content-Disposition is `attachment`.
    pub(super) detached: bool,
    /// Content-ID without angle brackets.
    pub(super) content_id: Option<String>,
}

impl Part<'_> {
    /// The decoded bytes.
    pub(super) fn bytes(&self) -> Cow<'_, [u8]> {
        transfer::decode(self.body, &self.encoding)
    }

    /// The first decoded bytes, enough to tell what they are.
    pub(super) fn beginning(&self) -> Cow<'_, [u8]> {
        transfer::decode(self.body.get(..BEGINNING).unwrap_or(self.body), &self.encoding)
    }

    /// The decoded text, in the part's charset; of a very long one the beginning.
    pub(super) fn text(&self) -> String {
        let beginning = self.body.get(..TEXT_BYTES).unwrap_or(self.body);
        let bytes = transfer::decode(beginning, &self.encoding);
        let sniffed = if self.charset.is_none() && self.media_type == "text/html" {
            meta_charset(&bytes)
        } else {
            None
        };
        transfer::text(&bytes, self.charset.as_deref().or(sniffed.as_deref())).into_owned()
    }

    /// True for a part that is read as the message, rather than beside it.
    pub(super) fn is_body(&self) -> bool {
        let readable = matches!(self.media_type.as_str(), "text/plain" | "text/html");
        // A named text inside a multipart is a file, unless it is one of several forms of the same text.
        readable && !self.detached && (self.name.is_none() || self.alternative.is_some() || self.root)
    }
}

/// Where a message's header block ends and its body begins: `(end of the block, start of the body)`.
pub(super) fn header_end(raw: &[u8]) -> (usize, usize) {
    let mut at = 0;
    let mut seen_field = false;
    let window = raw.get(..mime_limits().header_bytes).unwrap_or(raw);
    for line in window.split_inclusive(|&byte| byte == b'\n') {
        if matches!(line, b"\n" | b"\r\n") {
            return (at, at + line.len());
        }
        seen_field |= is_field(line);
        // Bytes that do not begin like a header are all body; an mbox separator in front is passed over.
        if !seen_field && !line.starts_with(b"From ") && !line.starts_with(b">From ") {
            return (0, 0);
        }
        at += line.len();
    }
    (at, at)
}

/// Cuts `raw` into parts.
pub(super) fn read(raw: &[u8]) -> Structure<'_> {
    let (end, start) = header_end(raw);
    let fields = Fields::read(raw.get(..end).unwrap_or_default());
    let body = raw.get(start..).unwrap_or_default();
    let limits = mime_limits();
    let too_complex = raw.len() > limits.header_bytes && start == limits.header_bytes;
    let mut cut = Cut { parts: Vec::new(), outline: Vec::new(), limits, too_complex, groups: 0 };
    cut.entity(&fields, body, Place { depth: 0, alternative: None, digest: false });
    Structure { fields, parts: cut.parts, outline: cut.outline, too_complex: cut.too_complex }
}

struct Cut<'a> {
    parts: Vec<Part<'a>>,
    outline: Vec<PartOutline>,
    limits: MimeLimits,
    too_complex: bool,
    groups: usize,
}

#[derive(Clone, Copy)]
struct Place {
    depth: usize,
    alternative: Option<usize>,
    digest: bool,
}

impl<'a> Cut<'a> {
    fn entity(&mut self, fields: &Fields, body: &'a [u8], place: Place) {
        self.outline.push(outline(fields, body, place));
        let Some(boundary) = boundary(fields) else { return self.parts.push(part(fields, body, place)) };
        let MimeLimits { parts, depth, .. } = self.limits;
        let sections = if place.depth < depth { sections(body, &boundary, parts) } else { Vec::new() };
        self.too_complex |= place.depth >= depth;
        if sections.is_empty() {
            return self.parts.push(part(fields, body, place));
        }
        let subtype = media_type(fields, place);
        if subtype == "multipart/alternative" {
            self.groups += 1;
        }
        let own = (subtype == "multipart/alternative").then_some(self.groups);
        let alternative = place.alternative.or(own);
        let inside = Place { depth: place.depth + 1, alternative, digest: subtype == "multipart/digest" };
        for section in sections {
            if self.parts.len() >= parts {
                self.too_complex = true;
                return;
            }
            let (end, start) = header_end(section);
            let fields = Fields::read(section.get(..end).unwrap_or_default());
            self.entity(&fields, section.get(start..).unwrap_or_default(), inside);
        }
    }
}

fn outline(fields: &Fields, body: &[u8], place: Place) -> PartOutline {
    let media_type = media_type(fields, place);
    let content = fields.content("Content-Type");
    let disposition = fields.content("Content-Disposition");
    let of = |content: &Option<mail_parser::ContentType<'_>>, name: &str| {
        content
            .as_ref()
            .and_then(|content| content.attribute(name))
            .map(|value| display::one_line(value, 200))
    };
    let protocol = of(&content, "protocol").or_else(|| of(&content, "smime-type")).unwrap_or_default();
    let details = [
        known_as(&media_type, &protocol).map(str::to_owned),
        of(&content, "charset"),
        fields.text("Content-Transfer-Encoding").map(|encoding| display::one_line(&encoding, 40)),
        disposition.as_ref().map(|disposition| display::one_line(disposition.ctype(), 40)),
        of(&disposition, "filename").or_else(|| of(&content, "name")),
    ];
    let details = details.into_iter().flatten().filter(|detail| !detail.is_empty()).collect();
    PartOutline { depth: place.depth, media_type, details, size: body.len() as u64 }
}

/// What people call a type, where its name does not say it.
pub(super) fn known_as(media_type: &str, protocol: &str) -> Option<&'static str> {
    Some(match media_type {
        "application/pkcs7-mime" | "application/x-pkcs7-mime" if protocol == "signed-data" => {
            "S/MIME, signed"
        }
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => "S/MIME, encrypted",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "S/MIME signature",
        "application/pgp-signature" => "PGP signature",
        "application/pgp-encrypted" => "PGP, encrypted",
        "application/ms-tnef" | "application/vnd.ms-tnef" => "winmail.dat of Outlook",
        "multipart/encrypted" if protocol == "application/pgp-encrypted" => "PGP, encrypted",
        "multipart/encrypted" => "encrypted",
        "multipart/signed" if protocol == "application/pgp-signature" => "signed with PGP",
        "multipart/signed" => "signed with S/MIME",
        "text/calendar" => "calendar",
        _ => return None,
    })
}

fn part<'a>(fields: &Fields, body: &'a [u8], place: Place) -> Part<'a> {
    let content = fields.content("Content-Type");
    let disposition = fields.content("Content-Disposition");
    let media_type = match media_type(fields, place) {
        // A multipart that could not be cut is shown as it is.
        whole if whole.starts_with("multipart/") => "text/plain".to_owned(),
        other => other,
    };
    let encoding = fields.text("Content-Transfer-Encoding").unwrap_or_default();
    let encoding = encoding.split([';', ' ', '(']).next().unwrap_or_default().to_owned();
    let parameter = |content: &Option<mail_parser::ContentType<'_>>, name: &str| {
        content.as_ref().and_then(|content| content.attribute(name)).map(str::to_owned)
    };
    let name = parameter(&disposition, "filename").or_else(|| parameter(&content, "name"));
    Part {
        charset: parameter(&content, "charset"),
        detached: disposition.as_ref().is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment")),
        content_id: fields.identifier("Content-ID"),
        name: name.filter(|name| !name.trim().is_empty()),
        alternative: place.alternative,
        root: place.depth == 0,
        media_type,
        encoding,
        body,
    }
}

fn media_type(fields: &Fields, place: Place) -> String {
    let declared = fields.content("Content-Type").and_then(|content| {
        let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
        let subtype = content.subtype()?;
        let whole = plain(content.ctype()) && plain(subtype) && content.ctype().len() + subtype.len() <= 120;
        whole.then(|| format!("{}/{subtype}", content.ctype()).to_ascii_lowercase())
    });
    // RFC 2046 §5.1.5: the parts of a digest are messages unless they say otherwise.
    let assumed = if place.digest { "message/rfc822" } else { "text/plain" };
    // `Content-Type: text` is seen in old mail, and means its most common subtype.
    let broken = if fields.content("Content-Type").is_some_and(|content| content.ctype() != "text") {
        "application/octet-stream"
    } else {
        assumed
    };
    declared.unwrap_or_else(|| broken.to_owned())
}

fn boundary(fields: &Fields) -> Option<String> {
    let content = fields.content("Content-Type")?;
    if !content.ctype().eq_ignore_ascii_case("multipart") {
        return None;
    }
    content.attribute("boundary").filter(|boundary| !boundary.is_empty()).map(str::to_owned)
}

/// The bytes between the delimiter lines (RFC 2046 §5.1.1): without preamble and epilogue, at most one more than may
/// be read. The line end before a delimiter belongs to the delimiter.
fn sections<'a>(body: &'a [u8], boundary: &str, most: usize) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    let mut start = None;
    let mut at = 0;
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let end = at;
        at += line.len();
        let Some(rest) = line.strip_prefix(b"--").and_then(|line| line.strip_prefix(boundary.as_bytes()))
        else {
            continue;
        };
        let last = rest.starts_with(b"--");
        if !last && !rest.trim_ascii().is_empty() {
            continue;
        }
        if let Some(start) = start {
            found.push(without_line_end(body.get(start..end).unwrap_or_default()));
        }
        start = (!last).then_some(at);
        if last || found.len() > most {
            break;
        }
    }
    if let Some(start) = start {
        found.push(body.get(start..).unwrap_or_default());
    }
    found
}

fn without_line_end(section: &[u8]) -> &[u8] {
    let section = section.strip_suffix(b"\n").unwrap_or(section);
    section.strip_suffix(b"\r").unwrap_or(section)
}

/// The charset that an HTML page declares for itself in its first KiB.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let lower = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    let at = lower.windows(8).position(|window| window == b"charset=")?;
    let name = lower.get(at + 8..)?.iter().skip_while(|byte| matches!(byte, b'"' | b'\''));
    let name =
        name.take_while(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte)).copied().collect();
    String::from_utf8(name).ok().filter(|name| !name.is_empty())
}
