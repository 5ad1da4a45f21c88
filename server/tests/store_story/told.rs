//! What chapters have in common: people's decisions and mail in short words.

use model::search::Search;
use model::{
    AccountId, AccountSettings, AccountSummary, Actor, Address, CredentialId, MessageFilter, MessageKey,
    MessageSummary, Page, Protocol, QuarantineKind, ReportQuery, Security, Timestamp,
};
use server::store::{Batch, Claim, Lease, MailboxId, NewMessage, Quarantined, Store, StoredBatch};

pub const NOW: Timestamp = Timestamp(1_700_000_000_000);
/// Who does it, unless somebody else is named.
pub const US: Actor = Actor::System;
/// How long a lease lasts.
pub const TTL: i64 = 90_000;

pub const fn at(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1000)
}

pub async fn credential(store: &Store) -> CredentialId {
    let id = store
        .insert_credential(&credential_text("mail", "anna"), &US, NOW, &|id| {
            format!("sealed {}", id.0).into_bytes()
        })
        .await;
    match id.unwrap() {
        Some(id) => id,
        None => store.find_credential_by_name("mail").await.unwrap().unwrap().id,
    }
}

pub fn settings(name: &str, credential: CredentialId) -> AccountSettings {
    AccountSettings {
        name: name.to_owned(),
        keep_copy: true,
        automatic_check: true,
        enabled: true,
        address: "127.0.0.1".to_owned(),
        port: 2993,
        protocol: Protocol::Imap,
        security: Security::Plaintext,
        way: model::Way::Default,
        skip_certificate: true,
        authority: None,
        pinned: None,
        credential,
        check_interval_seconds: 300,
        folders: vec!["INBOX".to_owned(), "Entwürfe, alt".to_owned()],
        delete_after_days: Some(30),
        largest_message: Some(25_000_000),
        instant: true,
        drop_gone_after_days: Some(7),
        mirror_read_state: true,
        fetch_since: Timestamp::from_date("2023-01-31"),
        tags: vec!["north".to_owned(), "Vertrieb".to_owned()],
        notes: "First line.\nSecond line.".to_owned(),
    }
}

pub async fn account(store: &Store, name: &str) -> AccountId {
    let credential = credential(store).await;
    store.insert_account(&settings(name, credential), &US, NOW).await.unwrap().unwrap()
}

pub async fn summary(store: &Store, id: AccountId) -> AccountSummary {
    store.find_account(id, NOW).await.unwrap().unwrap()
}

pub async fn claimed(store: &Store, id: AccountId, now: Timestamp) -> Lease {
    match store.claim_account(id, "node", now, TTL).await.unwrap() {
        Claim::Claimed(lease) => lease,
        other => panic!("{other:?}"),
    }
}

/// An account with its INBOX, ready to take mail in.
pub async fn inbox(store: &Store, name: &str) -> (Lease, MailboxId) {
    let account = account(store, name).await;
    let lease = claimed(store, account, NOW).await;
    let mailbox = store.known_mailbox(account, "INBOX").await.unwrap().mailbox;
    (lease, mailbox)
}

/// The account keeps no copy on its server any more.
pub async fn empties(store: &Store, account: AccountId) {
    let settings = AccountSettings {
        keep_copy: false,
        delete_after_days: None,
        ..summary(store, account).await.settings
    };
    store.update_account(account, None, &settings, &US, NOW).await.unwrap();
}

pub fn message(key: MessageKey, raw: impl Into<Vec<u8>>) -> NewMessage {
    NewMessage {
        listed_size: None,
        key,
        raw: raw.into(),
        received: NOW,
        sender: Address { name: "Bert".into(), address: "bert@example.org".into() },
        subject: "Hello".into(),
        internet_message_id: Some("1@example.org".into()),
    }
}

pub fn uid(uid: u32, text: &str) -> NewMessage {
    message(MessageKey::Uid(uid), format!("Subject: Hello\r\n\r\n{text}\r\n"))
}

pub fn uidl(uidl: &str, occurrence: u32, text: &str) -> NewMessage {
    message(MessageKey::Uidl { uidl: uidl.into(), occurrence }, format!("Subject: Hello\r\n\r\n{text}\r\n"))
}

pub fn batch(mailbox: MailboxId, uid_validity: Option<u32>, messages: Vec<NewMessage>) -> Batch {
    Batch { mailbox, uid_validity, messages, quarantined: Vec::new(), next_uid: None }
}

pub fn too_large(key: MessageKey, size: u64) -> Quarantined {
    let kind = QuarantineKind::TooLarge;
    Quarantined { key, kind, reason: "too large".into(), size, held_at_try: 1 }
}

pub fn count_new(stored: &StoredBatch) -> usize {
    stored.messages.iter().filter(|message| message.is_new).count()
}

/// The page that answers `query`, whose search makes sense.
pub async fn list(store: &Store, query: &ReportQuery<MessageFilter>) -> Page<MessageSummary> {
    let search = Search::parse(query.filter.search.as_deref().unwrap_or_default(), NOW).unwrap();
    store.list_messages(query, &search).await.unwrap()
}

pub fn everything() -> ReportQuery<MessageFilter> {
    ReportQuery::default()
}

pub fn only(filter: MessageFilter) -> ReportQuery<MessageFilter> {
    ReportQuery { filter, ..ReportQuery::default() }
}

/// A password that is sealed here.
pub fn credential_text(name: &str, user_name: &str) -> server::store::CredentialText {
    server::store::CredentialText {
        name: name.to_owned(),
        user_name: user_name.to_owned(),
        kind: model::CredentialKind::Password,
        source: None,
        oauth: None,
    }
}
