//! New messages come in and become durable, batch by batch.

use super::plan::{self, Listing};
use super::run::{CheckError, Tally};
use super::{Checks, plan::FetchPlan};
use crate::events::Event;
use crate::store::{Batch, Known, Lease, MessageRef, NewMessage, Quarantined};
use mail::{Fetched, FetchedBody, MailError, MailSession, RemoteMailbox, RemoteMessage};
use model::MessageKey;
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::mpsc;

const BATCH_MESSAGES: usize = 500;
const BATCH_BYTES: usize = 8 * 1024 * 1024;
const BATCH_WAIT: Duration = Duration::from_millis(200);

/// What fetching left behind for the deletion that may follow.
#[derive(Default)]
pub struct FetchedFolder {
    /// Everything the server listed in this check.
    pub listed: Vec<RemoteMessage>,
    /// What became durable in this check: which message of the server is which of ours.
    pub stored: Vec<(RemoteMessage, MessageRef)>,
    /// One message that could not be had though it is there; it is asked for again by the next check.
    pub failure: Option<MailError>,
}

/// Lists, plans, fetches and stores what is new in the open mailbox.
pub async fn fetch_new(
    checks: &Checks,
    lease: &Lease,
    known: &Known,
    remote: &RemoteMailbox,
    session: &mut dyn MailSession,
    tally: &mut Tally,
) -> Result<FetchedFolder, CheckError> {
    let from = match plan::listing(known, remote) {
        Listing::Nothing => return Ok(FetchedFolder::default()),
        Listing::From(uid) => Some(uid),
        Listing::All => None,
    };
    let listed = session.list_messages(from).await?;
    let here = keys_here(checks, known, remote, from.unwrap_or(1)).await?;
    let plan = plan::fetch_plan(listed.clone(), &here, remote);

    let (sender, receiver) = mpsc::channel(16);
    let mut intake = Intake {
        checks,
        lease,
        known,
        remote,
        plan: &plan,
        tally,
        folder: FetchedFolder::default(),
        answered: 0,
    };
    let (fetched, stored) = tokio::join!(session.fetch(&plan.wanted, sender), intake.store_all(receiver));
    // Our own failure first: where the store gave up, the session ended only because nobody listened any more.
    stored?;
    fetched?;
    let mut folder = intake.folder;
    folder.listed = listed;
    Ok(folder)
}

/// The names of what is here already and need not be fetched.
async fn keys_here(
    checks: &Checks,
    known: &Known,
    remote: &RemoteMailbox,
    from: u32,
) -> Result<HashSet<MessageKey>, CheckError> {
    if let Some(uid_validity) = remote.uid_validity {
        let uids = checks.store.known_uids(known.mailbox, uid_validity, from).await?;
        return Ok(uids.into_iter().map(MessageKey::Uid).collect());
    }
    let uidls = checks.store.known_uidls(known.mailbox).await?;
    Ok(uidls
        .into_iter()
        .map(|known| MessageKey::Uidl { uidl: known.uidl, occurrence: known.occurrence })
        .collect())
}

/// The receiving half of a fetch.
struct Intake<'a> {
    checks: &'a Checks,
    lease: &'a Lease,
    known: &'a Known,
    remote: &'a RemoteMailbox,
    plan: &'a FetchPlan,
    tally: &'a mut Tally,
    folder: FetchedFolder,
    answered: usize,
}

/// Messages on their way into one commit.
#[derive(Default)]
struct Pending {
    raw: Vec<(RemoteMessage, Vec<u8>)>,
    quarantined: Vec<Quarantined>,
    bytes: usize,
}

impl Intake<'_> {
    /// Takes everything that comes, commits in batches, moves progress with the last one.
    async fn store_all(&mut self, mut receiver: mpsc::Receiver<Fetched>) -> Result<(), CheckError> {
        let mut pending = Pending::default();
        let mut stop = self.checks.stop.clone();
        loop {
            let waiting = if pending.raw.is_empty() { self.checks.stall } else { BATCH_WAIT };
            let fetched = tokio::select! {
                fetched = tokio::time::timeout(waiting, receiver.recv()) => fetched,
                () = super::stopped(&mut stop) => {
                    self.commit(&mut pending, None).await?;
                    return Err(CheckError::Stopped);
                }
            };
            match fetched {
                Ok(Some(fetched)) => {
                    self.take(fetched, &mut pending);
                    if pending.raw.len() >= BATCH_MESSAGES || pending.bytes >= BATCH_BYTES {
                        self.commit(&mut pending, None).await?;
                    }
                }
                Ok(None) => break,
                Err(_) if pending.raw.is_empty() => {
                    return Err(CheckError::Stalled(self.checks.stall.as_secs() / 60));
                }
                Err(_) => self.commit(&mut pending, None).await?,
            }
        }
        // Progress moves only where every planned message was answered for, none of them by a failure.
        let complete = self.answered == self.plan.wanted.len() && self.folder.failure.is_none();
        let next_uid = self.plan.next_uid.filter(|_| complete);
        if next_uid.is_some() || !pending.raw.is_empty() || !pending.quarantined.is_empty() {
            self.commit(&mut pending, next_uid).await?;
        }
        Ok(())
    }

    fn take(&mut self, fetched: Fetched, pending: &mut Pending) {
        self.answered += 1;
        match fetched.body {
            FetchedBody::Raw(raw) => {
                pending.bytes += raw.len();
                pending.raw.push((fetched.message, raw));
            }
            FetchedBody::TooLarge { size } => {
                let reason = format!("larger than the limit of {} bytes", self.checks.limits.message_bytes);
                pending.quarantined.push(Quarantined { key: fetched.message.key, reason, size });
            }
            FetchedBody::Gone => {}
            FetchedBody::Failed(error) => self.folder.failure = Some(error),
        }
    }

    async fn commit(&mut self, pending: &mut Pending, next_uid: Option<u32>) -> Result<(), CheckError> {
        let Pending { raw, quarantined, bytes } = std::mem::take(pending);
        let now = self.checks.clock.now();
        let (remotes, messages) = tokio::task::spawn_blocking(move || {
            let pairs = raw.into_iter().map(|(remote, raw)| {
                let message = new_message(&remote, raw, now);
                (remote, message)
            });
            pairs.unzip::<_, _, Vec<_>, Vec<_>>()
        })
        .await
        .map_err(|died| CheckError::Died(died.to_string()))?;
        self.tally.quarantined += quarantined.len() as u64;
        let batch = Batch {
            mailbox: self.known.mailbox,
            uid_validity: self.remote.uid_validity,
            messages,
            quarantined,
            next_uid,
        };
        let stored = self.checks.store.store_batch(self.lease, batch, now).await?;
        let new = stored.messages.iter().filter(|message| message.is_new).count() as u64;
        self.tally.new += new;
        self.tally.bytes += bytes as u64;
        self.folder.stored.extend(remotes.into_iter().zip(stored.messages));
        self.tell(new);
        Ok(())
    }

    fn tell(&self, new: u64) {
        let account = self.lease.account;
        self.checks.stored.notify_one();
        if new > 0 {
            self.checks.events.send(Event::Messages(Some(account)));
        }
        let (done, planned) = (self.folder.stored.len() as u64, self.plan.wanted.len() as u64);
        self.checks.events.send(Event::Progress { account, done, planned });
    }
}

/// The message with the header fields that lists show; everything else follows with the index.
fn new_message(remote: &RemoteMessage, raw: Vec<u8>, now: model::Timestamp) -> NewMessage {
    let fields = mail::message::header_fields(&raw);
    NewMessage {
        key: remote.key.clone(),
        received: remote.received.or(fields.date.filter(|date| *date <= now)).unwrap_or(now),
        sender: fields.sender,
        subject: fields.subject,
        internet_message_id: fields.internet_message_id,
        raw,
    }
}
