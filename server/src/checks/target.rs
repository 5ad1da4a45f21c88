//! Whom a check talks to and what it signs in with: the settings of an account, and its secret, opened.

use super::Checks;
use super::run::{CheckError, largest};
use crate::connectors::SshSecret;
use crate::vault::Place;
use mail::{MailError, Secret, Target};
use model::{AccountSettings, Cause, CredentialId, CredentialKind, Stage, Trust};

/// Whom to talk to, with the secret opened.
pub async fn target(checks: &Checks, settings: &AccountSettings) -> Result<Target, CheckError> {
    let (user_name, secret) = secret_of(checks, settings.credential).await?;
    target_with(checks, settings, user_name, secret)
}

/// A credential of the vault, opened: its user name and what signs in.
pub async fn secret_of(checks: &Checks, credential: CredentialId) -> Result<(String, Secret), CheckError> {
    let sealed = checks.store.sealed_credential(credential).await?.ok_or(CheckError::Removed)?;
    let secret = match (&sealed.source, sealed.kind) {
        (Some(source), _) => Secret::Password(checks.sources.read(source).await?),
        (None, CredentialKind::OAuth2) => Secret::Token(checks.tokens.access(sealed.id).await?),
        // Nobody gets a private key instead of a password.
        (None, CredentialKind::SshKey) => {
            let detail = "An SSH key signs in to an SSH server alone.";
            return Err(MailError::account(Stage::SignIn, Cause::SignInRejected, detail).into());
        }
        (None, CredentialKind::Password | CredentialKind::AppPassword) => {
            Secret::Password(checks.vault.open(Place::credential(sealed.id), &sealed.sealed)?)
        }
    };
    Ok((sealed.user_name, secret))
}

/// The same of a credential that signs in to an SSH server.
pub async fn ssh_secret_of(
    checks: &Checks,
    credential: CredentialId,
) -> Result<(String, SshSecret), CheckError> {
    let sealed = checks.store.sealed_credential(credential).await?.ok_or(CheckError::Removed)?;
    if sealed.kind == CredentialKind::SshKey {
        let key = checks.vault.open(Place::credential(sealed.id), &sealed.sealed)?;
        return Ok((sealed.user_name, SshSecret::Key(key)));
    }
    match secret_of(checks, credential).await? {
        (user_name, Secret::Password(password)) => Ok((user_name, SshSecret::Password(password))),
        (_, Secret::Token(_)) => {
            let detail = "An SSH server lets in by a key or a password, not by tokens.";
            Err(MailError::account(Stage::Connect, Cause::ConnectorRefused, detail).into())
        }
    }
}

/// Whom to talk to, with what signs in.
pub fn target_with(
    checks: &Checks,
    settings: &AccountSettings,
    user_name: String,
    secret: Secret,
) -> Result<Target, CheckError> {
    Ok(Target {
        protocol: settings.protocol,
        address: mail::ascii_name(&settings.address),
        port: settings.port,
        security: settings.security,
        trust: trust(settings)?,
        user_name,
        secret,
        limits: mail::Limits { message_bytes: largest(checks, settings), ..checks.limits() },
        transcript: None,
    })
}

/// Whose certificates are accepted.
fn trust(settings: &AccountSettings) -> Result<mail::Trust, MailError> {
    let unreadable = |detail| MailError::account(Stage::Security, Cause::CertUnknownCa, detail);
    Ok(match settings.trust() {
        Trust::SystemRoots => mail::Trust::SystemRoots,
        Trust::Authority(pem) => mail::Trust::authority(pem).map_err(unreadable)?,
        Trust::Pinned(certificate) => mail::Trust::Pinned(certificate.key.as_str().into()),
        Trust::Any => mail::Trust::SkipVerification,
    })
}
