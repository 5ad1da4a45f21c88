//! Stored messages: the Inbox report and the opened message. HTML, raw bytes and attachments are never sent through
//! here: they have routes of their own (`/messages/{id}/body`, `/raw`, `/attachments/{n}`).

use super::ApiError;
use super::wire::Wire;
use leptos::prelude::*;
use model::{MessageFilter, MessageId, MessageSummary, MessageView, Page, ReportQuery};

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

    /// One message, opened. Does not mark it as read.
    async fn get_message(&self, caller: &model::Person, id: MessageId) -> Result<MessageView, ApiError>;

    /// Marks messages as read or unread here; the mail server is not told.
    async fn set_unread(
        &self,
        caller: &model::Person,
        ids: Vec<MessageId>,
        unread: bool,
    ) -> Result<(), ApiError>;
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

/// One message, opened.
///
/// # Errors
/// [`ApiError::NotFound`] where there is none for this person.
#[server(endpoint = "messages/get", prefix = "/api", protocol = Wire)]
pub async fn get_message(id: MessageId) -> Result<MessageView, ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.messages.get_message(&caller, id).await)
}

/// Marks messages as read or unread.
///
/// # Errors
/// [`ApiError::SignedOut`] and whatever the port says.
#[server(endpoint = "messages/set_unread", prefix = "/api", protocol = Wire)]
pub async fn set_unread(ids: Vec<MessageId>, unread: bool) -> Result<(), ApiError> {
    use super::services::{answer, authenticated};
    let (services, caller) = answer(authenticated())?;
    answer(services.messages.set_unread(&caller, ids, unread).await)
}
