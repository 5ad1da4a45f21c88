//! A connection test: the way a check goes, told stage by stage, and nothing changed anywhere. Deliberately absent: who may
//! have one and where it is shown (see `services::connection_tests`).

mod look;
mod meaning;
mod remedy;
mod report;

use super::target::{target, target_with};
use super::{CheckError, Checks, way};
use look::look;
use mail::{MailError, MailSession, RemoteFolder, Secret, Target};
use model::{AccountSettings, Cause, ConnectionTest, FieldErrors, Stage};
use report::Report;
use secrecy::SecretString;
use std::time::Duration;
use tokio::time::timeout;

/// How long a test waits for a place with the server, or for a check of the same mailbox to end.
const PLACE: Duration = Duration::from_secs(10);
/// Said where it was none: the server has nothing to do with it.
const NO_PLACE: &str = "Checks that are under way here keep this mailbox, or all places with its server: try again when one has ended.";
/// How long the look at folders may take.
const LOOK: Duration = Duration::from_mins(1);

/// Whether the authorities that `settings` name can be read.
///
/// # Errors
/// The sentence for the field.
pub fn judge_trust(settings: &AccountSettings) -> Result<(), FieldErrors> {
    let read = settings.authority.as_deref().map_or(Ok(()), |pem| mail::Trust::authority(pem).map(|_| ()));
    read.map_err(|sentence| FieldErrors::one("authority", sentence))
}

/// What signs in.
pub enum SignIn {
    /// The account's credential in the vault.
    Stored,
    /// What somebody typed and did not save.
    Typed {
        /// For the mail server.
        user_name: String,
        /// For the mail server.
        password: SecretString,
    },
}

impl Checks {
    /// Tests a connection as `settings` describe it, giving each change of what is known to `told`. It comes to its end
    /// within the limits of the sign-in and a minute and a half, whatever the server does.
    pub async fn test_connection(
        &self,
        settings: &AccountSettings,
        sign_in: SignIn,
        told: &mut (dyn FnMut(&ConnectionTest) + Send),
    ) -> ConnectionTest {
        let mut report = Report::new(settings, self.clock.now(), told);
        let target = match self.target_of(settings, sign_in).await {
            Ok(target) => target,
            Err(CheckError::Mail(error)) => {
                let remedy = remedy::remedy(error.kind, settings, None, &[]);
                return report.failed(&error, remedy);
            }
            Err(error) => return report.failed_here(Stage::SignIn, error.to_string()),
        };
        let Ok(place) = timeout(PLACE, self.gate.enter(&target)).await else {
            return report.failed_here(Stage::Resolve, NO_PLACE.to_owned());
        };
        let _place = match place {
            Ok(place) => place,
            Err(error) => return report.failed_here(Stage::Resolve, error.to_string()),
        };
        let dialer = match way::dialer(self, settings).await {
            Ok(dialer) => dialer,
            Err(CheckError::Mail(error)) => {
                let remedy = remedy::remedy(error.kind, settings, None, &[]);
                return report.failed(&error, remedy);
            }
            Err(error) => return report.failed_here(Stage::Connect, error.to_string()),
        };
        let opened =
            mail::open_observed(&target, dialer.as_ref(), true, &mut |seen| report.observe(seen)).await;
        let mut folders = Vec::new();
        let looked = match opened {
            Ok(session) => look_around(session, settings, &mut report, &mut folders).await,
            Err(error) => Err(error),
        };
        match looked {
            Ok(()) => report.succeeded(),
            Err(error) => {
                let remedy = remedy::remedy(error.kind, settings, report.certificate(), &folders);
                report.failed(&error, remedy)
            }
        }
    }

    async fn target_of(&self, settings: &AccountSettings, sign_in: SignIn) -> Result<Target, CheckError> {
        match sign_in {
            SignIn::Stored => target(self, settings).await,
            SignIn::Typed { user_name, password } => {
                target_with(self, settings, user_name, Secret::Password(password))
            }
        }
    }
}

async fn look_around(
    mut session: Box<dyn MailSession>,
    settings: &AccountSettings,
    report: &mut Report<'_>,
    folders: &mut Vec<RemoteFolder>,
) -> Result<(), MailError> {
    report.at(Stage::Capabilities, |stage| {
        stage.facts.extend(meaning::meaning(settings, session.capabilities()));
    });
    report.enter(Stage::Folder);
    let looked = timeout(LOOK, look(session.as_mut(), settings, report, folders)).await;
    looked.unwrap_or_else(|_| {
        let detail = format!("Looking at the folders took longer than {} s.", LOOK.as_secs());
        Err(MailError::account(Stage::Folder, Cause::Timeout, detail))
    })?;
    session.close().await;
    Ok(())
}
