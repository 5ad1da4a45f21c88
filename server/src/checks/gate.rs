//! How many conversations with mail servers there are at once, and how many bytes they hold: per process, per server
//! (a host and its port: what else listens there is another program, which may be slow for reasons of its own), and one
//! per POP3 mailbox, which its server locks (RFC 1939 §8).
//!
//! Whoever waits for a server or a mailbox does not hold a place of the process meanwhile, so a server with many accounts
//! does not keep the others waiting.

use super::run::CheckError;
use mail::Target;
use model::Protocol;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Sessions of this process, connections that wait for new mail aside.
const SESSIONS: usize = 50;
/// Sessions with one server: many allow 10 to 20 from one address.
const SESSIONS_OF_A_SERVER: usize = 8;
/// What a session may hold without asking: small mail goes on while large mail waits.
const FREE_BYTES: u64 = 1024 * 1024;
/// Planned bytes after which a session asks again, so that large mailboxes take turns.
const TURN_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes that came and are being made durable, of all checks: more would wait for the one writer anyway.
const WRITING_BYTES: u64 = 28 * 1024 * 1024;
/// Bytes that came and wait to be written together: of one check at most, and of all of them.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
const LEAST_BATCH_BYTES: usize = 1024 * 1024;

/// The places of this process.
pub struct Gate {
    sessions: Arc<Semaphore>,
    /// By what they are for: a server, or a mailbox.
    rooms: Mutex<HashMap<String, Weak<Semaphore>>>,
    /// In KiB.
    bytes: Arc<Semaphore>,
    /// In KiB.
    writing: Arc<Semaphore>,
    most_bytes: u64,
    session_bytes: u64,
}

/// The right to one session; dropping it gives the place to the next.
pub struct Pass {
    _mailbox: Option<OwnedSemaphorePermit>,
    _server: OwnedSemaphorePermit,
    _session: OwnedSemaphorePermit,
}

/// The right to hold bytes; `None` for few enough.
pub type Bytes = Option<OwnedSemaphorePermit>;

impl Gate {
    /// Places for a process that may hold `most_bytes`, of which one session takes up to `session_bytes`.
    pub fn new(most_bytes: u64, session_bytes: u64) -> Self {
        let kib = |bytes: u64| {
            let kib = usize::try_from(bytes / 1024).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
            Arc::new(Semaphore::new(kib))
        };
        Self {
            sessions: Arc::new(Semaphore::new(SESSIONS)),
            rooms: Mutex::default(),
            bytes: kib(most_bytes),
            writing: kib(WRITING_BYTES),
            most_bytes,
            session_bytes,
        }
    }

    /// Waits for a place with the server of `target`.
    ///
    /// # Errors
    /// None in practice: places are never closed.
    pub async fn enter(&self, target: &Target) -> Result<Pass, CheckError> {
        let server = format!("{}:{}", target.address.to_lowercase(), target.port);
        let mailbox = match target.protocol {
            Protocol::Pop3 => {
                let name = format!("{server} {}", target.user_name);
                Some(acquire(self.room(name, 1), 1).await?)
            }
            Protocol::Imap => None,
        };
        Ok(Pass {
            _mailbox: mailbox,
            _server: acquire(self.room(server, SESSIONS_OF_A_SERVER), 1).await?,
            _session: acquire(Arc::clone(&self.sessions), 1).await?,
        })
    }

    /// How many of the messages with these sizes may be asked for now, at least one, and the right to hold them.
    ///
    /// # Errors
    /// None in practice: places are never closed.
    pub async fn hold(&self, sizes: impl Iterator<Item = u64> + Clone) -> Result<(usize, Bytes), CheckError> {
        let (few, few_bytes) = fitting(sizes.clone(), FREE_BYTES);
        let (many, many_bytes) = fitting(sizes.clone(), TURN_BYTES);
        if few == many && few_bytes <= FREE_BYTES {
            return Ok((few, None));
        }
        if let Ok(held) = Arc::clone(&self.bytes).try_acquire_many_owned(self.kib(many_bytes)) {
            return Ok((many, Some(held)));
        }
        if few_bytes <= FREE_BYTES {
            return Ok((few, None));
        }
        let first = sizes.take(1).sum();
        Ok((1, Some(acquire(Arc::clone(&self.bytes), self.kib(first)).await?)))
    }

    /// The right to write a batch of so many bytes, once few enough are being written. More than there is room for is
    /// written alone.
    ///
    /// # Errors
    /// None in practice: places are never closed.
    pub async fn write(&self, bytes: usize) -> Result<OwnedSemaphorePermit, CheckError> {
        let kib = (bytes as u64).min(WRITING_BYTES) / 1024;
        acquire(Arc::clone(&self.writing), u32::try_from(kib).unwrap_or(u32::MAX)).await
    }

    /// How many bytes a check may let come together before it writes them: the more checks, the fewer.
    pub fn batch_bytes(&self) -> usize {
        let sessions = SESSIONS.saturating_sub(self.sessions.available_permits());
        (2 * BATCH_BYTES / sessions.max(1)).clamp(LEAST_BATCH_BYTES, BATCH_BYTES)
    }

    /// What a session that is to bring `bytes` holds of them at once, as permits.
    fn kib(&self, bytes: u64) -> u32 {
        u32::try_from(bytes.min(self.session_bytes).min(self.most_bytes) / 1024).unwrap_or(u32::MAX)
    }

    fn room(&self, name: String, places: usize) -> Arc<Semaphore> {
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(room) = rooms.get(&name).and_then(Weak::upgrade) {
            return room;
        }
        rooms.retain(|_, room| room.strong_count() > 0);
        let room = Arc::new(Semaphore::new(places));
        rooms.insert(name, Arc::downgrade(&room));
        room
    }
}

async fn acquire(room: Arc<Semaphore>, places: u32) -> Result<OwnedSemaphorePermit, CheckError> {
    room.acquire_many_owned(places).await.map_err(|closed| CheckError::Died(closed.to_string()))
}

/// How many of the first sizes fit into `most`, at least one, and what they come to.
fn fitting(sizes: impl Iterator<Item = u64>, most: u64) -> (usize, u64) {
    let (mut count, mut bytes) = (0, 0_u64);
    for size in sizes {
        let with = bytes.saturating_add(size);
        if count > 0 && with > most {
            break;
        }
        (count, bytes) = (count + 1, with);
    }
    (count, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use model::Security;

    const MIB: u64 = 1024 * 1024;

    fn target(protocol: Protocol, user: &str) -> Target {
        Target {
            protocol,
            address: "Mail.example.org".into(),
            port: 110,
            security: Security::Plaintext,
            trust: mail::Trust::SystemRoots,
            user_name: user.into(),
            secret: mail::Secret::Password("x".to_owned().into()),
            limits: mail::Limits::default(),
            transcript: None,
        }
    }

    #[tokio::test]
    async fn one_session_for_a_pop3_mailbox_and_a_few_for_a_server() {
        let gate = Gate::new(64 * MIB, 16 * MIB);
        let first = gate.enter(&target(Protocol::Pop3, "ana")).await.unwrap();
        assert!(gate.enter(&target(Protocol::Pop3, "ana")).now_or_never().is_none(), "the mailbox is taken");
        let mut others = Vec::new();
        for user in 1..SESSIONS_OF_A_SERVER {
            others.push(gate.enter(&target(Protocol::Pop3, &user.to_string())).await.unwrap());
        }
        assert!(gate.enter(&target(Protocol::Imap, "bo")).now_or_never().is_none(), "the server is full");
        let beside = Target { port: 143, ..target(Protocol::Imap, "bo") };
        assert!(gate.enter(&beside).now_or_never().is_some(), "what else listens on that host is not");
        let elsewhere = Target { address: "other.example.org".into(), ..target(Protocol::Imap, "bo") };
        assert!(gate.enter(&elsewhere).now_or_never().is_some());
        drop(first);
        assert!(gate.enter(&target(Protocol::Pop3, "ana")).now_or_never().is_some());
    }

    #[tokio::test]
    async fn small_mail_goes_on_while_large_mail_waits() {
        let gate = Gate::new(32 * MIB, 16 * MIB);
        let large = || [30 * MIB, 30 * MIB, 30 * MIB].into_iter();
        let (count, one) = gate.hold(large()).await.unwrap();
        assert_eq!(count, 2, "a turn ends");
        let (_, two) = gate.hold(large()).await.unwrap();
        assert!(one.is_some() && two.is_some());
        assert!(gate.hold(large()).now_or_never().is_none(), "the process holds as much as it may");
        let mixed = [MIB / 2, MIB / 2, 30 * MIB].into_iter();
        let (count, held) = gate.hold(mixed).now_or_never().unwrap().unwrap();
        assert_eq!((count, held.is_none()), (2, true));
        drop(one);
        let three = gate.hold(large()).now_or_never();
        assert!(three.is_some());
        assert!(gate.hold(std::iter::once(900 * MIB)).now_or_never().is_none(), "taken again");
        drop(two);
        let huge = gate.hold(std::iter::once(900 * MIB)).now_or_never();
        assert!(huge.is_some(), "a message larger than all places still gets its turn");
    }
}
