//! Text, preview, attachment count and search index of what was stored: at once, or a little later under load.

use super::Checks;
use crate::events::Event;
use crate::store::{IndexEntry, StoreError};
use model::MessageId;
use std::time::Duration;

const BATCH: u32 = 100;
/// Also looks this often, for what other processes stored.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Indexes whatever is pending until the process ends.
pub async fn run(checks: Checks) {
    let mut stop = checks.stop.clone();
    loop {
        match index_batch(&checks).await {
            Ok(0) => {}
            Ok(_) => {
                checks.events.send(Event::Messages(None));
                if !*stop.borrow() {
                    continue;
                }
            }
            Err(error) => tracing::error!(%error, "indexing paused"),
        }
        tokio::select! {
            () = checks.stored.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = super::stopped(&mut stop) => return,
        }
    }
}

/// Indexes until nothing is pending.
///
/// # Errors
/// The store's.
pub async fn drain(checks: &Checks) -> Result<(), StoreError> {
    while index_batch(checks).await? > 0 {}
    Ok(())
}

/// Indexes one batch; returns how many messages it had.
async fn index_batch(checks: &Checks) -> Result<usize, StoreError> {
    let pending = checks.store.pending(BATCH).await?;
    let mut entries = Vec::with_capacity(pending.len());
    for message in &pending {
        entries.push(entry(checks, *message).await?);
    }
    if !entries.is_empty() {
        checks.store.index(&entries).await?;
    }
    Ok(entries.len())
}

/// What can be found of one message. A message that cannot be read, or that makes the parser panic, is indexed as
/// empty: it stays visible and exact, and does not hold the others up.
async fn entry(checks: &Checks, message: MessageId) -> Result<IndexEntry, StoreError> {
    let empty = IndexEntry { message, ..IndexEntry::default() };
    let raw = match checks.store.raw_message(message).await {
        Ok(Some(raw)) => raw,
        Ok(None) => return Ok(empty),
        Err(StoreError::Corrupt(reason)) => {
            tracing::error!(message = message.0, reason, "a stored message is damaged");
            return Ok(empty);
        }
        Err(error) => return Err(error),
    };
    let parsed = tokio::task::spawn_blocking(move || {
        let fields = mail::message::header_fields(&raw);
        let parts = mail::message::index_fields(&raw);
        IndexEntry {
            message,
            preview: parts.preview,
            attachments: parts.attachments,
            subject: fields.subject,
            addresses: parts.addresses,
            body: parts.text,
            attachment_names: parts.attachment_names.join(" "),
        }
    });
    Ok(parsed.await.unwrap_or(empty))
}
