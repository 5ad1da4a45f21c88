//! Stored messages: the Inbox report and the opened message. HTML, raw bytes and attachments are never sent through
//! here: they have routes of their own (`/messages/{id}/body`, `/raw`, `/attachments/{n}`).

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::search::Suggestion;
use model::{Mark, MessageFilter, MessageId, MessageSummary, MessageView, Page, ReportQuery};

/// What `server::services::messages` does for the screens. Every method authorises `caller` first.
#[cfg(feature = "ssr")]
#[async_trait::async_trait]
pub trait MessagesPort: Send + Sync {
    /// One page of the Inbox report.
    async fn list_messages(
        &self,
        caller: &model::Person,
        query: ReportQuery<MessageFilter>,
    ) -> Result<Page<MessageSummary>, ApiError>;

    /// One message, opened; the words of the search that found it are marked. Does not mark it as read.
    async fn get_message(
        &self,
        caller: &model::Person,
        id: MessageId,
        search: Option<String>,
    ) -> Result<MessageView, ApiError>;

    /// Marks messages here, and returns how many changed; the mail server is not told.
    async fn mark_messages(
        &self,
        caller: &model::Person,
        ids: Vec<MessageId>,
        mark: Mark,
    ) -> Result<u64, ApiError>;

    /// Marks all messages that answer `query`, on all its pages, and returns how many changed.
    async fn mark_all(
        &self,
        caller: &model::Person,
        query: ReportQuery<MessageFilter>,
        mark: Mark,
    ) -> Result<u64, ApiError>;

    /// Takes back what `caller` marked last, and returns how many messages changed.
    async fn undo_marking(&self, caller: &model::Person) -> Result<u64, ApiError>;

    /// What `caller`, who has typed `text`, may want to search for; at most a dozen. Where they `searched` for it on
    /// purpose, it is remembered instead, and nothing is suggested.
    async fn suggest_searches(
        &self,
        caller: &model::Person,
        text: String,
        searched: bool,
    ) -> Result<Vec<Suggestion>, ApiError>;

    /// Screens, accounts and messages that `caller` may mean by `text`; at most twenty, each with where it is.
    async fn find_anything(&self, caller: &model::Person, text: String) -> Result<Vec<Suggestion>, ApiError>;
}

/// One page of the Inbox report.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "messages/list", prefix = "/api", protocol = Wire)]
pub async fn list_messages(query: ReportQuery<MessageFilter>) -> Result<Page<MessageSummary>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    let query = query.within(&services.parameters.display());
    answer(services.messages.list_messages(&caller, query).await)
}

/// One message, opened, with the words of the search that found it.
///
/// # Errors
/// [`ApiError::NotFound`] where there is none for this person.
#[server(endpoint = "messages/get", prefix = "/api", protocol = Wire)]
pub async fn get_message(id: MessageId, search: Option<String>) -> Result<MessageView, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.messages.get_message(&caller, id, search).await)
}

/// Marks messages: read or unread, flagged, tagged. Returns how many changed.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "messages/mark", prefix = "/api", protocol = Wire)]
pub async fn mark_messages(ids: Vec<MessageId>, mark: Mark) -> Result<u64, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.messages.mark_messages(&caller, ids, mark).await)
}

/// Marks all messages that answer `query`, on all its pages. Returns how many changed.
///
/// # Errors
/// [`ApiError::Conflict`] where they are too many.
#[server(endpoint = "messages/mark-all", prefix = "/api", protocol = Wire)]
pub async fn mark_all(query: ReportQuery<MessageFilter>, mark: Mark) -> Result<u64, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.messages.mark_all(&caller, query, mark).await)
}

/// Takes back what was marked last. Returns how many messages changed.
///
/// # Errors
/// [`ApiError::NotFound`] where there is nothing to take back.
#[server(endpoint = "messages/undo", prefix = "/api", protocol = Wire)]
pub async fn undo_marking() -> Result<u64, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.messages.undo_marking(&caller).await)
}

/// What somebody who has typed `text` may want to search for. Where they `searched` for it on purpose, it is remembered
/// instead, and nothing is suggested.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "messages/suggest", prefix = "/api", protocol = Wire)]
pub async fn suggest_searches(text: String, searched: bool) -> Result<Vec<Suggestion>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.messages.suggest_searches(&caller, text, searched).await)
}

/// Screens, accounts and messages that somebody may mean by `text`.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "messages/find", prefix = "/api", protocol = Wire)]
pub async fn find_anything(text: String) -> Result<Vec<Suggestion>, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.messages.find_anything(&caller, text).await)
}
