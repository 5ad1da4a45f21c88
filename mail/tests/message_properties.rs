//! What holds for any bytes whatever: nothing panics, everything stays within its limits, mbox files give back what
//! was put in.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test may panic")]

#[path = "../fuzz/any_message.rs"]
mod any_message;

use any_message::check;
use mail::message::{header_fields, read_mboxrd, safe_file_name, view_parts, write_mboxrd};
use model::Timestamp;
use proptest::prelude::*;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

fn fixtures() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "eml"))
        .map(|path| fs::read(path).unwrap())
        .collect()
}

#[test]
fn a_fixture_cut_anywhere_still_reads() {
    for raw in fixtures() {
        for end in (0..raw.len()).step_by(19) {
            check(&raw[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn random_bytes_read(raw in prop::collection::vec(any::<u8>(), 0..2000)) {
        check(&raw);
    }

    #[test]
    fn random_header_text_reads(
        raw in "(From|To|Subject|Date|Content-Type|Content-Disposition|Content-ID): [ -~\r\n]{0,200}\r\n(\r\n)?[ -~\n]{0,200}"
    ) {
        check(raw.as_bytes());
    }

    #[test]
    fn random_markup_reads(html in "(<[a-z!/]{0,6}[ a-z=\"'<>&;#0-9:/-]{0,40}>?|[a-z &;]{0,10}){0,40}") {
        check(format!("Content-Type: text/html\r\n\r\n{html}").as_bytes());
    }

    #[test]
    fn a_damaged_fixture_reads(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), byte: u8) {
        let fixtures = fixtures();
        let mut raw = which.get(&fixtures).clone();
        if !raw.is_empty() {
            let at = at.index(raw.len());
            raw[at] = byte;
        }
        check(&raw);
    }

    #[test]
    fn an_mbox_file_gives_back_every_byte(
        messages in prop::collection::vec(prop::collection::vec(mbox_piece(), 0..12), 0..6)
    ) {
        let messages: Vec<Vec<u8>> = messages.into_iter().map(|pieces| pieces.concat()).collect();
        let mut file = Vec::new();
        for message in &messages {
            write_mboxrd(&mut file, message, "a@example.org", Timestamp(0)).unwrap();
        }
        let read: Vec<Vec<u8>> = read_mboxrd(file.as_slice(), 100_000).map(Result::unwrap).collect();
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn any_name_becomes_a_safe_one(name in "\\PC{0,300}") {
        let safe = safe_file_name(&name);
        prop_assert!(!safe.is_empty() && safe.len() <= 150 && !safe.starts_with('.'));
        let misread = safe.contains(['/', '\\', ':', '"', '<', '>', '|', '\0', '\u{202e}']);
        prop_assert!(!misread, "{safe:?}");
        prop_assert_eq!(safe_file_name(&safe), safe);
    }
}

fn mbox_piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(vec![
            "From ",
            ">From ",
            ">>From x\n",
            "\n",
            "\r\n",
            "\r",
            "From",
            " ",
            ">",
            "a\n",
            "\n\n"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..20),
    ]
}

fn in_time(what: &str, raw: &[u8]) {
    let start = Instant::now();
    check(raw);
    // Seconds in a debug build on a busy machine; without the limits these take minutes or all memory.
    assert!(start.elapsed() < Duration::from_secs(30), "{what} took {:?}", start.elapsed());
}

fn numbered(before: &str, after: &str, count: usize) -> String {
    let mut text = String::new();
    for number in 0..count {
        write!(text, "{before}{number}{after}").unwrap();
    }
    text
}

#[test]
fn bombs_end_in_time() {
    let html = |body: &str| format!("Content-Type: text/html\r\n\r\n{body}").into_bytes();
    let misnested =
        format!("{}{}{}", "<div>".repeat(20_000), numbered("<b a=", ">", 20_000), "</div>x".repeat(20_000));
    let attributes = numbered("a", "='>' ", 100_000);
    for (what, raw) in [
        ("unfinished encoded words", format!("Subject: {}\r\n\r\n", "=?aa?q? ".repeat(120_000)).into_bytes()),
        ("addresses", format!("To: {}\r\n\r\n", "(((((<<<<<\"a,".repeat(80_000)).into_bytes()),
        (
            "parameters",
            format!("Content-Type: text/plain{}\r\n\r\n", ";;;a*1=b;".repeat(100_000)).into_bytes(),
        ),
        ("fields", "A: b\r\n".repeat(300_000).into_bytes()),
        ("header without an end", vec![b'a'; 3 * 1024 * 1024]),
        ("deep HTML", html(&"<div><p>".repeat(200_000))),
        ("misnested HTML", html(&misnested)),
        ("attributes", html(&format!("<a {attributes}>x"))),
        ("unclosed foreign elements", html(&"<svg>".repeat(200_000))),
        ("unclosed comments", html(&"<!--".repeat(200_000))),
        ("unclosed tags", html(&"<a ".repeat(200_000))),
        ("references", html(&"&#".repeat(400_000))),
        ("Latin-1 signs", html(&"§".repeat(400_000))),
        ("tables", html(&"<table><td>".repeat(100_000))),
    ] {
        in_time(what, &raw);
    }
}

#[test]
fn too_many_parts_and_too_deep_ones_are_said() {
    let many =
        format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(3000));
    let view = view_parts(many.as_bytes());
    assert!(view.warning.unwrap().contains("too complex"));
    assert!(view.text.starts_with("x\n\nx"));

    let mut deep = String::new();
    for level in 0..200 {
        write!(deep, "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n").unwrap();
    }
    let view = view_parts(deep.as_bytes());
    assert!(view.warning.unwrap().contains("too complex"));
    assert!(view.text.contains("boundary=b150"), "what is too deep is shown as it is");

    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    assert_eq!(view_parts(nested.as_bytes()).attachments.len(), 1);
}

#[test]
fn a_header_above_a_mebibyte_is_read_as_far_as_allowed() {
    let raw = format!(
        "From: a@example.org\r\nSubject: big\r\n{}\r\nbody",
        "X-Filler: 0123456789\r\n".repeat(100_000)
    );
    assert_eq!(header_fields(raw.as_bytes()).subject, "big");
    assert!(view_parts(raw.as_bytes()).warning.is_some());
    check(raw.as_bytes());
}
