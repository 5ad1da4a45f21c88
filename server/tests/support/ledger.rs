//! What is here and what is there, by content: the verdict on every story in which something breaks.

use super::dovecot::Dovecot;
use super::restante::Restante;
use serde_json::Value;
use std::collections::BTreeSet;

/// The name of a content.
pub fn hash(raw: &[u8]) -> String {
    blake3::hash(raw).to_hex().to_string()
}

/// What is stored of an account; none of it twice.
pub fn here(restante: &Restante, user: &str, what: &str) -> BTreeSet<String> {
    let messages = restante.messages(user);
    let hashes: BTreeSet<String> =
        messages.iter().map(|message| message["blake3"].as_str().unwrap().to_owned()).collect();
    assert_eq!(hashes.len(), messages.len(), "{what}: none twice");
    hashes
}

/// The same, and every byte of it was read again.
pub fn here_whole(restante: &Restante, user: &str, what: &str) -> BTreeSet<String> {
    let hashes = here(restante, user, what);
    let folder = tempfile::tempdir().unwrap();
    let export = ["export", user, "--format", "eml", "--to", folder.path().to_str().unwrap()];
    let output = restante.run(&export);
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    let files = std::fs::read_dir(folder.path()).unwrap();
    let whole = files.map(|file| hash(&std::fs::read(file.unwrap().path()).unwrap())).collect();
    assert_eq!(hashes, whole, "{what}: whole");
    hashes
}

/// What is on the server.
pub fn there(dovecot: &Dovecot, user: &str) -> BTreeSet<String> {
    dovecot.contents(user).iter().map(|raw| hash(raw)).collect()
}

/// There is one receipt for each of these contents and no other.
pub fn receipts_are(restante: &Restante, user: &str, deleted: &BTreeSet<String>, what: &str) {
    let receipts = restante.json(&["receipts", user]);
    let mut receipts: Vec<&str> =
        receipts.as_array().unwrap().iter().map(|it| it["blake3"].as_str().unwrap()).collect();
    receipts.sort_unstable();
    assert_eq!(receipts, deleted.iter().map(String::as_str).collect::<Vec<_>>(), "{what}: one receipt each");
}

/// Checks until it goes well: a server may hold on to the mailbox of a client that died, and a lease may live on for a
/// moment.
pub fn check_until_ok(restante: &Restante, user: &str, what: &str) -> Value {
    let mut check = Value::Null;
    super::wait_for(what, 60, || {
        check = restante.check(user);
        check["outcome"] == "ok"
    });
    check
}

/// Checks until all is well and nothing is left on the server, which may come to know of fresh mail a moment late.
pub fn check_until_empty(restante: &Restante, dovecot: &Dovecot, user: &str, what: &str) {
    super::wait_for(what, 60, || restante.check(user)["outcome"] == "ok" && dovecot.files(user).is_empty());
}

/// Numbers that look like chance and are the same each time.
pub struct Dice(pub u64);

impl Dice {
    /// One of `0..below`.
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// True for the full count (`make soak`).
pub fn soaks() -> bool {
    std::env::var_os("RESTANTE_SOAK").is_some()
}
