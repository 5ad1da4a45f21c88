//! The limits on how much of a message is read. A program of its own, because they are one setting of a process.

use mail::message::{MimeLimits, use_mime_limits, view_parts};

/// A text in `depth` multiparts, one inside the other.
fn nested(depth: usize) -> Vec<u8> {
    let mut message = "Subject: dolls\r\nMIME-Version: 1.0\r\n".to_owned();
    for level in 0..depth {
        message += &format!("Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n--b{level}\r\n");
    }
    message += "Content-Type: text/plain\r\n\r\nThe smallest.\r\n";
    for level in (0..depth).rev() {
        message += &format!("--b{level}--\r\n");
    }
    message.into_bytes()
}

/// A multipart of so many texts.
fn wide(parts: usize) -> Vec<u8> {
    let mut message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned();
    for part in 0..parts {
        message += &format!("--b\r\nContent-Type: text/plain\r\n\r\nNumber {part}\r\n");
    }
    message += "--b--\r\n";
    message.into_bytes()
}

fn long_header(bytes: usize) -> Vec<u8> {
    format!("X-Long: {}\r\nSubject: after it\r\n\r\nText.\r\n", "x".repeat(bytes)).into_bytes()
}

#[test]
fn each_limit_cuts_where_it_says_and_the_reader_is_told() {
    let told = |raw: &[u8]| view_parts(raw).warning.is_some();
    let (dolls, row, header) = (nested(8), wide(20), long_header(20_000));
    assert!(!told(&dolls) && !told(&row) && !told(&header), "within the usual limits");

    let usual = MimeLimits::default();
    for (limits, cut) in [
        (MimeLimits { depth: 5, ..usual }, &dolls),
        (MimeLimits { parts: 10, ..usual }, &row),
        (MimeLimits { header_bytes: 8192, ..usual }, &header),
    ] {
        use_mime_limits(limits);
        assert!(told(cut), "{limits:?}");
        let others = [&dolls, &row, &header].into_iter().filter(|other| *other != cut);
        assert!(others.into_iter().all(|other| !told(other)), "only its own: {limits:?}");
    }
    use_mime_limits(usual);
    assert!(!told(&dolls) && !told(&row) && !told(&header), "and back");
}
