//! IMAP (RFC 3501) as [`crate::MailSession`]. Deliberately absent: revision 2 (RFC 9051), whose answers the parser does
//! not know.

mod answer;
mod assembly;
mod authenticate;
mod command;
mod compress;
mod date;
mod delete;
mod doubt;
mod driver;
mod extent;
mod fetch;
mod flight;
mod folders;
mod idle;
mod listing;
mod mailbox;
mod marks;
mod news;
mod pipeline;
mod resync;
pub(crate) mod sign_in;
mod talk;
mod utf7;

use crate::net::line::Wire;
use crate::{
    Access, Awaited, Extent, Fetched, Limits, MailError, MailSession, ModSeq, Progress, RemoteFolder,
    RemoteMailbox, RemoteMessage, Target, Waited,
};
use async_trait::async_trait;
use driver::Driver;
use model::{Cause, MessageKey, ServerMark, ServerMarks, Stage, Uid};
use resync::Asking;
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
    progress: &mut Progress<'_>,
) -> Result<Box<dyn MailSession>, MailError> {
    let (wire, capabilities) = sign_in::sign_in(wire, target, progress).await?;
    Ok(Box::new(ImapSession {
        driver: Driver::new(wire),
        compress: compress::pays(target, &capabilities),
        capabilities,
        limits: target.limits,
        access: Access::ReadOnly,
        name: String::new(),
        folders: None,
        resyncs: false,
    }))
}

struct ImapSession {
    driver: Driver,
    capabilities: Vec<String>,
    limits: Limits,
    /// How the open mailbox was opened, and its name.
    access: Access,
    name: String,
    /// Once they were of interest.
    folders: Option<Vec<RemoteFolder>>,
    /// Still to be asked for when there is something to fetch.
    compress: bool,
    /// QRESYNC was enabled.
    resyncs: bool,
}

impl ImapSession {
    /// The driver, for a command with a large answer.
    async fn driver_for_much(&mut self) -> Result<&mut Driver, MailError> {
        if self.compress && self.driver.news().exists > 0 {
            self.compress = false;
            compress::begin(&mut self.driver).await?;
        }
        Ok(&mut self.driver)
    }
}

#[async_trait]
impl MailSession for ImapSession {
    fn capabilities(&self) -> &[String] {
        &self.capabilities
    }

    async fn list(&mut self) -> Result<Vec<RemoteFolder>, MailError> {
        folders::list(&mut self.driver, &self.capabilities).await
    }

    async fn open(&mut self, name: &str, access: Access) -> Result<RemoteMailbox, MailError> {
        // Whatever was open before is closed now, also where this fails.
        self.access = Access::ReadOnly;
        let counts = access == Access::ReadOnly && resync::counts_changes(&self.capabilities);
        let asking = if counts { Asking::Last } else { Asking::Nothing };
        let opened = mailbox::open(&mut self.driver, name, access, asking).await?;
        self.access = access;
        name.clone_into(&mut self.name);
        Ok(opened)
    }

    async fn open_since(&mut self, name: &str, since: ModSeq) -> Result<RemoteMailbox, MailError> {
        if !resync::is_offered(&self.capabilities) {
            return self.open(name, Access::ReadOnly).await;
        }
        self.access = Access::ReadOnly;
        if !self.resyncs {
            resync::enable(&mut self.driver).await?;
            self.resyncs = true;
        }
        let opened = mailbox::open(&mut self.driver, name, Access::ReadOnly, Asking::Since(since)).await?;
        name.clone_into(&mut self.name);
        Ok(opened)
    }

    async fn list_messages(&mut self, from: Option<Uid>) -> Result<Vec<RemoteMessage>, MailError> {
        listing::list_messages(self.driver_for_much().await?, from).await
    }

    async fn fetch(
        &mut self,
        wanted: &[RemoteMessage],
        into: mpsc::Sender<Fetched>,
    ) -> Result<(), MailError> {
        let limits = self.limits;
        fetch::fetch(self.driver_for_much().await?, wanted, &limits, &into).await
    }

    async fn fetch_ids(&mut self, wanted: &[RemoteMessage]) -> Result<Vec<(MessageKey, String)>, MailError> {
        listing::message_ids(&mut self.driver, &uids(wanted)).await
    }

    async fn list_marks(&mut self, since: Option<ModSeq>) -> Result<Vec<ServerMarks>, MailError> {
        let since = since.filter(|_| resync::counts_changes(&self.capabilities));
        marks::list(self.driver_for_much().await?, since.map(|since| since.value)).await
    }

    async fn set_mark(&mut self, mark: ServerMark, uids: &[Uid]) -> Result<(), MailError> {
        if self.access == Access::ReadOnly {
            let detail = "The mailbox was opened read-only.";
            return Err(MailError::account(Stage::Folder, Cause::ProtocolError, detail));
        }
        marks::set(&mut self.driver, mark, uids).await
    }

    fn can_wait(&self) -> bool {
        sign_in::has(&self.capabilities, "IDLE")
    }

    async fn wait(&mut self, awaited: Awaited, at_most: Duration) -> Result<Waited, MailError> {
        idle::wait(&mut self.driver, awaited, at_most).await
    }

    async fn extent(&mut self) -> Result<Extent, MailError> {
        extent::extent(self.driver_for_much().await?).await
    }

    async fn delete(&mut self, wanted: &[RemoteMessage]) -> Result<Vec<MessageKey>, MailError> {
        if self.access == Access::ReadOnly {
            let detail = "The mailbox was opened read-only.";
            return Err(MailError::account(Stage::Delete, Cause::ProtocolError, detail));
        }
        if delete::wants_trash(&self.capabilities) && self.folders.is_none() {
            self.folders = Some(folders::list(&mut self.driver, &self.capabilities).await?);
        }
        let folders = self.folders.as_deref().unwrap_or_default();
        let way = delete::way(&self.capabilities, folders, &self.name);
        let gone = delete::delete(&mut self.driver, &uids(wanted), &way).await?;
        Ok(gone.into_iter().map(MessageKey::Uid).collect())
    }

    async fn close(mut self: Box<Self>) {
        if !self.driver.is_dead() {
            let _ = timeout(GOOD_BYE, self.driver.run(Stage::Folder, "LOGOUT", 100, |_| ())).await;
        }
    }
}

fn uids(messages: &[RemoteMessage]) -> Vec<Uid> {
    let uid = |message: &RemoteMessage| match message.key {
        MessageKey::Uid(uid) => Some(uid),
        MessageKey::Uidl { .. } | MessageKey::Unnamed => None,
    };
    messages.iter().filter_map(uid).collect()
}
