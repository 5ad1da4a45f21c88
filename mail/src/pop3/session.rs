//! The session: one mailbox, numbered messages, two phases (fetch, then delete and QUIT).

use super::codec::{self, Reply};
use super::sign_in::{has, sign_in};
use super::talk::{Body, ask, body, listing, refusal, send, status};
use super::uidl;
use crate::message::header_fields;
use crate::net::line::Wire;
use crate::{
    Access, Awaited, Extent, Fetched, FetchedBody, Limits, MailError, MailSession, Progress, Reach,
    RemoteFolder, RemoteMailbox, RemoteMessage, SpecialUse, Target, Waited,
};
use async_trait::async_trait;
use model::{Cause, MessageKey, Stage, Uid, mailbox::INBOX};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a good-bye may take.
const GOOD_BYE: Duration = Duration::from_secs(5);

/// Commands in flight where the server offers PIPELINING (RFC 2449 §6.6).
const WINDOW: usize = 50;

/// Bytes on the way (by LIST) beyond which no further command is sent.
const FLYING_BYTES: u64 = 4 * 1024 * 1024;

/// Most lines of a header that is looked at for its date.
const MOST_HEADER_LINES: usize = 10_000;

/// Most messages that are listed.
const MOST_MESSAGES: usize = 1_000_000;

/// A message that was asked for (by its number, where it has one), and whether by TOP.
type Flying<'a> = (&'a RemoteMessage, Option<u32>, bool);

/// Signs in over a connected stream.
///
/// # Errors
/// The stage at which it ended and why.
pub(crate) async fn open(
    wire: Wire,
    target: &Target,
    progress: &mut Progress<'_>,
) -> Result<Box<dyn MailSession>, MailError> {
    let (wire, capabilities) = sign_in(wire, target, progress).await?;
    let window = if has(&capabilities, "PIPELINING") { WINDOW } else { 1 };
    let limits = target.limits;
    let by_top = has(&capabilities, "TOP");
    Ok(Box::new(Pop3Session {
        wire: Some(wire),
        capabilities,
        window,
        by_top,
        limits,
        sizes: BTreeMap::new(),
        keys: None,
    }))
}

struct Pop3Session {
    /// Taken out while a command is under way and put back when it is answered: a failure or a cancelled wait
    /// leaves nothing to say QUIT on.
    wire: Option<Wire>,
    capabilities: Vec<String>,
    window: usize,
    /// Ask by TOP with more lines than any message has: Dovecot, and whoever shows the same mailbox by IMAP, marks
    /// what was retrieved by RETR as seen. Given up for RETR as soon as one answer has not the size that LIST named.
    by_top: bool,
    limits: Limits,
    /// By message number, as LIST names them.
    sizes: BTreeMap<u32, u64>,
    /// By message number; `None` where the server has no UIDL.
    keys: Option<BTreeMap<u32, MessageKey>>,
}

impl Pop3Session {
    fn take(&mut self, stage: Stage) -> Result<Wire, MailError> {
        let ended = || MailError::account(stage, Cause::ConnectionLost, "The session had ended already.");
        self.wire.take().ok_or_else(ended)
    }

    /// The numbers that this session has for `wanted`; a number from another session is never trusted.
    fn numbers(&self, wanted: &[RemoteMessage]) -> Vec<Option<u32>> {
        let by_key: HashMap<&MessageKey, u32> =
            self.keys.iter().flatten().map(|(number, key)| (key, *number)).collect();
        wanted
            .iter()
            .map(|message| match &message.key {
                MessageKey::Unnamed if self.keys.is_none() && self.sizes.contains_key(&message.number) => {
                    Some(message.number)
                }
                key => by_key.get(key).copied(),
            })
            .collect()
    }

    /// STAT, UIDL and LIST, together where the server offers PIPELINING. What LIST names is there; what STAT counts is
    /// not relied on. A UIDL listing with holes is worse than none: such a server's messages have no keys.
    async fn survey(&mut self, wire: &mut Wire) -> Result<(), MailError> {
        (self.sizes, self.keys) = (BTreeMap::new(), None);
        let together = self.window > 1;
        if together {
            send(wire, Stage::Folder, "STAT\r\nUIDL\r\nLIST").await?;
        }
        let stat = answer(wire, "STAT", together).await?;
        let uidl = answer(wire, "UIDL", together).await?;
        let mut found = BTreeMap::new();
        if uidl.ok {
            listing(wire, Stage::Folder, MOST_MESSAGES, |line| found.extend(uidl::line(line))).await?;
        }
        let list = answer(wire, "LIST", together).await?;
        let mut sizes = BTreeMap::new();
        if list.ok {
            listing(wire, Stage::Folder, MOST_MESSAGES, |line| {
                sizes.extend(codec::two_numbers(&String::from_utf8_lossy(line)));
            })
            .await?;
        }
        for (reply, verb) in [(&stat, "STAT"), (&list, "LIST")] {
            if !reply.ok {
                return Err(refusal(reply, Stage::Folder, verb, Cause::ProtocolError));
            }
        }
        if uidl.ok && sizes.keys().all(|number| found.contains_key(number)) {
            self.keys = Some(uidl::keys(&found));
        }
        self.sizes = sizes;
        Ok(())
    }

    async fn retrieve(
        &mut self,
        wire: &mut Wire,
        wanted: &[RemoteMessage],
        into: &mpsc::Sender<Fetched>,
    ) -> Result<(), MailError> {
        let mut unsent: VecDeque<(&RemoteMessage, Option<u32>)> =
            wanted.iter().zip(self.numbers(wanted)).collect();
        let mut flying: VecDeque<Flying<'_>> = VecDeque::new();
        while !unsent.is_empty() || !flying.is_empty() {
            // Half a window at a time: the server is woken by each packet.
            let mut commands = Vec::new();
            while (!commands.is_empty() || flying.len() <= self.window / 2)
                && self.may_ask_for_more(&flying)
                && let Some((message, number)) = unsent.pop_front()
            {
                // What is not asked for keeps its place in the order.
                let number = number.filter(|_| message.size <= self.limits.message_bytes);
                commands.extend(number.map(|number| retrieval(number, self.by_top)));
                flying.push_back((message, number, self.by_top));
            }
            if !commands.is_empty() {
                send(wire, Stage::Fetch, &commands.join("\r\n")).await?;
            }
            let Some((message, number, by_top)) = flying.pop_front() else { break };
            let body = match number {
                Some(_) => match retrieved(wire, message).await? {
                    Retrieved::Endless(size) => return Err(put_aside(message, size, into).await),
                    Retrieved::Body(body) if by_top && !is_whole(&body, message) => {
                        self.by_top = false;
                        unsent.push_front((message, number));
                        continue;
                    }
                    Retrieved::Body(body) => body,
                },
                None if message.size > self.limits.message_bytes => {
                    FetchedBody::TooLarge { size: message.size }
                }
                None => FetchedBody::Gone,
            };
            if into.send(Fetched { message: message.clone(), body }).await.is_err() {
                // Nobody wants the rest; what was asked for still comes and is dropped.
                unsent.clear();
                for (message, ..) in flying.drain(..).filter(|(_, number, _)| number.is_some()) {
                    if let Retrieved::Endless(size) = retrieved(wire, message).await? {
                        return Err(endless(size));
                    }
                }
            }
        }
        Ok(())
    }

    /// What is on the way must be read even where nobody wants it any more, so it is bounded in bytes, too.
    fn may_ask_for_more(&self, flying: &VecDeque<Flying<'_>>) -> bool {
        let bytes: u64 = flying.iter().map(|(message, ..)| message.size).sum();
        flying.is_empty() || flying.len() < self.window && bytes < FLYING_BYTES
    }

    async fn delete_and_quit(
        &mut self,
        wire: &mut Wire,
        wanted: &[RemoteMessage],
    ) -> Result<Vec<MessageKey>, MailError> {
        let mut unsent: VecDeque<(MessageKey, u32)> = wanted
            .iter()
            .zip(self.numbers(wanted))
            .filter_map(|(message, number)| number.map(|number| (message.key.clone(), number)))
            .collect();
        let mut flying = VecDeque::new();
        let mut marked = Vec::new();
        while !unsent.is_empty() || !flying.is_empty() {
            while flying.len() < self.window
                && let Some((key, number)) = unsent.pop_front()
            {
                send(wire, Stage::Delete, &format!("DELE {number}")).await?;
                flying.push_back(key);
            }
            let Some(key) = flying.pop_front() else { break };
            if status(wire, Stage::Delete).await?.ok {
                marked.push(key);
            }
        }
        let reply: Reply = ask(wire, Stage::Delete, "QUIT").await?;
        if reply.ok {
            return Ok(marked);
        }
        // RFC 1939 §6: some of the marked messages may be deleted, some not; the next listing tells.
        Err(refusal(&reply, Stage::Delete, "QUIT", Cause::ProtocolError))
    }
}

/// The command for one message (RFC 1939 §5, §7).
fn retrieval(number: u32, by_top: bool) -> String {
    if by_top { format!("TOP {number} {}", i32::MAX) } else { format!("RETR {number}") }
}

/// True for an answer to TOP that is certainly the message and not a part of it, or that there is no message.
fn is_whole(body: &FetchedBody, message: &RemoteMessage) -> bool {
    match body {
        FetchedBody::Raw(bytes) => bytes.len() as u64 == message.size,
        FetchedBody::TooLarge { .. } | FetchedBody::Gone => true,
        FetchedBody::Failed(_) => false,
    }
}

/// The answer to `verb`, which was sent already where commands go together.
async fn answer(wire: &mut Wire, verb: &str, sent: bool) -> Result<Reply, MailError> {
    if !sent {
        send(wire, Stage::Folder, verb).await?;
    }
    status(wire, Stage::Folder).await
}

/// What came of asking for a message.
enum Retrieved {
    /// An answer with an end.
    Body(FetchedBody),
    /// So many bytes without one.
    Endless(u64),
}

async fn retrieved(wire: &mut Wire, message: &RemoteMessage) -> Result<Retrieved, MailError> {
    let reply = status(wire, Stage::Fetch).await?;
    if !reply.ok && is_gone(&reply.text) {
        return Ok(Retrieved::Body(FetchedBody::Gone));
    }
    if !reply.ok {
        let error = refusal(&reply, Stage::Fetch, "RETR", Cause::ProtocolError);
        return Ok(Retrieved::Body(FetchedBody::Failed(error.reaching(Reach::Message))));
    }
    Ok(match body(wire, message.size).await? {
        Body::Whole(bytes) => Retrieved::Body(FetchedBody::Raw(bytes)),
        Body::TooLarge(size) => Retrieved::Body(FetchedBody::TooLarge { size }),
        Body::Endless(size) => Retrieved::Endless(size),
    })
}

/// True where a refusal says that another program expunged the message since it was listed: RFC 1939 wants the mailbox
/// locked, but Dovecot ("Message 16 expunged.", 2026-11) and Courier ("Can't open the message file - it's gone!",
/// 2026-11) show it as it is. Where the words mislead nothing is lost: the next check lists the message again.
fn is_gone(words: &str) -> bool {
    words.ends_with(" expunged.") || words.ends_with("it's gone!")
}

/// A message without an end takes the session with it, and is left out of the next one.
async fn put_aside(message: &RemoteMessage, size: u64, into: &mpsc::Sender<Fetched>) -> MailError {
    let aside = Fetched { message: message.clone(), body: FetchedBody::TooLarge { size } };
    let error = endless(size);
    if into.send(aside).await.is_ok() { error.reaching(Reach::Session) } else { error }
}

fn endless(size: u64) -> MailError {
    let detail = format!("A message has no end after {size} bytes.");
    MailError::account(Stage::Fetch, Cause::LimitExceeded, detail)
}

#[async_trait]
impl MailSession for Pop3Session {
    fn capabilities(&self) -> &[String] {
        &self.capabilities
    }

    async fn list(&mut self) -> Result<Vec<RemoteFolder>, MailError> {
        Ok(vec![RemoteFolder {
            name: INBOX.to_owned(),
            separator: None,
            special_use: Some(SpecialUse::Inbox),
            selectable: true,
            status: None,
        }])
    }

    async fn open(&mut self, mailbox: &str, _access: Access) -> Result<RemoteMailbox, MailError> {
        if !mailbox.eq_ignore_ascii_case(INBOX) {
            let detail = "A POP3 server has INBOX alone.";
            return Err(
                MailError::account(Stage::Folder, Cause::FolderMissing, detail).reaching(Reach::Mailbox)
            );
        }
        let mut wire = self.take(Stage::Folder)?;
        self.survey(&mut wire).await?;
        self.wire = Some(wire);
        Ok(RemoteMailbox {
            uid_validity: None,
            uid_next: None,
            exists: u32::try_from(self.sizes.len()).unwrap_or(u32::MAX),
            keys_are_unique: self.keys.is_some(),
            highest_modseq: None,
            vanished: Vec::new(),
        })
    }

    async fn list_messages(&mut self, _from: Option<Uid>) -> Result<Vec<RemoteMessage>, MailError> {
        // The mailbox is locked for as long as the session lasts: what it had at first it has still.
        let keys = self.keys.as_ref();
        let listed = self.sizes.iter().filter_map(|(number, size)| {
            let key = keys.map_or(Some(MessageKey::Unnamed), |keys| keys.get(number).cloned())?;
            Some(RemoteMessage { key, number: *number, size: *size, received: None })
        });
        Ok(listed.collect())
    }

    async fn fetch(
        &mut self,
        wanted: &[RemoteMessage],
        into: mpsc::Sender<Fetched>,
    ) -> Result<(), MailError> {
        let mut wire = self.take(Stage::Fetch)?;
        self.retrieve(&mut wire, wanted, &into).await?;
        self.wire = Some(wire);
        Ok(())
    }

    async fn fetch_ids(&mut self, _: &[RemoteMessage]) -> Result<Vec<(MessageKey, String)>, MailError> {
        Ok(Vec::new())
    }

    fn can_wait(&self) -> bool {
        false
    }

    async fn wait(&mut self, _: Awaited, _: Duration) -> Result<Waited, MailError> {
        let detail = "A POP3 server cannot say that new mail came.";
        Err(MailError::account(Stage::Folder, Cause::ProtocolError, detail).reaching(Reach::Mailbox))
    }

    async fn extent(&mut self) -> Result<Extent, MailError> {
        let mut wire = self.take(Stage::Folder)?;
        let first = self.sizes.keys().next().filter(|_| self.by_top);
        let mut oldest = None;
        if let Some(number) = first
            && ask(&mut wire, Stage::Folder, &format!("TOP {number} 0")).await?.ok
        {
            let mut header = Vec::new();
            listing(&mut wire, Stage::Folder, MOST_HEADER_LINES, |line| {
                header.extend_from_slice(line);
                header.extend_from_slice(b"\r\n");
            })
            .await?;
            oldest = header_fields(&header).date;
        }
        self.wire = Some(wire);
        Ok(Extent { oldest, bytes: Some(self.sizes.values().sum()) })
    }

    async fn delete(&mut self, wanted: &[RemoteMessage]) -> Result<Vec<MessageKey>, MailError> {
        let mut wire = self.take(Stage::Delete)?;
        self.delete_and_quit(&mut wire, wanted).await
    }

    async fn close(mut self: Box<Self>) {
        if let Some(mut wire) = self.wire.take() {
            let _ = timeout(GOOD_BYE, ask(&mut wire, Stage::Folder, "QUIT")).await;
        }
    }
}
