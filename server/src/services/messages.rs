//! Stored messages: the list, the opened message, and its bytes for the routes that serve them. Here the text of a search
//! becomes a condition, and what it found is marked.

use super::marking::Marking;
use super::policy::{Action, Resource, authorise};
use super::{ServiceError, finder, internal, suggestions};
use crate::clock::SharedClock;
use crate::events::Events;
use crate::pdf_page::{self, FirstPage};
use crate::store::{Highlight, MessageRecord, Store};
use app::api::ApiError;
use app::api::messages::MessagesPort;
use async_trait::async_trait;
use mail::discovery::Rules;
use mail::message::{Attachment, FrameDocument, Preview, RemotePictures};
use model::search::{Place, Search, Suggestion};
use model::{
    FieldErrors, Mark, Marked, MessageFilter, MessageId, MessageKey, MessageState, MessageSummary,
    MessageView, Page, Person, ReportQuery,
};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Frames for which pictures are fetched at once: each holds up to forty megabytes of them.
const FRAMES_FETCHING: usize = 4;
/// See [`Messages::drawing`].
const PDFS_DRAWN: usize = 2;

/// Messages.
#[derive(Clone)]
pub struct Messages {
    store: Store,
    clock: SharedClock,
    marking: Marking,
    rules: Arc<Rules>,
    /// Frames for which pictures are fetched at once.
    fetching: Arc<Semaphore>,
    /// PDFs that are drawn at once.
    drawing: Arc<Semaphore>,
}

/// What is shown of an attachment without saving it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// A picture's, or plain text.
    pub media_type: &'static str,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Look {
    fn words(text: impl Into<String>) -> Self {
        Self { media_type: "text/plain; charset=utf-8", bytes: text.into().into_bytes() }
    }
}

impl Messages {
    /// The messages of `store`; pictures that they show out on the net are fetched by `rules`.
    pub fn new(store: Store, events: Events, clock: SharedClock, rules: Rules) -> Self {
        let fetching = Arc::new(Semaphore::new(FRAMES_FETCHING));
        let marking = Marking::new(store.clone(), events, Arc::clone(&clock));
        let drawing = Arc::new(Semaphore::new(PDFS_DRAWN));
        Self { store, marking, clock, rules: Arc::new(rules), fetching, drawing }
    }

    /// What the text of a search asks for; everything without one.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] at `q`, which says at which place it makes no sense.
    fn search(&self, text: Option<&str>) -> Result<Search, ApiError> {
        Search::parse(text.unwrap_or_default(), self.clock.now()).map_err(|error| {
            ApiError::Invalid(FieldErrors::one("q", error.in_words(text.unwrap_or_default())))
        })
    }

    /// What an opened message shows of the search that found it. One that makes no sense marks nothing.
    fn highlight(&self, text: Option<&str>, place: Place) -> Highlight {
        self.search(text).map(|search| Highlight::of(&search, place)).unwrap_or_default()
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

    /// The sanitised HTML of a message, for the sandboxed frame alone, with the words of `search` marked. Pictures out on
    /// the net are in it where they are `wanted`, or where the caller trusts its sender.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such message, or no HTML in it.
    pub async fn frame(
        &self,
        caller: &Person,
        id: MessageId,
        search: Option<&str>,
        wanted: bool,
    ) -> Result<FrameDocument, ApiError> {
        let (record, raw) = self.raw(caller, id).await?;
        let raw = Arc::new(raw);
        let _turn;
        let mut pictures = RemotePictures::new();
        if wanted || self.is_trusted(caller, &record.summary.sender.address, &raw).await? {
            _turn = self.fetching.acquire().await;
            let whole = Arc::clone(&raw);
            let sources = parsed(move || mail::message::remote_pictures(&whole)).await?;
            if !sources.is_empty() {
                pictures = mail::remote_pictures::fetch(sources, &self.rules).await;
            }
        }
        let highlight = self.highlight(search, Place::Body);
        let marks = move |text: &str| highlight.ranges(text);
        parsed(move || mail::message::marked_frame_document(&raw, &marks, &pictures))
            .await?
            .ok_or(ApiError::NotFound)
    }

    /// Whether pictures of a message are loaded without being asked for: its sender is trusted, and confirmed.
    async fn is_trusted(&self, caller: &Person, sender: &str, raw: &Arc<Vec<u8>>) -> Result<bool, ApiError> {
        if !self.store.is_trusted_sender(caller.id, sender).await.map_err(internal)? {
            return Ok(false);
        }
        let raw = Arc::clone(raw);
        parsed(move || mail::message::sender_is_confirmed(&raw)).await
    }

    /// A page of the exact bytes, in which `find` is marked; see [`mail::message::source_document`].
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is no such message.
    pub async fn source(
        &self,
        caller: &Person,
        id: MessageId,
        part: usize,
        find: String,
    ) -> Result<String, ApiError> {
        let (_, raw) = self.raw(caller, id).await?;
        parsed(move || mail::message::source_document(&raw, part, &find)).await
    }

    /// What can be shown of an attachment.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is none of that number, or it has to be saved first.
    pub async fn preview(&self, caller: &Person, id: MessageId, index: u32) -> Result<Look, ApiError> {
        let (_, raw) = self.raw(caller, id).await?;
        let found = parsed(move || mail::message::attachment_preview(&raw, index)).await?;
        Ok(match found.ok_or(ApiError::NotFound)? {
            Preview::Picture { media_type, bytes } => Look { media_type, bytes },
            Preview::Text(text) => Look::words(text),
            Preview::Pdf(pdf) => {
                let _turn = self.drawing.acquire().await;
                match pdf_page::first_page(&pdf).await {
                    FirstPage::Picture(bytes) => Look { media_type: "image/png", bytes },
                    FirstPage::Locked => Look::words("This PDF asks for a password. Download it to open it."),
                    FirstPage::TooLarge => {
                        Look::words("This PDF is too large to be looked into. Download it to open it.")
                    }
                    FirstPage::Unreadable => {
                        Look::words("The first page of this PDF could not be drawn. Download it to open it.")
                    }
                }
            }
        })
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

/// `message-id · UID 17, UIDVALIDITY 1700000000`, or its UIDL: how the sender and the mail server call it.
fn identity(key: &MessageKey, uid_validity: Option<u32>, internet_message_id: Option<String>) -> String {
    let on_server = match (key, uid_validity) {
        (MessageKey::Uid(uid), Some(validity)) => format!("UID {uid}, UIDVALIDITY {validity}"),
        (MessageKey::Uid(uid), None) => format!("UID {uid}"),
        (MessageKey::Uidl { uidl, .. }, _) => format!("UIDL {uidl}"),
        (MessageKey::Unnamed, _) => String::new(),
    };
    let parts = [internet_message_id.unwrap_or_default(), on_server];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn on_server(state: MessageState) -> Option<&'static str> {
    match state {
        MessageState::Stored => None,
        MessageState::DeleteSent => Some("Deletion asked for, not confirmed yet"),
        MessageState::Deleted => Some("Deleted there, kept here"),
        MessageState::Gone => Some("Gone from the server, kept here"),
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
        let search = self.search(query.filter.search.as_deref())?;
        let mut page = self.store.list_messages(&query, &search).await.map_err(internal)?;
        let [sender, subject, body] =
            [Place::From, Place::Subject, Place::Body].map(|place| Highlight::of(&search, place));
        for row in &mut page.rows {
            row.marks.add(Marked::Sender, sender.ranges(row.sender.shown()));
            row.marks.add(Marked::Subject, subject.ranges(&row.subject));
            row.marks.add(Marked::Text, body.ranges(&row.preview));
        }
        Ok(page)
    }

    async fn get_message(
        &self,
        caller: &Person,
        id: MessageId,
        search: Option<String>,
    ) -> Result<MessageView, ApiError> {
        let (record, raw) = self.raw(caller, id).await?;
        let parts = parsed(move || mail::message::view_parts(&raw)).await?;
        let mut summary = record.summary;
        let sender_trusted = parts.remote_content
            && self.store.is_trusted_sender(caller.id, &summary.sender.address).await.map_err(internal)?;
        let conversation = self.store.conversation(summary.account, id).await.map_err(internal)?;
        let in_subject = self.highlight(search.as_deref(), Place::Subject);
        let in_text = self.highlight(search.as_deref(), Place::Body);
        summary.marks.add(Marked::Subject, in_subject.ranges(&summary.subject));
        summary.marks.add(Marked::Text, in_text.ranges(&parts.text));
        let confirmed = parts.authentication.as_ref().is_some_and(|found| found.sender_confirmed);
        let mut cautions = parts.cautions;
        cautions.extend(parts.warning);
        Ok(MessageView {
            identity: identity(&record.key, record.uid_validity, parts.internet_message_id),
            summary,
            known_tags: self.store.tag_names().await.map_err(internal)?,
            recipients: parts.recipients,
            cc: parts.cc,
            reply_to: parts.reply_to,
            date_sent: parts.date_sent,
            return_path: parts.return_path,
            headers: parts.headers,
            text: parts.text,
            has_html: parts.has_html,
            remote_content: parts.remote_content.then_some(confirmed),
            sender_trusted,
            attachments: parts.attachments,
            on_server: on_server(record.state).map(str::to_owned),
            cautions,
            authentication: parts.authentication.map(|found| found.words),
            structure: parts.structure,
            invitation: parts.invitation,
            conversation,
        })
    }

    async fn mark_messages(&self, caller: &Person, ids: Vec<MessageId>, mark: Mark) -> Result<u64, ApiError> {
        self.marking.some(caller, &ids, mark).await
    }

    async fn mark_all(
        &self,
        caller: &Person,
        query: ReportQuery<MessageFilter>,
        mark: Mark,
    ) -> Result<u64, ApiError> {
        let search = self.search(query.filter.search.as_deref())?;
        self.marking.all(caller, query, &search, mark).await
    }

    async fn undo_marking(&self, caller: &Person) -> Result<u64, ApiError> {
        self.marking.undo(caller).await
    }

    async fn suggest_searches(
        &self,
        caller: &Person,
        text: String,
        searched: bool,
    ) -> Result<Vec<Suggestion>, ApiError> {
        authorise(caller, Action::ReadMessages, Resource::All)?;
        // PostgreSQL keeps no such character, so nothing has it.
        let text = text.replace('\0', "");
        if !searched {
            return suggestions::of(&self.store, caller, &text).await.map_err(internal);
        }
        let text = text.trim();
        // One that makes no sense is not worth coming back to.
        if !self.search(Some(text))?.is_empty() {
            self.store.remember_search(caller.id, text, self.clock.now()).await.map_err(internal)?;
        }
        Ok(Vec::new())
    }

    async fn find_anything(&self, caller: &Person, text: String) -> Result<Vec<Suggestion>, ApiError> {
        authorise(caller, Action::ReadMessages, Resource::All)?;
        let text = text.trim();
        // What makes no sense as a search is a name all the same.
        let search = self.search(Some(text)).ok().filter(|search| !search.is_empty());
        finder::of(&self.store, text, search.as_ref(), self.clock.now()).await.map_err(internal)
    }
}
