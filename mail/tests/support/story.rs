//! One whole check by hand: list, fetch, delete what came, good-bye; and what must hold of it whatever the server does.

use super::peer::{Peer, Shared};
use mail::{Access, FetchedBody, MailError, Target};
use model::{MessageKey, Protocol};
use std::collections::HashSet;
use tokio::sync::mpsc;

/// What a check got out of a server.
#[derive(Debug, Default)]
pub struct Told {
    pub listed: usize,
    pub delivered: Vec<(MessageKey, Vec<u8>)>,
    /// Bodies that did not come, each with why.
    pub missed: Vec<String>,
    pub deleted: Vec<MessageKey>,
    pub error: Option<MailError>,
}

/// Tells the story; ends at the first error.
pub async fn check(target: &Target, peer: &Peer) -> Told {
    let mut told = Told::default();
    told.error = steps(target, peer, &mut told).await.err();
    told
}

async fn steps(target: &Target, peer: &Peer, told: &mut Told) -> Result<(), MailError> {
    let mut session = mail::open(target, peer).await?;
    session.list().await?;
    session.open("INBOX", Access::ReadOnly).await?;
    let listed = session.list_messages(None).await?;
    told.listed = listed.len();
    let (into, mut from) = mpsc::channel(1000);
    let fetched = session.fetch(&listed, into).await;
    let mut stored = Vec::new();
    while let Some(fetched) = from.recv().await {
        match fetched.body {
            FetchedBody::Raw(bytes) => {
                told.delivered.push((fetched.message.key.clone(), bytes));
                stored.push(fetched.message);
            }
            FetchedBody::TooLarge { size } => told.missed.push(format!("too large: {size}")),
            FetchedBody::Gone => told.missed.push("gone".to_owned()),
            FetchedBody::Failed(error) => told.missed.push(error.kind.id().to_owned()),
        }
    }
    fetched?;
    if target.protocol == Protocol::Imap {
        session.fetch_ids(&stored).await?;
        session.open("INBOX", Access::ReadWrite).await?;
    }
    told.deleted = session.delete(&stored).await?;
    session.close().await;
    Ok(())
}

/// Whatever happened: no body but a whole one, none twice, nothing called deleted that is still there, and every
/// message is here or there.
pub fn nothing_is_lost_or_doubled(case: &str, told: &Told, server: &Shared, before: &[(u32, &[u8])]) {
    let kept = server.lock().unwrap();
    let number = |key: &MessageKey| match key {
        MessageKey::Uid(uid) => Some(*uid),
        MessageKey::Uidl { uidl, .. } => uidl.trim_start_matches("id").parse().ok(),
        // Without unique-ids a message is what is in it.
        MessageKey::Unnamed => None,
    };
    let mut here = HashSet::new();
    for (key, bytes) in &told.delivered {
        let original =
            before.iter().find(|(uid, original)| number(key).map_or(original == bytes, |key| key == *uid));
        assert!(
            original.is_some_and(|(_, original)| original == bytes),
            "{case}: {key:?} is not what was sent"
        );
        assert!(here.insert(original.unwrap().0), "{case}: {key:?} came twice");
    }
    let there = |wanted: u32| kept.messages.iter().any(|(uid, ..)| *uid == wanted);
    for key in told.deleted.iter().filter_map(number) {
        assert!(!there(key), "{case}: {key:?} is called deleted and is there");
    }
    for (uid, _) in before {
        assert!(here.contains(uid) || there(*uid), "{case}: message {uid} is lost");
    }
}
