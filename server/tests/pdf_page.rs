//! The process that draws the first page of a PDF: it draws, it can open nothing, and whatever it is given it ends.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A PDF of one page of this size, with these bytes as the content of the page and these entries about them.
fn pdf(size: &str, about: &str, content: &[u8]) -> Vec<u8> {
    pdf_with("", size, about, content)
}

/// The same with more entries in its trailer.
fn pdf_with(trailer: &str, size: &str, about: &str, content: &[u8]) -> Vec<u8> {
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {size}]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    );
    let stream = format!("<</Length {}{about}>>stream\n", content.len());
    let objects: [Vec<u8>; 5] = [
        b"<</Type/Catalog/Pages 2 0 R>>".to_vec(),
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>".to_vec(),
        page.into_bytes(),
        [stream.as_bytes(), content, b"\nendstream"].concat(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_vec(),
    ];
    let mut pdf = b"%PDF-1.7\n".to_vec();
    let mut table = b"0000000000 65535 f \n".to_vec();
    for (index, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", pdf.len()).unwrap();
        pdf.extend(format!("{} 0 obj\n", index + 1).bytes());
        pdf.extend(object);
        pdf.extend(b"\nendobj\n");
    }
    let start = pdf.len();
    pdf.extend(b"xref\n0 6\n");
    pdf.extend(table);
    pdf.extend(format!("trailer<</Root 1 0 R/Size 6{trailer}>>\nstartxref\n{start}\n%%EOF\n").bytes());
    pdf
}

fn started() -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restante"));
    command.arg("pdf-page").env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn drawn(pdf: &[u8]) -> Output {
    let mut child = started();
    drop(child.stdin.take().unwrap().write_all(pdf));
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < Duration::from_mins(1), "it has ten seconds of a processor");
    output
}

/// Width and height, from the header of a PNG.
fn extent(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn the_first_page_becomes_a_picture() {
    let words = b"BT /F 60 Tf 40 100 Td (Invoice 17) Tj ET";
    let output = drawn(&pdf("400 200", "", words));
    assert!(output.status.success());
    assert_eq!(extent(&output.stdout), (1200, 600));
    let blank = drawn(&pdf("400 200", "", b""));
    assert_eq!(extent(&blank.stdout), (1200, 600));
    assert!(output.stdout.len() > blank.stdout.len() + 500, "its words are drawn");
    assert_eq!(extent(&drawn(&pdf("595 842", "", words)).stdout), (989, 1400));
}

#[test]
fn the_process_can_open_nothing() {
    let mut child = started();
    let limits = format!("/proc/{}/limits", child.id());
    let lowered = |limits: &str| {
        let open = limits.lines().find(|line| line.starts_with("Max open files")).unwrap().to_owned();
        open.split_whitespace().nth(3) == Some("3")
    };
    let began = Instant::now();
    while !lowered(&std::fs::read_to_string(&limits).unwrap()) {
        assert!(began.elapsed() < Duration::from_secs(20), "it gives everything up before it reads");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(child.stdin.take());
    let mut said = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut said).unwrap();
    assert!(said.is_empty() && !child.wait().unwrap().success());
}

#[test]
fn whatever_it_is_given_it_ends() {
    // Two bytes that become two thousand million.
    let bomb = ["/RunLengthDecode"; 6].concat();
    let bomb = pdf("400 200", &format!("/Filter[{bomb}]"), &[129, 129]);
    let good = pdf("400 200", "", b"BT /F 60 Tf 40 100 Td (Invoice 17) Tj ET");
    let deep = [b"[".repeat(200_000), b"]".repeat(200_000)].concat();
    let itself = String::from_utf8(good.clone()).unwrap().replace("Kids[3 0 R]", "Kids[2 0 R]");
    let key = "00".repeat(32);
    let key = format!("/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/O<{key}>/U<{key}>/P -4>>");
    let locked = pdf_with(&key, "400 200", "", b"");
    for (what, pdf, code) in [
        ("nothing", Vec::new(), Some(1)),
        ("no PDF", b"%PDF-1.7 and nothing else".to_vec(), Some(1)),
        ("a page of no extent", pdf("0 0", "", b""), None),
        ("a page of kilometres", pdf("99999999999 2", "", b""), None),
        ("what unpacks without end", bomb, None),
        ("what nests without end", pdf("400 200", "", &deep), None),
        ("pages that hold themselves", itself.into_bytes(), None),
        ("a password", locked, Some(3)),
    ] {
        let output = drawn(&pdf);
        if code.is_some() {
            assert_eq!(output.status.code(), code, "{what}");
        }
        assert!(output.stdout.is_empty() || output.status.success(), "{what}");
    }
    for cut in (0..good.len()).step_by(29) {
        drawn(&good[..cut]);
    }
}
