//! What a check would fetch and delete, found out without changing anything: no lease, no row, no open for writing.
//! Deliberately absent: guessing. A message whose bytes would have to be seen first counts as one to fetch.

use super::deletion::durable_since;
use super::fetch::survey;
use super::run::{OpenFolder, target};
use super::{CheckError, Checks, plan};
use mail::{MailSession, RemoteMessage};
use model::{AccountSummary, MessageId, MessageKey};
use std::collections::HashMap;

/// What a check would do.
#[derive(Debug, Default)]
pub struct DryRun {
    /// Messages that would be fetched, newest first within their folder.
    pub fetch: Vec<Intended>,
    /// Messages that would be deleted on the server, those among them that would be fetched first included.
    pub delete: Vec<Intended>,
    /// Messages that would stay on the server because they are too large.
    pub quarantine: Vec<Intended>,
}

/// One message a check would do something to.
#[derive(Debug)]
pub struct Intended {
    /// Its number here, where it is here.
    pub message: Option<MessageId>,
    /// Its folder.
    pub folder: String,
    /// How its server names it.
    pub key: MessageKey,
    /// What the server says of its size; 0 where it was not asked.
    pub size: u64,
}

impl Checks {
    /// Looks what a check of `account` would do.
    ///
    /// # Errors
    /// What would keep the check from being made.
    pub async fn dry_run(&self, account: &AccountSummary) -> Result<DryRun, CheckError> {
        let settings = &account.settings;
        let target = target(self, settings).await?;
        let _pass = self.gate.enter(&target).await?;
        let mut session = mail::session::open(&target, self.connectors.dialer()).await?;
        let mut found = DryRun::default();
        for folder in &settings.folders {
            let at = OpenFolder::open(self, None, account.id, settings, folder, session.as_mut()).await?;
            look(&at, session.as_mut(), &mut found).await?;
        }
        session.close().await;
        Ok(found)
    }
}

async fn look(
    at: &OpenFolder<'_>,
    session: &mut dyn MailSession,
    found: &mut DryRun,
) -> Result<(), CheckError> {
    let intended = |message: Option<MessageId>, key: MessageKey, size: u64| Intended {
        message,
        folder: at.folder.to_owned(),
        key,
        size,
    };
    let mut listed: HashMap<MessageKey, u64> = HashMap::new();
    if let Some(survey) = survey(at, false, false, session).await? {
        listed.extend(survey.listed.iter().map(|message| (message.key.clone(), message.size)));
        let at_once = !at.settings.keep_copy && at.settings.delete_after_days.is_none();
        for RemoteMessage { key, size, .. } in
            plan::fetch_plan(survey.listed, &survey.here, &at.remote).wanted
        {
            if size > at.largest {
                found.quarantine.push(intended(None, key, size));
                continue;
            }
            if at_once {
                found.delete.push(intended(None, key.clone(), size));
            }
            found.fetch.push(intended(None, key, size));
        }
    }
    if !at.settings.keep_copy {
        let since = durable_since(at.settings, at.checks.clock.now());
        let store = &at.checks.store;
        for stored in store.deletable(at.known.mailbox, at.remote.uid_validity, since).await? {
            let size = listed.get(&stored.key).copied();
            // POP3 lists everything: what is not listed is gone already.
            if at.remote.uid_validity.is_some() || size.is_some() {
                found.delete.push(intended(Some(stored.message), stored.key, size.unwrap_or(0)));
            }
        }
    }
    Ok(())
}
