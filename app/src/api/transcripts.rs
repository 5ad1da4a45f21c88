//! Transcripts of what is said to the mail server of an account, switched on for some minutes.

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::{AccountId, TranscriptView};

/// What `server::services::transcripts` does for the screens. Every method authorises its caller first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait TranscriptsPort: Send + Sync {
    /// Writes down what is said from the next check on, for `minutes`.
    async fn start_transcript(
        &self,
        caller: &model::Actor,
        account: AccountId,
        minutes: u32,
    ) -> Result<(), ApiError>;

    /// Stops before that.
    async fn stop_transcript(&self, caller: &model::Actor, account: AccountId) -> Result<(), ApiError>;

    /// What was written down, where anything was.
    async fn get_transcript(
        &self,
        caller: &model::Person,
        account: AccountId,
    ) -> Result<Option<TranscriptView>, ApiError>;
}

/// Writes down what is said to the server of an account, for some minutes ([`model::transcript::MINUTES`]).
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such account for this person.
#[server(endpoint = "transcripts/start", prefix = "/api", protocol = Wire)]
pub async fn start_transcript(account: AccountId, minutes: u32) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.transcripts.start_transcript(&caller, account, minutes).await)
}

/// Stops before that; what was written down stays for an hour.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such account for this person.
#[server(endpoint = "transcripts/stop", prefix = "/api", protocol = Wire)]
pub async fn stop_transcript(account: AccountId) -> Result<(), ApiError> {
    use super::services::{acting, answer};
    let (services, caller) = answer(acting())?;
    answer(services.transcripts.stop_transcript(&caller, account).await)
}

/// What was written down.
///
/// # Errors
/// [`ApiError::NotFound`] where there is no such account for this person.
#[server(endpoint = "transcripts/get", prefix = "/api", protocol = Wire)]
pub async fn get_transcript(account: AccountId) -> Result<Option<TranscriptView>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.transcripts.get_transcript(&caller, account).await)
}
