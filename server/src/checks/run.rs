//! The story of one check, top to bottom.

use super::{Checks, deletion, fetch};
use crate::store::{Lease, StoreError};
use crate::vault::{Place, VaultError};
use mail::{Access, MailError, MailSession, Reach, Target};
use model::{AccountSettings, Cause, CheckFailure, Stage};

/// What a check did so far; kept when it fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    pub new: u64,
    pub deleted: u64,
    pub quarantined: u64,
    pub bytes: u64,
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
    /// The account or its credential went away meanwhile.
    #[error("the account or its credential was removed")]
    Removed,
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

impl CheckError {
    /// What the administrator reads.
    pub fn into_failure(self) -> CheckFailure {
        let ours = |stage, error: String| CheckFailure { stage, cause: None, error, server_reply: None };
        match self {
            Self::Mail(error) => CheckFailure {
                stage: error.stage,
                cause: Some(error.kind),
                error: error.kind.sentence().to_owned(),
                server_reply: error.server_reply.or(Some(error.detail)).filter(|words| !words.is_empty()),
            },
            Self::Stalled(_) => {
                CheckFailure { cause: Some(Cause::Timeout), ..ours(Stage::Fetch, self.to_string()) }
            }
            Self::Vault(_) | Self::Removed => ours(Stage::SignIn, self.to_string()),
            Self::Store(_) => ours(Stage::Store, format!("The messages could not be stored: {self}.")),
            Self::Stopped | Self::Died(_) => ours(Stage::Fetch, self.to_string()),
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
    let target = target(checks, settings).await?;
    let mut session = mail::session::open(&target, checks.connectors.dialer()).await?;

    let mut left_out = None;
    for folder in &settings.folders {
        match check_folder(checks, lease, settings, folder, session.as_mut(), tally).await {
            // A missing folder or one bad message does not keep the other folders from being fetched; it is still said.
            Err(CheckError::Mail(error)) if error.reach != Reach::Account => left_out = Some(error),
            other => other?,
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
    checks: &Checks,
    lease: &Lease,
    settings: &AccountSettings,
    folder: &str,
    session: &mut dyn MailSession,
    tally: &mut Tally,
) -> Result<(), CheckError> {
    let remote = session.open(folder, Access::ReadOnly).await?;
    if !remote.keys_are_unique && settings.keep_copy {
        return Err(
            MailError::account(Stage::Folder, Cause::UidlMissing, "the server does not answer UIDL").into()
        );
    }
    let known = checks.store.known_mailbox(lease.account, folder).await?;
    let fetched = fetch::fetch_new(checks, lease, &known, &remote, session, tally).await?;
    if !settings.keep_copy {
        deletion::delete_stored(checks, lease, folder, &known, &remote, &fetched, session, tally).await?;
    }
    fetched.failure.map_or(Ok(()), |error| Err(error.into()))
}

async fn target(checks: &Checks, settings: &AccountSettings) -> Result<Target, CheckError> {
    let sealed = checks.store.sealed_credential(settings.credential).await?.ok_or(CheckError::Removed)?;
    let password = checks.vault.open(Place::credential(sealed.id), &sealed.sealed)?;
    Ok(Target {
        protocol: settings.protocol,
        address: settings.address.clone(),
        port: settings.port,
        security: settings.security,
        skip_certificate: settings.skip_certificate,
        user_name: sealed.user_name,
        password,
        limits: checks.limits,
    })
}
