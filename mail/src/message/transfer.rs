//! Content-Transfer-Encoding (RFC 2045 §6) and charsets. Both decoders skip what they cannot read instead of giving
//! up: a damaged attachment is still worth downloading.

use mail_parser::decoders::charsets::map::charset_decoder;
use std::borrow::Cow;

/// The bytes of a body whose transfer encoding is `encoding`; unknown encodings mean no encoding.
pub(super) fn decode<'a>(body: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    if encoding.eq_ignore_ascii_case("base64") {
        Cow::Owned(base64(body))
    } else if encoding.eq_ignore_ascii_case("quoted-printable") {
        Cow::Owned(quoted_printable(body))
    } else {
        Cow::Borrowed(body)
    }
}

/// The text of bytes in a declared charset. Where none is declared, or plain ASCII is and it is not true, UTF-8 is
/// tried first and Windows-1252, in which every byte means something, after it.
pub(super) fn text<'a>(bytes: &'a [u8], charset: Option<&str>) -> Cow<'a, str> {
    let declared = charset.map(str::trim).filter(|name| !name.is_empty());
    let honest =
        declared.filter(|name| !["us-ascii", "ascii", "unknown-8bit"].contains(&&*name.to_ascii_lowercase()));
    if honest.is_none_or(|name| name.eq_ignore_ascii_case("utf-8")) {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) if honest.is_some() => String::from_utf8_lossy(bytes),
            Err(_) => Cow::Owned(western(bytes)),
        };
    }
    match honest.and_then(|name| charset_decoder(name.as_bytes())) {
        Some(decoder) => Cow::Owned(decoder(bytes)),
        None => std::str::from_utf8(bytes).map_or_else(|_| Cow::Owned(western(bytes)), Cow::Borrowed),
    }
}

fn western(bytes: &[u8]) -> String {
    charset_decoder(b"windows-1252")
        .map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), |decoder| decoder(bytes))
}

/// What each byte stands for: six bits, the end of a group, or nothing.
const BASE64: [u8; 256] = base64_values();
const PADDING: u8 = 0xfe;
const NOTHING: u8 = 0xff;

#[expect(clippy::indexing_slicing, reason = "a table of all bytes, made by the compiler")]
const fn base64_values() -> [u8; 256] {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [NOTHING; 256];
    let mut value = 0_u8;
    while value < 64 {
        values[LETTERS[value as usize] as usize] = value;
        value += 1;
    }
    values[b'-' as usize] = 62;
    values[b'_' as usize] = 63;
    // Padding ends a group, and some senders go on with another one behind it.
    values[b'=' as usize] = PADDING;
    values
}

fn base64(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len() / 4 * 3 + 3);
    let (mut group, mut digits) = (0_u32, 0_usize);
    for &byte in body {
        match BASE64.get(usize::from(byte)).copied().unwrap_or(NOTHING) {
            NOTHING => {}
            PADDING => end_group(&mut group, &mut digits, &mut bytes),
            value => {
                group = (group << 6) | u32::from(value);
                digits += 1;
                if digits == 4 {
                    end_group(&mut group, &mut digits, &mut bytes);
                }
            }
        }
    }
    end_group(&mut group, &mut digits, &mut bytes);
    bytes
}

/// Two digits make one byte, three make two, four make three; what is left of them means nothing.
fn end_group(group: &mut u32, digits: &mut usize, bytes: &mut Vec<u8>) {
    let [_, whole @ ..] = (*group << (6 * (4 - *digits))).to_be_bytes();
    bytes.extend(whole.iter().take(digits.saturating_sub(1)));
    (*group, *digits) = (0, 0);
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(body.len());
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let end = line.get(content.len()..).unwrap_or_default();
        // White space at the end of a line was added on the way (RFC 2045 §6.7, rule 3).
        let content = content.trim_ascii_end();
        let soft = content.strip_suffix(b"=");
        let mut rest = soft.unwrap_or(content);
        while let Some((&first, after)) = rest.split_first() {
            rest = after;
            if let (b'=', Some((&[high, low], later))) = (first, after.split_first_chunk::<2>())
                && let (Some(high), Some(low)) = (hex(high), hex(low))
            {
                bytes.push((high << 4) | low);
                rest = later;
            } else {
                bytes.push(first);
            }
        }
        if soft.is_none() {
            bytes.extend_from_slice(end);
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::{decode, text};

    #[test]
    fn damaged_base64_gives_what_is_left_of_it() {
        for (encoded, bytes) in [
            ("aGVs\r\nbG8=", "hello"),
            ("aGVsbG8", "hello"),
            ("aG!Vs bG8=", "hello"),
            ("aGk=aGk=", "hihi"),
            ("", ""),
        ] {
            assert_eq!(decode(encoded.as_bytes(), "BASE64"), bytes.as_bytes(), "{encoded}");
        }
    }

    #[test]
    fn quoted_printable_keeps_line_ends_and_joins_soft_ones() {
        for (encoded, bytes) in [
            ("a=3Db=\r\nc\r\n", "a=bc\r\n"),
            ("a \t\r\nb", "a\r\nb"),
            ("a=ZZ=3", "a=ZZ=3"),
            ("a=\n", "a"),
            ("=C3=BC\n", "ü\n"),
        ] {
            assert_eq!(decode(encoded.as_bytes(), "quoted-printable"), bytes.as_bytes(), "{encoded}");
        }
    }

    #[test]
    fn a_wrong_or_missing_charset_still_reads() {
        assert_eq!(text(b"gr\xfcn", None), "grün");
        assert_eq!(text("grün".as_bytes(), None), "grün");
        assert_eq!(text("grün".as_bytes(), Some("us-ascii")), "grün");
        assert_eq!(text(b"gr\xfcn", Some("iso-8859-1")), "grün");
        assert_eq!(text(b"gr\xfcn", Some("no-such-charset")), "grün");
        assert_eq!(text(b"\xf0\xd2\xc9", Some("koi8-r")), "При");
    }
}
