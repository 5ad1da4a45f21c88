//! Text, preview, attachment count and search index of what was stored: at once, or a little later under load. While one
//! batch is written the next is read. Deliberately absent: waiting for a check to end; both go on at once.

use super::Checks;
use crate::events::Event;
use crate::store::{IndexEntry, Kin, StoreError};
use futures_util::{StreamExt, stream};
use model::MessageId;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, timeout};

/// Messages after which the newest are looked at again.
const ROUND: usize = 2000;
/// Messages that are looked up together.
const LOOK_UP: u32 = 100;
/// Messages that are read at once.
const LANES: usize = 2;
/// KiB of messages that are read at once; a larger one is read alone.
const KIB_AT_ONCE: u32 = 4 * 1024;
/// Messages that are read before they are written.
const READ_AHEAD: usize = 64;
/// Messages that are written together, where so many come within [`BATCH_WAIT`].
const BATCH: usize = 256;
const BATCH_WAIT: Duration = Duration::from_millis(200);
/// Also looks this often, for what other processes stored.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Indexes whatever is pending until the process ends.
pub async fn run(checks: Checks) {
    let stop = checks.stop.clone();
    until(&checks, stop).await;
}

/// Indexes while `work` goes on, and then until nothing is pending.
///
/// # Errors
/// The store's, from when `work` is done; before that it is tried again.
pub async fn alongside<T>(checks: &Checks, work: impl Future<Output = T>) -> Result<T, StoreError> {
    let (over, stop) = watch::channel(false);
    let work = async {
        let done = work.await;
        over.send_replace(true);
        done
    };
    let (done, ()) = tokio::join!(work, until(checks, stop));
    drain(checks).await?;
    Ok(done)
}

/// Indexes until nothing is pending.
///
/// # Errors
/// The store's.
pub async fn drain(checks: &Checks) -> Result<(), StoreError> {
    while round(checks, &checks.stop).await? > 0 {}
    Ok(())
}

/// Indexes whatever is pending until `stop` says so; what has begun then is finished.
async fn until(checks: &Checks, mut stop: watch::Receiver<bool>) {
    loop {
        match round(checks, &stop).await {
            Ok(0) => {}
            Ok(_) => {
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

/// Indexes what is pending, newest first, as far as [`ROUND`] goes; returns how many messages that were.
async fn round(checks: &Checks, stop: &watch::Receiver<bool>) -> Result<usize, StoreError> {
    let (into, entries) = mpsc::channel(READ_AHEAD);
    let (read, written) = tokio::join!(read_pending(checks, stop, into), write(checks, entries));
    // Where writing failed, reading ended only because nobody listened any more.
    let written = written?;
    read?;
    Ok(written)
}

/// Ends early where the receiver is gone.
async fn read_pending(
    checks: &Checks,
    stop: &watch::Receiver<bool>,
    into: mpsc::Sender<IndexEntry>,
) -> Result<(), StoreError> {
    let room = Semaphore::new(KIB_AT_ONCE as usize);
    let mut below = MessageId(i64::MAX);
    let mut looked_at = 0;
    while looked_at < ROUND && !*stop.borrow() {
        let pending = checks.store.pending(below, LOOK_UP).await?;
        let Some((last, _)) = pending.last() else { break };
        below = *last;
        looked_at += pending.len();
        let entries = pending.into_iter().map(|(message, size)| entry(checks, &room, message, size));
        let mut entries = stream::iter(entries).buffered(LANES);
        while let Some(entry) = entries.next().await {
            if into.send(entry?).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Writes what is read in batches; returns how many messages that were.
async fn write(checks: &Checks, mut entries: mpsc::Receiver<IndexEntry>) -> Result<usize, StoreError> {
    let mut written = 0;
    while let Some(first) = entries.recv().await {
        let since = Instant::now();
        let mut batch = vec![first];
        while batch.len() < BATCH {
            match timeout(BATCH_WAIT.saturating_sub(since.elapsed()), entries.recv()).await {
                Ok(Some(entry)) => batch.push(entry),
                Ok(None) | Err(_) => break,
            }
        }
        checks.store.index(&batch).await?;
        written += batch.len();
        checks.events.send(Event::Messages(None));
    }
    Ok(written)
}

/// What can be found of one message. A message that cannot be read, or that makes the parser panic, is indexed as
/// empty: it stays visible and exact, and does not hold the others up.
async fn entry(
    checks: &Checks,
    room: &Semaphore,
    message: MessageId,
    size: u64,
) -> Result<IndexEntry, StoreError> {
    let kib = u32::try_from(size / 1024).unwrap_or(u32::MAX).clamp(1, KIB_AT_ONCE);
    let _held = room.acquire_many(kib).await;
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
        let mail::message::Ancestry { own, ancestors, answered_subject } = parts.ancestry;
        IndexEntry {
            message,
            kin: Kin::of(own.as_deref(), &ancestors, &fields.subject, answered_subject.as_deref()),
            preview: parts.preview,
            attachments: parts.attachments,
            subject: fields.subject.into(),
            sender: parts.sender.into(),
            recipients: parts.recipients.into(),
            body: parts.text.into(),
            attachment_names: parts.attachment_names.join(" ").into(),
        }
    });
    Ok(parsed.await.unwrap_or(empty))
}
