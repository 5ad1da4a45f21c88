//! What holds for any message whatever. Shared by the fuzzer and by `tests/message_properties.rs`.

use mail::message::{attachment, frame_document, header_fields, index_fields, view_parts};

/// Calls everything and checks what must hold of every answer.
pub fn check(raw: &[u8]) {
    let header = header_fields(raw);
    assert!(header.subject.chars().count() <= 998);
    assert!(header.sender.name.chars().count() <= 200 && header.sender.address.chars().count() <= 320);
    let index = index_fields(raw);
    assert!(index.preview.chars().count() <= 140 && !index.preview.contains('\n'));
    assert!(index.text.len() <= 256 * 1024);
    let view = view_parts(raw);
    let strings = [&header.subject, &header.sender.name, &header.sender.address, &index.preview, &index.text];
    let more = [&index.sender, &index.recipients, &view.text];
    assert!(strings.into_iter().chain(more).all(|text| !text.contains('\0')), "a NUL reached a column");
    for info in &view.attachments {
        let part = attachment(raw, info.index).expect("an attachment that is listed");
        assert_eq!(part.bytes.len() as u64, info.size);
        assert!(!part.name.is_empty() && part.name.len() <= 150);
    }
    assert_eq!(frame_document(raw).is_some(), view.has_html);
}
