//! The parts that stand beside a message: which they are, what they are called, and their exact bytes. Nothing is
//! unpacked, and no type is guessed from content: what is downloaded is what was sent.

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

/// What the attachments look like from outside, in order.
pub(super) fn list(parts: &[Part<'_>]) -> Vec<model::AttachmentInfo> {
    let infos = described(parts).enumerate().map(|(index, (part, inline))| model::AttachmentInfo {
        index: u32::try_from(index).unwrap_or(u32::MAX),
        name: name(part),
        media_type: part.media_type.clone(),
        size: part.bytes().len() as u64,
        inline,
    });
    infos.collect()
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
