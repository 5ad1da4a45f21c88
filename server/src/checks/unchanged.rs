//! Folders that need not be opened: one listing tells of all of them where the server offers that (LIST-STATUS, RFC
//! 5819), so that an account with many quiet folders costs one round trip and not one for each.

use super::Checks;
use super::deletion::durable_since;
use super::plan::{self, Listing};
use super::run::CheckError;
use super::{marks, missing, vanished};
use mail::{FolderStatus, MailSession, Reach, RemoteMailbox};
use model::{AccountId, AccountSettings};
use std::collections::HashMap;

/// What the server told of its folders; nothing where it was not asked.
#[derive(Default)]
pub struct Told(HashMap<String, FolderStatus>);

impl Told {
    /// Asks, where one question replaces several.
    pub async fn ask(settings: &AccountSettings, session: &mut dyn MailSession) -> Result<Self, CheckError> {
        let offered = session.capabilities().iter().any(|capability| capability == "LIST-STATUS");
        if !offered || settings.folders.len() < 2 {
            return Ok(Self::default());
        }
        let folders = match session.list().await {
            // Opening each of them tells the same.
            Err(error) if error.reach != Reach::Account => return Ok(Self::default()),
            folders => folders?,
        };
        Ok(Self(folders.into_iter().filter_map(|folder| Some((folder.name, folder.status?))).collect()))
    }

    /// True where nothing can be new in `folder` and nothing is to be deleted there.
    pub async fn is_unchanged(
        &self,
        checks: &Checks,
        account: AccountId,
        settings: &AccountSettings,
        folder: &str,
    ) -> Result<bool, CheckError> {
        let Some(status) = self.0.get(folder) else { return Ok(false) };
        let Some(known) = checks.store.find_mailbox(account, folder).await? else { return Ok(false) };
        let remote = RemoteMailbox {
            uid_validity: Some(status.uid_validity),
            uid_next: Some(status.uid_next),
            exists: status.messages,
            keys_are_unique: true,
            highest_modseq: status.highest_modseq,
            vanished: Vec::new(),
        };
        if plan::listing(&known, &remote) != Listing::Nothing
            || vanished::has_news(checks, account, folder, status.uid_validity, status.highest_modseq).await?
        {
            return Ok(false);
        }
        if settings.keep_copy {
            return Ok(!missing::has_news(checks, known.mailbox, &remote).await?
                && !marks::has_news(checks, settings, known.mailbox, &remote).await?);
        }
        let since = durable_since(settings, checks.clock.now());
        let waiting = checks.store.deletable(known.mailbox, remote.uid_validity, since).await?;
        Ok(waiting.is_empty() && !checks.store.has_uids_by_name(known.mailbox).await?)
    }
}
