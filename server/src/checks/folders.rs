//! The folders of an account, asked of its server. Deliberately absent: which of them are fetched, which is the account's
//! own setting.

use super::target::target;
use super::{CheckError, Checks, way};
use mail::RemoteFolder;
use model::AccountSettings;
use model::mailbox::INBOX;

impl Checks {
    /// All of them, INBOX first; nothing changes anywhere.
    ///
    /// # Errors
    /// What kept the server from telling.
    pub async fn folders(&self, settings: &AccountSettings) -> Result<Vec<RemoteFolder>, CheckError> {
        let target = target(self, settings).await?;
        let _pass = self.gate.enter(&target).await?;
        let dialer = way::dialer(self, settings).await?;
        let mut session = mail::session::open(&target, dialer.as_ref()).await?;
        let mut folders = session.list().await?;
        session.close().await;
        folders.sort_by(|one, other| {
            let key = |folder: &RemoteFolder| !folder.name.eq_ignore_ascii_case(INBOX);
            (key(one), &one.name).cmp(&(key(other), &other.name))
        });
        Ok(folders)
    }
}
