//! Stored messages: the list, the opened message, and its bytes for the routes that serve them.

use super::policy::{Action, Resource, authorise};
use super::{ServiceError, internal};
use crate::events::{Event, Events};
use crate::store::{MessageRecord, Store};
use app::api::ApiError;
use app::api::messages::MessagesPort;
use async_trait::async_trait;
use mail::message::{Attachment, FrameDocument};
use model::{MessageFilter, MessageId, MessageSummary, MessageView, Page, Person, ReportQuery};

/// Messages.
#[derive(Clone)]
pub struct Messages {
    store: Store,
    events: Events,
}

impl Messages {
    /// The messages of `store`.
    pub fn new(store: Store, events: Events) -> Self {
        Self { store, events }
    }

    /// The record and the exact bytes of a message.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is none for this person.
    pub async fn raw(&self, caller: &Person, id: MessageId) -> Result<(MessageRecord, Vec<u8>), ApiError> {
        let record = self.store.find_message(id).await.map_err(internal)?.ok_or(ApiError::NotFound)?;
        authorise(caller, Action::ReadMessages, Resource::Account(record.summary.account))?;
        let raw = self.store.raw_message(id).await.map_err(internal)?.ok_or(ApiError::NotFound)?;
        Ok((record, raw))
    }

    /// The sanitised HTML of a message, for the sandboxed frame alone.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such message, or no HTML in it.
    pub async fn frame(&self, caller: &Person, id: MessageId) -> Result<FrameDocument, ApiError> {
        let (_, raw) = self.raw(caller, id).await?;
        parsed(move || mail::message::frame_document(&raw)).await?.ok_or(ApiError::NotFound)
    }

    /// One attachment, decoded.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is none of that number.
    pub async fn attachment(
        &self,
        caller: &Person,
        id: MessageId,
        index: u32,
    ) -> Result<Attachment, ApiError> {
        let (_, raw) = self.raw(caller, id).await?;
        parsed(move || mail::message::attachment(&raw, index)).await?.ok_or(ApiError::NotFound)
    }
}

/// Runs a parser over hostile bytes where it can neither block nor take the server down.
async fn parsed<T: Send + 'static>(parse: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(parse).await.map_err(|died| internal(ServiceError::Worker(died)))
}

#[async_trait]
impl MessagesPort for Messages {
    async fn list_messages(
        &self,
        caller: &Person,
        query: ReportQuery<MessageFilter>,
    ) -> Result<Page<MessageSummary>, ApiError> {
        authorise(
            caller,
            Action::ReadMessages,
            query.filter.account.map_or(Resource::All, Resource::Account),
        )?;
        self.store.list_messages(&query).await.map_err(internal)
    }

    async fn get_message(&self, caller: &Person, id: MessageId) -> Result<MessageView, ApiError> {
        let (record, raw) = self.raw(caller, id).await?;
        let parts = parsed(move || mail::message::view_parts(&raw)).await?;
        Ok(MessageView {
            summary: record.summary,
            recipients: parts.recipients,
            cc: parts.cc,
            reply_to: parts.reply_to,
            date_sent: parts.date_sent,
            return_path: parts.return_path,
            internet_message_id: parts.internet_message_id,
            headers: parts.headers,
            text: parts.text,
            has_html: parts.has_html,
            remote_content: parts.remote_content,
            attachments: parts.attachments,
            uid_validity: record.uid_validity,
            key: record.key,
            blake3: record.blake3,
            state: record.state,
            warning: parts.warning,
        })
    }

    async fn set_unread(&self, caller: &Person, ids: Vec<MessageId>, unread: bool) -> Result<(), ApiError> {
        authorise(caller, Action::MarkMessages, Resource::All)?;
        if ids.len() > 1000 {
            return Err(ApiError::Conflict("At most 1,000 messages at once.".to_owned()));
        }
        self.store.set_unread(&ids, unread).await.map_err(internal)?;
        self.events.send(Event::Messages(None));
        Ok(())
    }
}
