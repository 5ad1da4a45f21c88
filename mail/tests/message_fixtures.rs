//! Every message of `tests/messages` as its reader meets it. A new fixture needs nothing but its file; its snapshot is
//! then looked at by a person.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

#[path = "support/corpus.rs"]
mod corpus;

use mail::message::{attachment, frame_document, header_fields, index_fields, view_parts};
use std::fmt::Write;
use std::fs;
use std::path::Path;

#[test]
fn every_fixture_reads_as_its_snapshot_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "eml") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            insta::assert_snapshot!(name, described(&fs::read(&path).unwrap()));
            count += 1;
        }
    }
    assert!(count >= 40, "only {count} fixtures");
}

#[test]
fn every_message_of_the_corpus_reads_as_its_snapshot_says() {
    let mut count = 0;
    for family in corpus::families() {
        let mut text = String::new();
        for (name, raw) in family.messages {
            // Of the longest ones a digest is enough: what matters is that it is the same again.
            let told = described(&raw);
            let told =
                if told.len() > 4000 { format!("{} characters\n", told.chars().count()) } else { told };
            writeln!(text, "=== {name}\n{told}").unwrap();
            count += 1;
        }
        insta::assert_snapshot!(format!("corpus_{}", family.name.replace(' ', "_")), text);
    }
    assert!(count >= 300, "only {count} messages");
}

#[test]
fn an_attachment_is_downloaded_as_it_was_sent() {
    let raw = include_bytes!("messages/rfc822.eml");
    let start = raw.windows(6).position(|window| window == b"inner@").unwrap() - 6;
    let end = raw.windows(11).rposition(|window| window == b"\r\n--outer--").unwrap();
    let inner = attachment(raw, 0).unwrap();
    assert_eq!(inner.bytes, raw[start..end]);
    assert_eq!(inner.name, "The inner ü_one.eml");
    assert_eq!(attachment(raw, 1), None);
    let encoded = attachment(include_bytes!("messages/rfc822_base64.eml"), 0).unwrap();
    assert!(encoded.bytes.starts_with(b"From: inner@example.org\nSubject:"));
}

/// All that is said of a message, for a person to read.
fn described(raw: &[u8]) -> String {
    let header = header_fields(raw);
    let index = index_fields(raw);
    let view = view_parts(raw);
    let mut text = String::new();
    writeln!(text, "sender: {:?} <{}>", header.sender.name, header.sender.address).unwrap();
    writeln!(text, "subject: {:?}", header.subject).unwrap();
    writeln!(text, "date: {}", header.date.map_or("none".to_owned(), model::Timestamp::rfc3339)).unwrap();
    writeln!(text, "message id: {:?}", header.internet_message_id).unwrap();
    writeln!(text, "preview: {:?}", index.preview).unwrap();
    writeln!(text, "senders: {}", index.sender).unwrap();
    writeln!(text, "recipients: {}", index.recipients).unwrap();
    writeln!(text, "indexed attachments: {} {:?}", index.attachments, index.attachment_names).unwrap();
    assert_eq!(index.text.is_empty(), view.text.is_empty());
    for (name, list) in [("to", &view.recipients), ("cc", &view.cc), ("reply to", &view.reply_to)] {
        for address in list {
            writeln!(text, "{name}: {:?} <{}>", address.name, address.address).unwrap();
        }
    }
    writeln!(text, "return path: {:?}", view.return_path).unwrap();
    writeln!(text, "warning: {:?}", view.warning).unwrap();
    for caution in &view.cautions {
        writeln!(text, "caution: {caution}").unwrap();
    }
    for (name, value) in &view.invitation {
        writeln!(text, "calendar, {name}: {value}").unwrap();
    }
    if index.ancestry.ancestors.len() + usize::from(index.ancestry.answered_subject.is_some()) > 0 {
        let ancestry = &index.ancestry;
        writeln!(text, "answers: {:?} {:?}", ancestry.ancestors, ancestry.answered_subject).unwrap();
    }
    if let Some(found) = &view.authentication {
        writeln!(text, "authentication: {} ({})", found.words, found.sender_confirmed).unwrap();
    }
    writeln!(text, "{}", view.structure.trim_end()).unwrap();
    for (name, value) in &view.headers {
        writeln!(text, "  {name}: {value}").unwrap();
    }
    for info in &view.attachments {
        let part = attachment(raw, info.index).unwrap();
        assert_eq!((&part.name, part.bytes.len() as u64), (&info.name, info.size));
        let inline = if info.inline { " inline" } else { "" };
        writeln!(
            text,
            "attachment {}: {:?} {} {} bytes{inline}",
            info.index, info.name, info.kind, info.size
        )
        .unwrap();
    }
    writeln!(text, "---- text\n{}", view.text).unwrap();
    let frame = frame_document(raw);
    assert_eq!(frame.is_some(), view.has_html);
    if let Some(frame) = frame {
        assert_eq!(frame.remote_content, view.remote_content);
        let body = frame.html.split_once("<body>").unwrap().1.strip_suffix("</body></html>").unwrap();
        writeln!(text, "---- html, remote content: {}\n{body}", frame.remote_content).unwrap();
    }
    text
}
