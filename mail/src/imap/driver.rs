//! A strict runner of commands over the framing and parser of `async-imap`: an answer counts only when its own tag
//! came with OK. Deliberately absent: every method of `async_imap::Session`. They report NO, BAD and a closed socket
//! as success (an empty mailbox, a shorter list), which is how mail gets lost.
//!
//! The parser below can panic on hostile answers (a response code followed directly by a multi-byte character,
//! `INTERNALDATE NIL`); so each session runs in a task of its own, and its panic is that account's error.
//! `async_imap` and `imap_proto` log what they read at `trace`: whoever sets up logging pins both to `info`.

use super::sign_in::random_tag_start;
use crate::net::fault::{Fault, mail_error};
use crate::net::guard::LiteralGuard;
use crate::net::line::Wire;
use crate::net::reply::cause_of;
use crate::{MailError, Reach};
use async_imap::Client;
use async_imap::imap_proto::{Outcome, Response, Status};
use model::{Cause, Stage};
use tokio::io::AsyncWriteExt;

/// A signed-in IMAP connection.
pub struct Driver {
    client: Client<LiteralGuard>,
    tag_start: String,
    commands: u32,
    /// Set while an answer is outstanding and after every failure: nothing more is said then.
    dead: bool,
}

/// The tag of a command that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag(String);

#[cfg(test)]
impl Tag {
    /// A tag that no command had.
    pub fn for_tests(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// OK, NO or BAD.
    pub verdict: Verdict,
    /// What the server said with it.
    pub text: String,
}

/// The word of a tagged answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Ok,
    /// Not done.
    No,
    /// Not understood.
    Bad,
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
            dead: false,
        }
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
        let most = usize::try_from(expected).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(10_000);
        for _ in 0..most {
            match self.next(stage, &mut on).await? {
                Some((tag, done)) if tag == sent => return Ok(done),
                Some(_) => return Err(self.fail(stage, "An answer carries a tag that was not sent.")),
                None => {}
            }
        }
        self.dead = true;
        Err(mail_error(stage, "reading answers", &Fault::Lines(most).into()))
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
        let line = format!("{tag} {command}\r\n");
        let stream = self.client.get_mut();
        let written = match stream.write_all(line.as_bytes()).await {
            Ok(()) => stream.flush().await,
            failed => failed,
        };
        match written {
            Ok(()) => Ok(Tag(tag)),
            Err(error) => {
                self.dead = true;
                Err(mail_error(stage, "sending a command", &error))
            }
        }
    }

    /// Takes one answer: untagged it goes to `on`, tagged it is returned with its tag, whichever command it ends.
    ///
    /// # Errors
    /// The session is over: the server closed it, said good-bye, sent what cannot be parsed or broke a limit.
    pub async fn next(
        &mut self,
        stage: Stage,
        mut on: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Option<(Tag, Done)>, MailError> {
        // Stays set where this wait is cancelled: half an answer may have been taken then.
        self.dead = true;
        let data = match self.client.read_response().await {
            Ok(Some(data)) => data,
            Ok(None) => {
                let closed = std::io::ErrorKind::UnexpectedEof.into();
                return Err(mail_error(stage, "waiting for an answer", &closed));
            }
            Err(error) => return Err(mail_error(stage, "reading an answer", &error)),
        };
        let ended = match data.parsed() {
            Response::Data { status: Status::Bye, outcome } => return Err(good_bye(stage, outcome)),
            Response::Continue(_) => {
                return Err(self.fail(stage, "The server asked for more where there is nothing more."));
            }
            Response::Done { tag, status, outcome } => {
                let verdict = match status {
                    Status::Ok => Verdict::Ok,
                    Status::No => Verdict::No,
                    Status::Bad => Verdict::Bad,
                    Status::PreAuth | Status::Bye => {
                        return Err(self.fail(stage, "A tagged answer was neither OK nor NO nor BAD."));
                    }
                };
                Some((Tag(tag.0.clone()), Done { verdict, text: words(outcome) }))
            }
            untagged => {
                on(untagged);
                None
            }
        };
        self.dead = false;
        Ok(ended)
    }

    /// Ends the session with a protocol error.
    pub fn fail(&mut self, stage: Stage, detail: &str) -> MailError {
        self.dead = true;
        MailError::account(stage, Cause::ProtocolError, detail)
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

impl Done {
    /// This answer, where it is OK.
    ///
    /// # Errors
    /// A NO or BAD as a failure of `command` that reaches `reach`; `otherwise` is the cause where neither the response
    /// code nor the words of a NO tell one.
    pub fn ok(self, stage: Stage, command: &str, reach: Reach, otherwise: Cause) -> Result<Self, MailError> {
        let otherwise = match self.verdict {
            Verdict::Ok => return Ok(self),
            Verdict::No => otherwise,
            Verdict::Bad => Cause::ProtocolError,
        };
        let kind = cause_of(&self.text, otherwise);
        // A server that asks for less asks it of every mailbox.
        let reach = if kind == Cause::Throttled { Reach::Account } else { reach };
        let detail = format!("The server refused {command}.");
        Err(MailError::account(stage, kind, detail).reaching(reach).with_reply(&self.text))
    }
}

fn good_bye(stage: Stage, outcome: &Outcome<'_>) -> MailError {
    let text = words(outcome);
    let kind = cause_of(&text, Cause::ConnectionLost);
    MailError::account(stage, kind, "The server said good-bye.").with_reply(&text)
}

fn words(outcome: &Outcome<'_>) -> String {
    outcome.information.as_deref().unwrap_or_default().to_owned()
}
