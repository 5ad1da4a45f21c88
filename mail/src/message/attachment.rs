//! The parts that stand beside a message: which they are, what they are called, and their exact bytes. Nothing is
//! unpacked: what is downloaded is what was sent.

use super::content::{self, Preview};
use super::fields::Fields;
use super::file_name::safe_file_name;
use super::parse::shown_content_ids;
use super::picture;
use super::structure::{self, Part, header_end};
use std::collections::HashSet;

/// An attachment, to be downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// A safe file name, never empty.
    pub name: String,
    /// The declared media type.
    pub media_type: String,
    /// The decoded bytes; of an attached message its raw bytes.
    pub bytes: Vec<u8>,
}

/// The attachment at place `index`, counted from 0 as in [`ViewParts::attachments`](super::ViewParts::attachments).
pub fn attachment(raw: &[u8], index: u32) -> Option<Attachment> {
    let message = structure::read(raw);
    let part = attached(&message.parts).nth(usize::try_from(index).ok()?)?;
    Some(Attachment {
        name: name(part),
        media_type: part.media_type.clone(),
        bytes: part.bytes().into_owned(),
    })
}

/// What can be shown of the attachment at place `index`; `None` where it has to be saved first.
pub fn attachment_preview(raw: &[u8], index: u32) -> Option<Preview> {
    let message = structure::read(raw);
    let part = attached(&message.parts).nth(usize::try_from(index).ok()?)?;
    content::preview(&part.bytes(), &part.media_type, part.charset.as_deref())
}

/// What the attachments look like from outside, in order.
pub(super) fn list(parts: &[Part<'_>]) -> Vec<model::AttachmentInfo> {
    let infos = described(parts).enumerate().map(|(index, (part, inline))| {
        let beginning = part.beginning();
        let name = name(part);
        model::AttachmentInfo {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            kind: kind(part, &beginning, &name),
            name,
            size: part.bytes().len() as u64,
            inline,
            picture: picture::kind(&beginning).is_some(),
            readable: content::has_preview(&beginning, &part.media_type),
        }
    });
    infos.collect()
}

/// What it is: by its bytes where they prove it, else what its sender says; and what about its name deserves a second look.
fn kind(part: &Part<'_>, beginning: &[u8], name: &str) -> String {
    let kind = content::known(beginning).unwrap_or(&part.media_type);
    match double_extension(name) {
        Some((shown, real)) => format!("{kind} · its name looks like .{shown}, it is .{real}"),
        None => kind.to_owned(),
    }
}

/// `invoice.pdf.exe`: what the name looks like, and what a system would open it as.
fn double_extension(name: &str) -> Option<(String, String)> {
    const PROGRAMS: [&str; 26] = [
        "exe", "scr", "com", "bat", "cmd", "pif", "js", "jse", "vbs", "vbe", "wsf", "hta", "msi", "ps1",
        "lnk", "jar", "html", "htm", "svg", "iso", "img", "reg", "cpl", "url", "app", "sh",
    ];
    let (rest, real) = name.rsplit_once('.')?;
    let (_, shown) = rest.trim_end().rsplit_once('.')?;
    let real = real.trim().to_ascii_lowercase();
    let looks =
        !shown.is_empty() && shown.len() <= 5 && shown.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (looks && PROGRAMS.contains(&real.as_str())).then(|| (shown.to_owned(), real))
}

/// The names of those that are not shown in the text. Most of a message's bytes are attachments: none is decoded.
pub(super) fn names(parts: &[Part<'_>]) -> Vec<String> {
    described(parts).filter(|(_, inline)| !inline).map(|(part, _)| name(part)).collect()
}

/// The attachments in order, and whether the text shows them.
fn described<'a>(parts: &'a [Part<'a>]) -> impl Iterator<Item = (&'a Part<'a>, bool)> {
    let shown: HashSet<String> = shown_content_ids(parts);
    attached(parts).map(move |part| {
        let named = part.content_id.as_ref().is_some_and(|id| shown.contains(&id.to_lowercase()));
        (part, named && picture::kind(&part.beginning()).is_some())
    })
}

fn attached<'a>(parts: &'a [Part<'a>]) -> impl Iterator<Item = &'a Part<'a>> {
    parts.iter().filter(|part| !part.is_body())
}

fn name(part: &Part<'_>) -> String {
    if let Some(name) = &part.name {
        return safe_file_name(name);
    }
    if part.media_type == "message/rfc822" {
        let bytes = part.bytes();
        let fields = Fields::read(bytes.get(..header_end(&bytes).0).unwrap_or_default());
        let subject = fields.text("Subject").filter(|subject| !subject.trim().is_empty());
        return safe_file_name(&format!("{}.eml", subject.as_deref().unwrap_or("message")));
    }
    let extension = match part.media_type.as_str() {
        "text/plain" | "message/delivery-status" | "text/rfc822-headers" => ".txt",
        "text/html" => ".html",
        "text/calendar" => ".ics",
        "image/png" => ".png",
        "image/jpeg" => ".jpg",
        "image/gif" => ".gif",
        "application/pdf" => ".pdf",
        "application/pgp-signature" => ".asc",
        _ => "",
    };
    format!("attachment{extension}")
}

#[cfg(test)]
mod tests {
    use super::double_extension;

    #[test]
    fn a_name_with_two_endings_is_told_of() {
        let told = |name: &str| double_extension(name).map(|(shown, real)| format!("{shown} {real}"));
        assert_eq!(told("invoice.pdf.exe").as_deref(), Some("pdf exe"));
        assert_eq!(told("invoice.pdf   .SCR").as_deref(), Some("pdf scr"));
        for name in
            ["invoice.pdf", "archive.tar.gz", "v1.2.pdf", "exe", ".bashrc", "report.final version.exe"]
        {
            assert_eq!(told(name), None, "{name}");
        }
    }
}
