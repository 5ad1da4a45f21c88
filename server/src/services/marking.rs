//! Marks on messages: on some of them, on all that a search finds, and taken back. What was marked last is remembered for each
//! person in this process, so that exactly those messages that changed change back. Deliberately absent: telling the mail
//! server, which is the next check's, where the account mirrors marks; it comes soon.

use super::policy::{Action, Resource, authorise};
use super::{ServiceError, internal};
use crate::clock::SharedClock;
use crate::events::{Event, Events};
use crate::store::{Store, StoreError};
use app::api::ApiError;
use model::search::Search;
use model::{FieldErrors, Mark, MessageFilter, MessageId, Person, PersonId, ReportQuery};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Messages that are marked in one transaction.
const AT_ONCE: usize = 1000;
/// Messages that are marked by one call.
const MOST: usize = 100_000;
/// How long a mail server waits to be told, so that what is marked together is told together. In milliseconds.
const SOON: i64 = 20_000;
/// Rows that are looked up at once.
const LOOK_UP: u32 = 200;

/// What was marked last: how it would be taken back, and on which messages.
type Last = HashMap<PersonId, (Mark, Vec<MessageId>)>;

/// Marks messages; clones share what can be taken back.
#[derive(Clone)]
pub struct Marking {
    store: Store,
    events: Events,
    clock: SharedClock,
    last: Arc<Mutex<Last>>,
}

impl Marking {
    /// Marks the messages of `store`.
    pub fn new(store: Store, events: Events, clock: SharedClock) -> Self {
        Self { store, events, clock, last: Arc::default() }
    }

    /// Marks `ids`; returns how many changed. Where there are several, that can be taken back.
    ///
    /// # Errors
    /// [`ApiError::Invalid`] at `tag` for a name that is none.
    pub async fn some(&self, caller: &Person, ids: &[MessageId], mark: Mark) -> Result<u64, ApiError> {
        authorise(caller, Action::MarkMessages, Resource::All)?;
        if ids.len() > MOST {
            return Err(too_many());
        }
        let mark = mark.checked().map_err(|message| ApiError::Invalid(FieldErrors::one("tag", message)))?;
        if let Mark::Trusted(trusted) = mark {
            let senders = ids.get(..AT_ONCE).unwrap_or(ids);
            self.store.set_trusted_senders(caller.id, senders, trusted).await.map_err(internal)?;
            return Ok(0);
        }
        let changed = self.put(ids, &mark).await?;
        let count = changed.len() as u64;
        // A message that counts as read because it was opened takes nothing away from whoever marked many before.
        if let Some(back) = back(&mark).filter(|_| count > 0 && ids.len() > 1) {
            self.last().insert(caller.id, (back, changed));
        }
        Ok(count)
    }

    /// Marks all that answer `query`; returns how many changed.
    ///
    /// # Errors
    /// [`ApiError::Conflict`] where more than a hundred thousand do.
    pub async fn all(
        &self,
        caller: &Person,
        query: ReportQuery<MessageFilter>,
        search: &Search,
        mark: Mark,
    ) -> Result<u64, ApiError> {
        authorise(caller, Action::MarkMessages, Resource::All)?;
        let mut query = ReportQuery { page_size: Some(LOOK_UP), cursor: None, ..query };
        let mut ids = Vec::new();
        loop {
            let page = self.store.list_messages(&query, search).await.map_err(internal)?;
            ids.extend(page.rows.iter().map(|row| row.id));
            if ids.len() > MOST {
                return Err(too_many());
            }
            query.cursor = page.next;
            if query.cursor.is_none() {
                return self.some(caller, &ids, mark).await;
            }
        }
    }

    /// Takes back what this person marked last; returns how many messages changed.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] where there is nothing to take back, or another process did it.
    pub async fn undo(&self, caller: &Person) -> Result<u64, ApiError> {
        authorise(caller, Action::MarkMessages, Resource::All)?;
        let (mark, ids) = self.last().remove(&caller.id).ok_or(ApiError::NotFound)?;
        Ok(self.put(&ids, &mark).await?.len() as u64)
    }

    async fn put(&self, ids: &[MessageId], mark: &Mark) -> Result<Vec<MessageId>, ApiError> {
        let mut changed = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let done = match mark {
                Mark::Unread(unread) => self.store.set_unread(ids, *unread).await,
                Mark::Flagged(flagged) => self.store.set_flagged(ids, *flagged).await,
                Mark::Tag(name) => self.store.add_tag(ids, name).await,
                Mark::NoTag(name) => self.store.remove_tag(ids, name).await,
                Mark::Trusted(_) => Ok(Vec::new()),
            };
            let done = done.map_err(|error: StoreError| internal(ServiceError::Store(error)))?;
            if matches!(mark, Mark::Unread(_) | Mark::Flagged(_)) && !done.is_empty() {
                let soon = self.clock.now().plus_milliseconds(SOON);
                self.store.tell_marks_at(&done, soon).await.map_err(internal)?;
            }
            changed.extend(done);
            self.events.send(Event::Messages(None));
        }
        Ok(changed)
    }

    fn last(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What takes a mark back.
fn back(mark: &Mark) -> Option<Mark> {
    Some(match mark {
        Mark::Unread(unread) => Mark::Unread(!unread),
        Mark::Flagged(flagged) => Mark::Flagged(!flagged),
        Mark::Tag(name) => Mark::NoTag(name.clone()),
        Mark::NoTag(name) => Mark::Tag(name.clone()),
        Mark::Trusted(_) => return None,
    })
}

fn too_many() -> ApiError {
    ApiError::Conflict("At most 100,000 messages at once: narrow the search.".to_owned())
}
