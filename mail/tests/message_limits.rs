//! The limits on how much of a message is read. A program of its own, because they are one setting of a process.

use mail::message::{MimeLimits, use_mime_limits, view_parts};

/// A text in `depth` multiparts, one inside the other.
fn nested(depth: usize) -> Vec<u8> {
    let open = |level| format!("Content-Type: multipart/mixed; boundary=\"b{level}\"\r\n\r\n--b{level}\r\n");
    let close = |level| format!("--b{level}--\r\n");
    let opened: String = (0..depth).map(open).collect();
    let closed: String = (0..depth).rev().map(close).collect();
    let text = "Content-Type: text/plain\r\n\r\nThe smallest.\r\n";
    format!("Subject: dolls\r\nMIME-Version: 1.0\r\n{opened}{text}{closed}").into_bytes()
}

/// A multipart of so many texts.
fn wide(parts: usize) -> Vec<u8> {
    let part = |number| format!("--b\r\nContent-Type: text/plain\r\n\r\nNumber {number}\r\n");
    let texts: String = (0..parts).map(part).collect();
    format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{texts}--b--\r\n").into_bytes()
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
