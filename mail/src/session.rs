//! What a check needs of a mail server, whatever its protocol.

use crate::net::dialer::Dialer;
use crate::net::line::Wire;
use crate::net::tls::{Trust, secure};
use crate::net::transcript::Transcript;
use crate::stand_in::is_stand_in;
use crate::{MailError, Observed, Progress, RemoteFolder, Secret, imap, pop3};
use async_trait::async_trait;
use model::{
    Cause, MessageKey, Protocol, Security, ServerMark, ServerMarks, Stage, Timestamp, Uid, UidValidity,
};
use std::ops::RangeInclusive;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Whom to talk to and how.
#[derive(Debug, Clone)]
pub struct Target {
    /// IMAP or POP3.
    pub protocol: Protocol,
    /// Host name or IP address.
    pub address: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// Whose certificates are accepted.
    pub trust: Trust,
    /// For the sign-in.
    pub user_name: String,
    /// For the sign-in.
    pub secret: Secret,
    /// How long to wait and how much to take.
    pub limits: Limits,
    /// Is told what is said, where somebody looks for a fault.
    pub transcript: Option<Transcript>,
}

/// How long to wait for a server and how much to take from it (`[limits]` in the configuration).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// TCP connect.
    pub connect: Duration,
    /// TLS handshake.
    pub tls: Duration,
    /// From connected to the greeting.
    pub greeting: Duration,
    /// Over all of connect to signed in.
    pub sign_in: Duration,
    /// Without a byte inside a command or body.
    pub idle: Duration,
    /// A body that arrives slower than this many bytes a minute ends the session.
    pub slow_bytes_per_minute: u64,
    /// Largest message that is fetched.
    pub message_bytes: u64,
    /// Longest line that is not a literal.
    pub line_bytes: usize,
    /// Bytes of bodies that one session holds before they are taken from the channel.
    pub session_bytes_in_flight: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            tls: Duration::from_secs(15),
            greeting: Duration::from_secs(30),
            sign_in: Duration::from_mins(1),
            idle: Duration::from_mins(1),
            slow_bytes_per_minute: 1024,
            message_bytes: 100_000_000,
            line_bytes: 64 * 1024,
            session_bytes_in_flight: 16 * 1024 * 1024,
        }
    }
}

/// How a mailbox is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// EXAMINE: the server cannot be changed, not even by accident.
    ReadOnly,
    /// SELECT: for the deletion phase alone.
    ReadWrite,
}

/// How far the changes of a mailbox are known: a mod-sequence of one UIDVALIDITY (RFC 7162).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModSeq {
    /// Under another one it means nothing.
    pub uid_validity: UidValidity,
    /// Every change up to this one is known.
    pub value: u64,
}

/// A mailbox as its server describes it on opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteMailbox {
    /// IMAP only; an IMAP server that names none is a protocol error.
    pub uid_validity: Option<UidValidity>,
    /// The next UID it will give (IMAP); asked for by STATUS where opening the mailbox did not say it.
    pub uid_next: Option<Uid>,
    /// Messages in it now.
    pub exists: u32,
    /// False where the server cannot tell its messages apart (POP3 without UIDL).
    pub keys_are_unique: bool,
    /// The last change in it; `None` where the server counts none (no CONDSTORE, or NOMODSEQ).
    pub highest_modseq: Option<u64>,
    /// The UIDs that left it since the [`ModSeq`] that it was opened with, and maybe others that are not there; ascending.
    pub vanished: Vec<RangeInclusive<Uid>>,
}

/// A message as its server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteMessage {
    /// How the server names it.
    pub key: MessageKey,
    /// Its number in this session (sequence number or POP3 message number).
    pub number: u32,
    /// What the server says of its size; a hint only.
    pub size: u64,
    /// INTERNALDATE (IMAP).
    pub received: Option<Timestamp>,
}

impl RemoteMessage {
    /// True where `body` may be words of the server in place of the message: it is known to be, or it is far shorter than
    /// its IMAP server said. (POP3 servers are held to what they send: they say -ERR.)
    pub fn is_in_doubt(&self, body: &[u8]) -> bool {
        let short = (body.len() as u64) < self.size - self.size / 8;
        matches!(self.key, MessageKey::Uid(_)) && short || is_stand_in(body)
    }
}

/// What [`MailSession::extent`] finds out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// When the first message of the mailbox arrived, or was sent where the protocol tells no more (POP3).
    pub oldest: Option<Timestamp>,
    /// Bytes of all messages together.
    pub bytes: Option<u64>,
}

/// What [`MailSession::wait`] waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// Messages that come or leave.
    Messages,
    /// And marks that change.
    MessagesAndMarks,
}

/// How [`MailSession::wait`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// What was waited for happened.
    Changed,
    /// The time is over.
    Nothing,
}

/// One answer to [`MailSession::fetch`].
#[derive(Debug)]
pub struct Fetched {
    /// Which of the messages that were asked for.
    pub message: RemoteMessage,
    /// Its bytes, or why there are none.
    pub body: FetchedBody,
}

/// What came of one message.
#[derive(Debug)]
pub enum FetchedBody {
    /// Exactly the bytes of the message, complete by the server's own word.
    Raw(Vec<u8>),
    /// Above the limit: left on the server, never to be deleted there.
    TooLarge {
        /// The size the server names.
        size: u64,
    },
    /// The server does not have it any more.
    Gone,
    /// It could not be had though it is there; the rest of the mailbox went on.
    Failed(MailError),
}

/// Connects to `target` and signs in. `limits.sign_in` bounds all of it.
///
/// # Errors
/// The stage at which it ended, its cause, and the server's words where they may be repeated.
pub async fn open(target: &Target, dialer: &dyn Dialer) -> Result<Box<dyn MailSession>, MailError> {
    within_limit(target, dialer, Progress::new(false, &mut |_| ())).await
}

/// [`open`], telling `listener` what comes of each stage. `thorough`: all addresses of the server are tried, also those that
/// are not needed.
///
/// # Errors
/// As [`open`].
pub async fn open_observed(
    target: &Target,
    dialer: &dyn Dialer,
    thorough: bool,
    listener: &mut (dyn FnMut(Observed) + Send),
) -> Result<Box<dyn MailSession>, MailError> {
    let mut listener = |told| {
        listener(match told {
            Observed::Words(words) => Observed::Words(target.secret.hidden_in(&words, &target.user_name)),
            told => told,
        });
    };
    within_limit(target, dialer, Progress::new(thorough, &mut listener)).await
}

async fn within_limit(
    target: &Target,
    dialer: &dyn Dialer,
    mut progress: Progress<'_>,
) -> Result<Box<dyn MailSession>, MailError> {
    progress.enter(Stage::Resolve);
    let opened = timeout(target.limits.sign_in, converse(target, dialer, &mut progress)).await;
    let opened = opened.unwrap_or_else(|_| Err(late(target, &progress, "Signing in")));
    opened.map_err(|error| error.without(&target.secret, &target.user_name))
}

/// What a server says it can do (CAPABILITY or CAPA, upper case) before anybody signs in: the way of [`open_observed`] as
/// far as that needs nobody.
///
/// # Errors
/// As [`open`].
pub async fn sound_out(
    target: &Target,
    dialer: &dyn Dialer,
    listener: &mut (dyn FnMut(Observed) + Send),
) -> Result<Vec<String>, MailError> {
    let mut progress = Progress::new(false, listener);
    progress.enter(Stage::Resolve);
    let asked = timeout(target.limits.sign_in, ask(target, dialer, &mut progress)).await;
    asked.unwrap_or_else(|_| Err(late(target, &progress, "Asking what it can do")))
}

async fn ask(
    target: &Target,
    dialer: &dyn Dialer,
    progress: &mut Progress<'_>,
) -> Result<Vec<String>, MailError> {
    let wire = connect(target, dialer, progress).await?;
    match target.protocol {
        Protocol::Imap => imap::sign_in::sound_out(wire, target, progress).await,
        Protocol::Pop3 => pop3::sign_in::sound_out(wire, target, progress).await,
    }
}

fn late(target: &Target, progress: &Progress<'_>, what: &str) -> MailError {
    let detail = format!("{what} took longer than {} s.", target.limits.sign_in.as_secs());
    MailError::account(progress.stage(), Cause::Timeout, detail)
}

async fn converse(
    target: &Target,
    dialer: &dyn Dialer,
    progress: &mut Progress<'_>,
) -> Result<Box<dyn MailSession>, MailError> {
    let wire = connect(target, dialer, progress).await?;
    match target.protocol {
        Protocol::Imap => imap::open(wire, target, progress).await,
        Protocol::Pop3 => pop3::open(wire, target, progress).await,
    }
}

/// A connection to the server, with TLS where that begins with the first byte.
async fn connect(
    target: &Target,
    dialer: &dyn Dialer,
    progress: &mut Progress<'_>,
) -> Result<Wire, MailError> {
    let limits = &target.limits;
    let mut stream = dialer.dial(&target.address, target.port, limits, progress).await?;
    if target.security == Security::ImplicitTls {
        progress.enter(Stage::Security);
        stream = secure(stream, &target.address, &target.trust, limits, progress).await?;
    }
    if let Some(transcript) = &target.transcript {
        transcript.begin(target.protocol);
    }
    Ok(Wire::new(stream, limits).told_to(target.transcript.clone()))
}

/// A signed-in session with a mail server. Dropping it closes the socket and changes nothing on the server: in
/// particular, dropping a POP3 session never sends QUIT.
#[async_trait]
pub trait MailSession: Send {
    /// What the server says it can do (CAPABILITY or CAPA), upper case, as it stood after the sign-in.
    fn capabilities(&self) -> &[String];

    /// The folders of the account, those that only hold others included. POP3 has INBOX alone.
    async fn list(&mut self) -> Result<Vec<RemoteFolder>, MailError>;

    /// Opens `mailbox` (a Unicode name). A missing mailbox reaches the mailbox, not the account.
    async fn open(&mut self, mailbox: &str, access: Access) -> Result<RemoteMailbox, MailError>;

    /// Opens `mailbox` read-only and asks what left it since `since`, where the server can tell (QRESYNC).
    async fn open_since(&mut self, mailbox: &str, _since: ModSeq) -> Result<RemoteMailbox, MailError> {
        self.open(mailbox, Access::ReadOnly).await
    }

    /// The messages of the open mailbox in ascending order: all of them, or (IMAP) those whose UID is at least `from`.
    async fn list_messages(&mut self, from: Option<Uid>) -> Result<Vec<RemoteMessage>, MailError>;

    /// Fetches `wanted` in the order given without marking anything as read, sending one [`Fetched`] for each into
    /// `into`. Waits while the receiver holds more than `session_bytes_in_flight`. Ends early, with `Ok`, where the
    /// receiver was dropped. An error means that what was not sent was not fetched; what was sent is complete. One that
    /// reaches the session means that a single message cannot be had without ending it: that message was sent last, as
    /// too large or failed, and whoever leaves it out gets the others from a new session.
    async fn fetch(&mut self, wanted: &[RemoteMessage], into: mpsc::Sender<Fetched>)
    -> Result<(), MailError>;

    /// The Message-ID of each of `wanted` that has one, as [`crate::message::header_fields`] would give it: to find
    /// again what is here after the server gave every message a new UID. POP3 has no cheap way to it and returns none.
    async fn fetch_ids(&mut self, wanted: &[RemoteMessage]) -> Result<Vec<(MessageKey, String)>, MailError>;

    /// True where [`Self::wait`] is possible.
    fn can_wait(&self) -> bool;

    /// How the messages of the open mailbox are marked there, in ascending order. Where the server counts changes
    /// (CONDSTORE) and `since` is given, only those are told of that changed since, or came. POP3 knows no marks.
    ///
    /// # Errors
    /// Reaching the mailbox where the server refuses.
    async fn list_marks(&mut self, _since: Option<ModSeq>) -> Result<Vec<ServerMarks>, MailError> {
        Ok(Vec::new())
    }

    /// Marks `uids` of the open mailbox (opened read-write) on the server; what is not there any more is passed over.
    ///
    /// # Errors
    /// Reaching the mailbox where the server refuses; how much of it was done is not known then.
    async fn set_mark(&mut self, _mark: ServerMark, _uids: &[Uid]) -> Result<(), MailError> {
        Err(MailError::account(Stage::Folder, Cause::ProtocolError, "This protocol knows no marks."))
    }

    /// Waits until the server says that messages came to the open mailbox or left it (and, where that is `awaited`, that a
    /// mark changed), at most `at_most` (and never longer than 29 minutes, after which servers close). What it says is a
    /// hint: list again, do not trust it. An
    /// error that reaches only the mailbox means that the server will not have us wait; the session goes on. Dropping
    /// the future ends the session.
    async fn wait(&mut self, awaited: Awaited, at_most: Duration) -> Result<Waited, MailError>;

    /// How old and how large the open mailbox is, as far as the server tells it in a round trip or two. What it does not
    /// tell, or refuses to, is `None`.
    ///
    /// # Errors
    /// The session is over.
    async fn extent(&mut self) -> Result<Extent, MailError>;

    /// Deletes exactly `wanted`, which must be durable here, from the open mailbox (IMAP: opened read-write).
    /// `Ok` lists the keys that the server confirmed as deleted. POP3 sends DELE for each and then QUIT, which ends the session.
    async fn delete(&mut self, wanted: &[RemoteMessage]) -> Result<Vec<MessageKey>, MailError>;

    /// Says good-bye where that changes nothing on the server (IMAP: LOGOUT; POP3: QUIT, after a session in which
    /// everything that was fetched is durable). Errors are of no consequence and stay here.
    async fn close(self: Box<Self>);
}
