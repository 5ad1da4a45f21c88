//! Many messages as one file: every byte of them comes back out of it, and it holds what the screen shows.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story told outside of a test function")]

#[expect(dead_code, reason = "names are for those who look at each message")]
#[path = "../../mail/tests/support/corpus.rs"]
mod generated;
mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, Cursor, Read};
use support::ledger::hash;
use support::restante::Restante;
use support::server::Server;

/// Broken mail of every kind, as the parser's tests have it.
fn corpus() -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../mail/tests/messages");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| std::fs::read(path).unwrap()).filter(|raw| !raw.is_empty()).collect()
}

/// The same, and hundreds more that are made for it, each once.
fn whole_corpus() -> Vec<Vec<u8>> {
    let made = generated::families().into_iter().flat_map(|family| family.messages).map(|(_, raw)| raw);
    let mut seen = BTreeSet::new();
    let all = corpus().into_iter().chain(made.filter(|raw| !raw.is_empty()));
    all.filter(|raw| seen.insert(hash(raw))).collect()
}

fn filled(corpus: Vec<Vec<u8>>) -> (Restante, Vec<Vec<u8>>) {
    let restante = Restante::new();
    restante.add_account("a", "imap", 9, "none", &[]);
    let folder = tempfile::tempdir().unwrap();
    for (number, raw) in corpus.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{number}.eml")), raw).unwrap();
    }
    let imported =
        restante.json(&["import", "a", "--format", "eml", "--from", folder.path().to_str().unwrap()]);
    assert_eq!(imported["imported"].as_u64(), Some(corpus.len() as u64), "{imported}");
    (restante, corpus)
}

fn saved(server: &Server, cookie: &str, path: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    server.stream(path, cookie).read_to_end(&mut bytes).unwrap();
    bytes
}

/// Name and bytes of each file.
fn unzipped(bytes: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let files = (0..zip.len()).map(|index| {
        let mut file = zip.by_index(index).unwrap();
        let mut raw = Vec::new();
        file.read_to_end(&mut raw).unwrap();
        (file.name().unwrap().into_owned(), raw)
    });
    files.collect()
}

#[test]
fn every_byte_comes_back_out_of_a_zip_and_an_mbox() {
    let (restante, corpus) = filled(whole_corpus());
    assert!(corpus.len() >= 350, "only {} messages", corpus.len());
    let (server, cookie) = Server::start_signed_in(&restante);
    let sent: BTreeSet<String> = corpus.iter().map(|raw| hash(raw)).collect();

    let files = unzipped(saved(&server, &cookie, "/api/messages/export.zip"));
    assert_eq!(files.iter().map(|(_, raw)| hash(raw)).collect::<BTreeSet<_>>(), sent);
    let names: BTreeSet<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), corpus.len(), "no two of one name");
    for name in names {
        assert!(
            name.rsplit_once('.').is_some_and(|(_, kind)| kind == "eml")
                && !name.contains(['/', '\\', '\0', '\n']),
            "{name:?}"
        );
    }

    let mbox = tempfile::tempdir().unwrap();
    let path = mbox.path().join("messages.mbox");
    std::fs::write(&path, saved(&server, &cookie, "/api/messages/export.mbox?account=1")).unwrap();
    restante.add_account("b", "imap", 9, "none", &[]);
    restante.json(&["import", "b", "--format", "mbox", "--from", path.to_str().unwrap()]);
    let again: BTreeSet<String> =
        restante.messages("b").iter().map(|it| it["blake3"].as_str().unwrap().to_owned()).collect();
    assert_eq!(again, sent);
}

#[test]
fn what_is_saved_is_what_was_asked_for() {
    let (restante, _) = filled(corpus());
    let (server, cookie) = Server::start_signed_in(&restante);
    let ids: Vec<String> = restante.messages("a").iter().take(3).map(|it| it["id"].to_string()).collect();
    let files =
        unzipped(saved(&server, &cookie, &format!("/api/messages/export.zip?ids={},99999", ids.join(","))));
    assert_eq!(files.len(), 3, "one that is gone is left out");
    for (id, (name, _)) in ids.iter().zip(&files) {
        assert!(name.ends_with(&format!(" {id}.eml")), "{name}");
    }
    let none = saved(&server, &cookie, "/api/messages/export.zip?q=nobody%20says%20this");
    assert_eq!(unzipped(none).len(), 0);
    let refused = server.get("/api/messages/export.zip?q=%28", &[("cookie", &cookie)]);
    assert_eq!(refused.status, 422, "{}", refused.body);
    assert!(refused.body.contains("never closed"), "{}", refused.body);
}

#[test]
fn attachments_come_together() {
    let (restante, _) = filled(corpus());
    let (server, cookie) = Server::start_signed_in(&restante);
    let mut seen = 0;
    for message in restante.messages("a") {
        let id = &message["id"];
        let files = unzipped(saved(&server, &cookie, &format!("/messages/{id}/attachments.zip")));
        for (index, (name, raw)) in files.iter().enumerate() {
            let path = format!("/messages/{id}/attachments/{index}");
            assert_eq!(&saved(&server, &cookie, &path), raw, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 10, "{seen}");
    let mut lines = server.stream("/messages/99999/attachments.zip", &cookie).lines();
    assert!(lines.all(|line| line.is_ok()), "no such message is a short answer");
}
