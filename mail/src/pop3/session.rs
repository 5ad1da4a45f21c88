//! The session: one mailbox, numbered messages, two phases (fetch, then delete and QUIT).

use super::codec::{self, Reply};
use super::sign_in::{has, sign_in};
use super::talk::{Body, ask, body, listing, refusal, send, status};
use super::uidl;
use crate::net::line::Wire;
use crate::net::tls::Trust;
use crate::session::Progress;
use crate::{
    Access, Fetched, FetchedBody, Limits, MailError, MailSession, Reach, RemoteFolder, RemoteMailbox,
    RemoteMessage, SpecialUse, Target, Waited,
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
const WINDOW: usize = 20;

/// Signs in over a connected stream.
///
/// # Errors
/// The stage at which it ended and why.
pub(crate) async fn open(
    wire: Wire,
    target: &Target,
    trust: &Trust,
    progress: &mut Progress<'_>,
) -> Result<Box<dyn MailSession>, MailError> {
    let (wire, capabilities) = sign_in(wire, target, trust, progress).await?;
    let window = if has(&capabilities, "PIPELINING") { WINDOW } else { 1 };
    let limits = target.limits;
    let by_top = has(&capabilities, "TOP");
    Ok(Box::new(Pop3Session {
        wire: Some(wire),
        capabilities,
        window,
        by_top,
        limits,
        exists: 0,
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
    exists: u32,
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
                MessageKey::Unnamed if self.keys.is_none() && message.number <= self.exists => {
                    Some(message.number)
                }
                key => by_key.get(key).copied(),
            })
            .collect()
    }

    /// STAT and UIDL. A UIDL listing with holes is worse than none: such a server's messages have no keys.
    async fn survey(&mut self, wire: &mut Wire) -> Result<(), MailError> {
        let reply = ask(wire, Stage::Folder, "STAT").await?;
        let counted = codec::two_numbers(&reply.text).filter(|_| reply.ok);
        let Some((exists, _)) = counted else {
            return Err(refusal(&reply, Stage::Folder, "STAT", Cause::ProtocolError));
        };
        self.exists = exists;
        self.keys = None;
        let reply = ask(wire, Stage::Folder, "UIDL").await?;
        if !reply.ok {
            return Ok(());
        }
        let mut found = BTreeMap::new();
        listing(wire, Stage::Folder, most_lines(exists), |line| found.extend(uidl::line(line))).await?;
        if found.len() as u64 >= u64::from(exists) {
            self.keys = Some(uidl::keys(&found));
        }
        Ok(())
    }

    async fn sizes(&mut self, wire: &mut Wire) -> Result<BTreeMap<u32, u64>, MailError> {
        let mut sizes = BTreeMap::new();
        let reply = ask(wire, Stage::Folder, "LIST").await?;
        if !reply.ok {
            return Err(refusal(&reply, Stage::Folder, "LIST", Cause::ProtocolError));
        }
        listing(wire, Stage::Folder, most_lines(self.exists), |line| {
            sizes.extend(codec::two_numbers(&String::from_utf8_lossy(line)));
        })
        .await?;
        Ok(sizes)
    }

    async fn retrieve(
        &mut self,
        wire: &mut Wire,
        wanted: &[RemoteMessage],
        into: &mpsc::Sender<Fetched>,
    ) -> Result<(), MailError> {
        let mut unsent: VecDeque<(&RemoteMessage, Option<u32>)> =
            wanted.iter().zip(self.numbers(wanted)).collect();
        let mut flying: VecDeque<(&RemoteMessage, Option<u32>, bool)> = VecDeque::new();
        while !unsent.is_empty() || !flying.is_empty() {
            while flying.len() < self.window
                && let Some((message, number)) = unsent.pop_front()
            {
                // What is not asked for keeps its place in the order.
                let number = number.filter(|_| message.size <= self.limits.message_bytes);
                if let Some(number) = number {
                    send(wire, Stage::Fetch, &retrieval(number, self.by_top)).await?;
                }
                flying.push_back((message, number, self.by_top));
            }
            let Some((message, number, by_top)) = flying.pop_front() else { break };
            let body = match number {
                Some(_) => match retrieved(wire, message).await? {
                    body if by_top && !is_whole(&body, message) => {
                        self.by_top = false;
                        unsent.push_front((message, number));
                        continue;
                    }
                    body => body,
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
                    retrieved(wire, message).await?;
                }
            }
        }
        Ok(())
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

/// True for an answer to TOP that is certainly the message and not a part of it.
fn is_whole(body: &FetchedBody, message: &RemoteMessage) -> bool {
    match body {
        FetchedBody::Raw(bytes) => bytes.len() as u64 == message.size,
        FetchedBody::TooLarge { .. } => true,
        FetchedBody::Gone | FetchedBody::Failed(_) => false,
    }
}

/// A listing may have a few lines more than the messages counted, as mail can arrive between the two.
fn most_lines(exists: u32) -> usize {
    usize::try_from(exists).unwrap_or(usize::MAX).saturating_add(1000)
}

async fn retrieved(wire: &mut Wire, message: &RemoteMessage) -> Result<FetchedBody, MailError> {
    let reply = status(wire, Stage::Fetch).await?;
    if !reply.ok {
        let error = refusal(&reply, Stage::Fetch, "RETR", Cause::ProtocolError);
        return Ok(FetchedBody::Failed(error.reaching(Reach::Message)));
    }
    Ok(match body(wire, message.size).await? {
        Body::Whole(bytes) => FetchedBody::Raw(bytes),
        Body::TooLarge(size) => FetchedBody::TooLarge { size },
    })
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
            exists: self.exists,
            keys_are_unique: self.keys.is_some(),
        })
    }

    async fn list_messages(&mut self, _from: Option<Uid>) -> Result<Vec<RemoteMessage>, MailError> {
        let mut wire = self.take(Stage::Folder)?;
        let sizes = self.sizes(&mut wire).await?;
        self.wire = Some(wire);
        let keys = self.keys.as_ref();
        Ok(sizes
            .into_iter()
            .filter_map(|(number, size)| {
                let key = keys.map_or(Some(MessageKey::Unnamed), |keys| keys.get(&number).cloned())?;
                Some(RemoteMessage { key, number, size, received: None })
            })
            .collect())
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

    async fn wait(&mut self, _: Duration) -> Result<Waited, MailError> {
        let detail = "A POP3 server cannot say that new mail came.";
        Err(MailError::account(Stage::Folder, Cause::ProtocolError, detail).reaching(Reach::Mailbox))
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
