//! What an attachment is by its first bytes, whatever its sender calls it, and whether it may be looked at before it is
//! saved. Deliberately absent: opening anything, and drawing what has to be drawn.

use super::{display, picture, transfer};

/// Bytes of a text that are shown.
const SHOWN: usize = 256 * 1024;

/// How an attachment can be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Preview {
    /// A picture.
    Picture {
        /// Which its bytes prove.
        media_type: &'static str,
        /// The whole of it.
        bytes: Vec<u8>,
    },
    /// Text.
    Text(String),
    /// A PDF, which is still to be drawn.
    Pdf(Vec<u8>),
}

/// What people call a file that begins like this; `None` where its bytes prove nothing.
pub(super) fn known(beginning: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: [(&[u8], &str); 17] = [
        (b"%PDF-", "PDF"),
        (b"PK\x03\x04", "ZIP or Office file"),
        (b"PK\x05\x06", "ZIP file, empty"),
        (b"MZ", "Windows program"),
        (b"\x7fELF", "Linux program"),
        (b"\xfe\xed\xfa", "macOS program"),
        (b"\xcf\xfa\xed\xfe", "macOS program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office file"),
        (b"Rar!\x1a\x07", "RAR file"),
        (b"7z\xbc\xaf\x27\x1c", "7z file"),
        (b"\x1f\x8b", "gzip file"),
        (b"{\\rtf", "RTF text"),
        (b"#!", "script"),
        (b"ID3", "MP3 sound"),
        (b"OggS", "Ogg sound or film"),
        (b"\x78\x9f\x3e\x22", "winmail.dat of Outlook"),
        (b"L\0\0\0\x01\x14\x02\0", "Windows shortcut"),
    ];
    match picture::kind(beginning) {
        Some("image/png") => return Some("PNG picture"),
        Some("image/jpeg") => return Some("JPEG picture"),
        Some("image/gif") => return Some("GIF picture"),
        Some(_) => return Some("WebP picture"),
        None => {}
    }
    if beginning.get(4..8) == Some(b"ftyp") {
        return Some("film");
    }
    if beginning.get(257..262) == Some(b"ustar") {
        return Some("tar file");
    }
    let found = BEGINNINGS.iter().find(|(start, _)| beginning.starts_with(start)).map(|(_, name)| *name);
    found.or_else(|| is_html(beginning).then_some("HTML page"))
}

fn is_pdf(beginning: &[u8]) -> bool {
    beginning.starts_with(b"%PDF-")
}

fn is_html(beginning: &[u8]) -> bool {
    let start = beginning.trim_ascii_start();
    [&b"<!doctype html"[..], b"<html", b"<script", b"<svg"]
        .into_iter()
        .any(|tag| start.get(..tag.len()).is_some_and(|own| own.eq_ignore_ascii_case(tag)))
}

/// True where [`preview`] would give something.
pub(super) fn has_preview(beginning: &[u8], media_type: &str) -> bool {
    picture::kind(beginning).is_some() || is_pdf(beginning) || is_text(beginning, media_type)
}

/// What to show of a file of these bytes; `None` where nothing is safe to show.
pub(super) fn preview(bytes: &[u8], media_type: &str, charset: Option<&str>) -> Option<Preview> {
    if let Some(media_type) = picture::kind(bytes) {
        return Some(Preview::Picture { media_type, bytes: bytes.to_vec() });
    }
    if is_pdf(bytes) {
        return Some(Preview::Pdf(bytes.to_vec()));
    }
    is_text(bytes.get(..4096).unwrap_or(bytes), media_type).then(|| {
        let (text, _) = display::lines(&transfer::text(bytes.get(..SHOWN).unwrap_or(bytes), charset), SHOWN);
        Preview::Text(text)
    })
}

/// Text by its declared type, and by its bytes: none of them is a control character that text has not.
fn is_text(beginning: &[u8], media_type: &str) -> bool {
    let declared = media_type.starts_with("text/")
        || matches!(
            media_type,
            "application/json"
                | "application/xml"
                | "message/rfc822"
                | "message/delivery-status"
                | "application/ics"
        );
    declared
        && known(beginning).is_none_or(|kind| matches!(kind, "HTML page" | "script"))
        && !beginning.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_what_a_file_is() {
        for (bytes, kind) in [
            (&b"%PDF-1.7"[..], Some("PDF")),
            (b"MZ\x90\0", Some("Windows program")),
            (b"\x89PNG\r\n\x1a\n", Some("PNG picture")),
            (b" \n<!DOCTYPE HTML>", Some("HTML page")),
            (b"\0\0\0\x18ftypmp42", Some("film")),
            (b"Dear all", None),
            (b"", None),
        ] {
            assert_eq!(known(bytes), kind);
        }
    }

    #[test]
    fn pictures_and_text_are_shown_and_nothing_else() {
        let text = |words: &str| Some(Preview::Text(words.to_owned()));
        assert_eq!(
            preview(b"\xff\xd8\xff\xe0", "text/plain", None),
            Some(Preview::Picture { media_type: "image/jpeg", bytes: b"\xff\xd8\xff\xe0".to_vec() })
        );
        assert_eq!(preview(b"a;b\r\n1;2", "text/csv", None), text("a;b\n1;2"));
        assert_eq!(preview(b"gr\xfcn", "text/plain", Some("iso-8859-1")), text("gr\u{fc}n"));
        assert_eq!(
            preview(b"<script>alert(1)</script>", "text/html", None),
            text("<script>alert(1)</script>")
        );
        assert_eq!(preview(b"%PDF-1.7", "text/plain", None), Some(Preview::Pdf(b"%PDF-1.7".to_vec())));
        assert_eq!(preview(b"\xff\xd8", "image/jpeg", None), None);
        assert_eq!(preview(b"MZ\x90", "text/plain", None), None);
        assert_eq!(preview(b"a\0b", "text/plain", None), None);
        assert_eq!(preview(b"<svg onload=alert(1)>", "image/svg+xml", None), None);
    }
}
