//! What a check would fetch and delete, found out without changing anything: no lease, no row, no open for writing.
//! Deliberately absent: guessing. A message whose bytes would have to be seen first counts as one to fetch.

use super::deletion::durable_since;
use super::fetch::survey;
use super::run::{DAY, OpenFolder};
use super::target::target;
use super::{CheckError, Checks, plan, way};
use crate::store::Known;
use mail::{MailError, MailSession, RemoteMessage, Target};
use model::{AccountSummary, Cause, MessageId, MessageKey, QuarantineKind, QuarantinedMessage, Stage};
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use tokio::time::timeout;

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
        let target = target(self, &account.settings).await?;
        let _pass = self.gate.enter(&target).await?;
        self.look(account, &target).await
    }

    /// The same for somebody who waits for the answer: it comes within `patience`, whatever the server does. `None`
    /// where other conversations kept all places with that server, or the mailbox, for too long.
    ///
    /// # Errors
    /// What would keep the check from being made, and [`Cause::Timeout`] where looking took too long.
    pub async fn dry_run_within(
        &self,
        account: &AccountSummary,
        patience: Duration,
    ) -> Result<Option<DryRun>, CheckError> {
        let mut target = target(self, &account.settings).await?;
        // Within the whole, so that a server which keeps silent is told with the stage at which it did.
        target.limits.sign_in = target.limits.sign_in.min(patience / 2);
        target.limits.idle = target.limits.idle.min(patience / 2);
        let Ok(pass) = timeout(patience / 4, self.gate.enter(&target)).await else { return Ok(None) };
        let _pass = pass?;
        let most = patience * 3 / 4;
        let Ok(looked) = timeout(most, self.look(account, &target)).await else {
            let detail = format!("looking took longer than {} seconds", most.as_secs());
            return Err(MailError::account(Stage::Folder, Cause::Timeout, detail).into());
        };
        looked.map(Some)
    }

    async fn look(&self, account: &AccountSummary, target: &Target) -> Result<DryRun, CheckError> {
        let settings = &account.settings;
        let aside = self.store.quarantined(account.id).await?;
        let way = way::taken(self, settings).await?;
        let mut session = mail::session::open(target, way.dialer.as_ref()).await?;
        let moved = self.store.has_moved(account.id, &way.origin(target)).await?;
        let mut found = DryRun::default();
        for folder in &settings.folders {
            let mut at = OpenFolder::open(self, None, account.id, settings, folder, session.as_mut()).await?;
            if moved {
                // What is known of the folder is known of another one.
                at.known = Known::NOTHING;
            }
            look(at, &aside, session.as_mut(), &mut found).await?;
        }
        session.close().await;
        Ok(found)
    }
}

/// Takes up again what the check would take up again from quarantine: what fits by now, and what its server did not give
/// a day ago or earlier. Progress goes back to the first of them, as it would there.
fn let_go(at: &mut OpenFolder<'_>, aside: &[QuarantinedMessage]) -> HashSet<MessageKey> {
    let day_ago = at.checks.clock.now().plus_milliseconds(-DAY);
    let again = aside.iter().filter(|message| {
        message.folder == at.folder
            && message.uid_validity == at.known.uid_validity
            && match message.kind {
                QuarantineKind::TooLarge => message.size <= at.largest,
                QuarantineKind::Fetch => message.at <= day_ago,
                QuarantineKind::Store | QuarantineKind::Parse | QuarantineKind::Short => false,
            }
    });
    let again: HashSet<_> = again.map(|message| message.key.clone()).collect();
    for key in &again {
        if let MessageKey::Uid(uid) = key {
            at.known.next_uid = at.known.next_uid.min(*uid);
        }
    }
    again
}

async fn look(
    mut at: OpenFolder<'_>,
    aside: &[QuarantinedMessage],
    session: &mut dyn MailSession,
    found: &mut DryRun,
) -> Result<(), CheckError> {
    let folder = at.folder;
    let intended = |message: Option<MessageId>, key: MessageKey, size: u64| Intended {
        message,
        folder: folder.to_owned(),
        key,
        size,
    };
    let mut listed: HashMap<MessageKey, u64> = HashMap::new();
    let again = let_go(&mut at, aside);
    if at.checks.store.passed_over(at.account, at.settings.fetch_since).await? {
        at.known.next_uid = 1;
    }
    if let Some(mut survey) = survey(&at, false, false, session).await? {
        survey.here.retain(|key| !again.contains(key));
        listed.extend(survey.listed.iter().map(|message| (message.key.clone(), message.size)));
        let at_once = !at.settings.keep_copy && at.settings.delete_after_days.is_none();
        for RemoteMessage { key, size, .. } in
            plan::fetch_plan(survey.listed, &survey.here, &at.remote, at.settings.fetch_since).wanted
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
