//! IMAP (RFC 3501) as [`crate::MailSession`]. Deliberately absent: IDLE, CONDSTORE, and revision 2 (RFC 9051), whose
//! answers the parser does not know.

mod command;
mod date;
mod delete;
mod driver;
mod fetch;
mod mailbox;
mod pipeline;
mod sign_in;
mod utf7;

pub(crate) use sign_in::sasl_plain;

use crate::net::line::Wire;
use crate::net::tls::Trust;
use crate::session::Progress;
use crate::{Access, Fetched, Limits, MailError, MailSession, RemoteMailbox, RemoteMessage, Target};
use async_trait::async_trait;
use driver::Driver;
use model::{Cause, MessageKey, Stage, Uid};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a good-bye may take.
const GOOD_BYE: Duration = Duration::from_secs(5);

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
    let (wire, capabilities) = sign_in::sign_in(wire, target, trust, progress).await?;
    Ok(Box::new(ImapSession {
        driver: Driver::new(wire),
        capabilities,
        limits: target.limits,
        access: Access::ReadOnly,
        exists: 0,
    }))
}

struct ImapSession {
    driver: Driver,
    capabilities: Vec<String>,
    limits: Limits,
    /// How the open mailbox was opened.
    access: Access,
    exists: u32,
}

#[async_trait]
impl MailSession for ImapSession {
    fn capabilities(&self) -> &[String] {
        &self.capabilities
    }

    async fn list(&mut self) -> Result<Vec<String>, MailError> {
        mailbox::list(&mut self.driver).await
    }

    async fn open(&mut self, name: &str, access: Access) -> Result<RemoteMailbox, MailError> {
        self.exists = 0;
        let opened = mailbox::open(&mut self.driver, name, access).await?;
        self.access = access;
        self.exists = opened.exists;
        Ok(opened)
    }

    async fn list_messages(&mut self, from: Option<Uid>) -> Result<Vec<RemoteMessage>, MailError> {
        mailbox::list_messages(&mut self.driver, self.exists, from).await
    }

    async fn fetch(
        &mut self,
        wanted: &[RemoteMessage],
        into: mpsc::Sender<Fetched>,
    ) -> Result<(), MailError> {
        fetch::fetch(&mut self.driver, wanted, &self.limits, &into).await
    }

    async fn delete(&mut self, wanted: &[RemoteMessage]) -> Result<Vec<MessageKey>, MailError> {
        if self.access == Access::ReadOnly {
            let detail = "The mailbox was opened read-only.";
            return Err(MailError::account(Stage::Delete, Cause::ProtocolError, detail));
        }
        let uids: Vec<Uid> = wanted.iter().filter_map(|message| uid(&message.key)).collect();
        let uid_plus = sign_in::has(&self.capabilities, "UIDPLUS");
        let gone = delete::delete(&mut self.driver, &uids, uid_plus).await?;
        Ok(gone.into_iter().map(MessageKey::Uid).collect())
    }

    async fn close(mut self: Box<Self>) {
        if !self.driver.is_dead() {
            let _ = timeout(GOOD_BYE, self.driver.run(Stage::Folder, "LOGOUT", 100, |_| ())).await;
        }
    }
}

fn uid(key: &MessageKey) -> Option<Uid> {
    match key {
        MessageKey::Uid(uid) => Some(*uid),
        MessageKey::Uidl { .. } | MessageKey::Unnamed => None,
    }
}
