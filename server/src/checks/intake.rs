//! The receiving half of a fetch: whatever comes becomes durable, batch by batch. One message that cannot be had, read
//! or stored is put aside with its reason; its neighbours go on.
//!
//! While batches are written the next one comes in: one may be compressed while another waits for the disk. In which order
//! they become durable is of no consequence, because progress moves with the last one, after all others.

use super::fetch::FetchedFolder;
use super::plan::FetchPlan;
use super::run::{CheckError, OpenFolder, Tally, go_on};
use crate::events::Event;
use crate::store::{Batch, Lease, NewMessage, Quarantined, Store, StoreError, StoredBatch};
use mail::message::HeaderFields;
use mail::{Fetched, FetchedBody, RemoteMessage};
use model::{Address, MessageKey, QuarantineKind, Timestamp};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout};

/// Small ones. The more come together, the fewer pages of the index by hash each of them costs.
const BATCH_MESSAGES: usize = 2000;
const BATCH_WAIT: Duration = Duration::from_millis(200);
/// Batches of one check that are written at once.
const WRITERS: usize = 3;
/// A message that its server names and does not give is asked for in this many checks, then left alone.
const FETCH_TRIES: u32 = 3;

/// Takes what a session fetches.
pub struct Intake<'a> {
    at: &'a OpenFolder<'a>,
    plan: &'a FetchPlan,
    tally: &'a mut Tally,
    folder: FetchedFolder,
    answered: usize,
    /// Messages that could not be had and are to be asked for again.
    waiting: u64,
    /// The batches that are being written.
    writing: JoinSet<Result<Written, CheckError>>,
}

/// Messages on their way into one commit.
#[derive(Default)]
struct Pending {
    raw: Vec<(RemoteMessage, Vec<u8>)>,
    quarantined: Vec<Quarantined>,
    bytes: usize,
    /// When the first of them came.
    since: Option<Instant>,
}

/// What became durable together.
struct Written {
    remotes: Vec<RemoteMessage>,
    stored: StoredBatch,
    /// Messages that were put aside, held or not.
    aside: u64,
    bytes: u64,
}

impl<'a> Intake<'a> {
    /// Nothing came so far.
    pub fn new(at: &'a OpenFolder<'a>, plan: &'a FetchPlan, tally: &'a mut Tally) -> Self {
        Self {
            at,
            plan,
            tally,
            folder: FetchedFolder::default(),
            answered: 0,
            waiting: 0,
            writing: JoinSet::new(),
        }
    }

    /// What came.
    pub fn into_folder(self) -> FetchedFolder {
        let mut folder = self.folder;
        // What is left alone from now on does not make the check fail any more.
        folder.failure = folder.failure.filter(|_| self.waiting > 0);
        folder
    }

    /// Takes everything that comes, commits in batches, moves progress with the last one. True where every planned
    /// message was answered for.
    pub async fn store_all(&mut self, mut receiver: mpsc::Receiver<Fetched>) -> Result<bool, CheckError> {
        let mut pending = Pending::default();
        let stall = self.at.checks.stall();
        let mut stop = self.at.checks.stop.clone();
        loop {
            // Mail that came waits for company a moment; without any, nothing may come for as long as is allowed.
            let patience = pending.since.map_or(stall, |since| BATCH_WAIT.saturating_sub(since.elapsed()));
            let fetched = tokio::select! {
                fetched = timeout(patience, receiver.recv()) => fetched,
                Some(written) = self.writing.join_next() => {
                    self.took(written)?;
                    continue;
                }
                () = super::stopped(&mut stop) => {
                    self.commit(&mut pending, None).await?;
                    self.settle().await?;
                    return Err(CheckError::Stopped);
                }
            };
            match fetched {
                Ok(Some(fetched)) => {
                    self.take(fetched, &mut pending);
                    if pending.raw.len() >= BATCH_MESSAGES
                        || pending.bytes >= self.at.checks.gate.batch_bytes()
                    {
                        self.commit_and_look(&mut pending).await?;
                    }
                }
                Ok(None) => break,
                Err(_) if pending.since.is_none() => {
                    self.settle().await?;
                    return Err(CheckError::Stalled(stall.as_secs() / 60));
                }
                Err(_) => self.commit_and_look(&mut pending).await?,
            }
        }
        if pending.quarantined.iter().any(|quarantined| quarantined.kind == QuarantineKind::Fetch) {
            self.commit(&mut pending, None).await?;
        }
        // Whether a message is left alone from now on decides about progress.
        self.settle().await?;
        // Progress moves only where every planned message was answered for and none is to be asked for again.
        let complete = self.answered == self.plan.wanted.len() && self.waiting == 0;
        let next_uid = self.plan.next_uid.filter(|_| complete);
        if next_uid.is_some() || !pending.raw.is_empty() || !pending.quarantined.is_empty() {
            self.commit(&mut pending, next_uid).await?;
            self.settle().await?;
        }
        Ok(complete)
    }

    fn take(&mut self, fetched: Fetched, pending: &mut Pending) {
        self.answered += 1;
        pending.since.get_or_insert_with(Instant::now);
        let RemoteMessage { key, size, .. } = &fetched.message;
        match fetched.body {
            FetchedBody::Raw(raw) => {
                pending.bytes += raw.len();
                pending.raw.push((fetched.message, raw));
            }
            FetchedBody::TooLarge { size } => {
                let largest = self.at.largest;
                pending.quarantined.push(Quarantined {
                    key: fetched.message.key,
                    kind: QuarantineKind::TooLarge,
                    reason: format!("larger than the limit of {largest} bytes"),
                    // What a server says of a size is a hint; that it is above the limit is known.
                    size: size.max(largest.saturating_add(1)),
                    held_at_try: 1,
                });
            }
            FetchedBody::Gone => {}
            FetchedBody::Failed(error) => {
                if *key == MessageKey::Unnamed {
                    // Nothing tells it from another: nobody can know how often it was tried.
                    self.waiting += 1;
                } else {
                    let words = error.server_reply.as_deref().unwrap_or(&error.detail);
                    pending.quarantined.push(Quarantined {
                        key: key.clone(),
                        kind: QuarantineKind::Fetch,
                        reason: format!("the server names it and does not give it: {words}"),
                        size: *size,
                        held_at_try: FETCH_TRIES,
                    });
                }
                self.folder.failure = Some(error);
            }
        }
    }

    /// Writes what is pending; where somebody paused the account meanwhile, nothing more is taken.
    async fn commit_and_look(&mut self, pending: &mut Pending) -> Result<(), CheckError> {
        self.commit(pending, None).await?;
        if let Err(paused) = go_on(self.at.checks, self.at.account).await {
            self.settle().await?;
            return Err(paused);
        }
        Ok(())
    }

    /// Begins to write what is pending, once there is room; with progress, once all before it is durable.
    async fn commit(&mut self, pending: &mut Pending, next_uid: Option<u32>) -> Result<(), CheckError> {
        let room = if next_uid.is_some() { 1 } else { WRITERS };
        while self.writing.len() >= room {
            self.written().await?;
        }
        let Pending { raw, quarantined, bytes, .. } = std::mem::take(pending);
        let place = self.at.checks.gate.write(bytes).await?;
        let (store, lease, now) =
            (self.at.checks.store.clone(), *self.at.lease()?, self.at.checks.clock.now());
        let batch = Batch {
            mailbox: self.at.known.mailbox,
            uid_validity: self.at.remote.uid_validity,
            messages: Vec::new(),
            quarantined,
            next_uid,
        };
        let bytes = bytes as u64;
        self.writing.spawn(async move {
            let _place = place;
            write(&store, &lease, batch, raw, bytes, now).await
        });
        Ok(())
    }

    /// Waits for all that is being written.
    async fn settle(&mut self) -> Result<(), CheckError> {
        while !self.writing.is_empty() {
            self.written().await?;
        }
        Ok(())
    }

    /// Waits for one of the batches that are being written.
    async fn written(&mut self) -> Result<(), CheckError> {
        match self.writing.join_next().await {
            Some(written) => self.took(written),
            None => Ok(()),
        }
    }

    fn took(&mut self, written: Result<Result<Written, CheckError>, JoinError>) -> Result<(), CheckError> {
        let written = written.map_err(|died| CheckError::Died(died.to_string()))??;
        let Written { remotes, stored, aside, bytes } = written;
        let new = stored.messages.iter().filter(|message| message.is_new).count() as u64;
        self.waiting += aside.saturating_sub(stored.held);
        self.tally.quarantined += stored.held;
        self.tally.new += new;
        self.tally.bytes += bytes;
        self.folder.stored.extend(remotes.into_iter().zip(stored.messages));
        self.tell(new);
        Ok(())
    }

    fn tell(&self, new: u64) {
        let checks = self.at.checks;
        let account = self.at.account;
        checks.stored.notify_one();
        if new > 0 {
            checks.events.send(Event::Messages(Some(account)));
        }
        let (done, planned) = (self.folder.stored.len() as u64, self.plan.wanted.len() as u64);
        checks.events.send(Event::Progress { account, done, planned });
    }
}

/// Reads the headers of `raw` and makes all of it durable.
async fn write(
    store: &Store,
    lease: &Lease,
    mut batch: Batch,
    raw: Vec<(RemoteMessage, Vec<u8>)>,
    bytes: u64,
    now: Timestamp,
) -> Result<Written, CheckError> {
    let read = tokio::task::spawn_blocking(move || {
        raw.into_iter().map(|(remote, raw)| read(remote, raw, now, mail::message::header_fields)).collect()
    });
    let read: Vec<(RemoteMessage, NewMessage, bool)> =
        read.await.map_err(|died| CheckError::Died(died.to_string()))?;
    let mut remotes = Vec::with_capacity(read.len());
    for (remote, message, readable) in read {
        if !readable {
            batch.quarantined.push(Quarantined {
                key: remote.key.clone(),
                kind: QuarantineKind::Parse,
                reason: "its header cannot be read; it is kept as the bytes that came".to_owned(),
                size: message.raw.len() as u64,
                held_at_try: 1,
            });
        }
        if remote.is_in_doubt(&message.raw) {
            let (came, listed) = (message.raw.len() as u64, remote.size);
            batch.quarantined.push(Quarantined {
                key: remote.key.clone(),
                kind: QuarantineKind::Short,
                reason: format!(
                    "the server lists it with {listed} bytes and gives {came}, which may be words of its own in place of \
                     the message, also when asked again; what came is kept"
                ),
                size: listed,
                held_at_try: 1,
            });
        }
        remotes.push(remote);
        batch.messages.push(message);
    }
    let aside = batch.quarantined.len() as u64;
    let (mailbox, uid_validity) = (batch.mailbox, batch.uid_validity);
    match store.store_batch(lease, batch, now).await {
        Err(StoreError::Refused { key, size, source }) => {
            // The batch is undone. The next check fetches the others again, without this one.
            let reason = format!("the database does not take it: {source}");
            let refused = Quarantined { key, kind: QuarantineKind::Store, reason, size, held_at_try: 1 };
            let quarantined = vec![refused];
            let alone = Batch { mailbox, uid_validity, messages: Vec::new(), quarantined, next_uid: None };
            store.store_batch(lease, alone, now).await?;
            Err(StoreError::Database(source).into())
        }
        stored => Ok(Written { remotes, stored: stored?, aside, bytes }),
    }
}

/// The message with the header fields that lists show; everything else follows with the index. Last: whether its header
/// could be read. A parser that panics costs those fields and nothing else.
fn read(
    remote: RemoteMessage,
    raw: Vec<u8>,
    now: Timestamp,
    parse: impl Fn(&[u8]) -> HeaderFields,
) -> (RemoteMessage, NewMessage, bool) {
    let parsed = catch_unwind(AssertUnwindSafe(|| parse(&raw)));
    let readable = parsed.is_ok();
    let fields = parsed.unwrap_or_else(|_| HeaderFields {
        sender: Address::default(),
        subject: String::new(),
        internet_message_id: None,
        date: None,
    });
    let message = NewMessage {
        key: remote.key.clone(),
        received: remote.received.or(fields.date.filter(|date| *date <= now)).unwrap_or(now),
        sender: fields.sender,
        subject: fields.subject,
        internet_message_id: fields.internet_message_id,
        listed_size: matches!(remote.key, MessageKey::Uidl { .. }).then_some(remote.size),
        raw,
    };
    (remote, message, readable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_breaks_the_parser_keeps_its_bytes() {
        let remote = RemoteMessage { key: MessageKey::Uid(1), number: 1, size: 5, received: None };
        let broken = |_: &[u8]| -> HeaderFields { panic!("malformed") };
        let (_, message, readable) = read(remote.clone(), b"bytes".to_vec(), Timestamp(7), broken);
        assert_eq!(
            (message.raw.as_slice(), message.received, readable),
            (&b"bytes"[..], Timestamp(7), false)
        );
        let (_, message, readable) =
            read(remote, b"Subject: x\r\n\r\n".to_vec(), Timestamp(7), mail::message::header_fields);
        assert_eq!((message.subject.as_str(), readable), ("x", true));
    }
}
