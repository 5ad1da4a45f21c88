//! A strict runner of commands over the framing and parser of `async-imap`: an answer counts only when its own tag
//! came with OK. Deliberately absent: every method of `async_imap::Session`. They report NO, BAD and a closed socket
//! as success (an empty mailbox, a shorter list), which is how mail gets lost.
//!
//! The parser below can panic on hostile answers (a response code followed directly by a multi-byte character): that is caught here and is a protocol error like any other.
//! `async_imap` and `imap_proto` log what they read at `trace`: whoever sets up logging pins both to `info`.

use super::answer::{Done, Heard, Tag};
use super::news::News;
use super::talk::random_tag_start;
use crate::net::fault::{Fault, mail_error};
use crate::net::guard::LiteralGuard;
use crate::net::line::Wire;
use crate::net::reply::cause_of;
use crate::{Limits, MailError, Reach};
use async_imap::Client;
use async_imap::imap_proto::Response;
use model::{Cause, Stage};
use std::future::{Future, poll_fn};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout_at};

/// Commands of one kind in flight at most.
pub const DEPTH: usize = 4;

/// A command may take this many times the patience for a single byte.
const COMMAND: u32 = 10;

/// A signed-in IMAP connection.
pub struct Driver {
    client: Client<LiteralGuard>,
    tag_start: String,
    commands: u32,
    limits: Limits,
    news: News,
    /// Commands to whose answers nobody listens.
    unheard: Vec<Tag>,
    /// Set while an answer is outstanding and after every failure: nothing more is said then.
    dead: bool,
}

impl Driver {
    /// Takes over a wire on which the sign-in is done.
    pub fn new(wire: Wire) -> Self {
        let limits = *wire.limits();
        let (stream, ahead) = wire.into_paced();
        Self {
            client: Client::new(LiteralGuard::new(stream, ahead, &limits)),
            tag_start: random_tag_start(),
            commands: 0,
            limits,
            news: News::default(),
            unheard: Vec::new(),
            dead: false,
        }
    }

    /// What the server has said of the open mailbox so far.
    pub fn news(&mut self) -> &mut News {
        &mut self.news
    }

    /// Until when a command that begins now must have ended: nobody may keep us by chatter.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.limits.idle * COMMAND
    }

    /// Sends `command` and gives every untagged answer to `on` until its own tagged one comes. `expected` is how many
    /// answers there should be at most; a multiple of it ends the session.
    ///
    /// # Errors
    /// The session is over. NO and BAD are not errors here: see [`Done::ok`].
    pub async fn run(
        &mut self,
        stage: Stage,
        command: &str,
        expected: u32,
        mut on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Done, MailError> {
        let sent = self.send(stage, command).await?;
        let deadline = self.deadline();
        let most = most_answers(expected);
        for _ in 0..most {
            match self.next_until(stage, deadline, &mut on).await? {
                Some((tag, done)) if tag == sent => return Ok(done),
                Some(_) => return Err(self.fail(stage, "An answer carries a tag that was not sent.")),
                None => {}
            }
        }
        self.dead = true;
        Err(mail_error(stage, "reading answers", &Fault::Lines(most).into()))
    }

    /// Runs `commands`, all of one `verb`, several of them in flight. Each must be answered OK.
    ///
    /// # Errors
    /// The session is over; or the server refuses one, which reaches `reach` and leaves the session usable.
    pub async fn run_all(
        &mut self,
        stage: Stage,
        verb: &str,
        commands: &[String],
        reach: Reach,
        mut on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<(), MailError> {
        let mut unsent = commands.iter();
        let mut flying: Vec<Tag> = Vec::new();
        let mut refused = None;
        let mut deadline = self.deadline();
        let mut left = most_answers(0);
        loop {
            while flying.len() < DEPTH
                && refused.is_none()
                && let Some(command) = unsent.next()
            {
                flying.push(self.send(stage, command).await?);
            }
            if flying.is_empty() {
                return refused.map_or(Ok(()), Err);
            }
            left = left.saturating_sub(1);
            if left == 0 {
                self.dead = true;
                return Err(mail_error(stage, "reading answers", &Fault::Lines(most_answers(0)).into()));
            }
            let Some((tag, done)) = self.next_until(stage, deadline, &mut on).await? else { continue };
            let Some(at) = flying.iter().position(|sent| *sent == tag) else {
                return Err(self.fail(stage, "An answer carries a tag that was not sent."));
            };
            flying.swap_remove(at);
            if let Err(error) = done.ok(stage, verb, reach, Cause::ProtocolError) {
                refused.get_or_insert(error);
            }
            (deadline, left) = (self.deadline(), most_answers(0));
        }
    }

    /// Sends `command` without waiting for its answer.
    ///
    /// # Errors
    /// The session is over.
    pub async fn send(&mut self, stage: Stage, command: &str) -> Result<Tag, MailError> {
        if self.dead {
            return Err(MailError::account(stage, Cause::ConnectionLost, "The session had ended already."));
        }
        self.commands += 1;
        let tag = format!("{}{}", self.tag_start, self.commands);
        tracing::trace!(tag, command, "imap command");
        self.write(stage, &format!("{tag} {command}\r\n")).await?;
        Ok(Tag(tag))
    }

    /// Sends `command` without ever waiting for its answer: whatever that is, it is passed over.
    ///
    /// # Errors
    /// The session is over.
    pub async fn mention(&mut self, stage: Stage, command: &str) -> Result<(), MailError> {
        let tag = self.send(stage, command).await?;
        self.unheard.push(tag);
        Ok(())
    }

    /// Sends `text` as it is: the end of a command that waits for it.
    ///
    /// # Errors
    /// The session is over.
    pub async fn write(&mut self, stage: Stage, text: &str) -> Result<(), MailError> {
        // Stays set where this is cancelled: half a line may have gone out then.
        self.dead = true;
        let stream = self.client.get_mut();
        let written = match stream.write_all(text.as_bytes()).await {
            Ok(()) => stream.flush().await,
            failed => failed,
        };
        written.map_err(|error| mail_error(stage, "sending a command", &error))?;
        self.dead = false;
        Ok(())
    }

    /// Takes one answer: untagged it goes to `on`, tagged it is returned with its tag, whichever command it ends.
    ///
    /// # Errors
    /// The session is over: the server closed it, said good-bye, sent what cannot be parsed or broke a limit.
    pub async fn next(
        &mut self,
        stage: Stage,
        on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Option<(Tag, Done)>, MailError> {
        match self.hear(stage, on).await? {
            Heard::Tagged(tag, done) => Ok(Some((tag, done))),
            Heard::Continue => {
                Err(self.fail(stage, "The server asked for more where there is nothing more."))
            }
            _ => Ok(None),
        }
    }

    async fn next_until(
        &mut self,
        stage: Stage,
        deadline: Instant,
        on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Option<(Tag, Done)>, MailError> {
        timeout_at(deadline, self.next(stage, on)).await.unwrap_or_else(|_| Err(self.late(stage)))
    }

    /// As [`Self::hear`]; `None` where nothing came until `end`, after which the session can go on.
    ///
    /// # Errors
    /// As [`Self::hear`].
    pub async fn hear_until(
        &mut self,
        stage: Stage,
        end: Instant,
        on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Option<Heard>, MailError> {
        let heard = timeout_at(end, self.hear(stage, on)).await;
        // What was taken of an answer until then stays in the parser's buffer.
        self.dead = self.dead && heard.is_ok();
        heard.map_or(Ok(None), |heard| heard.map(Some))
    }

    /// Takes one answer, a continuation included.
    ///
    /// # Errors
    /// As [`Self::next`].
    pub async fn hear(
        &mut self,
        stage: Stage,
        mut on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Heard, MailError> {
        // Stays set where this wait is cancelled, and after every failure.
        self.dead = true;
        let data = match unless_it_panics(self.client.read_response()).await {
            Some(Ok(Some(data))) => data,
            Some(Ok(None)) => {
                let closed = io::ErrorKind::UnexpectedEof.into();
                return Err(mail_error(stage, "waiting for an answer", &closed));
            }
            Some(Err(error)) => return Err(mail_error(stage, "reading an answer", &error)),
            None => {
                return Err(self.fail(stage, "While reading an answer: it broke the parser."));
            }
        };
        let response = data.parsed();
        let mut heard = Heard::of(response);
        if let Heard::Tagged(tag, _) = &heard
            && let Some(at) = self.unheard.iter().position(|unheard| unheard == tag)
        {
            self.unheard.swap_remove(at);
            heard = Heard::Untagged;
        }
        match &heard {
            Heard::GoodBye(text) => {
                let kind = cause_of(text, Cause::ConnectionLost);
                return Err(MailError::account(stage, kind, "The server said good-bye.").with_reply(text));
            }
            Heard::Nonsense => {
                return Err(self.fail(stage, "A tagged answer was neither OK nor NO nor BAD."));
            }
            Heard::Untagged => {
                self.news.take(response).map_err(|detail| self.fail(stage, detail))?;
                on(response);
            }
            Heard::Continue | Heard::Tagged(..) => {}
        }
        self.dead = false;
        Ok(heard)
    }

    /// Waits `patience` for a byte from now on; the limit's own where it is `None`.
    pub fn expect_within(&mut self, patience: Option<Duration>) {
        self.client.get_mut().expect_within(patience.unwrap_or(self.limits.idle));
    }

    /// The stream below the parser.
    pub fn guard(&mut self) -> &mut LiteralGuard {
        self.client.get_mut()
    }

    /// Ends the session with a protocol error.
    pub fn fail(&mut self, stage: Stage, detail: &str) -> MailError {
        self.dead = true;
        MailError::account(stage, Cause::ProtocolError, detail)
    }

    /// Ends the session because a command was not done by its deadline.
    pub fn late(&mut self, stage: Stage) -> MailError {
        self.dead = true;
        let late = Fault::Command(self.limits.idle * COMMAND);
        mail_error(stage, "waiting for a command to end", &late.into())
    }

    /// Says nothing more: answers to commands in flight would be taken for answers to later ones.
    pub fn abandon(&mut self) {
        self.dead = true;
    }

    /// True where nothing can be said any more.
    pub fn is_dead(&self) -> bool {
        self.dead
    }
}

fn most_answers(expected: u32) -> usize {
    usize::try_from(expected).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(100_000)
}

/// What `future` comes to; `None` where it panicked, after which what it worked on must not be used again.
async fn unless_it_panics<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Some(output)),
        Err(_) => Poll::Ready(None),
    })
    .await
}
