//! The story of one check, top to bottom.

use super::seen::Seen;
use super::target::target;
use super::unchanged::Told;
use super::{Checks, deletion, fetch, marks, missing, vanished, way};
use crate::events::Event;
use crate::oauth::TokenError;
use crate::store::{Known, Lease, StoreError};
use crate::vault::{SourceError, VaultError};
use mail::{Access, MailError, MailSession, Reach, RemoteMailbox, Secret, Target};
use model::{AccountId, AccountSettings, AccountSummary, Cause, CheckFailure, Stage};
use std::time::Duration;

/// In milliseconds.
pub const DAY: i64 = 24 * 60 * 60 * 1000;
/// How many sessions of one check may be ended by a message that was put aside; the next check goes on from there.
const BROKEN_SESSIONS: usize = 3;

/// What a check did so far; kept when it fails.
#[derive(Debug, Default)]
pub struct Tally {
    pub new: u64,
    pub deleted: u64,
    pub quarantined: u64,
    pub bytes: u64,
    /// What the server wants between two sign-ins (RFC 2449 §6.5).
    pub login_delay: Duration,
    pub seen: Seen,
}

/// Why a check ended early.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The mail server, or the way to it.
    #[error("{0}")]
    Mail(#[from] MailError),
    /// Our own storage.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The secret cannot be opened.
    #[error("{0}")]
    Vault(#[from] VaultError),
    /// The secret is not sealed here and cannot be had where it is.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// The account or its credential went away meanwhile.
    #[error("the account or its credential was removed")]
    Removed,
    /// Somebody paused the account meanwhile.
    #[error("stopped because the account was paused; what came until then is here")]
    Paused,
    /// The process ends; the next check goes on.
    #[error("stopped because the program ends; the next check goes on")]
    Stopped,
    /// Nothing moved for as long as is allowed.
    #[error("no progress for {0} minutes; the next check goes on where this one ended")]
    Stalled(u64),
    /// A fault in our own code.
    #[error("the check died: {0}")]
    Died(String),
}

impl From<TokenError> for CheckError {
    fn from(error: TokenError) -> Self {
        let turned_away = |cause| MailError::account(Stage::SignIn, cause, "");
        match error {
            TokenError::Store(error) => Self::Store(error),
            TokenError::Vault(error) => Self::Vault(error),
            TokenError::Unreachable(error) => Self::Mail(error),
            TokenError::Refused { code, words } if code == "invalid_grant" => {
                Self::Mail(turned_away(Cause::OauthExpired).with_reply(&words))
            }
            TokenError::Refused { words, .. } => {
                Self::Mail(turned_away(Cause::OauthConsentNeeded).with_reply(&words))
            }
            TokenError::NotConnected => Self::Mail(turned_away(Cause::OauthConsentNeeded)),
            TokenError::Ended => Self::Mail(turned_away(Cause::OauthExpired)),
            TokenError::Removed => Self::Removed,
        }
    }
}

impl CheckError {
    /// How long the server asked to be left alone.
    pub fn asked_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Mail(error) => error.asked_to_wait(),
            _ => None,
        }
    }

    /// What the administrator reads.
    pub fn into_failure(self) -> CheckFailure {
        let ours = |stage, error: String| CheckFailure { stage, cause: None, error, server_reply: None };
        match self {
            Self::Mail(error) => CheckFailure {
                stage: error.stage,
                cause: Some(error.kind),
                error: format!("{} {}", error.kind.sentence(), error.detail).trim_end().to_owned(),
                server_reply: error.server_reply.filter(|words| !words.is_empty()),
            },
            Self::Stalled(_) => {
                CheckFailure { cause: Some(Cause::Timeout), ..ours(Stage::Fetch, self.to_string()) }
            }
            Self::Vault(_) | Self::Source(_) | Self::Removed => ours(Stage::SignIn, self.to_string()),
            Self::Store(_) => ours(Stage::Store, format!("The messages could not be stored: {self}.")),
            Self::Stopped | Self::Paused | Self::Died(_) => ours(Stage::Fetch, self.to_string()),
        }
    }
}

/// Connects, fetches what is new into the store, deletes on the server what may go.
pub async fn run_check(checks: Checks, lease: Lease) -> (Result<(), CheckError>, Tally) {
    let mut tally = Tally::default();
    let result = check(&checks, &lease, &mut tally).await;
    (result, tally)
}

async fn check(checks: &Checks, lease: &Lease, tally: &mut Tally) -> Result<(), CheckError> {
    let now = checks.clock.now();
    let account = checks.store.find_account(lease.account, now).await?.ok_or(CheckError::Removed)?;
    let settings = &account.settings;
    let transcript = checks.transcripts.of(account.id, now);
    let mut target = Target { transcript, ..target(checks, settings).await? };
    // What a raised limit lets in comes now; what its server did not give is asked for once more each day.
    checks.store.retry_quarantined(lease, Some(target.limits.message_bytes)).await?;
    checks.store.fetch_since(lease, settings.fetch_since).await?;
    checks.store.wake_quarantined(lease, now.plus_milliseconds(-DAY)).await?;
    let mut stop = checks.stop.clone();
    let _pass = tokio::select! {
        pass = checks.gate.enter(&target) => pass?,
        () = super::stopped(&mut stop) => return Err(CheckError::Stopped),
    };
    let (mut broken, mut renewed) = (0, false);
    loop {
        match sitting(checks, lease, &account, &target, tally).await {
            // What ended the session is in quarantine now: the others are had over a new one.
            Err(CheckError::Mail(error)) if error.reach == Reach::Session && broken < BROKEN_SESSIONS => {
                broken += 1;
            }
            // A token may end before its time: another one is asked for once.
            Err(CheckError::Mail(error)) if error.kind == Cause::OauthExpired && !renewed => {
                let Secret::Token(refused) = &target.secret else { return Err(error.into()) };
                checks.tokens.distrust(settings.credential, refused).await?;
                target.secret = Secret::Token(checks.tokens.access(settings.credential).await?);
                renewed = true;
            }
            ended => return ended,
        }
    }
}

/// One session, from the greeting to the good-bye.
async fn sitting(
    checks: &Checks,
    lease: &Lease,
    account: &AccountSummary,
    target: &Target,
    tally: &mut Tally,
) -> Result<(), CheckError> {
    let settings = &account.settings;
    let way = way::taken(checks, settings).await?;
    let seen = &mut tally.seen;
    let mut session =
        mail::open_observed(target, way.dialer.as_ref(), false, &mut |told| seen.observe(told)).await?;
    // Only who lets us in counts as another place: an address that was mistyped costs nothing.
    checks.store.fetch_from(lease, &way.origin(target)).await?;
    tally.seen.signed_in(session.capabilities());
    tally.login_delay = login_delay(session.capabilities());
    tally.seen.enter(Stage::Folder);

    let told = Told::ask(settings, session.as_mut()).await?;
    let mut left_out = None;
    for folder in &settings.folders {
        go_on(checks, account.id).await?;
        if told.is_unchanged(checks, account.id, settings, folder).await? {
            continue;
        }
        tally.seen.enter(Stage::Folder);
        let at = OpenFolder::open(checks, Some(lease), account.id, settings, folder, session.as_mut()).await;
        let checked = match at {
            Ok(at) => check_folder(&at, session.as_mut(), tally).await,
            Err(error) => Err(error),
        };
        match checked {
            // A missing folder or one bad message does not keep the other folders from being fetched; it is still said.
            Err(CheckError::Mail(error)) if matches!(error.reach, Reach::Message | Reach::Mailbox) => {
                left_out = Some(error);
            }
            other => other?,
        }
    }
    if let Some(days) = settings.drops_gone_after() {
        let now = checks.clock.now();
        let dropped =
            checks.store.drop_gone(lease, now.plus_milliseconds(-i64::from(days) * DAY), now).await?;
        if dropped > 0 {
            checks.events.send(Event::Messages(Some(account.id)));
        }
    }
    // Where anything is in doubt the connection is dropped without a good-bye: on POP3 a QUIT may change the mailbox.
    if let Some(error) = left_out {
        return Err(error.into());
    }
    session.close().await;
    Ok(())
}

async fn check_folder(
    at: &OpenFolder<'_>,
    session: &mut dyn MailSession,
    tally: &mut Tally,
) -> Result<(), CheckError> {
    vanished::record(at).await?;
    tally.seen.enter(Stage::Fetch);
    let fetched = fetch::fetch_new(at, session, tally).await?;
    vanished::seen_again(at, &fetched.listed).await?;
    missing::look(at, &fetched, session).await?;
    if !at.settings.keep_copy {
        tally.seen.enter(Stage::Delete);
        deletion::delete_stored(at, &fetched, session, tally).await?;
    }
    go_on(at.checks, at.account).await?;
    marks::mirror(at, session).await?;
    fetched.failure.map_or(Ok(()), |error| Err(error.into()))
}

/// Fails where somebody paused the account since the check began: nobody contacts its server from then on.
pub async fn go_on(checks: &Checks, account: AccountId) -> Result<(), CheckError> {
    if checks.store.is_enabled(account).await? { Ok(()) } else { Err(CheckError::Paused) }
}

/// One folder during a check: what is known of it, what its server says, and what its account wants.
pub struct OpenFolder<'a> {
    pub checks: &'a Checks,
    /// `None` for a check that only looks.
    lease: Option<&'a Lease>,
    pub account: AccountId,
    pub settings: &'a AccountSettings,
    /// Bytes; what is larger stays where it is.
    pub largest: u64,
    pub folder: &'a str,
    pub known: Known,
    pub remote: RemoteMailbox,
}

impl<'a> OpenFolder<'a> {
    /// Opens a folder so that nothing can change on its server.
    pub async fn open(
        checks: &'a Checks,
        lease: Option<&'a Lease>,
        account: AccountId,
        settings: &'a AccountSettings,
        folder: &'a str,
        session: &mut dyn MailSession,
    ) -> Result<Self, CheckError> {
        let remote = match lease {
            Some(lease) => vanished::open(checks, lease, folder, session).await?,
            None => session.open(folder, Access::ReadOnly).await?,
        };
        if !remote.keys_are_unique && settings.keep_copy {
            let detail = "the server does not answer UIDL";
            return Err(MailError::account(Stage::Folder, Cause::UidlMissing, detail).into());
        }
        let known = match lease {
            Some(_) => checks.store.known_mailbox(account, folder).await?,
            None => checks.store.find_mailbox(account, folder).await?.unwrap_or(Known::NOTHING),
        };
        let largest = largest(checks, settings);
        Ok(Self { checks, lease, account, settings, largest, folder, known, remote })
    }

    /// The right to write.
    pub fn lease(&self) -> Result<&'a Lease, CheckError> {
        self.lease.ok_or_else(|| CheckError::Died("a check that only looks wanted to write".to_owned()))
    }
}

/// The account's own limit, within the program's.
pub(super) fn largest(checks: &Checks, settings: &AccountSettings) -> u64 {
    settings.largest_message.unwrap_or(u64::MAX).min(checks.limits().message_bytes)
}

/// `LOGIN-DELAY 900` among what a server says it can do.
fn login_delay(capabilities: &[String]) -> Duration {
    let delays = capabilities.iter().filter_map(|line| line.strip_prefix("LOGIN-DELAY "));
    let seconds = delays.filter_map(|rest| rest.split_whitespace().next()?.parse().ok()).max();
    Duration::from_secs(seconds.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_delay_is_read() {
        let capabilities = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            login_delay(&capabilities(&["UIDL", "LOGIN-DELAY 900 USER", "TOP"])),
            Duration::from_mins(15)
        );
        assert_eq!(login_delay(&capabilities(&["UIDL", "LOGIN-DELAY", "LOGIN-DELAYED 5"])), Duration::ZERO);
    }
}
